"""What is wrong with lowered schemas: the faults that the validator finds when it compiles them, at their source."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import jsonschema_rs

from fountaingen.primitives import pointer as pointers
from fountaingen.stages.lower.index import Index
from fountaingen.stages.lower.patterns import is_expression

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_META = jsonschema_rs.validator_for(
    {"$schema": _DIALECT, "$ref": _DIALECT},
    validate_formats=True,
    offline=True,
    formats={"regex": lambda value: not isinstance(value, str) or is_expression(value)},
)


@dataclass(frozen=True)
class Fault:
    """One thing wrong: where in the contract (its nearest place that exists), and what, in one lower-case line."""

    pointer: str
    message: str


def compile_faults(
    index: Index, schemas: dict[str, Any], definitions: dict[str, Any], origins: dict[str, str]
) -> list[Fault]:
    """Return what the validator refuses: of ``schemas``, by pointer, and ``definitions``, by name, from ``origins``."""
    everything = {**{f"{number}": schema for number, schema in enumerate(schemas.values())}}
    places = {
        **dict(zip(everything, schemas, strict=True)),
        **{f"$defs/{name}": place for name, place in origins.items()},
    }
    faults: list[Fault] = []
    for key, place in places.items():
        lowered = everything[key] if key in everything else definitions[key.removeprefix("$defs/")]
        faults.extend(_refused(index, place, lowered))
    if not faults:
        faults.extend(_uncompilable(list(schemas.values()), definitions, origins))
    return faults


def _refused(index: Index, place: str, lowered: Any) -> Iterator[Fault]:
    """Yield what the meta-schema refuses about one schema, patterns that cannot be run among it."""
    for error in _META.iter_errors(lowered):
        where = pointers.join("", *error.instance_path)
        yield Fault(_nearest(index, place + where), _message(error))


def _uncompilable(schemas: list[Any], definitions: dict[str, Any], origins: dict[str, str]) -> Iterator[Fault]:
    references = [{"$ref": f"#/$defs/{name}"} for name in definitions]
    whole = {"$schema": _DIALECT, "$defs": definitions, "anyOf": [True, *schemas, *references]}
    try:
        jsonschema_rs.validator_for(whole, validate_formats=True, offline=True)
    except jsonschema_rs.ValidationError as error:
        yield Fault(next(iter(origins.values()), ""), _message(error))


def _nearest(index: Index, pointer: str) -> str:
    while pointer and not index.exists(pointer):
        pointer = pointers.parent(pointer)
    return pointer


def _message(error: jsonschema_rs.ValidationError) -> str:
    return " ".join(error.message.split())
