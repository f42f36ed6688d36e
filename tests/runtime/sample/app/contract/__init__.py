"""The contract: data, compiled when this is imported."""

from pathlib import Path

from app.runtime.contract import Contract

CONTRACT = Contract.load(Path(__file__).parent)
