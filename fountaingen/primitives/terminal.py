"""Text for a terminal: whatever could move the cursor, colour, reorder or break a line is shown, not obeyed."""

import re

_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_UNSAFE_IN_LOGS = re.compile("[\x00-\x08\x0a-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def one_line(text: str) -> str:
    """Return ``text`` with control, bidirectional and line-breaking characters and lone surrogates as escapes."""
    return _UNSAFE.sub(_escape, text)


def log_line(text: str) -> str:
    """Return ``text`` as ``one_line`` does, but with its tabs."""
    return _UNSAFE_IN_LOGS.sub(_escape, text)


def _escape(match: re.Match[str]) -> str:
    return ascii(match[0])[1:-1]
