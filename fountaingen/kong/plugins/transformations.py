"""Plugins that change what passes: headers, queries, bodies, protocols."""

from collections.abc import Mapping

from fountaingen.kong.plugins.plugin import configured, plugin
from fountaingen.kong.schema import rules, texts, typedefs
from fountaingen.kong.schema.fields import ArrayOf, Record, Specialisation, Text

_JSON_TYPES = ("boolean", "number", "string")


def _pairs() -> ArrayOf:
    return ArrayOf(elements=typedefs.text(rules.matches(r"\A[^:]+:.*\Z")), default=())


def _named_pairs() -> ArrayOf:
    return ArrayOf(elements=typedefs.text(rules.matches(r"\A[^:]+:.*\Z"), _header_fault), default=())


def _header_fault(value: str) -> str | None:
    name = value.partition(":")[0]
    return f"'{name}' is not a valid header" if texts.header_name_fault(name) else None


def _names() -> ArrayOf:
    return typedefs.words(default=())


def _types() -> ArrayOf:
    return ArrayOf(elements=typedefs.option(*_JSON_TYPES), default=())


def _request_change() -> Record:
    return Record(required=True, fields={"body": _pairs(), "headers": _named_pairs(), "querystring": _pairs()})


def _response_change() -> Record:
    return Record(required=True, fields={"json": _pairs(), "json_types": _types(), "headers": _named_pairs()})


PLUGINS: Mapping[str, Specialisation] = {
    "request-transformer": plugin(
        {
            "http_method": typedefs.text(rules.matches(r"\A[A-Z]+\Z")),
            "remove": Record(required=True, fields={"body": _names(), "headers": _names(), "querystring": _names()}),
            "rename": _request_change(),
            "replace": Record(required=True, fields={**_request_change().fields, "uri": Text()}),
            "add": _request_change(),
            "append": _request_change(),
        }
    ),
    "response-transformer": plugin(
        {
            "remove": Record(required=True, fields={"json": _names(), "headers": _names()}),
            "rename": Record(required=True, fields={"json": _pairs(), "headers": _named_pairs()}),
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
                "tolerance_second": typedefs.integer(0, 2**31 - 1, 300, required=True),
            }
        ),
        never_on=("consumer",),
    ),
}
