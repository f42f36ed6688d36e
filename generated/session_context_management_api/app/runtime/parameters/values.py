"""What a parameter's text comes to: a value that its schema accepts, its default, or what is wrong."""

from collections.abc import Callable, Iterator
from copy import deepcopy

from ..bodies.json_text import read_json
from ..contract import Parameter
from ..errors import Invalid, Violation
from ..media_types import is_json, parsed
from ..values import JsonValue
from .coerce import Text, first_accepted
from .styles import Decode, Pairs, literal, percent, percent_plus

Read = Callable[[Parameter, str], JsonValue]
_FORM = "application/x-www-form-urlencoded"


def absent(parameter: Parameter) -> JsonValue:
    """Return the value of a parameter that was not sent; raises Invalid where it is required."""
    if parameter.required:
        raise invalid(parameter, "is required", "required")
    # A hook may change what it is given; the contract's own list stays as it is.
    return deepcopy(parameter.default) if isinstance(parameter.default, list | dict) else parameter.default


def judged(parameter: Parameter, texts: Iterator[Text]) -> JsonValue:
    """Return the first reading of ``texts`` that the schema accepts; raises Invalid where there is none."""
    accepted, value = first_accepted(texts, parameter.shape, parameter.judge)
    if accepted:
        return value
    found = parameter.judge.violations(parameter.place, value, (parameter.name,))
    raise Invalid(found) if found else invalid(parameter, "is not written in the style of the contract", "style")


def invalid(parameter: Parameter, message: str, rule: str) -> Invalid:
    """Return the error that says so of the parameter."""
    return Invalid((Violation(parameter.place, (parameter.name,), message, rule),))


def reader_of(media_type: str) -> Read:
    """Return what reads a parameter whose ``content`` has this media type: JSON, a form, or a text."""
    known = parsed(media_type)
    if known is not None and is_json(known):
        return _read_json
    return _read_form if known is not None and known.essence == _FORM else _read_text


def decoder_of(parameter: Parameter) -> Decode:
    """Return what decodes the text of a parameter that ``content`` describes before it is read.

    One that is the whole query (OAS 3.2 section 4.12.1) is encoded once, a form by itself.
    """
    match parameter.place:
        case "query":
            return percent_plus
        case "querystring" if reader_of(parameter.media_type or "") is _read_form:
            return literal
        case "header":
            return literal
        case _:
            return percent


def parse_query(query: bytes) -> Pairs:
    """Split a query into pairs; raises UnicodeDecodeError where it is no UTF-8."""
    pairs: dict[str, list[str]] = {}
    for part in query.decode().split("&"):
        if part:
            name, _, value = part.partition("=")
            pairs.setdefault(percent_plus(name), []).append(value)
    return pairs


def _read_json(parameter: Parameter, text: str) -> JsonValue:
    try:
        value = read_json(text.encode())
    except ValueError:
        raise invalid(parameter, f"is not {parameter.media_type}", "syntax") from None
    if parameter.judge.accepts(value):
        return value
    raise Invalid(parameter.judge.violations(parameter.place, value, (parameter.name,)))


def _read_text(parameter: Parameter, text: str) -> JsonValue:
    return judged(parameter, iter((text,)))


def _read_form(parameter: Parameter, text: str) -> JsonValue:
    shape = parameter.shape
    members: dict[str, Text] = {}
    for name, values in parse_query(text.encode()).items():
        member = shape.properties.get(name) or shape.additional
        decoded = [percent_plus(value) for value in values]
        listed = len(decoded) > 1 or (member is not None and "array" in member.types)
        members[name] = [*decoded] if listed else decoded[0]
    return judged(parameter, iter((members,)))
