"""What a peer's contract says of its answers: loaded from the data beside its client, every schema compiled."""

import json
from collections.abc import Mapping
from pathlib import Path

from ..contract import ContractError, read_responses
from ..judge import Judges
from .calls import Declared


class Answers:
    """The declared responses of a peer's operations, by method and path as its contract writes it."""

    def __init__(self, declared: Mapping[tuple[str, str], Declared]) -> None:
        self._declared = declared

    @staticmethod
    def load(folder: Path) -> "Answers":
        """Read ``answers.json`` from ``folder``; raises ContractError where a schema does not compile."""
        data = json.loads((folder / "answers.json").read_bytes())
        judges = Judges(data["schemas"])
        try:
            return Answers(
                {(each["method"], each["path"]): read_responses(each["responses"], judges) for each in data["answers"]}
            )
        except (ValueError, KeyError, TypeError) as error:
            raise ContractError(f"the answers of {folder.name} cannot be used: {error}") from error

    def declared(self, method: str, template: str) -> Declared | None:
        """Return the responses of an operation, None where the contract has no such operation."""
        return self._declared.get((method, template))
