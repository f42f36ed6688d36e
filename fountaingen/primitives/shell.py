"""Text in a shell script, where nothing of it is obeyed."""

from fountaingen.primitives.code import Code


def quoted(text: str) -> Code:
    """Return ``text`` as one word in single quotes, what cannot be seen left out.

    Within them a shell obeys nothing but the quote that ends them (POSIX.1-2024, Shell Command Language, 2.2.2).
    """
    seen = "".join(each for each in text if each.isprintable())
    return Code("'" + seen.replace("'", "'\\''") + "'")
