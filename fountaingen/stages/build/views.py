"""Views: the schemas that become classes of ``app/schemas.py``, with references by class name."""

from collections.abc import Mapping
from typing import Any

from fountaingen.primitives import pointer as pointers
from fountaingen.stages.build.operations import ViewNames

_COMPONENTS = "#/components/schemas/"


def views_of(view_names: ViewNames, data: Any) -> Mapping[str, Any]:
    """Return the schema of every class; references are ``#/$defs/<class name>``, deeper ones are opened in place."""
    components = (data.get("components") or {}).get("schemas") or {}
    renamed = {f"{_COMPONENTS}{pointers.escape(name)}": view_names.components[name] for name in components}
    wanted = {view_names.components[name]: schema for name, schema in components.items()}
    wanted |= dict(view_names.inline.values())
    return {name: _rewritten(schema, renamed, data, ()) for name, schema in sorted(wanted.items())}


def _rewritten(schema: Any, renamed: Mapping[str, str], data: Any, opened: tuple[str, ...]) -> Any:
    if isinstance(schema, list):
        return [_rewritten(each, renamed, data, opened) for each in schema]
    if not isinstance(schema, dict):
        return schema
    reference = schema.get("$ref")
    if not isinstance(reference, str):
        return {key: _rewritten(each, renamed, data, opened) for key, each in schema.items()}
    if reference in renamed:
        return {**schema, "$ref": f"#/$defs/{renamed[reference]}"}
    if reference in opened or not reference.startswith("#/"):
        return {}
    target = pointers.follow(data, pointers.split(reference[1:]))
    return _rewritten(target, renamed, data, (*opened, reference))
