"""Bodies as rows: what a default behaviour takes of a body that its contract does not promise to be an object."""

from ..errors import BadRequest, NotFound
from ..values import JsonObject, JsonValue


def row_of(body: object) -> JsonObject:
    """Return ``body``, an empty object where there is none; raises BadRequest where it is no object."""
    if body is None:
        return {}
    if not isinstance(body, dict):
        raise BadRequest("the body must be an object")
    return body


def member_of(row: JsonObject, name: str) -> JsonValue:
    """Return the member of ``row`` that tells which row is meant; raises NotFound where it is missing."""
    value: JsonValue = row.get(name)
    if value is None:
        raise NotFound(f"without {name} the body tells no row")
    return value


def rows_of(body: object) -> list[JsonObject]:
    """Return ``body``, an empty list where there is none; raises BadRequest where it is no list of objects."""
    if body is None:
        return []
    if not isinstance(body, list) or not all(isinstance(each, dict) for each in body):
        raise BadRequest("the body must be a list of objects")
    return body


def patch_of(body: object) -> JsonObject | list[JsonObject]:
    """Return ``body`` as a patch of either kind; raises BadRequest where it is none."""
    return rows_of(body) if isinstance(body, list) else row_of(body)
