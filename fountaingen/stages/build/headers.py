"""Headers that an answer requires, and which of them the runtime gives by itself."""

from collections.abc import Iterator, Mapping

from fountaingen.model.service import Header, Operation
from fountaingen.stages.build.objects import Schemas

_LOCATION = "location"
_REQUEST_IDS = frozenset({"x-request-id", "request-id", "x-correlation-id", "correlation-id"})
_BOUNDS = frozenset({"pattern", "enum", "const", "minLength", "maxLength", "minimum", "maximum", "multipleOf", "not"})
"""Keywords after which a value that the runtime makes may be none that the contract takes."""
_URLS = frozenset({"", "uri", "uri-reference", "iri", "iri-reference", "url"})


def unsupplied(operation: Operation, schemas: Schemas) -> str | None:
    """Return a header that the success requires and that is neither the request's id nor a ``Location``."""
    needed = (each for each in _declared(operation) if each.required)
    given = (_is_request_id, _is_location)
    return next((each.name for each in needed if not any(is_given(each, schemas) for is_given in given)), None)


def requires_location(operation: Operation) -> bool:
    """Tell whether the success has to say where the row is that it made."""
    return any(each.required and each.name.lower() == _LOCATION for each in _declared(operation))


def _declared(operation: Operation) -> Iterator[Header]:
    response = operation.response(operation.success)
    # OAS, Response Object: a header named Content-Type is ignored.
    return (each for each in (response.headers if response else ()) if each.name.lower() != "content-type")


def _is_request_id(header: Header, schemas: Schemas) -> bool:
    named = header.name.lower() in _REQUEST_IDS
    return named and "string" in schemas.types(header.schema) and _takes_any(header, schemas, frozenset({"", "uuid"}))


def _is_location(header: Header, schemas: Schemas) -> bool:
    named = header.name.lower() == _LOCATION
    return named and "string" in schemas.types(header.schema) and _takes_any(header, schemas, _URLS)


def _takes_any(header: Header, schemas: Schemas, formats: frozenset[str]) -> bool:
    schema, _, _ = schemas.resolve(header.schema, header.pointer)
    if not isinstance(schema, Mapping):
        return schema is True
    return _BOUNDS.isdisjoint(schema) and str(schema.get("format", "")) in formats
