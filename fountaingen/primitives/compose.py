"""Text in ``docker-compose.yml``, where ``$`` stands for variables.

https://docs.docker.com/reference/compose-file/interpolation/
"""

import re
from collections.abc import Iterable
from typing import Any

_NAME = re.compile("[A-Z_][A-Z0-9_]*")


class Filled(str):
    """Text in which Compose is to fill in variables; all other text means itself."""

    __slots__ = ()


def reference(name: str, otherwise: str = "") -> Filled:
    """Write a variable as Compose fills it in, ``otherwise`` where it is not set or empty."""
    return Filled(f"${{{_name(name)}:-{_otherwise(otherwise)}}}")


def demanded(names: Iterable[str], otherwise: str) -> Filled:
    """Write the first variable that is set; Compose says ``otherwise`` and goes no further where none is."""
    listed = [_name(name) for name in names]
    return Filled("${" + ":-${".join(listed) + f":?{_otherwise(otherwise)}" + "}" * len(listed))


def filled(pattern: str, *pieces: Filled) -> Filled:
    """Return ``pattern``, itself written by us, with ``pieces`` in the places of its ``{}``."""
    return Filled(pattern.format(*pieces))


def escaped(value: Any) -> Any:
    """Return data with every ``$`` doubled, in keys too, but where a text is to be ``Filled``."""
    match value:
        case Filled():
            return str(value)
        case str():
            return value.replace("$", "$$")
        case dict():
            return {escaped(key): escaped(item) for key, item in value.items()}
        case list() | tuple():
            return [escaped(item) for item in value]
        case _:
            return value


def _name(text: str) -> str:
    if not _NAME.fullmatch(text):
        raise ValueError(f"no name of a variable: {text!r}")
    return text


def _otherwise(text: str) -> str:
    """Return what a reference falls back on; a dollar there is one more reference, a brace its end."""
    if {"$", "{", "}"} & set(text):
        raise ValueError(f"cannot be fallen back on: {text!r}")
    return text
