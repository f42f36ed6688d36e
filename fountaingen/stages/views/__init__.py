"""Typed views of a contract's schemas: the source of ``app/schemas.py``, for people who write hooks.

The judge has decided before a view is made, so a view checks nothing again: it has types and names, no constraints.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from fountaingen.stages.views.conjunction import Schemas
from fountaingen.stages.views.layout import lay_out
from fountaingen.stages.views.names import RESERVED_CLASSES, field_names, nested_names
from fountaingen.stages.views.printer import Module, print_classes
from fountaingen.stages.views.reduction import Reduction
from fountaingen.stages.views.types import Fields
from fountaingen.stages.views.verify import Unfaithful, verify, verify_layout

__all__ = ["RESERVED_CLASSES", "Unfaithful", "render"]

_TYPING = ("Annotated", "Any", "Literal")
_PYDANTIC = ("BaseModel", "ConfigDict", "Field", "RootModel")
_DOCSTRING = '"""Typed views of the messages of this service."""\n'


def render(
    schemas: Mapping[str, Any],
    header: str,
    *,
    requests: Iterable[str] | None = None,
    responses: Iterable[str] | None = None,
) -> str:
    """Return the source of a module with exactly the classes ``schemas``, and those of the objects inside them.

    It is laid out as black does at 120 columns.

    ``schemas`` maps class names to JSON Schemas (OAS 3.1) whose references are ``#/$defs/<class name>``. ``requests``
    and ``responses`` name the classes that messages of either direction are made of, all where left out: a member that
    is ``readOnly`` is optional in what requests hold, one that is ``writeOnly`` in what responses hold.

    Raises:
        ValueError: a class name is one of ``RESERVED_CLASSES``.
        Unfaithful: what was printed, read back, is not what was meant.
    """
    if reserved := RESERVED_CLASSES.intersection(schemas):
        raise ValueError(f"no class can be called {', '.join(sorted(reserved))}")
    start = f"{header}\n{_DOCSTRING}"
    if not schemas:
        return start
    module = _module(Schemas(schemas), requests, responses)
    classes = print_classes(module)
    source = f"{start}\n{_imports(verify(classes, module))}\n{lay_out(classes)}"
    verify_layout(source, classes)
    return source


def _module(schemas: Schemas, requests: Iterable[str] | None, responses: Iterable[str] | None) -> Module:
    names = sorted(schemas.by_name)
    read_only = schemas.reachable(names if requests is None else requests)
    write_only = schemas.reachable(names if responses is None else responses)
    hiding = {
        name: frozenset([*(["readOnly"] if name in read_only else []), *(["writeOnly"] if name in write_only else [])])
        for name in names
    }
    reduction = Reduction(schemas, hiding)
    roots = {name: reduction.root(name) for name in names}
    nested = nested_names(reduction.wanted, names)
    classes = {**roots, **{nested[place]: fields for place, fields in reduction.nested.items()}}
    fields = {name: field_names(whole) for name, whole in classes.items() if isinstance(whole, Fields)}
    return Module(dict(sorted(classes.items())), fields, nested)


def _imports(used: frozenset[str]) -> str:
    """Return the import lines for the names that are used."""
    lines = ["from __future__ import annotations\n\n"]
    for package, names in (("typing", _TYPING), ("pydantic", _PYDANTIC)):
        if wanted := [name for name in names if name in used]:
            lines.append(f"from {package} import {', '.join(wanted)}\n\n")
    if "RuntimeUpload" in used:
        # By another name, so that a contract may have a class called Upload.
        lines.append("from app.runtime.uploads import Upload as RuntimeUpload\n\n")
    return "".join(lines)
