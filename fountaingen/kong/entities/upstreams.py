"""Upstreams, their health checks, and their targets."""

from collections.abc import Iterator
from typing import Any

from fountaingen.kong import addresses
from fountaingen.kong.entities.entity import Entity
from fountaingen.kong.schema import checks, rules, texts, typedefs
from fountaingen.kong.schema.checks import Match
from fountaingen.kong.schema.fields import ABSENT, ArrayOf, Boolean, Check, Field, Integer, MapOf, Number, Record, Text

_HASHES = ("none", "consumer", "ip", "header", "cookie", "path", "query_arg", "uri_capture")
_KINDS = ("tcp", "http", "https", "grpc", "grpcs")


def _name_fault(name: str) -> str | None:
    try:
        address = addresses.parse(name)
    except addresses.InvalidAddress:
        return "Invalid name; must be a valid hostname"
    if address.kind != "name":
        return "Invalid name; no ip addresses allowed"
    return None if address.port is None else "Invalid name; no port allowed"


def _seconds(default: int = 0) -> Number:
    return Number(rules=(rules.between(0, 65535),), default=default)


def _count() -> Integer:
    return typedefs.integer(0, 255, 0)


def _statuses(*codes: int) -> ArrayOf:
    return ArrayOf(elements=typedefs.integer(100, 999), default=codes)


def _part(**fields: Field) -> Record:
    """Return a record that is there, with the defaults of its fields, where it is not written."""
    defaults: dict[str, Any] = {name: field.default for name, field in fields.items() if field.default is not ABSENT}
    return Record(fields=fields, default=defaults)


_ACTIVE = _part(
    type=typedefs.option(*_KINDS, default="http"),
    timeout=_seconds(1),
    concurrency=typedefs.integer(1, 2**31, 10),
    http_path=typedefs.path("/"),
    https_sni=typedefs.sni(),
    https_verify_certificate=typedefs.flag(True, required=True),
    headers=MapOf(keys=Text(), values=ArrayOf(elements=Text())),
    healthy=_part(interval=_seconds(), http_statuses=_statuses(200, 302), successes=_count()),
    unhealthy=_part(
        interval=_seconds(),
        http_statuses=_statuses(429, 404, 500, 501, 502, 503, 504, 505),
        tcp_failures=_count(),
        timeouts=_count(),
        http_failures=_count(),
    ),
)
_PASSIVE = _part(
    type=typedefs.option(*_KINDS, default="http"),
    healthy=_part(
        http_statuses=_statuses(*range(200, 209), 226, *range(300, 309)),
        successes=_count(),
    ),
    unhealthy=_part(
        http_statuses=_statuses(429, 500, 503), tcp_failures=_count(), timeouts=_count(), http_failures=_count()
    ),
)


def _when(field: str, value: str, then_field: str, match: Match) -> Check:
    return checks.conditional(field, Match(rules=(rules.equal(value),)), then_field, match)


def _checks() -> Iterator[Check]:
    needed = Match(required=True)
    for hashed in ("hash_on", "hash_fallback"):
        yield _when(hashed, "header", f"{hashed}_header", needed)
    for hashed in ("hash_on", "hash_fallback"):
        yield _when(hashed, "cookie", "hash_on_cookie", needed)
    for value in ("none", "cookie"):
        yield _when("hash_on", value, "hash_fallback", Match(rules=(rules.one_of("none"),)))
    for value in ("consumer", "ip", "path"):
        others = tuple(each for each in _HASHES if each != value)
        yield _when("hash_on", value, "hash_fallback", Match(rules=(rules.one_of(*others),)))
    yield checks.distinct("hash_on_header", "hash_fallback_header")
    for kind in ("query_arg", "uri_capture"):
        for hashed in ("hash_on", "hash_fallback"):
            yield _when(hashed, kind, f"{hashed}_{kind}", needed)
        yield checks.distinct(f"hash_on_{kind}", f"hash_fallback_{kind}")


UPSTREAMS = Entity(
    "upstreams",
    Record(
        fields={
            "id": typedefs.uuid(),
            "created_at": typedefs.stamp(),
            "updated_at": typedefs.stamp(),
            "name": typedefs.text(_name_fault, required=True),
            "algorithm": typedefs.option(
                "consistent-hashing", "least-connections", "round-robin", "latency", default="round-robin"
            ),
            "hash_on": typedefs.option(*_HASHES, default="none"),
            "hash_fallback": typedefs.option(*_HASHES, default="none"),
            "hash_on_header": typedefs.header_name(),
            "hash_fallback_header": typedefs.header_name(),
            "hash_on_cookie": typedefs.text(texts.cookie_name_fault),
            "hash_on_cookie_path": typedefs.path("/"),
            "hash_on_query_arg": Text(),
            "hash_fallback_query_arg": Text(),
            "hash_on_uri_capture": Text(),
            "hash_fallback_uri_capture": Text(),
            "slots": typedefs.integer(10, 65536, 10000),
            "healthchecks": _part(
                active=_ACTIVE,
                passive=_PASSIVE,
                threshold=Number(rules=(rules.between(0, 100),), default=0),
            ),
            "tags": typedefs.tags(),
            "host_header": typedefs.text(addresses.hostname_fault),
            "client_certificate": typedefs.reference("certificates"),
            "use_srv_name": Boolean(default=False),
        },
        checks=tuple(_checks()),
    ),
    endpoint_key="name",
)

TARGETS = Entity(
    "targets",
    Record(
        fields={
            "id": typedefs.uuid(),
            "created_at": Number(rules=(rules.timestamp,)),
            "updated_at": Number(rules=(rules.timestamp,)),
            "upstream": typedefs.reference("upstreams", required=True),
            "target": typedefs.text(addresses.target_fault, required=True),
            "weight": typedefs.integer(0, 65535, 100),
            "tags": typedefs.tags(),
        },
    ),
    endpoint_key="target",
    unique=False,
    cache_key=("upstream", "target"),
)
