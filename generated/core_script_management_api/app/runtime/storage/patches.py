"""JSON Merge Patch (RFC 7396) and JSON Patch (RFC 6902) on plain JSON values."""

from collections.abc import Sequence
from copy import deepcopy
from typing import Any

from ..errors import BadRequest, Conflict
from ..values import JsonObject, JsonValue


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

    Raises BadRequest where an operation does not fit the document, Conflict where a test fails.
    """
    root = {"": deepcopy(document)}
    for operation in operations:
        _apply(root, operation)
    return root[""]


def _apply(root: dict[str, Any], operation: JsonObject) -> None:
    kind, path = operation.get("op"), _parts(operation.get("path"))
    if kind in ("add", "replace", "test") and "value" not in operation:
        raise BadRequest(f"the patch operation {kind!r} needs a value")
    match kind:
        case "add":
            _add(root, path, deepcopy(operation["value"]))
        case "remove":
            _remove(root, path)
        case "replace":
            _get(root, path)
            _set(root, path, deepcopy(operation["value"]))
        case "move":
            source = _parts(operation.get("from"))
            if path[: len(source)] == source and path != source:
                raise BadRequest("a patch cannot move a value into itself")
            _add(root, path, _remove(root, source))
        case "copy":
            _add(root, path, deepcopy(_get(root, _parts(operation.get("from")))))
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


def _add(root: Any, path: list[str], value: Any) -> None:
    parent = _get(root, path[:-1])
    if isinstance(parent, list):
        index = len(parent) if path[-1] == "-" else _index(path[-1], len(parent))
        parent.insert(index, value)
    elif isinstance(parent, dict):
        parent[path[-1]] = value
    else:
        raise _nowhere()


def _set(root: Any, path: list[str], value: Any) -> None:
    parent = _get(root, path[:-1])
    parent[_key(parent, path[-1])] = value


def _remove(root: Any, path: list[str]) -> Any:
    if path == [""]:
        raise BadRequest("a patch cannot remove the whole document")
    parent = _get(root, path[:-1])
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


def _nowhere() -> BadRequest:
    return BadRequest("a path of the patch leads nowhere")
