"""The layout of printed classes: as black leaves it, which looks at those classes only that need it.

Black takes a millisecond a line; most classes differ from its layout in nothing but quotes.
"""

import ast
from collections.abc import Iterator

import black
from black.mode import TargetVersion

LINE_LENGTH = 120
_MODE = black.Mode(line_length=LINE_LENGTH, target_versions={TargetVersion.PY311})


def lay_out(classes: str) -> str:
    """Return the source of ``classes`` in black's layout, in ASCII."""
    return "\n\n\n".join(_blocks(classes)) + "\n"


def _blocks(classes: str) -> Iterator[str]:
    lines = classes.splitlines()
    statements: list[str] = []
    for node in ast.parse(classes).body:
        block = lines[node.lineno - 1 : node.end_lineno]
        if isinstance(node, ast.ClassDef):
            yield _class(block)
        else:
            statements.extend(block)
    if statements:
        yield "\n".join(statements)


def _class(block: list[str]) -> str:
    text = "".join(map(_ascii, "\n".join(block)))
    if '"' in text or "\\" in text or any(len(line) > LINE_LENGTH for line in block):
        return black.format_str(text, mode=_MODE).rstrip("\n")
    return text.replace("'", '"')


def _ascii(character: str) -> str:
    """Write a character beyond ASCII as an escape: names are ASCII, so it stands in a text literal."""
    return character if character.isascii() else character.encode("ascii", "backslashreplace").decode("ascii")
