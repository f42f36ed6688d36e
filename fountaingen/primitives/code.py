"""Code: text that is safe to print into Python source, and the only ways to make it from data."""

import math
import re
from collections.abc import Iterable
from string import Formatter
from typing import Any

from fountaingen.primitives.origin import Atom, Sink
from fountaingen.primitives.visible import cut, prose, width

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
    """Return ``text`` as a one-line docstring literal, which takes ``limit`` columns and six more at most.

    What cannot be seen is written out. The literal is a raw one where the text holds backslashes. Longer text is cut at
    a word and ends in three dots.
    """
    whole, columns = _without_doctest(prose(text)) or "No description.", limit
    while True:
        written = _documented(cut(whole, columns))
        over = width(written) - limit - len('"""' * 2)
        if over <= 0:
            return Code.encoded(written, Sink.DOCSTRING, text)
        columns -= over


def _documented(text: str) -> str:
    """Write a docstring as black leaves it: a space stands between a quote of the text and those around it."""
    begin, end = " " if text.startswith('"') else "", " " if text.endswith('"') else ""
    padded = f"{begin}{text}{end}"
    if '"""' in padded or padded.endswith("\\"):
        escaped = padded.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
        return f'"""{escaped}"""'
    return f'r"""{padded}"""' if "\\" in padded else f'"""{padded}"""'


def _without_doctest(text: str) -> str:
    # Whoever runs doctest over generated code would run it.
    return text.replace(">>>", "\\x3e>>", 1) if text.startswith(">>>") else text


def comment(text: str) -> Code:
    """Return ``text`` as one line of a comment's content, in which no tool finds anything to obey.

    What cannot be seen is written out, and so is a character of what an interpreter (PEP 263), a linter, a formatter, a
    type checker or an editor would read as its own.
    """
    return Code.encoded(_DIRECTIVE.sub(_written_out, prose(text)), Sink.COMMENT, text)


_TOOLS = (
    "noqa|nosec|nosemgrep|type:|fmt:|ruff:|mypy:|isort:|pyright:|pyre|pylint:|yapf:|flake8|pragma|pytype:|cython:"
    "|distutils:|lgtm|codespell:|shellcheck|hadolint|syntax=|escape=|check="
)
_DIRECTIVE = re.compile(
    rf"#(?=\s*(?:{_TOOLS}))|^(?:!|#|{_TOOLS})|(?<=coding)[:=]|(?<=pylint):|(?<=\bvi):|(?<=\bex):|(?<=\bvim):|-(?=\*-)",
    re.IGNORECASE,
)


def _written_out(found: re.Match[str]) -> str:
    return f"\\x{ord(found[0][0]):02x}{found[0][1:]}"


def identifier(text: str) -> Code:
    """Return ``text`` as code where it is a valid identifier in ASCII, dotted or not.

    Raises:
        ValueError: it is not one.
    """
    if not text.isascii() or not all(part.isidentifier() for part in text.split(".")):
        raise ValueError(f"not an identifier: {text!r}")
    return Code.encoded(text, Sink.IDENTIFIER, text)


def plain(text: str) -> Code:
    """Return a text that means itself wherever it is printed: the name of a host, an image, a label, a folder.

    Raises:
        ValueError: it holds more than ASCII letters, digits and ``._/:@-``, or begins with another one than those.
    """
    if not _PLAIN.fullmatch(text):
        raise ValueError(f"no plain name: {text!r}")
    return Code(text)


_PLAIN = re.compile("[A-Za-z0-9][A-Za-z0-9._/:@-]*")


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
    if type(part) not in (Code, int):
        raise TypeError(f"code is made of Code, not of {type(part).__name__}")
    return part if isinstance(part, str) else str(part)
