"""JSON text to data; positions are worked out only when somebody asks, since a clean build never does."""

import json
import math
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import Any

from fountaingen.model.problems import Note, Place, Problem, Rejected
from fountaingen.primitives import pointer as pointers
from fountaingen.stages.load.limits import MAX_DEPTH, MAX_DIGITS, MAX_KEY, MAX_POINTERS, MAX_VALUES
from fountaingen.stages.load.lines import Lines

_TOKEN = re.compile(r'[ \t\r\n]*("[^"\\]*(?:\\.[^"\\]*)*"|[{}\[\],:]|[^\s,:\]}\[{"]+)')
_HALF_CHARACTER = re.compile(r"\\u[dD][89a-fA-F]")
_DIGITS_OF_DOUBLES = 300
"""A whole number of so many digits is one that a double can come near to; of more it has to be asked."""


class _Suspicious(Exception):
    """The quick reading met something that the careful one must judge."""


def read(text: str, name: str) -> tuple[Any, Mapping[str, tuple[int, int]]]:
    """Return the data and the position of each member of a JSON text.

    Raises:
        Rejected: see ``load``.
    """
    try:
        data = json.loads(
            text, object_pairs_hook=_unique, parse_int=_whole, parse_float=_finite, parse_constant=_refuse
        )
    except json.JSONDecodeError as error:
        # Nesting far beyond the limit shows as a syntax error only where it also ends badly; say the syntax first.
        problem = Problem("FG003", f"not JSON: {_lower(error.msg)}", Place(name, error.lineno, error.colno))
        raise Rejected([problem]) from error
    except (ValueError, RecursionError, _Suspicious) as error:
        raise _findings(text, name) from error
    if _is_beyond_measure(data) or _HALF_CHARACTER.search(text):
        rejected = _findings(text, name)
        if rejected.problems:
            raise rejected
    return data, Positions(text)


class Positions(Mapping[str, tuple[int, int]]):
    """The (line, column) of each member of a JSON text by its pointer, indexed when first asked for."""

    def __init__(self, text: str) -> None:
        self._text = text

    @cached_property
    def _offsets(self) -> dict[str, int]:
        offsets: dict[str, int] = {}
        for pointer, _, offset, _ in _members(self._text):
            offsets.setdefault(pointer, offset)
        return offsets

    @cached_property
    def _lines(self) -> Lines:
        return Lines(self._text)

    def __getitem__(self, pointer: str) -> tuple[int, int]:
        return self._lines.at(self._offsets[pointer])

    def __iter__(self) -> Iterator[str]:
        return iter(self._offsets)

    def __reduce__(self) -> tuple[type["Positions"], tuple[str]]:
        return Positions, (self._text,)

    def __len__(self) -> int:
        return len(self._offsets)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _Suspicious
    return found


def _whole(literal: str) -> int:
    if len(literal) > _DIGITS_OF_DOUBLES and _fault(literal):
        raise _Suspicious
    return int(literal)


def _finite(literal: str) -> float:
    number = float(literal)
    if len(literal) > MAX_DIGITS or not math.isfinite(number):
        raise _Suspicious
    return number


def _refuse(literal: str) -> float:
    raise _Suspicious


def _is_beyond_measure(data: Any) -> bool:
    """Tell whether there is too much in ``data``, or too deep, or under too long keys."""
    depth = values = pointers_held = 0
    level = [(data, 0)] if type(data) is dict or type(data) is list else []
    while level:
        depth += 1
        below: list[tuple[Any, int]] = []
        for value, length in level:
            values += len(value)
            pointers_held += len(value) * length
            if type(value) is dict:
                if value and max(map(len, value)) > MAX_KEY:
                    return True
                pointers_held += sum(map(len, value))
                found = [
                    (child, length + len(key) + 1)
                    for key, child in value.items()
                    if type(child) is dict or type(child) is list
                ]
            else:
                found = [(child, length + 8) for child in value if type(child) is dict or type(child) is list]
            below += found
        if depth > MAX_DEPTH or values > MAX_VALUES or pointers_held > MAX_POINTERS:
            return True
        level = below
    return False


