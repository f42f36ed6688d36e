"""Plugins that tell others of requests: logs, metrics, correlation."""

from collections.abc import Mapping

from fountaingen.kong import addresses
from fountaingen.kong.plugins.plugin import plugin
from fountaingen.kong.schema import checks, rules, texts, typedefs
from fountaingen.kong.schema.checks import Match
from fountaingen.kong.schema.fields import (
    ArrayOf,
    Field,
    Integer,
    MapOf,
    Number,
    Record,
    Rule,
    SetOf,
    Specialisation,
    Text,
)

_SEVERITIES = ("debug", "info", "notice", "warning", "err", "crit", "alert", "emerg")
_FACILITIES = (
    *("auth", "authpriv", "cron", "daemon", "ftp", "kern", "lpr", "mail", "news", "syslog", "user", "uucp"),
    *(f"local{number}" for number in range(8)),
)
_STATSD_METRICS = (
    *("kong_latency", "latency", "request_count", "request_per_user", "request_size", "response_size"),
    *("status_count", "status_count_per_user", "unique_users", "upstream_latency", "status_count_per_workspace"),
    *("status_count_per_user_per_route", "shdict_usage", "cache_datastore_hits_total", "cache_datastore_misses_total"),
)
_DATADOG_METRICS = (*("kong_latency", "latency", "request_count", "request_size", "response_size", "upstream_latency"),)
_CONSUMERS = ("consumer_id", "custom_id", "username")
_SERVICES = ("service_id", "service_name", "service_host", "service_name_or_host")
_WORKSPACES = ("workspace_id", "workspace_name")


def _severities() -> dict[str, Field]:
    names = ("successful_severity", "client_errors_severity", "server_errors_severity", "log_level")
    return {name: typedefs.option(*_SEVERITIES, default="info") for name in names}


def _socket() -> dict[str, Field]:
    return {
        "host": typedefs.host(required=True),
        "port": typedefs.port(required=True),
        "timeout": Number(default=10000),
        "custom_fields_by_lua": typedefs.lua_code(),
    }


def _older_queue() -> dict[str, Field]:
    return {"retry_count": Integer(), "queue_size": Integer(), "flush_timeout": Number()}


def _metrics(names: tuple[str, ...], kinds: tuple[str, ...], extra: Mapping[str, Field]) -> ArrayOf:
    return ArrayOf(
        elements=Record(
            fields={
                "name": typedefs.option(*names, required=True),
                "stat_type": typedefs.option(*kinds, required=True),
                "sample_rate": Number(rules=(rules.above(0),)),
                "consumer_identifier": typedefs.option(*_CONSUMERS),
                **extra,
            },
            checks=(
                checks.conditional(
                    "stat_type", Match(rules=(rules.one_of("counter", "gauge"),)), "sample_rate", Match(required=True)
                ),
            ),
        ),
    )


def _header_rules() -> tuple[Rule, ...]:
    return tuple(
        rules.lacks(rf"(?i)\A{name}\Z", f"cannot contain '{name}' header")
        for name in ("Host", "Content-Length", "Content-Type")
    )


_STATSD = plugin(
    {
        "host": Text(default="localhost"),
        "port": typedefs.port(8125),
        "prefix": typedefs.text(default="kong"),
        "metrics": _metrics(
            _STATSD_METRICS,
            ("counter", "gauge", "histogram", "meter", "set", "timer"),
            {
                "service_identifier": typedefs.option(*_SERVICES),
                "workspace_identifier": typedefs.option(*_WORKSPACES),
            },
        ),
        "allow_status_codes": ArrayOf(elements=typedefs.text(rules.matches(r"\A[0-9]+-[0-9]+\Z"))),
        "udp_packet_size": Number(rules=(rules.between(0, 65507),), default=0),
        "use_tcp": typedefs.flag(False),
        "hostname_in_prefix": typedefs.flag(False),
        "consumer_identifier_default": typedefs.option(*_CONSUMERS, default="custom_id", required=True),
        "service_identifier_default": typedefs.option(*_SERVICES, default="service_name_or_host", required=True),
        "workspace_identifier_default": typedefs.option(*_WORKSPACES, default="workspace_id", required=True),
        **_older_queue(),
        "tag_style": typedefs.option("dogstatsd", "influxdb", "librato", "signalfx"),
        "queue": typedefs.queue(),
    },
    protocols=typedefs.all_protocols(),
)

