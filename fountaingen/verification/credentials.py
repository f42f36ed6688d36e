"""What callers send where the contract wants to know who they are."""

from collections.abc import Mapping
from typing import Any


def credentials(schemes: Mapping[str, Any], key: str) -> dict[str, dict[str, str]]:
    """Return for each security scheme that has any what Schemathesis sends: ``key`` as the API key."""
    return {name: {"api_key": key} for name, scheme in schemes.items() if scheme.get("type") == "apiKey"}
