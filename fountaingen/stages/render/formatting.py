"""Python in black's layout, which changes nothing but the layout."""

import ast

from black import Mode, format_str
from black.mode import TargetVersion
from black.parsing import InvalidInput

from fountaingen.stages.reread.trees import Unparsable, parsed, same

LINE_LENGTH = 120
_MODE = Mode(line_length=LINE_LENGTH, target_versions={TargetVersion.PY311})


def laid_out(source: str, tree: ast.Module) -> str:
    """Return ``source``, which parses to ``tree``, as black lays it out.

    Raises:
        Unparsable: black finds no Python in it, or leaves something else than it found.
    """
    try:
        formatted = format_str(source, mode=_MODE)
    except InvalidInput as error:
        raise Unparsable(str(error)) from error
    if not same(tree, parsed(formatted)):
        raise Unparsable("black changed what it says")
    return formatted
