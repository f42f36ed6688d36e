"""Which tests run in one process: those of one ``xdist_group``, others wherever there is room.

pytest-xdist 3.8 writes the group into the id of a test, which pytest 9.2 does not let it do any more; so the marks are
read from the modules, where they are literals.
"""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling


class GroupScheduling(LoadScopeScheduling):
    """Gives the tests of a group to one process, in their order."""

    def _split_scope(self, nodeid: str) -> str:
        path, _, name = nodeid.partition("::")
        groups = _groups(self.config.rootpath / path)
        return groups.get(name.partition("[")[0]) or groups.get("", nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> GroupScheduling | None:
    """Schedule by group where that is asked for."""
    return GroupScheduling(config, log) if config.getoption("dist") == "loadgroup" else None


@cache
def _groups(path: Path) -> dict[str, str]:
    """Return the groups of a module's functions by name, that of the whole module under an empty name."""
    return dict(_found(ast.parse(path.read_bytes())))


def _found(module: ast.Module) -> Iterator[tuple[str, str]]:
    for node in module.body:
        match node:
            case ast.Assign(targets=[ast.Name(id="pytestmark")], value=value):
                yield from (("", group) for group in _marks(value))
            case ast.FunctionDef(name=name, decorator_list=decorators):
                yield from ((name, group) for each in decorators for group in _marks(each))


def _marks(expression: ast.expr) -> Iterator[str]:
    for node in ast.walk(expression):
        match node:
            case ast.Call(func=ast.Attribute(attr="xdist_group"), args=[ast.Constant(value=str(group))]):
                yield group
