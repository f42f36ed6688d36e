"""Text in a shell script, where nothing of it is obeyed."""

from fountaingen.primitives.code import Code
from fountaingen.primitives.visible import shown


def quoted(text: str) -> Code:
    """Return ``text`` as one word in single quotes, with what cannot be seen written out.

    Within them a shell obeys nothing but the quote that ends them (POSIX.1-2024, Shell Command Language, 2.2.2). A word
    that begins with ``-`` is still an option to what reads it: it stands behind ``--`` or where options cannot be.
    """
    return Code("'" + shown(text).replace("'", "'\\''") + "'")
