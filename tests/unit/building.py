"""Services made from contracts that a test writes down in a few lines."""

from collections.abc import Mapping
from typing import Any

from fountaingen.model.behaviour import Behaviour
from fountaingen.model.document import Document
from fountaingen.model.entity import Column, Entity
from fountaingen.model.service import Operation, Service
from fountaingen.stages.build import build
from fountaingen.stages.resolve import resolve

TEXT = {"type": "string"}
NUMBER = {"type": "integer"}
ID = {"type": "integer", "readOnly": True}


def record(required: str = "", /, **members: Any) -> dict[str, Any]:
    """Return an object schema; ``required`` holds names of members with spaces between them."""
    return {"type": "object", "properties": members} | ({"required": required.split()} if required else {})


THING = record("name", id=ID, name=TEXT)


def reference(name: str) -> dict[str, str]:
    """Return a reference to a component schema."""
    return {"$ref": f"#/components/schemas/{name}"}


def many(schema: Any) -> dict[str, Any]:
    """Return the schema of a list."""
    return {"type": "array", "items": schema}


def operation(
    answer: Any = None, /, *, body: Any = None, status: int = 200, query: Mapping[str, Any] | None = None, **more: Any
) -> dict[str, Any]:
    """Return an operation that answers ``answer`` and takes ``body``, both schemas of JSON."""
    response: dict[str, Any] = {"description": "An answer."}
    if answer is not None:
        response["content"] = {"application/json": {"schema": answer}}
    made: dict[str, Any] = {"responses": {str(status): response}, **more}
    if body is not None:
        made["requestBody"] = {"required": True, "content": {"application/json": {"schema": body}}}
    made["parameters"] = [{"name": name, "in": "query", "schema": schema} for name, schema in (query or {}).items()]
    return made


def service(paths: Mapping[str, Any], schemas: Mapping[str, Any] | None = None, **more: Any) -> Service:
    """Return the service of a contract; parameters of paths are integers where a path does not declare them."""
    data = {
        "openapi": "3.1.0",
        "info": {"title": "Test", "version": "1"},
        "paths": {path: _with_parameters(path, item) for path, item in paths.items()},
        "components": {"schemas": dict(schemas or {})},
        **more,
    }
    return build(resolve("test", Document("specs/test.yaml", data, b"", {}), {}))


def _with_parameters(path: str, item: Mapping[str, Any]) -> dict[str, Any]:
    found = [part.partition("}")[0] for part in path.split("{")[1:]]
    declared = [{"name": name, "in": "path", "required": True, "schema": NUMBER} for name in found]
    return {"parameters": declared, **item}


def crud(path: str, schema: Any) -> dict[str, Any]:
    """Return the paths of a collection with all five operations."""
    return {
        path: {"get": operation(many(schema)), "post": operation(schema, body=schema, status=201)},
        f"{path}/{{id}}": {
            "get": operation(schema),
            "put": operation(schema, body=schema),
            "delete": operation(status=204),
        },
    }


def at(made: Service, route: str) -> Operation:
    """Return the operation of a route such as ``GET /things``."""
    method, path = route.split()
    return next(each for each in made.operations if (each.method, each.path) == (method, path))


def behaviour(made: Service, route: str) -> Behaviour:
    """Return what an operation does."""
    return at(made, route).behaviour


def entity(made: Service, table: str) -> Entity:
    """Return a table."""
    return next(each for each in made.entities if each.table == table)


def column(made: Service, table: str, name: str) -> Column:
    """Return a column of a table."""
    return entity(made, table).by_name[name]