def _members(text: str) -> Iterator[tuple[str, str, int, int]]:
    """Yield (pointer, token, offset, depth) of each member of a well-formed text: of its key, or of a list's item.

    For a key the token is the key, for any other scalar its literal, for a list's item or the root its first token.
    """
    yield "", "", 0, 0
    # One entry an open container: its pointer, and the index of the next item (-1 for an object).
    stack: list[tuple[str, int]] = []
    here = ""
    expects_key = False
    for match in _TOKEN.finditer(text):
        token, offset = match[1], match.start(1)
        in_list = bool(stack) and stack[-1][1] >= 0
        if token in {"}", "]"}:
            stack.pop()
            expects_key = False
        elif token == ",":
            expects_key = not in_list
        elif token == ":":
            continue
        elif expects_key:
            here = f"{stack[-1][0]}/{pointers.escape(_key(token))}"
            expects_key = False
            yield here, token, offset, len(stack)
        else:
            if in_list:
                parent, index = stack[-1]
                stack[-1] = (parent, index + 1)
                here = f"{parent}/{index}"
                yield here, token, offset, len(stack)
            elif token not in {"{", "["}:
                yield here, token, offset, -1
            if token in {"{", "["}:
                stack.append((here, -1 if token == "{" else 0))
                expects_key = token == "{"


def _key(token: str) -> str:
    key: str = json.loads(token) if "\\" in token else token[1:-1]
    return key


def _findings(text: str, name: str) -> Rejected:
    lines = Lines(text)

    def place(offset: int) -> Place:
        return Place(name, *lines.at(offset))

    return Rejected(_problems(text, place))


def _problems(text: str, place: Callable[[int], Place]) -> Iterator[Problem]:
    first: dict[str, int] = {}
    values = held = 0
    for pointer, token, offset, depth in _members(text):
        values, held = values + 1, held + len(pointer)
        if fatal := _excess(depth, values, held):
            yield Problem(*fatal, place(offset))
            return
        if depth > 0 and first.setdefault(pointer, offset) != offset:
            notes = (Note(place(first[pointer]), "first here"),)
            yield Problem("FG004", f"the key {pointers.split(pointer)[-1]!r} stands twice", place(offset), notes=notes)
        if depth > 0 and token[:1] == '"' and len(token) > MAX_KEY and len(_key(token)) > MAX_KEY:
            yield Problem("FG011", f"a key of more than {MAX_KEY:,} characters", place(offset))
        fault = _fault(token)
        if fault:
            yield Problem("FG009", fault, place(offset))


def _excess(depth: int, values: int, held: int) -> tuple[str, str] | None:
    """Return code and message of what ends the reading, None while there is nothing."""
    if depth > MAX_DEPTH:
        return "FG007", f"nested more than {MAX_DEPTH} levels deep"
    if values > MAX_VALUES:
        return "FG011", f"more than {MAX_VALUES:,} values in one file"
    if held > MAX_POINTERS:
        return "FG011", "its keys are too long for what lies below them"
    return None


def _fault(token: str) -> str:
    if token[:1] == '"':
        try:
            json.loads(token).encode()
        except UnicodeEncodeError:
            return "half a character: a surrogate without its pair"
        return ""
    if token in {"NaN", "Infinity", "-Infinity"}:
        return f"{token} is not a JSON number"
    if token[:1] not in set("-0123456789"):
        return ""
    if len(token) > MAX_DIGITS:
        return f"a number of more than {MAX_DIGITS:,} characters"
    return "" if math.isfinite(float(token)) else f"{token} is beyond what a number can hold"


def _lower(message: str) -> str:
    return message[:1].lower() + message[1:]
