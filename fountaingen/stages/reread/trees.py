"""Trees of Python source, and whether two of them say the same."""

import ast
from inspect import cleandoc
from typing import Any


class Unparsable(Exception):
    """The source is no Python: a defect of what made it, never of the contract."""


def parsed(source: str) -> ast.Module:
    """Return the tree of ``source``.

    Raises:
        Unparsable: it is no Python.
    """
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise Unparsable(str(error)) from error


def same(left: Any, right: Any) -> bool:
    """Say whether two trees are equal but for positions, and for the blanks that black takes out of docstrings."""
    if type(left) is not type(right):
        return False
    if isinstance(left, ast.Expr) and isinstance(left.value, ast.Constant) and isinstance(left.value.value, str):
        return isinstance(right.value, ast.Constant) and _cleaned(left.value.value) == _cleaned(right.value.value)
    if isinstance(left, ast.AST):
        return all(same(getattr(left, each, None), getattr(right, each, None)) for each in left._fields)
    if type(left) is list:
        return len(left) == len(right) and all(map(same, left, right))
    return bool(left == right)


def _cleaned(docstring: object) -> list[str]:
    return [line.rstrip() for line in cleandoc(str(docstring)).strip().splitlines()]
