"""Names in SQL: derived from words, never quoted text."""

import re

from fountaingen.primitives.code import Code

_NAME = re.compile("[a-z_][a-z0-9_]{0,62}")


def name(text: str) -> Code:
    """Return a name that means itself in SQL, within quotes of any kind and without, and that PostgreSQL keeps whole.

    Raises:
        ValueError: ``text`` is not one.
    """
    if not _NAME.fullmatch(text):
        raise ValueError(f"no name in SQL: {text!r}")
    return Code(text)
