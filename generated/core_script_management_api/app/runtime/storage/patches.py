"""JSON Merge Patch (RFC 7396) and JSON Patch (RFC 6902) on plain JSON values.

A JSON Patch says little and can ask for much: each ``copy`` can double the document, each value can go deeper. What all
operations of one do together is bounded, as is how deep what they leave is.
"""

from collections.abc import Sequence
from copy import deepcopy
from typing import Any

from ..errors import BadRequest, Conflict, PayloadTooLarge
from ..values import JsonObject, JsonValue

_MOST_WORK = 200_000
"""Values, and pieces of ``_CHARACTERS`` of their texts and names, that all operations of a patch may copy."""
_CHARACTERS = 64
_MOVED = 1024
"""Items of a list that make room for another one in the time that it takes to copy a value."""
_DEEPEST = 200
"""What is read as JSON is no deeper: deeper values could be stored, and never be read again."""


def merge(target: JsonValue, patch: JsonValue) -> JsonValue:
    """Return ``target`` with ``patch`` merged in: null removes, objects merge, all else replaces (RFC 7396)."""
    if not isinstance(patch, dict):
        return patch
    merged = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = merge(merged.get(name), value)
    return merged


def apply(document: JsonValue, operations: Sequence[JsonObject]) -> JsonValue:
    """Return ``document`` after ``operations`` (RFC 6902).

    Raises BadRequest where an operation does not fit the document or leaves it too deep, Conflict where a test fails,
    PayloadTooLarge where they would copy too much.
    """
    root = {"": deepcopy(document)}
    work = _Work()
    for operation in operations:
        _apply(root, operation, work)
    if _measured(root[""], 0)[1] > _DEEPEST:
        raise _too_deep()
    return root[""]


class _Work:
    """What the operations of a patch may still do; raises PayloadTooLarge where it is too much."""

    def __init__(self) -> None:
        self._left = _MOST_WORK

    def copied(self, value: Any) -> Any:
        """Return a copy of a value."""
        size, depth = _measured(value, self._left)
        self._spend(size)
        if depth > _DEEPEST:
            raise _too_deep()
        return deepcopy(value)

    def moved(self, items: list[Any]) -> None:
        """Count items that make room, or close a gap."""
        self._spend(len(items) // _MOVED)

    def _spend(self, amount: int) -> None:
        self._left -= amount
        if self._left < 0:
            raise PayloadTooLarge("the patch asks for more to be copied and moved than a patch may")


def _apply(root: dict[str, Any], operation: JsonObject, work: _Work) -> None:
    kind, path = operation.get("op"), _parts(operation.get("path"))
    if kind in ("add", "replace", "test") and "value" not in operation:
        raise BadRequest(f"the patch operation {kind!r} needs a value")
    match kind:
        case "add":
            _add(root, path, deepcopy(operation["value"]), work)
        case "remove":
            _remove(root, path, work)
        case "replace":
            _get(root, path)
            _set(root, path, deepcopy(operation["value"]))
        case "move":
            source = _parts(operation.get("from"))
            if path[: len(source)] == source and path != source:
                raise BadRequest("a patch cannot move a value into itself")
            _add(root, path, _remove(root, source, work), work)
        case "copy":
            _add(root, path, work.copied(_get(root, _parts(operation.get("from")))), work)
        case "test":
            if not same(_get(root, path), operation["value"]):
                raise Conflict("a test of the patch does not hold")
        case _:
            raise BadRequest("a patch operation is add, remove, replace, move, copy or test")


def same(one: JsonValue, other: JsonValue) -> bool:
    """Whether two JSON values are equal (RFC 6902 section 4.6): true is not 1."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[name], other[name]) for name in one)
    return one == other


def _parts(pointer: Any) -> list[str]:
    if not isinstance(pointer, str) or (pointer and not pointer.startswith("/")):
        raise BadRequest("a patch operation needs JSON Pointers in path and from")
    # The root stands under "" of a holder, so that replacing the whole document is no special case.
    return [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")]


def _get(root: Any, path: list[str]) -> Any:
    for part in path:
        root = root[_key(root, part)]
    return root


def _add(root: Any, path: list[str], value: Any, work: _Work) -> None:
    parent = _get(root, path[:-1])
    if isinstance(parent, list):
        index = len(parent) if path[-1] == "-" else _index(path[-1], len(parent))
        work.moved(parent)
        parent.insert(index, value)
    elif isinstance(parent, dict):
        parent[path[-1]] = value
    else:
        raise _nowhere()


def _set(root: Any, path: list[str], value: Any) -> None:
    parent = _get(root, path[:-1])
    parent[_key(parent, path[-1])] = value


def _remove(root: Any, path: list[str], work: _Work) -> Any:
    if path == [""]:
        raise BadRequest("a patch cannot remove the whole document")
    parent = _get(root, path[:-1])
    if isinstance(parent, list):
        work.moved(parent)
    return parent.pop(_key(parent, path[-1]))


def _key(parent: Any, part: str) -> Any:
    if isinstance(parent, dict) and part in parent:
        return part
    if isinstance(parent, list):
        return _index(part, len(parent) - 1)
    raise _nowhere()


def _index(part: str, last: int) -> int:
    if (
        not (part.isascii() and part.isdigit())
        or (part[0] == "0" and len(part) > 1)
        or len(part) > 18
        or int(part) > last
    ):
        raise _nowhere()
    return int(part)


def _measured(value: Any, most: int) -> tuple[int, int]:
    """Return the size of a value in units of work, not counted much further than ``most`` unless that is 0; its depth.

    The depth is that of what was counted.
    """
    level, size, depth = [value], 0, 0
    while level and (not most or size <= most):
        below: list[Any] = []
        for part in level:
            size += 1 + (len(part) // _CHARACTERS if isinstance(part, str) else 0)
            if isinstance(part, dict):
                size += sum(len(name) for name in part) // _CHARACTERS
                below.extend(part.values())
            elif isinstance(part, list):
                below.extend(part)
        depth += any(isinstance(part, dict | list) for part in level)
        level = below
    return size, depth


def _too_deep() -> BadRequest:
    return BadRequest("the patch nests values too deep")


def _nowhere() -> BadRequest:
    return BadRequest("a path of the patch leads nowhere")
