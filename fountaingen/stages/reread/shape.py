"""The shape of generated Python: what it may name, call, import and decorate with, whatever text it came from."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

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
    values: frozenset[str | bytes]
    words: frozenset[str] = field(init=False)
    calls: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "words", self.known.words | self.names)
        object.__setattr__(self, "calls", self.known.calls | self.names)

    def faults(self, tree: ast.Module, text: str) -> Iterator[Fault]:
        """Yield what ``tree``, parsed from ``text``, has beside that."""
        docstrings: set[int] = set()
        waiting: list[ast.AST] = [tree]
        while waiting:
            node = waiting.pop()
            if isinstance(node, _Documented):
                docstrings.update(id(line.value) for line in node.body[:1] if isinstance(line, ast.Expr))
            if isinstance(node, ast.Constant):
                if not self._is_known(node.value) and id(node) not in docstrings:
                    yield _at(node, text, "this string is neither a template's nor a value that was meant")
                continue
            for message in self._node(node):
                yield _at(node, text, message)
            for value in _members(node):
                if isinstance(value, ast.AST):
                    waiting.append(value)
                elif type(value) is str and not self.words.issuperset(value.split(".")):
                    yield _at(node, text, f"nothing of ours is called {value!r}")

    def _is_known(self, value: object) -> bool:
        return not isinstance(value, (str, bytes)) or value in self.values or value in self.known.strings

    def _node(self, node: ast.AST) -> Iterator[str]:
        word = _KEYWORDS.get(type(node))
        if word is not None and word not in self.known.words:
            yield f"no template has a {word!r} here"
        if isinstance(node, ast.Call):
            if (target := _called(node.func)) not in self.calls:
                yield f"no template calls {target!r}"
        elif isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            if any(_head(decorator) not in self.known.decorators for decorator in node.decorator_list):
                yield "no template has this decorator"
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            for name in _modules(node):
                if name not in self.known.modules and not name.startswith(_APPLICATION):
                    yield f"no template imports {name!r}"


def _members(node: ast.AST) -> Iterator[object]:
    """Yield what a node holds by itself: other nodes, and names."""
    for name in node._fields:
        value = getattr(node, name, None)
        if type(value) is list:
            yield from value
        else:
            yield value


def _modules(node: ast.Import | ast.ImportFrom) -> Iterator[str]:
    match node:
        case ast.ImportFrom(module=module):
            yield "." * node.level + (module or "")
        case ast.Import(names=aliases):
            yield from (alias.name for alias in aliases)


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


def _at(node: ast.AST, text: str, message: str) -> Fault:
    """Return a fault where a node begins, in characters; the parser counts bytes in a line."""
    lines = text.split("\n")
    line = getattr(node, "lineno", 1) - 1
    column = len(lines[line].encode()[: getattr(node, "col_offset", 0)].decode(errors="ignore"))
    return Fault(sum(len(each) + 1 for each in lines[:line]) + column, message)
