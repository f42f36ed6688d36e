"""Text in Markdown (CommonMark with GitHub's tables), in a line or a table's cell, where nothing of it is obeyed."""

import re

from fountaingen.primitives.code import Code
from fountaingen.primitives.visible import prose

_OBEYED = re.compile(r"[\\`*_{}\[\]<>#|!~$&@]|:(?=//)|(?<=www)\.", re.IGNORECASE)


def markdown(text: str) -> Code:
    """Write ``text`` as prose: one line, with what Markdown or HTML would obey behind a backslash, URLs too."""
    return Code(_OBEYED.sub(r"\\\g<0>", prose(text)))


def code_span(text: str) -> Code:
    """Write ``text`` as code: one line, between backticks; as prose where it holds backticks itself.

    Readers differ in what ends a span that holds backticks (CommonMark 0.31, section 6.1). In a cell a bar has a
    backslash (GFM, section 4.10), before which no other may stand: such a bar is written out.
    """
    plain = re.sub(r"(?<=\\)\|", r"\\x7c", prose(text)).replace("|", "\\|")
    if "`" in plain:
        return markdown(text)
    pad = " " if plain[-1:] == "\\" or not plain else ""
    return Code(f"`{pad}{plain}{pad}`")
