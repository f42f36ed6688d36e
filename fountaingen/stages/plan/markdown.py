"""Text of a contract in Markdown, where nothing of it is obeyed."""

from fountaingen.primitives.code import Code, comment


def code_span(text: str) -> Code:
    """Write ``text`` as code in Markdown, in prose or in a table's cell, where nothing but its end has a meaning."""
    plain = comment(text).replace("`", "'").replace("|", "\\|")
    return Code.of("`{}`", plain)


def markdown(text: str) -> Code:
    """Write ``text`` for a line or table cell of Markdown: one line, with what Markdown or HTML would obey escaped."""
    plain = comment(text)
    return Code("".join(f"\\{character}" if character in "\\`*_{}[]<>#|!~$&" else character for character in plain))
