"""Parameters as a request carries them: values to raw text by style (OAS 3.1 section 4.8.12, RFC 6570)."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from ..contract import Parameter
from ..responses.outcomes import write_json

_DELIMITERS = {"spaceDelimited": "%20", "pipeDelimited": "%7C"}
Encode = Callable[[str], str]


def filled(template: str, values: Iterable[tuple[Parameter, Any]]) -> str:
    """Return a path template with its path parameters: simple, label or matrix, each percent-encoded."""
    for parameter, value in values:
        template = template.replace("{" + parameter.name + "}", _path(parameter, value))
    return template


def query(values: Iterable[tuple[Parameter, Any]]) -> str:
    """Return a query string: form, spaceDelimited, pipeDelimited or deepObject."""
    return "&".join(f"{name}={text}" for parameter, value in values for name, text in _pairs(parameter, value))


def header(parameter: Parameter, value: Any) -> str:
    """Return the value of a header (style simple), in which nothing is encoded."""
    if parameter.media_type is not None:
        return write_json(value).decode()
    return _simple(value, parameter.explode, str)


def cookies(values: Iterable[tuple[Parameter, Any]]) -> str:
    """Return the value of a Cookie header (style form)."""
    return "; ".join(f"{name}={text}" for parameter, value in values for name, text in _pairs(parameter, value))


def form(body: Mapping[str, Any]) -> bytes:
    """Return ``application/x-www-form-urlencoded``: lists repeat their name, objects are JSON (OAS 3.1 4.8.14.4)."""
    pairs = ((name, each) for name, value in body.items() for each in (value if isinstance(value, list) else [value]))
    return "&".join(f"{_percent(name)}={_percent(_text(value))}" for name, value in pairs).encode()


def _path(parameter: Parameter, value: Any) -> str:
    if parameter.media_type is not None:
        return _percent(write_json(value).decode())
    match parameter.style:
        case "label":
            return "." + _simple(value, parameter.explode, _percent, "." if parameter.explode else ",")
        case "matrix":
            name = _percent(parameter.name)
            if parameter.explode and isinstance(value, list):
                return "".join(f";{name}={_percent(_text(each))}" for each in value)
            if parameter.explode and isinstance(value, dict):
                return "".join(f";{_percent(key)}={_percent(_text(each))}" for key, each in value.items())
            return f";{name}={_simple(value, False, _percent)}"
    return _simple(value, parameter.explode, _percent)


def _simple(value: Any, explode: bool, encode: Encode, separator: str = ",") -> str:
    return separator.join(_parts(value, explode, encode))


def _parts(value: Any, explode: bool, encode: Encode) -> Sequence[str]:
    match value:
        case dict() if explode:
            return [f"{encode(str(name))}={encode(_text(each))}" for name, each in value.items()]
        case dict():
            return [encode(_text(part)) for pair in value.items() for part in pair]
        case list():
            return [encode(_text(each)) for each in value]
    return [encode(_text(value))]


def _pairs(parameter: Parameter, value: Any) -> Sequence[tuple[str, str]]:
    name = _percent(parameter.name)
    if parameter.media_type is not None:
        return [(name, _percent(write_json(value).decode()))]
    if parameter.style == "deepObject" and isinstance(value, dict):
        return list(_deep(name, value))
    if isinstance(value, list | dict):
        if parameter.explode and isinstance(value, list):
            return [(name, _percent(_text(each))) for each in value]
        if parameter.explode and isinstance(value, dict):
            return [(_percent(str(key)), _percent(_text(each))) for key, each in value.items()]
        return [(name, _DELIMITERS.get(parameter.style, ",").join(_parts(value, False, _percent)))]
    return [(name, _percent(_text(value)))]


def _deep(name: str, value: Any) -> Iterable[tuple[str, str]]:
    match value:
        case dict():
            for key, each in value.items():
                yield from _deep(f"{name}%5B{_percent(str(key))}%5D", each)
        case list():
            for each in value:
                yield from _deep(name, each)
        case _:
            yield name, _percent(_text(value))


def _percent(text: str) -> str:
    return quote(text, safe="")


def _text(value: Any) -> str:
    """Return a scalar as text, null as nothing, what cannot be a scalar as JSON."""
    if isinstance(value, str):
        return value
    return "" if value is None else write_json(value).decode()
