"""What a form or a query says when it has been sent: less than the value it was made of."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from schemathesis.core.jsonschema import make_validator
from schemathesis.core.parameters import ParameterLocation
from schemathesis.generation.case import Case

_FORMS = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})


def is_valid_as_sent(case: Case[Any]) -> bool | None:
    """Tell whether the body of ``case`` keeps its schema as a reader of the form sees it, None where it is no form.

    A list without items is no field at all (RFC 6570 section 2.3: it is undefined), and a field that is there once is
    a text, whatever it was made of, as well as a list of one (OAS 3.1.1 section 4.8.12.4: ``form`` with ``explode``
    repeats the name; so do the parts of a multipart form, RFC 7578 section 4.3).
    """
    if case.media_type not in _FORMS or not isinstance(case.body, dict):
        return None
    alternative = case.operation.get_body_for_media_type(case.media_type)
    if alternative is None:
        return None
    try:
        validator = make_validator(alternative.optimized_schema, case.operation.schema.adapter.jsonschema_validator_cls)
        sent = read(case.body, lambda body: {str(path) for path in _wrong(validator, body)})
        return bool(validator.is_valid(sent))
    except Exception:
        return None  # No schema or value that a validator reads, such as bytes.


def is_valid_as_asked(case: Case[Any]) -> bool:
    """Tell whether the query of ``case``, which alone is at fault, keeps its schemas as a reader sees it.

    An undefined list is written as the list of one empty text is: ``color=`` (OAS 3.1.1 section 4.8.12.4, the column
    *undefined*); and a list without items is undefined (RFC 6570 section 2.3).
    """
    meta, declared = case.meta, case.operation.get_parameter_set(ParameterLocation.QUERY)
    if meta is None or declared is None:
        return False
    if [each for each in meta.components if meta.is_negative_at(each)] != [ParameterLocation.QUERY]:
        return False
    try:
        validator = declared.get_strict_validator()
        # Some queries are kept as the texts that are sent; their values are beside them.
        query = meta.raw_containers.get(ParameterLocation.QUERY, case.query)
        sent = {name: value for name, value in query.items() if name in declared}
        seen = asked(sent, lambda query: {str(path) for path in _wrong(validator, query)})
        return seen != sent and bool(validator.is_valid(seen))
    except Exception:
        return False  # No schema or value that a validator reads.


def asked(query: Mapping[str, Any], wrong: Callable[[Mapping[str, Any]], set[str]]) -> dict[str, Any]:
    """Return ``query`` with lists without items for the empty texts that ``wrong`` names."""
    faulty = wrong(query)
    return {name: [] if name in faulty and value in ("", [""]) else value for name, value in query.items()}


def read(body: Mapping[str, Any], wrong: Callable[[Mapping[str, Any]], set[str]]) -> dict[str, Any]:
    """Return ``body`` without empty lists and objects, and what ``wrong`` names otherwise as another reading of it."""
    sent = {name: value for name, value in body.items() if value not in ([], {})}
    for name in wrong(sent) & sent.keys():
        fitting = (each for each in _readings(sent[name]) if name not in wrong({**sent, name: each}))
        sent[name] = next(fitting, sent[name])
    return sent


def _readings(value: Any) -> Iterator[Any]:
    """Yield what else is written as a single value is: a list of it, and its text."""
    if isinstance(value, str | int | float):
        text = value if isinstance(value, str) else json.dumps(value)
        yield from ([value], text, [text])


def _wrong(validator: Any, body: Mapping[str, Any]) -> Iterator[str]:
    for error in validator.iter_errors(body):
        yield from map(str, error.instance_path[:1])
