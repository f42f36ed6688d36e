"""JSON Pointers (RFC 6901), as plain strings: ``""`` is the whole document, ``/paths/~1scripts`` a member."""

from collections.abc import Iterable
from typing import Any


def escape(token: str) -> str:
    """Write one reference token: ``~`` becomes ``~0`` and ``/`` becomes ``~1``."""
    return token.replace("~", "~0").replace("/", "~1") if "~" in token or "/" in token else token


def unescape(token: str) -> str:
    """Read one reference token back."""
    return token.replace("~1", "/").replace("~0", "~")


def join(pointer: str, *tokens: str | int) -> str:
    """Return the pointer of a member below ``pointer``."""
    for token in tokens:
        pointer = f"{pointer}/{escape(str(token))}"
    return pointer


def split(pointer: str) -> list[str]:
    """Return the unescaped tokens of ``pointer``."""
    return [unescape(token) for token in pointer.split("/")[1:]]


def parent(pointer: str) -> str:
    """Return the pointer one level up; the root is its own parent."""
    return pointer.rpartition("/")[0]


def follow(data: Any, tokens: Iterable[str]) -> Any:
    """Return the value that ``tokens`` lead to in ``data``.

    Raises:
        LookupError: there is no such member.
    """
    for token in tokens:
        match data:
            case dict():
                data = data[token]
            case list():
                data = data[_index(token)]
            case _:
                raise LookupError(token)
    return data


def _index(token: str) -> int:
    if not (token.isascii() and token.isdigit()) or (len(token) > 1 and token[0] == "0"):
        raise LookupError(token)
    return int(token)
