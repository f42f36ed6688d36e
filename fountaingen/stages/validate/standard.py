"""The standard: openapi-spec-validator's own meta-schemas, judged by jsonschema-rs (FG101, FG102, FG103).

Its Python walk over the document is not used: it takes minutes where this takes milliseconds, runs the contract's own
patterns through ``re``, opens what a reference names, and knows no positions. What it checks beyond the meta-schemas
the other rules of this stage check.
"""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import jsonschema_rs
from openapi_schema_validator import OAS31_BASE_DIALECT_ID, OAS32_BASE_DIALECT_ID
from openapi_schema_validator._specifications import REGISTRY
from openapi_spec_validator.schemas import schema_v30, schema_v31, schema_v32

from fountaingen.model.problems import Problem
from fountaingen.model.version import Version
from fountaingen.primitives import pointer as pointers
from fountaingen.stages.validate.breaches import Breach, breaches
from fountaingen.stages.validate.contract import Contract
from fountaingen.stages.validate.wording import problems

_SCHEMAS = {Version.V3_0: schema_v30, Version.V3_1: schema_v31, Version.V3_2: schema_v32}
_DIALECTS = {Version.V3_1: OAS31_BASE_DIALECT_ID, Version.V3_2: OAS32_BASE_DIALECT_ID}
_OPENAPI = "https://spec.openapis.org/"


def check(contract: Contract) -> Iterator[Problem]:
    """Yield every breach of the standard in the contract, references not followed."""
    known = _known(contract.version)
    for breach in _found(contract):
        yield from problems(contract, breach, known)


def _found(contract: Contract) -> Iterator[Breach]:
    found = list(dict.fromkeys(breaches(_validator(contract.version).iter_errors(contract.data))))
    within = {prefix for breach in found for prefix in _prefixes(breach.pointer)}
    for breach in found:
        # A judge that does not know a member since what is in it is broken says so as well: that is no news.
        left = tuple(name for name in breach.unknown if pointers.join(breach.pointer, name) not in within)
        if left or not breach.unknown:
            yield breach._replace(unknown=left)


def _prefixes(pointer: str) -> Iterator[str]:
    while pointer:
        yield pointer
        pointer = pointers.parent(pointer)


@cache
def _schema(version: Version) -> dict[str, Any]:
    # The library hands out a lazy proxy; the judge takes plain dicts.
    plain: dict[str, Any] = json.loads(json.dumps(dict(_SCHEMAS[version])))
    if version in _DIALECTS:
        # The text of the standard lets a Link Object give constants of any type (OAS 3.1 section 4.8.20.1).
        plain["$defs"]["link"]["properties"]["parameters"] = {"type": "object"}
    return plain


@cache
def _validator(version: Version) -> jsonschema_rs.Validator:
    schema = _schema(version)
    if version not in _DIALECTS:
        return jsonschema_rs.validator_for(schema, validate_formats=False, offline=True)
    resources = [(schema["$id"], schema)]
    resources += [(uri, REGISTRY.contents(uri)) for uri in REGISTRY if uri.startswith(_OPENAPI)]
    # By itself the meta-schema takes any object for a Schema Object: this binds them to the base dialect, as the
    # standard's own "schema-base" does.
    bound = {
        "$id": "urn:fountaingen:openapi",
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$ref": schema["$id"],
        "$defs": {"schema": {"$dynamicAnchor": "meta", "$ref": _DIALECTS[version]}},
    }
    registry = jsonschema_rs.Registry(resources)
    return jsonschema_rs.validator_for(bound, registry=registry, validate_formats=False, offline=True)


@cache
def _known(version: Version) -> Mapping[str, frozenset[str]]:
    """Return the keys of each object that the meta-schema describes, by the name it has there without dashes."""
    schema = _schema(version)
    parts = schema.get("definitions") or schema["$defs"]
    found = {name.replace("-", "").lower(): frozenset(part.get("properties", {})) for name, part in parts.items()}
    return found | {"openapi": frozenset(schema["properties"])}
