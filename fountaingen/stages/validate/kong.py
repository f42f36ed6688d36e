"""``x-kong-*``: known extensions in their places, of the right types, without secrets that Kong would not look up.

FG802 is a reference to a vault that Kong takes literally, FG807 a wrong type, FG808 (a warning) what has no effect.
What Kong itself says of the values is found later, when the whole configuration is known.
"""

from collections.abc import Iterator
from typing import Any

from fountaingen.kong.plugins import BUNDLED
from fountaingen.kong.schema.fields import ArrayOf, Field, MapOf, Record, Text
from fountaingen.model.grammar import Kind, Node
from fountaingen.model.problems import Problem, Severity
from fountaingen.primitives import pointer as pointers
from fountaingen.primitives.suggest import did_you_mean
from fountaingen.stages.validate.contract import Contract

_PREFIX = "x-kong-"
_PLUGIN = "x-kong-plugin-"
_DEFAULTS = ("x-kong-service-defaults", "x-kong-route-defaults", "x-kong-upstream-defaults")
_KNOWN = ("x-kong-name", "x-kong-tags", *_DEFAULTS)
_LEVELS = (Kind.OPENAPI, Kind.PATH_ITEM, Kind.OPERATION)
_COMPONENTS = "#/components/x-kong/"
_VAULT = "{vault://"


def check(contract: Contract) -> Iterator[Problem]:
    """Yield what is wrong with the extensions for the gateway."""
    for node in contract.nodes:
        for key, value in node.value.items():
            if key.startswith(_PREFIX):
                yield from _extension(contract, node, key, value)


def _extension(contract: Contract, node: Node, key: str, value: Any) -> Iterator[Problem]:
    pointer = pointers.join(node.pointer, key)
    if node.kind not in _LEVELS:
        message = f"{key!r} has no effect in {node.kind.phrase}"
        remedy = "it belongs into the contract's top level, a path item or an operation"
        yield Problem("FG808", message, contract.place(pointer), remedy, Severity.WARNING)
    elif key in ("x-kong-name", "x-kong-tags"):
        wanted, fits = _PLAIN[key]
        if not fits(value):
            yield Problem("FG807", f"{key!r} must be {wanted}", contract.place(pointer))
    elif key in _DEFAULTS or key.startswith(_PLUGIN):
        yield from _map(contract, key, value, pointer)
    else:
        message = f"{key!r} has no effect{did_you_mean(key, (*_KNOWN, _PLUGIN))}"
        remedy = f"known are {', '.join(_KNOWN)} and {_PLUGIN}<name>"
        yield Problem("FG808", message, contract.place(pointer), remedy, Severity.WARNING)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and value.strip() != ""


def _are_tags(value: Any) -> bool:
    return isinstance(value, list) and all(_is_text(each) and not {",", "/"} & set(each) for each in value)


_PLAIN = {"x-kong-name": ("a name", _is_text), "x-kong-tags": ("a list of tags without commas and slashes", _are_tags)}


def _map(contract: Contract, key: str, value: Any, pointer: str) -> Iterator[Problem]:
    if not isinstance(value, dict):
        yield Problem("FG807", f"{key!r} must be a map", contract.place(pointer))
        return
    if "$ref" in value:
        reference, place = value["$ref"], contract.place(pointers.join(pointer, "$ref"))
        pointer, value = contract.follow(pointer, value)
        if not isinstance(reference, str) or not reference.startswith(_COMPONENTS) or not isinstance(value, dict):
            yield Problem("FG807", f"{reference!r} does not lead to a map below {_COMPONENTS}", place)
            return
    plugin = BUNDLED.get(key.removeprefix(_PLUGIN)) if key.startswith(_PLUGIN) else None
    fields = {} if plugin is None else plugin.fields
    if plugin is not None or key in _DEFAULTS:
        yield from _vaults(contract, value, Record(fields=dict(fields)), pointer)


def _vaults(contract: Contract, value: Any, field: Field | None, pointer: str) -> Iterator[Problem]:
    """Yield the references to vaults that stand where Kong looks none up."""
    if isinstance(value, str) and _VAULT in value:
        if not (isinstance(field, Text) and field.referenceable and value.startswith(_VAULT)):
            message = f"{value!r} is no reference here: Kong takes it as it stands"
            remedy = "credentials come from the environment, when deploy/render.py is run"
            yield Problem("FG802", message, contract.place(pointer), remedy)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _vaults(contract, item, _member(field, key), pointers.join(pointer, key))
    elif isinstance(value, list):
        elements = field.elements if isinstance(field, ArrayOf) else None
        for index, item in enumerate(value):
            yield from _vaults(contract, item, elements, pointers.join(pointer, index))


def _member(field: Field | None, key: str) -> Field | None:
    if isinstance(field, Record):
        shorthand = field.shorthands.get(key)
        return field.fields.get(key) or (shorthand.field if shorthand is not None else None)
    return field.values if isinstance(field, MapOf) else None
