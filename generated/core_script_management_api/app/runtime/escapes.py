"""Texts that PostgreSQL cannot keep, in a form that it can.

It has no U+0000. That is kept behind the escape U+0001, in a way that leaves the order of texts as it is; alone, the
escape is the JSON value null.
"""

import re

NULL = b""
ESCAPE = "\x01"

_ESCAPED = re.compile(f"{ESCAPE}([{ESCAPE}\x02])")


def escaped(text: str) -> str:
    """Return ``text`` without U+0000: the order of two texts stays, and no two become one."""
    if ESCAPE not in text and "\x00" not in text:
        return text
    return text.replace(ESCAPE, ESCAPE + "\x02").replace("\x00", ESCAPE + ESCAPE)


def unescaped(text: str) -> str | bytes:
    """Return the text that was escaped; NULL where it is the escape alone."""
    if text == ESCAPE:
        return NULL
    return _ESCAPED.sub(lambda found: "\x00" if found[1] == ESCAPE else ESCAPE, text)
