"""Templates print, loop, include and test one flag; everything else was decided before."""

from pathlib import Path

import pytest
from jinja2 import Environment, nodes

from fountaingen.inputs import own_templates

_TEMPLATES = sorted(path for path in own_templates().rglob("*.jinja"))
_PRINTED = (nodes.Name, nodes.Getattr, nodes.TemplateData)
_STATEMENTS = (nodes.Template, nodes.Output, nodes.For, nodes.If, nodes.Include)


def _is_plain(node: nodes.Node) -> bool:
    """Tell whether ``node`` is a name or a chain of attributes of one."""
    return isinstance(node, nodes.Name) or (isinstance(node, nodes.Getattr) and _is_plain(node.node))


@pytest.mark.parametrize("path", _TEMPLATES, ids=lambda path: path.relative_to(own_templates()).as_posix())
def test_templates_hold_no_logic(path: Path) -> None:
    pending: list[nodes.Node] = [Environment().parse(path.read_text(encoding="utf-8"))]
    while pending:
        node = pending.pop()
        assert isinstance(node, (*_STATEMENTS, *_PRINTED)), f"line {node.lineno}: {type(node).__name__}"
        tested = {nodes.If: "test", nodes.For: "iter", nodes.Include: "template"}.get(type(node))
        if tested is not None:
            value = getattr(node, tested)
            assert _is_plain(value) or isinstance(value, nodes.Const), f"line {node.lineno}: {type(value).__name__}"
        pending += [each for each in node.iter_child_nodes() if not isinstance(each, nodes.Const)]


def test_there_are_templates() -> None:
    assert _TEMPLATES
