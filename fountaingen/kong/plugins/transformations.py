"""Plugins that change what passes: headers, queries, bodies, protocols."""

from collections.abc import Mapping

from fountaingen.kong.plugins.plugin import configured, plugin
from fountaingen.kong.schema import rules, texts, typedefs
from fountaingen.kong.schema.fields import ArrayOf, Integer, Record, Rule, Specialisation, Text

_JSON_TYPES = ("boolean", "number", "string")
_HAS_COLON = rules.matches(r"\A[^:]+:.*\Z")


def _halves(pair: str) -> tuple[str, str]:
    name, _, value = pair.partition(":")
    return name, value.lstrip(":")


def _value_fault(pair: str) -> str | None:
    name, value = _halves(pair)
    return None if value else f"key '{name}' has no value"


def _header_fault(pair: str) -> str | None:
    name = _halves(pair)[0]
    return f"'{name}' is not a valid header" if texts.header_name_fault(name) else None


def _renamed_fault(pair: str) -> str | None:
    value = _halves(pair)[1]
    return _header_fault(pair) or (f"'{value}' is not a valid header" if texts.header_name_fault(value) else None)


def _list(*judges: Rule) -> ArrayOf:
    return ArrayOf(elements=typedefs.text(*judges), required=True, default=())


def _types() -> ArrayOf:
    return ArrayOf(elements=typedefs.option(*_JSON_TYPES), required=True, default=())


def _headers() -> ArrayOf:
    return _list(_HAS_COLON, _header_fault)


def _request_change(headers: ArrayOf) -> Record:
    values = {"body": _list(_value_fault), "headers": headers, "querystring": _list(_value_fault)}
    return Record(required=True, fields=values)


def _response_change() -> Record:
    return Record(required=True, fields={"json": _list(_HAS_COLON), "json_types": _types(), "headers": _headers()})


PLUGINS: Mapping[str, Specialisation] = {
    "request-transformer": plugin(
        {
            "http_method": typedefs.text(rules.matches(r"\A[A-Z]+\Z")),
            "remove": Record(required=True, fields={name: _list() for name in ("body", "headers", "querystring")}),
            "rename": _request_change(_list(_HAS_COLON, _renamed_fault)),
            "replace": Record(required=True, fields={**_request_change(_headers()).fields, "uri": Text()}),
            "add": _request_change(_headers()),
            "append": _request_change(_headers()),
        },
        protocols=typedefs.all_protocols(),
    ),
    "response-transformer": plugin(
        {
            "remove": Record(required=True, fields={"json": _list(), "headers": _list()}),
            "rename": Record(
                required=True, fields={"json": _list(_HAS_COLON), "headers": _list(_HAS_COLON, _renamed_fault)}
            ),
            "replace": _response_change(),
            "add": _response_change(),
            "append": _response_change(),
        }
    ),
    "grpc-gateway": plugin({"proto": Text()}),
    "grpc-web": plugin(
        {
            "proto": Text(),
            "pass_stripped_path": typedefs.flag(),
            "allow_origin_header": typedefs.text(default="*"),
        }
    ),
    "standard-webhooks": plugin(
        {},
        record=configured(
            {
                "secret_v1": typedefs.secret(required=True),
                "tolerance_second": Integer(rules=(rules.above(-1),), default=300, required=True),
            }
        ),
        never_on=("consumer",),
    ),
}
