"""Keys: what the server can give as the key of a row, where a number or a UUID will not do."""

import math
import re
from collections.abc import Iterator
from itertools import chain, groupby
from typing import Any

import jsonschema_rs

from fountaingen.model.entity import KeyMaker, Spelled, Ulid
from fountaingen.stages.build.objects import Member

_LIMITS = ("pattern", "format", "minLength", "maxLength", "enum", "const")
_UUIDS = ("f81d4fae-7dec-41d0-a765-00a0c91e6bf6", "01234567-89ab-4cde-8f01-23456789abcd")
_ULID = "01ARZ3NDEKTSV4RRFFQ69G5FAV"
_DIGITS = "0123456789"
_LOWER = "abcdefghijklmnopqrstuvwxyz"
_ALPHANUMERIC = f"{_DIGITS}{_LOWER}{_LOWER.upper()}"
_CLASSES = {"d": _DIGITS, "w": _ALPHANUMERIC}
_USUAL = 22
"""How long a key is where the contract leaves it open: 131 bits of letters and digits."""
_FEWEST_BITS = 32
"""Keys of fewer bits would be guessed, and soon be used up."""

Part = tuple[str, int]


def maker_of(member: Member) -> KeyMaker | None:
    """Return what makes keys that ``member`` allows; None where UUIDs (or numbers) do, or nothing does."""
    if member.types - {"null"} != {"string"}:
        return None
    if member.format.lower() == "ulid" and _allows(member, (_ULID,)):
        return Ulid()
    if _allows(member, _UUIDS):
        return None
    parts = _parts(member.schema)
    return _spelled(parts) if parts and _bits(parts) >= _FEWEST_BITS and _allows(member, _extremes(parts)) else None


def suits(member: Member, maker: KeyMaker | None) -> bool:
    """Tell whether ``member``, as one message declares it, allows the keys that the server gives."""
    types = member.types - {"null"}
    if types <= {"integer", "number"}:
        return _is_valid(member, (1, 2))
    match maker:
        case Spelled(parts=parts):
            return _allows(member, _extremes([(part, 0) if isinstance(part, str) else part for part in parts]))
        case Ulid():
            return _allows(member, (_ULID,))
        case None:
            return "string" not in types or _allows(member, _UUIDS)


def _spelled(parts: list[Part]) -> Spelled:
    grouped = groupby(parts, key=lambda part: part[1] == 0)
    joined = (("".join(text for text, _ in run),) if literal else tuple(run) for literal, run in grouped)
    return Spelled(tuple(chain.from_iterable(joined)))


def _allows(member: Member, examples: tuple[str, ...]) -> bool:
    limits = {keyword: member.schema[keyword] for keyword in _LIMITS if keyword in member.schema}
    return _holds(limits, examples)


def _is_valid(member: Member, examples: tuple[int, ...]) -> bool:
    keywords = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "enum", "const")
    return _holds({keyword: member.schema[keyword] for keyword in keywords if keyword in member.schema}, examples)


def _holds(limits: dict[str, Any], examples: tuple[object, ...]) -> bool:
    if not limits:
        return True
    try:
        judge = jsonschema_rs.validator_for(limits, validate_formats=True, offline=True)
    except ValueError:
        return False
    return all(judge.is_valid(each) for each in examples)


def _extremes(parts: list[Part]) -> tuple[str, ...]:
    """Return keys of the first characters of each alphabet, and of the last."""
    return tuple("".join(text if count == 0 else text[at] * count for text, count in parts) for at in (0, -1))


def _bits(parts: list[Part]) -> float:
    return sum(count * math.log2(len(set(alphabet))) for alphabet, count in parts if count)


def _parts(schema: Any) -> list[Part] | None:
    shortest, longest = int(schema.get("minLength", 0)), int(schema.get("maxLength", 10_000))
    if "pattern" not in schema:
        length = min(max(_USUAL, shortest), longest)
        return [(_ALPHANUMERIC, length)] if length else None
    try:
        return list(_read(str(schema["pattern"]), shortest, longest))
    except ValueError:
        return None


_ATOM = re.compile(r"\[(?P<set>(?:[^\]\\^]|\\.)(?:[^\]\\]|\\.)*)\]|\\(?P<escape>.)|(?P<plain>[^\\\[\](){}|^$.*+?])")
_TIMES = re.compile(r"\{(\d+)(?:(,)(\d*))?\}|([*+?])")


def _read(pattern: str, shortest: int, longest: int) -> Iterator[Part]:
    """Yield the parts of a pattern that is a row of characters and sets of them, each so many times.

    Raises:
        ValueError: the pattern is anything else, such as one with groups or alternatives.
    """
    if not (pattern.startswith("^") and pattern.endswith("$")):
        raise ValueError(pattern)
    text, at = pattern[1:-1], 0
    while at < len(text):
        atom = _ATOM.match(text, at)
        if atom is None:
            raise ValueError(pattern)
        times = _TIMES.match(text, atom.end())
        at = times.end() if times else atom.end()
        least, most = _bounds(times)
        characters = _alphabet(atom)
        count = least if least == most else min(max(least, _USUAL, shortest), most, longest)
        if len(characters) > 1 and count:
            yield characters, count
        elif count:
            yield characters * count, 0


def _bounds(times: re.Match[str] | None) -> tuple[int, int]:
    if times is None:
        return 1, 1
    exact, comma, most, sign = times.groups()
    if sign:
        return {"*": (0, 10_000), "+": (1, 10_000), "?": (0, 1)}[sign]
    return int(exact), int(most) if most else 10_000 if comma else int(exact)


def _alphabet(atom: re.Match[str]) -> str:
    if atom["plain"]:
        return atom["plain"]
    if atom["escape"]:
        return _escaped(atom["escape"])
    members: set[str] = set()
    for first, last, escape in re.findall(r"([^\\])-([^\\\]])|(\\.|.)", atom["set"], re.DOTALL) or ():
        if escape:
            members.update(_escaped(escape[1]) if escape[0] == "\\" else escape)
        else:
            members.update(chr(code) for code in range(ord(first), min(ord(last), 0x7E) + 1))
    # One case will do, and is easier to read out.
    lower = {each.lower() for each in members}
    chosen = lower if lower <= members else members
    return "".join(sorted(chosen))


def _escaped(character: str) -> str:
    if character in _CLASSES:
        return _CLASSES[character]
    if character.isalnum():
        raise ValueError(character)
    return character
