"""Lines of an ``.env`` file, as Compose reads it: https://docs.docker.com/reference/compose-file/services/#env_file."""

import re

from fountaingen.primitives.code import Code, identifier
from fountaingen.primitives.visible import shown

_PLAIN = re.compile(r"[A-Za-z0-9_./:@%+,-]*")
_OBEYED = str.maketrans({"\\": "\\\\", '"': '\\"', "$": "\\$"})


def assignment(name: str, value: Code) -> Code:
    """Write ``name=value``; ``value`` is what ``text`` made, or composed of it.

    Raises:
        ValueError: ``name`` is no identifier.
    """
    return Code.of("{}={}", identifier(name), value)


def suggestion(name: str, value: Code) -> Code:
    """Write an assignment that is not in force: a comment, from which whoever reads it takes the sign away."""
    return Code.of("# {}", assignment(name, value))


def text(value: str) -> Code:
    """Write a value that means itself: in quotes where it holds anything that could be obeyed or end it.

    What cannot be seen is written out, a line's end among it.
    """
    if _PLAIN.fullmatch(value):
        return Code(value)
    seen = shown(value)
    return Code(f"'{seen}'" if "'" not in seen and "\\" not in seen else f'"{seen.translate(_OBEYED)}"')
