"""Tags: each is described once (FG103)."""

from collections.abc import Iterator

from fountaingen.model.problems import Note, Problem, Severity
from fountaingen.primitives import pointer as pointers
from fountaingen.stages.validate.contract import Contract


def check(contract: Contract) -> Iterator[Problem]:
    """Yield the tags that are described a second time."""
    held = contract.data.get("tags")
    first: dict[str, str] = {}
    for index, tag in enumerate(held if isinstance(held, list) else ()):
        name = tag.get("name") if isinstance(tag, dict) else None
        pointer = pointers.join("/tags", index)
        if isinstance(name, str) and first.setdefault(name, pointer) != pointer:
            notes = (Note(contract.place(first[name]), "first here"),)
            message = f"the tag {name!r} is described twice"
            yield Problem("FG103", message, contract.place(pointer), "remove one", Severity.WARNING, notes)
