"""The second layer: what was printed is read back, and is nothing but the classes and fields that were meant."""

import ast
from collections.abc import Iterator

from fountaingen.stages.reread.trees import parsed, same
from fountaingen.stages.views.names import BUILTIN_TYPES, RESERVED_CLASSES
from fountaingen.stages.views.printer import Module
from fountaingen.stages.views.types import Fields, ListOf, MapOf, OneOfTexts, Type, Union

_NAMES = RESERVED_CLASSES | BUILTIN_TYPES
_CONFIG = "model_config = ConfigDict(extra='allow', populate_by_name=True)"
_MODULES = ("__future__", "typing", "pydantic", "app.runtime.uploads")
_TYPES = (
    ast.AnnAssign,
    ast.Assign,
    ast.BinOp,
    ast.BitOr,
    ast.Call,
    ast.ClassDef,
    ast.Constant,
    ast.Name,
    ast.Subscript,
    ast.Tuple,
    ast.expr_context,
    ast.keyword,
)


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
    texts = _texts(module)
    for name, node in classes.items():
        meant = {field: wire for wire, field in module.fields.get(name, {"root": "root"}).items()}
        found = _fields(node)
        if found != meant:
            raise Unfaithful(f"the fields of {name} differ: {sorted(found.items() ^ meant.items())}")
        base = "BaseModel" if isinstance(module.classes[name], Fields) else f"RootModel[{_root(node)}]"
        if [ast.unparse(each) for each in node.bases] != [base] or node.keywords or node.decorator_list:
            raise Unfaithful(f"{name} is not made of {base}")
        used.update(_names(node, texts))
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


def _names(node: ast.ClassDef, texts: frozenset[str]) -> Iterator[str]:
    """Yield the names that a class uses; it holds types, aliases and ``texts``, and nothing else."""
    for inner in ast.walk(node):
        if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Load):
            yield inner.id
        elif isinstance(inner, ast.Call) and not _is_alias(inner) and ast.unparse(inner) != _CONFIG.partition(" = ")[2]:
            raise Unfaithful(f"line {inner.lineno} of {node.name} calls something")
        elif isinstance(inner, ast.Constant) and not (inner.value in (None, True) or inner.value in texts):
            raise Unfaithful(f"line {inner.lineno} of {node.name} holds what is no value of it")
        elif not isinstance(inner, _TYPES):
            raise Unfaithful(f"{node.name} holds what is no type")


def _is_alias(call: ast.Call) -> bool:
    match call:
        case ast.Call(func=ast.Name(id="Field"), args=[], keywords=[ast.keyword(arg="alias", value=ast.Constant())]):
            return True
    return False


def _texts(module: Module) -> frozenset[str]:
    """Return every text that the module has for a value: wire names, and what a text may be one of."""
    texts = {wire for fields in module.fields.values() for wire in fields}
    waiting: list[Fields | Type] = list(module.classes.values())
    while waiting:
        match waiting.pop():
            case Fields(members):
                waiting += [member.type for member in members]
            case OneOfTexts(values):
                texts.update(values)
            case ListOf(inner) | MapOf(inner):
                waiting.append(inner)
            case Union(members):
                waiting += members
    return frozenset(texts | {"allow"})


def verify_layout(source: str, classes: str) -> None:
    """Make sure that ``source`` is a docstring, imports and ``classes``, which were verified, in whatever layout.

    Raises:
        Unfaithful: it is anything else.
    """
    module, meant = parsed(source), parsed(classes).body
    imported = [node for node in module.body if isinstance(node, ast.ImportFrom)]
    start = len(imported) + 1
    if module.body[1:start] != imported or any(node.module not in _MODULES or node.level for node in imported):
        raise Unfaithful("there is something else than imports before the classes")
    # Those are first, and after them what makes them refer to each other.
    ordered = sorted(meant, key=lambda node: not isinstance(node, ast.ClassDef))
    if not isinstance(module.body[0], ast.Expr) or not same(module.body[start:], ordered):
        raise Unfaithful("the layout changed what the classes say")
