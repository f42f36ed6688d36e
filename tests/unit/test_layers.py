"""Imports point down: command line, pipeline, stages, model, primitives; what services carry stands apart."""

import ast
from pathlib import Path

import pytest

import fountaingen

_PACKAGE = Path(fountaingen.__file__).parent
_LAYERS = (
    ("primitives",),
    ("model",),
    ("kong",),
    ("stages",),
    ("guard",),
    ("pipeline", "reading", "inputs", "project"),
    ("remote",),
    ("commands", "supervisor", "verification", "certificates", "starter"),
)
_RANK = {name: rank for rank, layer in enumerate(_LAYERS) for name in layer} | {"__main__": 7, "__init__": -1}
_APART = ("runtime", "testkit")


@pytest.mark.parametrize("path", sorted(_PACKAGE.rglob("*.py")), ids=lambda path: path.relative_to(_PACKAGE).as_posix())
def test_imports_point_down(path: Path) -> None:
    layer = path.relative_to(_PACKAGE).parts[0].removesuffix(".py")
    imported = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        modules = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        modules += [each.name for each in node.names] if isinstance(node, ast.Import) else []
        imported |= {module.split(".")[1] for module in modules if module.startswith("fountaingen.")}
    if layer in _APART:
        assert not imported
    else:
        assert {name for name in imported if _RANK[name] > _RANK[layer]} == set()
