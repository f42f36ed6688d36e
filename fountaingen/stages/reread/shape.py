"""The shape of generated Python: what it may name, call, import and decorate with, whatever text it came from."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from fountaingen.stages.reread.printed import Fault
from fountaingen.stages.reread.vocabulary import FORMATTED, WALRUS, Vocabulary

_KEYWORDS: dict[type[ast.AST], str] = {
    ast.AsyncFor: "async",
    ast.AsyncFunctionDef: "async",
    ast.AsyncWith: "async",
    ast.Assert: "assert",
    ast.Await: "await",
    ast.ClassDef: "class",
    ast.Delete: "del",
    ast.FunctionDef: "def",
    ast.For: "for",
    ast.Global: "global",
    ast.If: "if",
    ast.IfExp: "if",
    ast.Import: "import",
    ast.ImportFrom: "import",
    ast.JoinedStr: FORMATTED,
    ast.Lambda: "lambda",
    ast.Match: "match",
    ast.NamedExpr: WALRUS,
    ast.Nonlocal: "nonlocal",
    ast.Raise: "raise",
    ast.Try: "try",
    ast.TryStar: "try",
    ast.While: "while",
    ast.With: "with",
    ast.Yield: "yield",
    ast.YieldFrom: "yield",
    ast.comprehension: "for",
}
"""The word without which there is no such node."""

_APPLICATION = "app."
_Documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Shape:
    """What a file may be made of: the words of its template and the plan, and the contract's names and values."""

    known: Vocabulary
    names: frozenset[str]
    values: frozenset[str]
    words: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "words", self.known.words | self.names)

    def faults(self, tree: ast.Module, text: str) -> Iterator[Fault]:
        """Yield what ``tree``, parsed from ``text``, has beside that."""
        docstrings: set[int] = set()
        for node in ast.walk(tree):
            if isinstance(node, _Documented):
                docstrings.update(id(line.value) for line in node.body[:1] if isinstance(line, ast.Expr))
            for message in self._constant(node, docstrings) if isinstance(node, ast.Constant) else self._node(node):
                yield Fault(_offset(node, text), message)

    def _constant(self, node: ast.Constant, docstrings: set[int]) -> Iterator[str]:
        known = (
            not isinstance(node.value, (str, bytes)) or node.value in self.values or node.value in self.known.strings
        )
        if not known and id(node) not in docstrings:
            yield "this string is neither a template's nor a value that was meant"

    def _node(self, node: ast.AST) -> Iterator[str]:
        word = _KEYWORDS.get(type(node))
        if word is not None and word not in self.known.words:
            yield f"no template has a {word!r} here"
        for name in _named(node):
            if name not in self.words:
                yield f"nothing of ours is called {name!r}"
        match node:
            case ast.Call(func=called):
                if (target := _called(called)) not in self.known.calls | self.names:
                    yield f"no template calls {target!r}"
            case ast.ImportFrom(module=module, level=0):
                yield from self._module(module or "")
            case ast.Import(names=aliases):
                for alias in aliases:
                    yield from self._module(alias.name)
            case ast.ClassDef() | ast.FunctionDef() | ast.AsyncFunctionDef():
                for decorator in node.decorator_list:
                    if _head(decorator) not in self.known.decorators:
                        yield "no template has this decorator"

    def _module(self, name: str) -> Iterator[str]:
        if name not in self.known.modules and not name.startswith(_APPLICATION):
            yield f"no template imports {name!r}"


def _named(node: ast.AST) -> Iterator[str]:
    """Yield every name that a node holds by itself, each part of a dotted one."""
    for member in node._fields:
        value: Any = getattr(node, member, None)
        for name in value if type(value) is list else (value,):
            if type(name) is str:
                yield from name.split(".") if "." in name else (name,)


def _called(node: ast.expr) -> str | None:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Subscript(value=value) | ast.Call(func=value):
            return _called(value)
    return None


def _head(node: ast.expr) -> str | None:
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=value) | ast.Call(func=value):
            return _head(value)
    return None


def _offset(node: ast.AST, text: str) -> int:
    """Return where a node begins, in characters; the parser counts bytes in a line."""
    lines = text.split("\n")
    line = getattr(node, "lineno", 1) - 1
    column = len(lines[line].encode()[: getattr(node, "col_offset", 0)].decode(errors="ignore"))
    return sum(len(each) + 1 for each in lines[:line]) + column