_DATADOG = plugin(
    {
        "host": Text(rules=(addresses.host_fault,), default="localhost", referenceable=True),
        "port": typedefs.port(8125),
        "prefix": typedefs.text(default="kong"),
        "service_name_tag": typedefs.text(default="name"),
        "status_tag": typedefs.text(default="status"),
        "consumer_tag": typedefs.text(default="consumer"),
        **_older_queue(),
        "queue": typedefs.queue(),
        "metrics": _metrics(
            _DATADOG_METRICS,
            ("counter", "gauge", "histogram", "meter", "set", "timer", "distribution"),
            {
                "tags": ArrayOf(elements=typedefs.text(rules.matches(r"\A.*[^:]\Z"))),
                "sample_rate": Number(rules=(rules.between(0, 1),)),
            },
        ),
    },
    protocols=typedefs.all_protocols(),
)

PLUGINS: Mapping[str, Specialisation] = {
    "http-log": plugin(
        {
            "http_endpoint": typedefs.url(required=True),
            "method": typedefs.option("POST", "PUT", "PATCH", default="POST"),
            "content_type": typedefs.option(
                "application/json", "application/json; charset=utf-8", default="application/json"
            ),
            "timeout": Number(default=10000),
            "keepalive": Number(default=60000),
            **_older_queue(),
            "headers": MapOf(keys=typedefs.text(*_header_rules(), texts.header_name_fault), values=typedefs.secret()),
            "queue": typedefs.queue(),
            "custom_fields_by_lua": typedefs.lua_code(),
        },
        protocols=typedefs.all_protocols(),
    ),
    "tcp-log": plugin(
        {
            **_socket(),
            "keepalive": Number(default=60000),
            "tls": typedefs.flag(False, required=True),
            "tls_sni": Text(),
        },
        protocols=typedefs.all_protocols(),
    ),
    "udp-log": plugin(_socket(), protocols=typedefs.all_protocols()),
    "file-log": plugin(
        {
            "path": typedefs.text(rules.matches(r"\A[^*&%\\`]+\Z", "not a valid filename"), required=True),
            "reopen": typedefs.flag(False, required=True),
            "custom_fields_by_lua": typedefs.lua_code(),
        },
        protocols=typedefs.all_protocols(),
    ),
    "syslog": plugin(
        {
            **_severities(),
            "facility": typedefs.option(*_FACILITIES, default="user"),
            "custom_fields_by_lua": typedefs.lua_code(),
        },
        protocols=typedefs.all_protocols(),
    ),
    "loggly": plugin(
        {
            **_severities(),
            "host": typedefs.host(default="logs-01.loggly.com"),
            "port": typedefs.port(514),
            "key": typedefs.secret(required=True),
            "tags": SetOf(elements=Text(), default=("kong",)),
            "timeout": Number(default=10000),
            "custom_fields_by_lua": typedefs.lua_code(),
        },
        protocols=typedefs.all_protocols(),
    ),
    "statsd": _STATSD,
    "datadog": _DATADOG,
    "prometheus": plugin(
        {
            name: typedefs.flag(False)
            for name in (
                "per_consumer",
                "status_code_metrics",
                "ai_metrics",
                "latency_metrics",
                "bandwidth_metrics",
                "upstream_health_metrics",
                "wasm_metrics",
            )
        },
        protocols=typedefs.all_protocols(),
    ),
    "correlation-id": plugin(
        {
            "header_name": typedefs.text(default="Kong-Request-ID"),
            "generator": typedefs.option("uuid", "uuid#counter", "tracker", default="uuid#counter", required=True),
            "echo_downstream": typedefs.flag(False, required=True),
        }
    ),
}
