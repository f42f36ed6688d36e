"""Forms as JSON values: members by name, typed by their schemas, judged as a whole."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import Invalid
from ..judge import Judge
from ..parameters.binder import parse_query
from ..parameters.coerce import Text, readings
from ..parameters.shapes import Shape
from ..parameters.styles import (
    COMMA,
    PIPE,
    SPACE,
    Decode,
    DeepObject,
    Delimited,
    Exploded,
    Pairs,
    literal,
    percent_plus,
)
from ..uploads import Upload
from ..values import JsonValue
from .incoming import malformed
from .json_text import read_json
from .members import JsonMember, Member, TextMember

_DELIMITERS = {"spaceDelimited": SPACE, "pipeDelimited": PIPE}
_STRUCTURES = frozenset({"array", "object"})
# A pair takes far longer to read than to send, most of all where its name is a new one.
_MOST_PAIRS = 100_000
_MOST_NAMES = 10_000
_STAND_IN = ""
"""What the judge sees of binary content: a string."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """An entry that is a value already."""

    value: JsonValue


# Text as it was sent, a value, or binary content.
Entry = str | Parsed | Upload
Entries = Mapping[str, Sequence[Entry]]


class Form:
    """A form of one operation; ``decode`` is how its texts are escaped."""

    __slots__ = ("_decode", "_judge", "_shape", "_styles", "members")

    def __init__(self, members: Mapping[str, Member], shape: Shape, judge: Judge, decode: Decode) -> None:
        self.members = members
        self._shape = shape
        self._judge = judge
        self._decode = decode
        taken = frozenset(members)
        self._styles = {
            name: (_style(name, member, decode, taken - {name}), member.shape)
            for name, member in members.items()
            if isinstance(member, TextMember)
        }

    def value(self, entries: Entries) -> Any:
        """Return the form's value, uploads in their places; raises Invalid."""
        candidates = dict(self._candidates(entries))
        most = max(map(len, candidates.values()), default=1)
        for turn in range(most):
            whole = {name: each[min(turn, len(each) - 1)] for name, each in candidates.items()}
            if self._judge.accepts(whole):
                return self._filled(whole, entries)
        first = {name: each[0] for name, each in candidates.items()}
        raise Invalid(self._judge.violations("body", first))

    def _candidates(self, entries: Entries) -> Iterator[tuple[str, list[JsonValue]]]:
        """Yield each member with the values that it may be read as, the likeliest first; at least one."""
        texts: Pairs = {
            name: [each for each in found if isinstance(each, str)]
            for name, found in entries.items()
            if all(isinstance(each, str) for each in found)
        }
        used: set[str] = set()
        for name, (style, shape) in self._styles.items():
            if (written := style.find(texts, shape)) is not None:
                used |= _belonging(name, style, texts, shape)
                values = [value for text in written for value in readings(text, shape)]
                yield name, values or [[self._decode(each) for each in texts.get(name, ())]]
        for name, found in entries.items():
            if name not in used:
                yield name, self._others(name, found)

    def _others(self, name: str, found: Sequence[Entry]) -> list[JsonValue]:
        member = self.members.get(name)
        if isinstance(member, JsonMember) and all(isinstance(each, str) for each in found):
            texts = [self._decode(each) for each in found if isinstance(each, str)]
            return _as_json(name, texts, member)
        listed = len(found) > 1 or (member is not None and not isinstance(member, TextMember) and member.listed)
        if all(isinstance(each, str) for each in found):
            decoded: list[Text] = [self._decode(each) for each in found if isinstance(each, str)]
            return list(readings(decoded if listed else decoded[0], self._shape.additional or Shape()))
        values = [_STAND_IN if isinstance(each, Upload) else self._plain(each) for each in found]
        if listed and len(values) == 1 and isinstance(values[0], list):
            # Every item in one part, where there may be one for each.
            return [values, values[0]]
        return [values] if listed else [values[0]]

    def _plain(self, entry: str | Parsed) -> JsonValue:
        return entry.value if isinstance(entry, Parsed) else self._decode(entry)

    def _filled(self, whole: dict[str, Any], entries: Entries) -> dict[str, Any]:
        """Put the uploads where their stand-ins are."""
        for name, found in entries.items():
            if any(isinstance(each, Upload) for each in found):
                value = whole[name]
                filled = [
                    each if isinstance(each, Upload) else value[index] if isinstance(value, list) else value
                    for index, each in enumerate(found)
                ]
                whole[name] = filled if isinstance(value, list) else filled[0]
        return whole


def read_form(raw: bytes, form: Form) -> JsonValue:
    """Read application/x-www-form-urlencoded (WHATWG URL section 5.1); raises Invalid."""
    if raw.count(b"&") > _MOST_PAIRS:
        raise malformed(f"the form has more than {_MOST_PAIRS} pairs")
    try:
        pairs = parse_query(raw)
        if len(pairs) > _MOST_NAMES:
            raise malformed(f"the form has more than {_MOST_NAMES} names")
        value: JsonValue = form.value(pairs)
    except UnicodeDecodeError:
        raise malformed("the form is not UTF-8") from None
    return value


def form_of(members: Mapping[str, Member] | None, shape: Shape | None, judge: Judge, *, encoded: bool) -> Form:
    """Return the form that a media type declares; ``encoded`` says that its texts are percent-encoded."""
    shape = shape or Shape(types=("object",))
    declared = dict(members or {})
    for name, each in shape.properties.items():
        declared.setdefault(name, TextMember(each))
    return Form(declared, shape, judge, percent_plus if encoded else literal)


def _style(name: str, member: TextMember, decode: Decode, taken: frozenset[str]) -> Exploded | Delimited | DeepObject:
    if member.style == "deepObject":
        return DeepObject(name)
    if member.explode:
        return Exploded(name, decode, taken)
    return Delimited(name, _DELIMITERS.get(member.style or "", COMMA), decode)


def _belonging(name: str, style: Exploded | Delimited | DeepObject, pairs: Pairs, shape: Shape) -> set[str]:
    """Return the names of pairs that a member takes."""
    if isinstance(style, DeepObject):
        return {each for each in pairs if each.startswith(f"{name}[")}
    if isinstance(style, Exploded) and "object" in shape.types:
        return {name, *(each for each in pairs if each in shape.properties or shape.additional is not None)}
    return {name}


def _as_json(name: str, texts: Sequence[str], member: JsonMember) -> list[JsonValue]:
    values: list[JsonValue] = []
    for text in texts:
        try:
            values.append(read_json(text.encode()))
        except ValueError as error:
            if not member.plain:
                raise malformed(f"is no JSON: {error}", (name,)) from None
            values.append(text)
    if len(values) > 1 or (member.listed and not isinstance(values[0], list)):
        return [values]
    whole = values[0]
    return [whole, texts[0]] if member.plain else [[whole], whole] if member.listed else [whole]
