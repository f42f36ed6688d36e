"""Code: text that is safe to print into Python source, and the only ways to make it from data."""

import math
import unicodedata
from collections.abc import Iterable
from string import Formatter
from typing import Any

from fountaingen.primitives.origin import Atom, Sink

_LONGEST_LITERAL = 80


class Code(str):
    """Python source text. Templates print nothing else, so text of a spec cannot become code by mistake.

    ``atoms`` says, in order, which of its characters an encoder made of data; all others are written by us.
    """

    __slots__ = ("atoms",)
    atoms: tuple[Atom, ...]

    def __new__(cls, text: str = "", atoms: tuple[Atom, ...] = ()) -> "Code":
        made = super().__new__(cls, text)
        made.atoms = text.atoms if isinstance(text, Code) else atoms
        return made

    @classmethod
    def encoded(cls, text: str, sink: Sink, value: str) -> "Code":
        """Return ``text``, which an encoder made of ``value``."""
        return cls(text, (Atom(0, len(text), sink, value),))

    @classmethod
    def of(cls, pattern: str, *pieces: "Code | int") -> "Code":
        """Return ``pattern``, itself written by us, with ``pieces`` in the places of its ``{}``.

        It is how code is composed everywhere but in the encoders, so that plain text cannot get in.

        Raises:
            TypeError: a piece is plain text.
        """
        parts: list[str] = []
        left = list(pieces)
        for text, field, _, _ in Formatter().parse(pattern):
            parts += [text] if field is None else [text, _code(left.pop(0))]
        return _joined("", parts)


def literal(value: Any) -> Code:
    """Return a Python literal that evaluates to ``value``, in ASCII.

    Takes None, booleans, finite numbers, strings, and lists, tuples and dicts of those, of exactly these types.

    Raises:
        TypeError: ``value`` holds anything else.
    """
    match value:
        case float() if not math.isfinite(value):
            raise TypeError(f"no literal for {value}")
        case str() if type(value) in (str, Code):
            return _text(str(value))
        case None | bool() | int() | float() if type(value) in (type(None), bool, int, float):
            return Code(ascii(value))
        case list():
            return Code.of("[{}]", join(", ", map(literal, value)))
        case tuple():
            return Code.of("({},)" if len(value) == 1 else "({})", join(", ", map(literal, value)))
        case dict():
            pairs = (Code.of("{}: {}", literal(key), literal(item)) for key, item in value.items())
            return Code.of("{{{}}}", join(", ", pairs))
        case _:
            raise TypeError(f"no literal for a {type(value).__name__}")


def _text(value: str) -> Code:
    """Return a string literal; a long one in parts side by side, for the formatter to break lines between."""
    whole = ascii(value)
    if len(whole) <= _LONGEST_LITERAL:
        return Code.encoded(whole, Sink.LITERAL, value)
    pieces, length = [""], 0
    for character in value:
        length += len(ascii(character)) - len("''")
        if length > _LONGEST_LITERAL:
            pieces, length = [*pieces, ""], len(ascii(character)) - len("''")
        pieces[-1] += character
    return Code.encoded(f"({' '.join(map(ascii, pieces))})", Sink.LITERAL, value)


def docstring(text: str, limit: int = 110) -> Code:
    """Return ``text`` as a one-line docstring literal: printable ASCII, quotes and backslashes made harmless.

    Longer text is cut at a word and ends in ``…`` written as three dots.
    """
    words = _plain(text)
    if len(words) > limit:
        words = words[: limit - 3].rsplit(" ", 1)[0].rstrip(".,;: ") + "..."
    return Code.encoded(f'"""{words or "No description."}"""', Sink.DOCSTRING, text)


def comment(text: str) -> Code:
    """Return ``text`` as one line of a comment's content: printable ASCII only, so nothing can end the line."""
    return Code.encoded(_plain(text), Sink.COMMENT, text)


def identifier(text: str) -> Code:
    """Return ``text`` as code where it is a valid identifier in ASCII, dotted or not.

    Raises:
        ValueError: it is not one.
    """
    if not text.isascii() or not all(part.isidentifier() for part in text.split(".")):
        raise ValueError(f"not an identifier: {text!r}")
    return Code.encoded(text, Sink.IDENTIFIER, text)


def join(separator: str, parts: Iterable[Code]) -> Code:
    """Join pieces of code with ``separator``, itself written by us.

    Raises:
        TypeError: a part is plain text.
    """
    return _joined(separator, map(_code, parts))


def _joined(separator: str, parts: Iterable[str]) -> Code:
    atoms: list[Atom] = []
    texts: list[str] = []
    length = 0
    for part in parts:
        length += len(separator) if texts else 0
        if isinstance(part, Code):
            atoms += [atom.moved(length) for atom in part.atoms]
        texts.append(part)
        length += len(part)
    return Code(separator.join(texts), tuple(atoms))


def _code(part: "Code | int") -> str:
    if type(part) not in (Code, int, str):
        raise TypeError(f"code is made of Code, not of {type(part).__name__}")
    return part if isinstance(part, str) else str(part)


_TYPOGRAPHIC = str.maketrans(
    {
        "\u2018": "'",
        "\u2019": "'",
        "\u201c": "'",
        "\u201d": "'",
        "\u2013": "-",
        "\u2014": "-",
        "\u2026": "...",
        "\u00df": "ss",
        '"': "'",
        "\\": "/",
    }
)


def _plain(text: str) -> str:
    # Accents go, so that German or French stays readable; letters of other alphabets cannot.
    decomposed = unicodedata.normalize("NFKD", text).translate(_TYPOGRAPHIC)
    folded = " ".join("".join(each for each in decomposed if not unicodedata.combining(each)).split())
    return "".join(character if " " <= character <= "~" else "?" for character in folded).strip()
