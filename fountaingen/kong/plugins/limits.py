"""Plugins that limit how much passes, or answer in the place of a service."""

from collections.abc import Mapping
from typing import Any

from fountaingen.kong.plugins.plugin import configured, plugin
from fountaingen.kong.schema import checks, rules, typedefs
from fountaingen.kong.schema.checks import Match
from fountaingen.kong.schema.fields import ArrayOf, Check, Field, Integer, MapOf, Number, Record, Specialisation, Text

PERIODS = ("second", "minute", "hour", "day", "month", "year")
"""What a limit of rate-limiting can be for, from the shortest."""

_POLICIES = ("local", "redis")
"""Where counters can be kept without a database."""


def _periods() -> dict[str, Field]:
    return {period: Number(rules=(rules.above(0),)) for period in PERIODS}


def _order_fault(config: Mapping[str, Any]) -> str | None:
    given = [(period, config[period]) for period in PERIODS if config.get(period) is not None]
    for index, (period, limit) in enumerate(given):
        for longer, other in given[index + 1 :]:
            if other < limit:
                wrong = f"The limit for {longer}({other:.1f}) cannot be lower than the limit for {period}({limit:.1f})"
                return wrong
    return None


def _rate_fault(config: Mapping[str, Any]) -> str | None:
    fault = _order_fault(config)
    if fault:
        return fault
    if config.get("policy") != "redis" and config.get("sync_rate") != -1:
        return "sync_rate can only be used with the redis policy"
    return None


def _response_fault(limits: Mapping[str, Any]) -> str | None:
    return next((fault for each in limits.values() if (fault := _order_fault(each))), None)


def _needs(policy: str, field: str, name: str) -> Check:
    return checks.conditional(field, Match(rules=(rules.equal(policy),)), name, Match(required=True))


def _counters() -> dict[str, Field]:
    return {
        "fault_tolerant": typedefs.flag(True, required=True),
        "redis": typedefs.redis(),
        "hide_client_headers": typedefs.flag(False, required=True),
    }


_REDIS_NEEDS = tuple(_needs("redis", "config.policy", f"config.redis.{name}") for name in ("host", "port", "timeout"))

_RATE_LIMITING = plugin(
    {},
    checks.at_least_one_of(*(f"config.{period}" for period in PERIODS)),
    *_REDIS_NEEDS,
    _needs("header", "config.limit_by", "config.header_name"),
    _needs("path", "config.limit_by", "config.path"),
    record=configured(
        {
            **_periods(),
            "limit_by": typedefs.option(
                *("consumer", "credential", "ip", "service", "header", "path", "consumer-group"), default="consumer"
            ),
            "header_name": typedefs.header_name(),
            "path": typedefs.path(),
            "policy": Text(shortest=0, rules=(rules.one_of(*_POLICIES),), default="local"),
            **_counters(),
            "error_code": Number(rules=(rules.above(0),), default=429),
            "error_message": typedefs.text(default="API rate limit exceeded"),
            "sync_rate": Number(required=True, default=-1),
        },
        rules=(_rate_fault,),
        shorthands=typedefs.redis_shorthands(),
    ),
)

_RESPONSE_RATELIMITING = plugin(
    {},
    *_REDIS_NEEDS,
    record=configured(
        {
            "header_name": typedefs.text(default="x-kong-limit"),
            "limit_by": typedefs.option("consumer", "credential", "ip", default="consumer"),
            "policy": Text(rules=(rules.one_of(*_POLICIES),), default="local"),
            **_counters(),
            "block_on_first_violation": typedefs.flag(False, required=True),
            "limits": MapOf(
                required=True,
                fewest=1,
                keys=Text(),
                values=Record(required=True, fields=_periods(), checks=(checks.at_least_one_of(*PERIODS),)),
                rules=(_response_fault,),
            ),
        },
        shorthands=typedefs.redis_shorthands(),
    ),
)


def _termination_fault(config: Mapping[str, Any]) -> str | None:
    if config.get("message") and (config.get("content_type") or config.get("body")):
        return "message cannot be used with content_type or body"
    if config.get("content_type") and not config.get("body"):
        return "content_type requires a body"
    if config.get("echo") and (config.get("content_type") or config.get("body")):
        return "echo cannot be used with content_type and body"
    return None


_PROXY_CACHE = plugin(
    {
        "response_code": ArrayOf(
            required=True,
            elements=typedefs.integer(100, 900),
            default=(200, 301, 404),
            rules=(rules.at_least(1),),
        ),
        "request_method": ArrayOf(
            required=True,
            elements=typedefs.option("HEAD", "GET", "POST", "PATCH", "PUT"),
            default=("GET", "HEAD"),
        ),
        "content_type": typedefs.words(required=True, default=("text/plain", "application/json")),
        "cache_ttl": Integer(rules=(rules.above(0),), default=300),
        "strategy": typedefs.option("memory", required=True),
        "cache_control": typedefs.flag(False, required=True),
        "ignore_uri_case": typedefs.flag(False),
        "storage_ttl": Integer(),
        "memory": Record(
            required=True, fields={"dictionary_name": typedefs.text(required=True, default="kong_db_cache")}
        ),
        "vary_query_params": typedefs.words(),
        "vary_headers": typedefs.words(),
        "response_headers": Record(
            required=True,
            fields={name: typedefs.flag(True) for name in ("age", "X-Cache-Status", "X-Cache-Key")},
        ),
    },
    protocols=typedefs.all_protocols(),
)

PLUGINS: Mapping[str, Specialisation] = {
    "rate-limiting": _RATE_LIMITING,
    "response-ratelimiting": _RESPONSE_RATELIMITING,
    "request-size-limiting": plugin(
        {
            "allowed_payload_size": Integer(default=128),
            "size_unit": typedefs.option("megabytes", "kilobytes", "bytes", default="megabytes", required=True),
            "require_content_length": typedefs.flag(False, required=True),
        }
    ),
    "request-termination": plugin(
        {},
        record=configured(
            {
                "status_code": typedefs.integer(100, 599, 503, required=True),
                "message": Text(),
                "content_type": Text(),
                "body": Text(),
                "echo": typedefs.flag(False, required=True),
                "trigger": typedefs.header_name(),
            },
            rules=(_termination_fault,),
        ),
    ),
    "proxy-cache": _PROXY_CACHE,
    "redirect": plugin(
        {
            "status_code": typedefs.integer(100, 599, 301, required=True),
            "location": typedefs.url(required=True),
            "keep_incoming_path": typedefs.flag(False),
        }
    ),
}
