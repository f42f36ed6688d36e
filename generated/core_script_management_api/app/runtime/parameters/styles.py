"""The parameter styles of OpenAPI (OAS 3.1 section 4.8.12, RFC 6570): raw text to texts.

Each ``split`` yields the strict reading first. A delimiter that arrived percent-encoded is data (RFC 6570 section
3.2.1); only where there is no literal delimiter is the encoded one a second reading, for clients that encode all.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import unquote

from .coerce import Text
from .shapes import Shape

_DEEPEST = 100
"""How deep the members of a ``deepObject`` may stand; what reads them goes down by calling itself."""

_LONG = 10_000
_ENCODED = re.compile("(?:%[0-9A-Fa-f]{2})+")

Decode = Callable[[str], str]
Pairs = Mapping[str, Sequence[str]]


def percent(text: str) -> str:
    """Decode %XX; raises UnicodeDecodeError where the bytes are no UTF-8."""
    if "%" not in text:
        return text
    if len(text) > _LONG:
        # unquote makes objects of every single byte.
        return _ENCODED.sub(_decoded, text)
    return unquote(text, errors="strict")


def _decoded(found: re.Match[str]) -> str:
    return bytes.fromhex(found.group().replace("%", "")).decode()


def percent_plus(text: str) -> str:
    """Decode %XX and the + that forms write for a space."""
    return percent(text.replace("+", " ")) if "+" in text else percent(text)


def literal(text: str) -> str:
    """Header values are taken as they are (OAS 3.1.1, appendix D)."""
    return text


@dataclass(frozen=True, slots=True)
class Delimiter:
    """What stands between values: ``literal`` as text, ``encoded`` where it was percent-encoded.

    ``data`` says that the encoded one belongs to a value by rights; for | and space it does not, as neither may stand
    in a URL as it is (OAS 3.1.1 section 4.8.12.5).
    """

    literal: str
    encoded: re.Pattern[str] | None = None
    data: bool = True

    def split(self, raw: str, decode: Decode) -> Iterator[list[str]]:
        """Yield the readings of ``raw`` as a list."""
        if self.literal in raw:
            yield [decode(part) for part in raw.split(self.literal)]
            return
        parts = [raw] if self.encoded is None else self.encoded.split(raw)
        if self.data or len(parts) == 1:
            yield [decode(raw)]
        if len(parts) > 1:
            yield [decode(part) for part in parts]
        if not raw:
            yield []


COMMA = Delimiter(",", re.compile("%2C", re.IGNORECASE))
PIPE = Delimiter("|", re.compile("%7C", re.IGNORECASE), data=False)
SPACE = Delimiter(" ", re.compile(r"\+|%20"), data=False)
DOT = Delimiter(".")


def structured(raw: str, shape: Shape, delimiter: Delimiter, decode: Decode) -> Iterator[Text]:
    """Yield the readings of one raw value whose members stand side by side (``R,100,G,200`` for objects)."""
    scalars = any(kind not in ("array", "object") for kind in shape.types)
    divided = delimiter.literal in raw
    if scalars and not divided:
        yield decode(raw)
    for parts in delimiter.split(raw, decode):
        if "array" in shape.types:
            yield [*parts]
        if "object" in shape.types and len(parts) % 2 == 0:
            yield dict(zip(parts[::2], parts[1::2], strict=True))
    if scalars and divided:
        yield decode(raw)


def exploded(raw: str, shape: Shape, delimiter: Delimiter, decode: Decode) -> Iterator[Text]:
    """Yield the readings of one raw value whose members carry their names (``R=100,G=200`` for objects)."""
    if "object" in shape.types and all("=" in part for part in raw.split(delimiter.literal)):
        members = (part.partition("=") for part in raw.split(delimiter.literal))
        yield {decode(name): decode(value) for name, _, value in members}
    if shape.types != ("object",):
        yield from structured(raw, Shape(tuple(kind for kind in shape.types if kind != "object")), delimiter, decode)


@dataclass(frozen=True, slots=True)
class Simple:
    """``simple``: path and header values."""

    explode: bool
    decode: Decode

    def split(self, raw: str, shape: Shape) -> Iterator[Text]:
        """Yield the readings of ``raw``."""
        read = exploded if self.explode else structured
        return read(raw, shape, COMMA, self.decode)


@dataclass(frozen=True, slots=True)
class Label:
    """``label``: path values after a dot."""

    explode: bool

    def split(self, raw: str, shape: Shape) -> Iterator[Text]:
        """Yield the readings of ``raw``; none where the dot is missing."""
        if not raw.startswith("."):
            return iter(())
        if self.explode:
            return exploded(raw[1:], shape, DOT, percent)
        return structured(raw[1:], shape, COMMA, percent)


@dataclass(frozen=True, slots=True)
class Matrix:
    """``matrix``: path values as ``;name=value``."""

    name: str
    explode: bool

    def split(self, raw: str, shape: Shape) -> Iterator[Text]:
        """Yield the readings of ``raw``; none where the semicolon or the name is missing."""
        if not raw.startswith(";"):
            return
        parts = [part.partition("=") for part in raw[1:].split(";")]
        if self.explode and "object" in shape.types:
            yield {percent(name): percent(value) for name, _, value in parts}
        if any(percent(name) != self.name for name, _, _ in parts):
            return
        values = [value for _, _, value in parts]
        if self.explode and "array" in shape.types:
            yield [percent(value) for value in values]
        if len(values) == 1:
            yield from structured(values[0], shape, COMMA, percent)


@dataclass(frozen=True, slots=True)
class Delimited:
    """``form`` without explode, ``spaceDelimited`` and ``pipeDelimited``: one pair holds all."""

    name: str
    delimiter: Delimiter
    decode: Decode

    def find(self, pairs: Pairs, shape: Shape) -> Iterator[Text] | None:
        """Return the readings of the parameter, or None where it was not sent."""
        values = pairs.get(self.name)
        if values is None:
            return None
        if len(values) > 1:
            return self._repeated(values) if "array" in shape.types else iter(())
        return structured(values[0], shape, self.delimiter, self.decode)

    def _repeated(self, values: Sequence[str]) -> Iterator[Text]:
        yield [self.decode(value) for value in values]


@dataclass(frozen=True, slots=True)
class Exploded:
    """``form`` with explode: repeated pairs for arrays, a pair a member for objects."""

    name: str
    decode: Decode
    taken: frozenset[str]

    def find(self, pairs: Pairs, shape: Shape) -> Iterator[Text] | None:
        """Return the readings of the parameter, or None where it was not sent."""
        values = pairs.get(self.name)
        members = self._members(pairs, shape) if "object" in shape.types else {}
        if values is None and not members:
            return None
        return self._readings(values or (), members, shape)

    def _readings(self, values: Sequence[str], members: dict[str, Text], shape: Shape) -> Iterator[Text]:
        if members:
            yield members
        if len(values) == 1 and any(kind not in ("array", "object") for kind in shape.types):
            yield self.decode(values[0])
        if values and "array" in shape.types:
            yield [self.decode(value) for value in values]
            if list(values) == [""]:
                yield []

    def _members(self, pairs: Pairs, shape: Shape) -> dict[str, Text]:
        members: dict[str, Text] = {}
        for name, values in pairs.items():
            member = shape.properties.get(name)
            if member is None and (shape.additional is None or name in self.taken):
                continue
            decoded = [self.decode(value) for value in values]
            repeated = len(decoded) > 1 or (member is not None and "array" in member.types)
            members[name] = [*decoded] if repeated else decoded[0]
        return members


@dataclass(frozen=True, slots=True)
class DeepObject:
    """``deepObject``: ``name[member]=value``; deeper members and repeated ones as they are seen in the wild."""

    name: str

    def find(self, pairs: Pairs, shape: Shape) -> Iterator[Text] | None:
        """Return the readings of the parameter, or None where no pair belongs to it."""
        prefix = self.name + "["
        found: dict[str, Text] = {}
        for name, values in pairs.items():
            if name.startswith(prefix) and name.endswith("]"):
                keys = name[len(prefix) : -1].split("][", _DEEPEST)
                if len(keys) > _DEEPEST:
                    return iter(())
                _place(found, keys, [percent_plus(value) for value in values])
        if found:
            return iter([_shaped(found, shape)])
        # Its bare name is the parameter in no style that the contract knows.
        return iter(()) if self.name in pairs else None


def _place(into: dict[str, Text], keys: list[str], values: list[str]) -> None:
    for key in keys[:-1]:
        inner = into.setdefault(key, {})
        if not isinstance(inner, dict):
            return
        into = inner
    into[keys[-1]] = [*values] if len(values) > 1 or keys[-1] == "" else values[0]


def _shaped(text: Text, shape: Shape | None) -> Text:
    """Turn members into lists where the shape has an array: ``[0]``, ``[]`` and a single value all name items."""
    shape = shape or Shape()
    array = "array" in shape.types and "object" not in shape.types
    if isinstance(text, dict):
        if array and (keys := list(text)) and all(key == "" or key.isdigit() for key in keys):
            items = [text[key] for key in sorted(keys, key=lambda key: (len(key), key))]
            return _shaped(items[0] if keys == [""] else items, shape)
        return {name: _shaped(part, shape.properties.get(name) or shape.additional) for name, part in text.items()}
    if array:
        return [_shaped(part, shape.items) for part in (text if isinstance(text, list) else [text])]
    return text
