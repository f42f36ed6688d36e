"""Code is made of text by encoders alone, and there is no encoder that nothing watches over."""

import ast
import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

import fountaingen
from fountaingen import primitives
from fountaingen.inputs import own_templates
from fountaingen.primitives import (
    code,
    compose,
    dockerfile,
    dumping,
    environment,
    markdown,
    paths,
    regex,
    shell,
    sql,
    terminal,
)
from hostile.switches import SWITCHES

_PACKAGE = Path(fountaingen.__file__).parent
_APART = ("primitives", "runtime", "testkit")
_SOURCES = [path for path in sorted(_PACKAGE.rglob("*.py")) if path.relative_to(_PACKAGE).parts[0] not in _APART]
_MODULES = (code, compose, dockerfile, dumping, environment, markdown, paths, regex, shell, sql, terminal)
_COMPOSE_OF_NAMES = {"join", "reference", "demanded", "filled", "assignment", "suggestion"}
"""Functions that put pieces together, of code or of names that they refuse to take otherwise: see their own tests."""
_BY_ITS_PARTS = {"literal": "_text"}


_PLAN = _PACKAGE / "stages" / "plan"


def _calls() -> Iterator[tuple[Path, str, ast.Call]]:
    for path in _SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                yield path, ast.unparse(node.func), node


def _shown(path: Path, call: ast.Call) -> str:
    return f"{path.relative_to(_PACKAGE)}:{call.lineno}: {ast.unparse(call)}"


def test_code_is_made_of_nothing_but_code() -> None:
    """The types of the pieces are mypy's business and, when it is done, the business of ``Code.of``."""
    for path, name, call in _calls():
        assert name not in ("Code", "Code.encoded", "Filled") or not call.args, _shown(path, call)
        if name in ("Code.of", "filled") or (name == "join" and path.is_relative_to(_PLAN)):
            assert all(isinstance(each, ast.Constant) for each in _constants(call.args[0])), _shown(path, call)


def _constants(node: ast.expr) -> tuple[ast.expr, ...]:
    """Return what an expression may be: a pattern that is chosen from two is two."""
    return (*_constants(node.body), *_constants(node.orelse)) if isinstance(node, ast.IfExp) else (node,)


def test_templates_come_from_files_and_nothing_is_run() -> None:
    for path, name, call in _calls():
        last = name.rpartition(".")[2]
        assert last not in ("from_string", "Markup", "unsafe_load", "full_load"), _shown(path, call)
        assert name not in ("eval", "exec", "compile", "__import__", "os.system"), _shown(path, call)
        assert not any(each.arg == "shell" for each in call.keywords), _shown(path, call)


@pytest.mark.parametrize("path", sorted(own_templates().rglob("*.jinja")), ids=lambda path: path.name)
def test_no_template_prints_into_a_string_or_filters(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    python = path.name.endswith(".py.jinja")
    for line in text.split("\n"):
        assert "|safe" not in line.replace(" ", "")
        assert not (python and re.search(r"""\bf(["']).*\{\{""", line)), line


def _encoders(module: ModuleType) -> Iterator[str]:
    for name, function in inspect.getmembers(module, inspect.isfunction):
        if function.__module__ == module.__name__ and not name.startswith("_"):
            yield name


@pytest.mark.parametrize("module", _MODULES, ids=lambda module: module.__name__.rpartition(".")[2])
def test_every_encoder_can_be_switched_off(module: ModuleType) -> None:
    switched = {function for switch in SWITCHES.values() for function in switch.off}
    for name in set(_encoders(module)) - _COMPOSE_OF_NAMES:
        assert getattr(module, _BY_ITS_PARTS.get(name, name)) in switched, name


@pytest.mark.parametrize("module", _MODULES, ids=lambda module: module.__name__.rpartition(".")[2])
def test_every_encoder_is_on_the_list(module: ModuleType) -> None:
    short = module.__name__.rpartition(".")[2]
    for name in set(_encoders(module)) - {"filled", "suggestion", "demanded"}:
        assert f"``{short}.{name}``" in (primitives.__doc__ or ""), name
