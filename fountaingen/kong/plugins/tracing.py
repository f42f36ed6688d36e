"""Plugins that follow a request from service to service."""

from collections.abc import Mapping

from fountaingen.kong.plugins.plugin import configured, plugin
from fountaingen.kong.schema import checks, rules, typedefs
from fountaingen.kong.schema.fields import (
    ABSENT,
    ArrayOf,
    Integer,
    MapOf,
    Number,
    Record,
    Shorthand,
    Specialisation,
    Text,
)

_FORMATS = ("b3", "b3-single", "w3c", "jaeger", "ot", "aws", "datadog", "gcp")
_READ = ("w3c", "b3", "jaeger", "ot", "aws", "datadog", "gcp")
_ZIPKIN_OWN = (
    *("error", "http.method", "http.path", "http.status_code", "kong.balancer.state", "kong.balancer.try"),
    *("kong.consumer", "kong.credential", "kong.node.id", "kong.route", "kong.service", "lc", "peer.hostname"),
)


def _propagation(default: str) -> Record:
    return Record(
        required=True,
        default={"default_format": default},
        fields={
            "extract": ArrayOf(elements=typedefs.option(*_READ)),
            "clear": typedefs.words(),
            "inject": ArrayOf(elements=typedefs.option("preserve", *_FORMATS)),
            "default_format": typedefs.option(*_FORMATS, required=True),
        },
    )


def _header_type(*, required: bool) -> Text:
    return typedefs.option("preserve", "ignore", *_FORMATS, default="preserve", required=required)


def _timeouts(connect: int) -> dict[str, Integer]:
    return {
        "connect_timeout": typedefs.timeout(connect),
        "send_timeout": typedefs.timeout(5000),
        "read_timeout": typedefs.timeout(5000),
    }


_RATIO = (rules.between(0, 1),)

PLUGINS: Mapping[str, Specialisation] = {
    "opentelemetry": plugin(
        {},
        record=configured(
            {
                "traces_endpoint": typedefs.url(),
                "logs_endpoint": typedefs.url(),
                "headers": MapOf(keys=typedefs.header_name(), values=typedefs.secret()),
                "resource_attributes": MapOf(keys=Text(), values=Text()),
                "queue": typedefs.queue(max_batch_size=200),
                "batch_span_count": Integer(),
                "batch_flush_delay": Integer(),
                **_timeouts(1000),
                "http_response_header_for_traceid": Text(),
                "header_type": _header_type(required=False),
                "sampling_rate": Number(rules=_RATIO),
                "propagation": _propagation("w3c"),
            },
            checks.at_least_one_of("traces_endpoint", "logs_endpoint"),
            shorthands={
                "endpoint": Shorthand(typedefs.url(), lambda value: {"traces_endpoint": value}, deprecated=True)
            },
        ),
    ),
    "zipkin": plugin(
        {
            "local_service_name": typedefs.text(required=True, default="kong"),
            "http_endpoint": typedefs.url(),
            "sample_ratio": Number(rules=_RATIO, default=0.001),
            "default_service_name": Text(),
            "include_credential": typedefs.flag(True, required=True),
            "traceid_byte_count": Integer(rules=(rules.one_of(8, 16),), required=True, default=16),
            "header_type": _header_type(required=True),
            "default_header_type": typedefs.option(*_FORMATS, default="b3", required=True),
            "tags_header": typedefs.text(required=True, default="Zipkin-Tags"),
            "static_tags": ArrayOf(
                elements=Record(
                    fields={
                        "name": typedefs.text(rules.not_one_of(*_ZIPKIN_OWN), required=True),
                        "value": Text(required=True, default=ABSENT),
                    }
                )
            ),
            "http_span_name": typedefs.option("method", "method_path", default="method", required=True),
            **_timeouts(2000),
            "http_response_header_for_traceid": Text(),
            "phase_duration_flavor": typedefs.option("annotations", "tags", default="annotations", required=True),
            "queue": typedefs.queue(),
            "propagation": _propagation("b3"),
        },
        protocols=typedefs.all_protocols(),
    ),
}
