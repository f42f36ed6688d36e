"""Operations where they stand in the contract, before they are read; no two are called alike."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain, count
from typing import Any


@dataclass(frozen=True)
class Found:
    """One operation where it stands in the contract, before it is read."""

    method: str
    path: str
    pointer: str
    item: Mapping[str, Any]
    item_pointer: str
    data: Mapping[str, Any]

    @property
    def operation_id(self) -> str:
        given = self.data.get("operationId")
        return given if isinstance(given, str) and given else f"{self.method} {self.path}"

    @property
    def key(self) -> str:
        """What tells the operation from every other one, also where two paths share a Path Item by reference."""
        return self.pointer + self.path


def told_apart(found: tuple[Found, ...]) -> Iterator[Found]:
    """Yield operations each with an id of its own: a Path Item that two paths share has each of its ids twice."""
    first = {each.operation_id: each.key for each in reversed(found) if each.data.get("operationId")}
    for each in found:
        route = f"{each.method} {each.path}"
        wished = chain([each.operation_id, route], (f"{route} {number}" for number in count(2)))
        name = next(name for name in wished if first.setdefault(name, each.key) == each.key)
        yield each if name == each.operation_id else replace(each, data={**each.data, "operationId": name})
