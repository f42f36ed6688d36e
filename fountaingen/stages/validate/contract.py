"""What every rule looks at: a contract in one piece, its objects listed once."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple
from urllib.parse import unquote

from fountaingen.model import grammar
from fountaingen.model.grammar import Kind, Node
from fountaingen.model.problems import Place
from fountaingen.model.version import Version
from fountaingen.primitives import pointer as pointers
from fountaingen.stages.resolve.bundle import Bundle

_LONGEST_CHAIN = 100


class Operation(NamedTuple):
    """One operation under ``paths``, with its path item and the pointers of both."""

    path: str
    method: str
    pointer: str
    value: dict[str, Any]
    item_pointer: str
    item: dict[str, Any]


@dataclass(frozen=True)
class Contract:
    """A bundled contract of a known version."""

    bundle: Bundle = field(repr=False)
    version: Version

    @property
    def data(self) -> dict[str, Any]:
        """The contract itself, in its own version."""
        data: dict[str, Any] = self.bundle.data
        return data

    @property
    def siblings(self) -> bool:
        """Whether what stands beside a schema's ``$ref`` counts."""
        return self.version is not Version.V3_0

    @cached_property
    def nodes(self) -> tuple[Node, ...]:
        """Every object of the contract, in document order."""
        return tuple(grammar.walk(self.data, siblings=self.siblings))

    def of(self, *kinds: Kind) -> Iterator[Node]:
        """Yield the objects of some kinds that are written out, not referred to."""
        return (node for node in self.nodes if node.kind in kinds and not isinstance(node.value.get("$ref"), str))

    def place(self, pointer: str) -> Place:
        """Return the position where the member at ``pointer`` was written."""
        return self.bundle.place(pointer)

    def get(self, *tokens: str) -> Any:
        """Return the member under ``tokens``, or None."""
        try:
            return pointers.follow(self.data, tokens)
        except LookupError:
            return None

    def follow(self, pointer: str, value: Any) -> tuple[str, Any]:
        """Return (pointer, value) of what an object is at last, references followed; value None where nothing is."""
        for _ in range(_LONGEST_CHAIN):
            ref = value.get("$ref") if isinstance(value, dict) else None
            if not isinstance(ref, str):
                return pointer, value
            pointer = unquote(ref[1:])
            value = self.get(*pointers.split(pointer)) if ref.startswith("#/") else None
        return pointer, None

    @cached_property
    def operations(self) -> tuple[Operation, ...]:
        """Every operation under ``paths``, in document order."""
        paths = self.data.get("paths")
        held = paths.items() if isinstance(paths, dict) else ()
        return tuple(operation for path, item in held for operation in self._operations(path, item))

    def _operations(self, path: str, value: Any) -> Iterator[Operation]:
        if path.startswith("x-"):
            return
        pointer, item = self.follow(pointers.join("/paths", path), value)
        if not isinstance(item, dict):
            return
        for method, place, operation in grammar.operations(item, pointer):
            if isinstance(operation, dict):
                yield Operation(path, method, place, operation, pointer, item)
