"""The second layer: what was printed is read back, and is nothing but the classes and fields that were meant."""

import ast
from collections.abc import Iterator

from fountaingen.stages.views.names import BUILTIN_TYPES, RESERVED_CLASSES
from fountaingen.stages.views.printer import Module
from fountaingen.stages.views.types import Fields

_NAMES = RESERVED_CLASSES | BUILTIN_TYPES
_CONFIG = "model_config = ConfigDict(extra='allow', populate_by_name=True)"


class Unfaithful(Exception):
    """The printed source is not what was meant: a defect of the printer, never of the contract."""


def verify(source: str, module: Module) -> frozenset[str]:
    """Return the names that ``source`` uses.

    Raises:
        Unfaithful: ``source`` holds anything but the classes of ``module``, their fields and aliases.
    """
    classes: dict[str, ast.ClassDef] = {}
    for node in ast.parse(source).body:
        if isinstance(node, ast.ClassDef):
            classes[node.name] = node
        elif ast.unparse(node).removesuffix(".model_rebuild()") not in module.classes:
            raise Unfaithful(f"line {node.lineno} is no class")
    if classes.keys() != module.classes.keys():
        raise Unfaithful(f"the classes {sorted(classes.keys() ^ module.classes.keys())} differ")
    used: set[str] = set()
    for name, node in classes.items():
        meant = {field: wire for wire, field in module.fields.get(name, {"root": "root"}).items()}
        found = _fields(node)
        if found != meant:
            raise Unfaithful(f"the fields of {name} differ: {sorted(found.items() ^ meant.items())}")
        base = "BaseModel" if isinstance(module.classes[name], Fields) else f"RootModel[{_root(node)}]"
        if [ast.unparse(each) for each in node.bases] != [base] or node.keywords or node.decorator_list:
            raise Unfaithful(f"{name} is not made of {base}")
        used.update(_names(node))
    if strange := used - _NAMES - module.classes.keys():
        raise Unfaithful(f"the names {sorted(strange)} are strange")
    return frozenset(used)


def _root(node: ast.ClassDef) -> str:
    return next(ast.unparse(line.annotation) for line in node.body if isinstance(line, ast.AnnAssign))


def _fields(node: ast.ClassDef) -> dict[str, str]:
    """Return the wire name of each field."""
    fields = {}
    for statement in node.body:
        match statement:
            case ast.AnnAssign(target=ast.Name(id=name), annotation=annotation, value=None | ast.Constant(value=None)):
                fields[name] = next(_aliases(annotation), name)
            case _ if ast.unparse(statement) != _CONFIG:
                raise Unfaithful(f"line {statement.lineno} of {node.name} is no field")
    return fields


def _aliases(annotation: ast.expr) -> Iterator[str]:
    match annotation:
        case ast.Subscript(
            value=ast.Name(id="Annotated"), slice=ast.Tuple(elts=[_, ast.Call(keywords=[word], args=[])])
        ):
            if word.arg == "alias" and isinstance(word.value, ast.Constant):
                yield str(word.value.value)


def _names(node: ast.ClassDef) -> Iterator[str]:
    for inner in ast.walk(node):
        if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Load):
            yield inner.id
        elif isinstance(inner, (ast.Attribute, ast.Lambda, ast.FunctionDef, ast.Import, ast.NamedExpr)):
            raise Unfaithful(f"line {inner.lineno} of {node.name} is no type")
