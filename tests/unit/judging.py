"""Schemas judged as a service judges them: written in a document of any version, lowered, compiled by the runtime."""

import json
from collections.abc import Mapping
from typing import Any

from fountaingen.model.document import Document
from fountaingen.model.problems import Problem
from fountaingen.runtime.judge import Judge, Judges
from fountaingen.stages.lower import Direction, Lowered, build_index, lower
from fountaingen.stages.normalize import normalize
from fountaingen.stages.validate import validate

V30, V31 = "3.0.4", "3.1.1"
BOTH = (V30, V31)


def document(schema: Any, version: str = V31, components: Mapping[str, Any] | None = None) -> Document:
    """Return a contract with one operation, whose request and response have the schema."""
    body = {"content": {"application/json": {"schema": schema}}}
    data = {
        "openapi": version,
        "info": {"title": "Test", "version": "1"},
        "paths": {
            "/x": {
                "post": {
                    "requestBody": {"required": True, **body},
                    "responses": {"200": {"description": "fine", **body}},
                }
            }
        },
        "components": {"schemas": dict(components or {})},
    }
    return Document("specs/test.json", data, json.dumps(data).encode(), {})


def problems(schema: Any, version: str = V31, components: Mapping[str, Any] | None = None) -> tuple[Problem, ...]:
    """Return what the validation of the contract finds."""
    return validate(document(schema, version, components), {})


def lowered(
    schema: Any, version: str = V31, components: Mapping[str, Any] | None = None, *, answer: bool = False
) -> tuple[Lowered, Any]:
    """Return what lowering makes of the contract, and of the schema in it."""
    data = normalize(document(schema, version, components)).data
    side = "responses/200" if answer else "requestBody"
    pointer = f"/paths/~1x/post/{side}/content/application~1json/schema"
    result = lower(build_index(data), [pointer], Direction.RESPONSE if answer else Direction.REQUEST)
    return result, result.schemas[pointer]


def judge(
    schema: Any, version: str = V31, components: Mapping[str, Any] | None = None, *, answer: bool = False
) -> Judge:
    """Return the judge of the schema, of requests or of answers."""
    result, found = lowered(schema, version, components, answer=answer)
    assert result.faults == ()
    return Judges(result.definitions).judge(found)
