"""The extensions of fountaingen: known keys, known members, the right types (FG109)."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from fountaingen.model.behaviour import ACTIONS
from fountaingen.model.grammar import Kind
from fountaingen.model.problems import Problem
from fountaingen.primitives import pointer as pointers
from fountaingen.primitives.names import words
from fountaingen.primitives.suggest import did_you_mean
from fountaingen.stages.validate.contract import Contract

_PREFIX = "x-fountaingen-"
_Check = tuple[str, Callable[[Any], bool]]


def _text(value: Any) -> bool:
    return isinstance(value, str) and value != ""


def _texts(value: Any) -> bool:
    return isinstance(value, list) and all(_text(item) for item in value)


def _text_or_texts(value: Any) -> bool:
    return _text(value) or (_texts(value) and value != [])


def _groups(value: Any) -> bool:
    return isinstance(value, list) and all(_text_or_texts(item) for item in value)


def _flag(value: Any) -> bool:
    return isinstance(value, bool)


def _count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def _port(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 65535


_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")


def _host(value: Any) -> bool:
    return isinstance(value, str) and _HOST.fullmatch(value) is not None


_LONGEST_SERVICE = 63


def _service(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= _LONGEST_SERVICE and words(value) != []


_TYPES = ("string", "boolean", "integer", "number", "json")


def _type(value: Any) -> bool:
    return value in _TYPES


def _action(value: Any) -> bool:
    return value in ACTIONS


def _columns(value: Any) -> bool:
    return isinstance(value, dict) and all(
        isinstance(options, dict) and all(key in _COLUMN and _COLUMN[key][1](held) for key, held in options.items())
        for options in value.values()
    )


_NAME: _Check = ("a name", _text)
_COLUMN: Mapping[str, _Check] = {
    "name": _NAME,
    "type": (f"one of {', '.join(_TYPES)}", _type),
    "index": ("true or false", _flag),
    "unique": ("true or false", _flag),
    "references": ("the name of a schema or of a table, or 'parent'", _text),
}
_MEMBERS: Mapping[str, Mapping[str, _Check]] = {
    "service": {
        "name": (f"a name of {_LONGEST_SERVICE} characters at most", _service),
        "host": ("a host name", _host),
        "port": ("a port from 1 to 65535", _port),
        "uses": ("a list of service names", _texts),
    },
    "table": {
        "name": _NAME,
        "primaryKey": ("a property name", _text),
        "unique": ("a list of property names or of lists of them", _groups),
        "indexes": ("a list of property names or of lists of them", _groups),
        "columns": ("a map of column names to what an x-fountaingen-column says", _columns),
    },
    "column": _COLUMN,
    "operation": {
        "action": (f"one of {', '.join(ACTIONS)}", _action),
        "entity": ("the name of a schema", _text),
        "maxBodyBytes": ("a number of bytes", _count),
    },
}
_RENAMED = "renamed-from"
_SECURITY = "security"
_IGNORE = "ignore"
_KNOWN = [_PREFIX + name for name in (*_MEMBERS, _RENAMED, _SECURITY, _IGNORE)]
_PLACES: Mapping[str, tuple[Kind, ...]] = {
    "service": (Kind.OPENAPI,),
    "table": (Kind.SCHEMA,),
    "column": (Kind.SCHEMA,),
    "operation": (Kind.OPERATION,),
    _RENAMED: (Kind.SCHEMA, Kind.OPERATION, Kind.PARAMETER),
    _SECURITY: (Kind.SECURITY_SCHEME,),
    _IGNORE: (Kind.OPENAPI, Kind.MEDIA_TYPE, Kind.ENCODING),
}


def check(contract: Contract) -> Iterator[Problem]:
    """Yield what is wrong with the ``x-fountaingen-*`` extensions; any other ``x-*`` is nobody's business here."""
    for node in contract.nodes:
        for key, value in node.value.items():
            if key.startswith(_PREFIX):
                yield from _extension(contract, node.kind, pointers.join(node.pointer, key), value)


def _extension(contract: Contract, kind: Kind, pointer: str, value: Any) -> Iterator[Problem]:
    key = pointers.split(pointer)[-1]
    name = key.removeprefix(_PREFIX)
    if name not in _PLACES:
        yield Problem("FG109", f"unknown extension {key!r}{did_you_mean(key, _KNOWN)}", contract.place(pointer))
        return
    if kind not in _PLACES[name]:
        homes = " or ".join(_home(home) for home in _PLACES[name])
        message = f"{key!r} has no meaning in {kind.phrase}"
        yield Problem("FG109", message, contract.place(pointer), f"it belongs into {homes}")
        return
    if name == _RENAMED:
        if not _text(value):
            yield Problem("FG109", f"{key!r} must be the former name", contract.place(pointer))
        return
    if name == _SECURITY:
        if value != "gateway":
            yield Problem("FG109", f"{key!r} must be 'gateway'", contract.place(pointer))
        return
    if name == _IGNORE or (name == "table" and value is False):
        # What may be waived the rule on what is not supported says.
        return
    if not isinstance(value, dict):
        shape = "a map, or false" if name == "table" else "a map"
        yield Problem("FG109", f"{key!r} must be {shape}", contract.place(pointer))
        return
    yield from _members(contract, name, pointer, value)


def _home(kind: Kind) -> str:
    return "the contract's top level" if kind is Kind.OPENAPI else kind.phrase


def _members(contract: Contract, name: str, pointer: str, value: dict[str, Any]) -> Iterator[Problem]:
    known = _MEMBERS[name]
    for member, held in value.items():
        place = contract.place(pointers.join(pointer, member))
        if member not in known:
            message = f"unknown member {member!r} of '{_PREFIX}{name}'{did_you_mean(member, known)}"
            yield Problem("FG109", message, place, f"known are {', '.join(known)}")
        elif not known[member][1](held):
            yield Problem("FG109", f"{member!r} of '{_PREFIX}{name}' must be {known[member][0]}", place)
