"""Tables within the settings: read into the frozen classes of ``deployment``, with every fault at its place."""

import types
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from fountaingen.model.problems import Place, Problem
from fountaingen.primitives.suggest import did_you_mean

Table = TypeVar("Table")
Places = Callable[[str], Place]
"""Where a dotted key, such as ``gateway.routes``, is set."""


def read_table(kind: type[Table], name: str, value: object, place: Places) -> tuple[Table | None, list[Problem]]:
    """Read the table ``name`` as ``kind``: a frozen dataclass of defaults, whose annotations say what keys may hold.

    Fields are ``str``, ``int``, ``bool``, ``Literal[…]``, ``tuple[str, …]``, ``Mapping[str, str]``, and any of these
    or None. A class that has a method ``faults``, yielding pairs of a key and what is wrong with its value, is asked.
    Problems are FG601, an unknown key, and FG602, a value that cannot be.
    """
    if not isinstance(value, dict):
        return None, [Problem("FG602", f"'{name}' must be a table", place(name))]
    given = {str(key).replace("-", "_"): (str(key), item) for key, item in value.items()}
    hints = get_type_hints(kind)
    names = list(hints)
    problems = [_unknown(name, written, names, place) for key, (written, _) in given.items() if key not in names]
    found: dict[str, Any] = {}
    for key, (written, item) in given.items():
        if key in names:
            if fault := _fault(hints[key], item):
                problems.append(_wrong(name, written, fault, place))
            else:
                found[key] = tuple(item) if isinstance(item, list) else item
    if problems:
        return None, problems
    table = kind(**found)
    wrong = [
        _wrong(name, given.get(key, (key.replace("_", "-"), None))[0], fault, place)
        for key, fault in _own_faults(table)
    ]
    return (None, wrong) if wrong else (table, [])


def _own_faults(table: object) -> Iterator[tuple[str, str]]:
    check = getattr(table, "faults", None)
    yield from check() if check is not None else ()


def _unknown(table: str, key: str, names: list[str], place: Places) -> Problem:
    known = [name.replace("_", "-") for name in names]
    message = f"unknown setting '{table}.{key}'{did_you_mean(key.replace('_', '-'), known)}"
    return Problem("FG601", message, place(f"{table}.{key}"), f"the settings of '{table}' are {', '.join(known)}")


def _wrong(table: str, key: str, fault: str, place: Places) -> Problem:
    return Problem("FG602", f"'{table}.{key}' {fault}", place(f"{table}.{key}"))


def _fault(hint: Any, value: object) -> str:
    """Return what is wrong with ``value`` where a ``hint`` is expected, empty where nothing is."""
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        return _fault(next(each for each in get_args(hint) if each is not types.NoneType), value)
    if origin is Literal:
        return "" if value in get_args(hint) else f"must be one of {', '.join(map(str, get_args(hint)))}"
    fits, wanted = _WANTED[origin or hint]
    return "" if fits(value) else f"must be {wanted}"


def _is_plain(value: object) -> bool:
    return isinstance(value, str) and value.isprintable()


_WANTED: Mapping[Any, tuple[Callable[[object], bool], str]] = {
    str: (_is_plain, "a text without control characters"),
    int: (lambda value: type(value) is int and value >= 0, "a whole number that is not negative"),
    bool: (lambda value: isinstance(value, bool), "true or false"),
    tuple: (lambda value: isinstance(value, list) and all(map(_is_plain, value)), "a list of texts"),
    Mapping: (lambda value: isinstance(value, dict) and all(map(_is_plain, value.values())), "a table of texts"),
}
