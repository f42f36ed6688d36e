"""Text for a terminal: whatever could move the cursor, colour, reorder or break a line is shown, not obeyed."""

from fountaingen.primitives.visible import shown


def one_line(text: str) -> str:
    """Return ``text`` with what cannot be seen, controls, and what reorders or breaks a line as escapes."""
    return shown(text)


def log_line(text: str) -> str:
    """Return ``text`` as ``one_line`` does, but with its tabs."""
    return "\t".join(map(shown, text.split("\t")))
