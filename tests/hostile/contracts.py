"""Hostile contracts: one text at many positions, so that a build shows at once whether any sink obeys it.

Every text asks for ``canary``, which nothing defines: where it is a name, a key, a word or an attribute of what was
generated, text has become code.
"""

from collections.abc import Mapping
from typing import Any

from fountaingen.model.deployment import Deployment
from fountaingen.model.document import Document
from fountaingen.model.hookset import HookSet
from fountaingen.model.service import Service
from fountaingen.model.system import System
from fountaingen.stages.build import build
from fountaingen.stages.resolve import resolve

CANARY = "canary"

TEXTS: Mapping[str, str] = {
    "python": 'x" + canary() + "\nx\' + canary() + \'\nx""" + canary() + """\nx\\\ncanary()  # noqa',
    "words": "x'; canary; '$(canary)`canary`\"\nRUN canary\n$canary ${canary} $$canary\ncanary=1\n: canary\n- canary",
    "markup": "x|<canary onload=canary()>|[y](javascript:canary)![z](canary)\n```\ncanary\n``` `y` {{ canary }}{% if",
    "values": "0o17\ncanary: !!python/name:canary &a *a\n? canary\n--- #canary\n%canary",
    "unseen": "x\x1b[2J\x07\r\x0b\x0c\x85\u2028\u2029\u202e\u2066\u200b\u00ad\ufeff\ufff9\x00\U000e0041\u3164y",
}
"""Texts by what would obey them."""

TWINS = ("Name", "name", "NAME", "n\uff41me", "na\u200bme", "n\u00e4me", "na\u0308me")
"""Names that are one to a file system, to Python (PEP 3131) or to a reader."""


def contract(text: str, version: str = "3.1.0") -> dict[str, Any]:
    """Return a contract that has ``text`` wherever a contract has text of its own, each time with another number."""
    numbers = iter(range(1, 200))

    def say() -> str:
        return f"{text} {next(numbers)}"

    thing = {
        "type": "object",
        "title": say(),
        "description": say(),
        "required": ["name"],
        "properties": {
            "id": {"type": "integer", "readOnly": True},
            "name": {"type": "string", "description": say(), "default": say(), "example": say()},
            "kind": {"type": "string", "enum": [say(), say()]},
            "always": {"const": say()},
            say(): {"type": "string"},
        },
    }
    name = say()
    thing_ = {"$ref": "#/components/schemas/" + name.replace("~", "~0").replace("/", "~1").replace("%", "%25")}
    scheme = say()

    def operation(answer: Any, status: str, **more: Any) -> dict[str, Any]:
        response = {"description": say(), "content": {"application/json": {"schema": answer}}}
        said = {"operationId": say(), "summary": say(), "description": say(), "tags": [say()]}
        return {**said, "security": [{scheme: []}], "responses": {status: response}, **more}

    filter_ = {"name": say(), "in": "query", "description": say(), "schema": {"type": "string", "default": say()}}
    body = {"required": True, "description": say(), "content": {"application/json": {"schema": thing_}}}
    found = {"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}
    return {
        "openapi": version,
        "info": {"title": say(), "version": say(), "description": say()},
        "servers": [{"url": "https://hostile.fountain.example"}],
        "tags": [{"name": say(), "description": say()}],
        "paths": {
            "/things": {
                "get": operation({"type": "array", "items": thing_}, "200", parameters=[filter_]),
                "post": operation(thing_, "201", requestBody=body),
            },
            "/things/{id}": {"parameters": [found], "get": operation(thing_, "200")},
            "/unknown.canary": {"post": operation({"type": "object", "properties": {say(): {}}}, "200")},
        },
        "components": {
            "schemas": {name: thing},
            "securitySchemes": {scheme: {"type": "apiKey", "in": "header", "name": "X-Key", "description": say()}},
        },
    }


def twins() -> dict[str, Any]:
    """Return a contract whose schemas, members, parameters and operations are called like ``TWINS``."""
    thing = {
        "type": "object",
        "properties": {"id": {"type": "integer"}, **{each: {"type": "string"} for each in TWINS}},
    }
    answer = {"description": "An answer.", "content": {"application/json": {"schema": {"type": "object"}}}}
    parameters = [{"name": each, "in": "query", "schema": {"type": "string"}} for each in TWINS]
    return {
        "openapi": "3.1.0",
        "info": {"title": "Twins", "version": "1"},
        "paths": {
            f"/things/{index}": {
                "post": {
                    "operationId": each,
                    "tags": [each],
                    "parameters": parameters,
                    "requestBody": {
                        "content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{each}"}}}
                    },
                    "responses": {"200": answer},
                }
            }
            for index, each in enumerate(TWINS)
        },
        "components": {"schemas": dict.fromkeys(TWINS, thing)},
    }


def service(data: Mapping[str, Any], path: str = "specs/hostile.json") -> Service:
    """Return the service of a contract that nobody has validated."""
    return build(resolve("hostile", Document(path, dict(data), b"", {}), {}))


def system(made: Service, deployment: Deployment | None = None) -> System:
    """Return the system of one service without hooks."""
    return System((made,), {made.name: HookSet(made.name)}, deployment or Deployment())
