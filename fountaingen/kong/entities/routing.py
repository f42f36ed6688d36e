"""Services, routes, upstreams and their targets."""

import re
from collections.abc import Mapping
from typing import Any

from fountaingen.kong import addresses, expressions
from fountaingen.kong.entities.entity import Entity
from fountaingen.kong.entities.upstreams import TARGETS, UPSTREAMS
from fountaingen.kong.schema import checks, rules, typedefs
from fountaingen.kong.schema.checks import Alternative, Match
from fountaingen.kong.schema.fields import (
    ArrayOf,
    Boolean,
    Check,
    Field,
    Integer,
    Kinds,
    Record,
    SetOf,
    Shorthand,
    Specialisation,
    Text,
)

_MILLISECONDS = 2**31 - 2
_DIGITS = 9
"""As many of a port say that it is none."""


def _from_url(url: str) -> Mapping[str, Any]:
    """Split a URL as LuaSocket does; a port that is no number stays a text, which no port may be."""
    rest = url.partition("#")[0]
    scheme = re.match(r"([A-Za-z0-9][A-Za-z0-9+.\-]*):", rest)
    rest = rest[scheme.end() :] if scheme else rest
    authority = ""
    if rest.startswith("//"):
        authority, slash, tail = rest[2:].partition("/")
        rest = slash + tail
    host, colon, written = authority.rpartition("@")[2].rpartition(":")
    if not colon or written.endswith("]"):
        host, written = authority.rpartition("@")[2], ""
    port = int(written[:_DIGITS]) if written.isdecimal() and written.isascii() else written
    protocol = scheme[1] if scheme else {80: "http", 443: "https"}.get(port if isinstance(port, int) else 0, "http")
    return {
        "protocol": protocol,
        "host": re.sub(r"\A\[(.+)\]\Z", r"\1", host) or None,
        "port": port if port != "" else (443 if protocol == "https" else 80),
        "path": re.split("[?;]", rest, maxsplit=1)[0] or None,
    }


def _only_tls(field: str) -> Check:
    return checks.conditional("protocol", Match(rules=(rules.not_one_of("https", "tls"),)), field, Match(null=True))


_SERVICE = Record(
    fields={
        "id": typedefs.uuid(),
        "created_at": typedefs.stamp(),
        "updated_at": typedefs.stamp(),
        "name": typedefs.name(),
        "retries": typedefs.integer(0, 32767, 5),
        "protocol": typedefs.option(*typedefs.PROTOCOLS, default="http", required=True),
        "host": typedefs.host(required=True),
        "port": typedefs.port(80, required=True),
        "path": typedefs.path(),
        "connect_timeout": typedefs.integer(1, _MILLISECONDS, 60000),
        "write_timeout": typedefs.integer(1, _MILLISECONDS, 60000),
        "read_timeout": typedefs.integer(1, _MILLISECONDS, 60000),
        "tags": typedefs.tags(),
        "client_certificate": typedefs.reference("certificates"),
        "tls_verify": Boolean(),
        "tls_verify_depth": typedefs.integer(0, 64),
        "ca_certificates": ArrayOf(elements=Text(rules=(rules.uuid,))),
        "enabled": typedefs.flag(True, required=True),
    },
    shorthands={"url": Shorthand(Text(), _from_url)},
    checks=(
        checks.conditional(
            "protocol",
            Match(rules=(rules.one_of("tcp", "tls", "udp", "grpc", "grpcs"),)),
            "path",
            Match(null=True),
        ),
        _only_tls("client_certificate"),
        _only_tls("tls_verify"),
        _only_tls("tls_verify_depth"),
        _only_tls("ca_certificates"),
    ),
)

_STREAM_PROTOCOLS = "'tcp', 'tls', 'tls_passthrough' or 'udp'"
_TLS_PROTOCOLS = ("grpcs", "https", "tls", "tls_passthrough")


def _must_be_null(names: tuple[str, ...], protocols: str) -> dict[str, Field]:
    return {name: typedefs.forbidden(f"cannot set '{name}' when 'protocols' is {protocols}") for name in names}


def _one_of_when(protocol: str, *names: str) -> Alternative:
    return Alternative(rules.contains(protocol), names, f"must set one of {{}} when 'protocols' is '{protocol}'")


_HTTP = Specialisation(
    fields=_must_be_null(("sources", "destinations"), "'http' or 'https'"),
    checks=(
        checks.conditional_at_least_one_of(
            "protocols",
            _one_of_when("https", "methods", "hosts", "headers", "paths", "snis"),
            _one_of_when("http", "methods", "hosts", "headers", "paths"),
        ),
    ),
)
_STREAM = Specialisation(
    fields=_must_be_null(("methods", "hosts", "paths", "headers"), _STREAM_PROTOCOLS),
    checks=(
        checks.conditional_at_least_one_of(
            "protocols",
            Alternative(
                rules.every(rules.one_of("tcp", "tls", "udp")),
                ("sources", "destinations", "snis"),
                "must set one of {} when 'protocols' is 'tcp', 'tls' or 'udp'",
            ),
        ),
        checks.conditional_at_least_one_of(
            "protocols",
            Alternative(
                rules.every(rules.one_of("tls_passthrough")),
                ("snis",),
                "must set snis when 'protocols' is 'tls_passthrough'",
            ),
        ),
    ),
)
_GRPC = Specialisation(
    fields={
        **_must_be_null(("methods", "sources", "destinations"), "'grpc' or 'grpcs'"),
        "strip_path": Boolean(
            required=True,
            default=False,
            rules=(rules.unequal(True, "cannot set 'strip_path' when 'protocols' is 'grpc' or 'grpcs'"),),
        ),
    },
    checks=(
        checks.conditional_at_least_one_of(
            "protocols",
            _one_of_when("grpcs", "hosts", "headers", "paths", "snis"),
            _one_of_when("grpc", "hosts", "headers", "paths"),
        ),
    ),
)

_ROUTE = Record(
    fields={
        "id": typedefs.uuid(),
        "created_at": typedefs.stamp(),
        "updated_at": typedefs.stamp(),
        "name": typedefs.name(),
        "protocols": SetOf(
            required=True,
            default=("http", "https"),
            elements=typedefs.option(*typedefs.PROTOCOLS),
            rules=(
                rules.at_least(1),
                rules.exclusive(("http", "https"), ("tcp", "tls", "udp"), ("tls_passthrough",), ("grpc", "grpcs")),
            ),
        ),
        "methods": SetOf(elements=typedefs.text(rules.matches(r"\A[A-Z]+\Z"))),
        "hosts": typedefs.hosts(),
        "paths": typedefs.router_paths(),
        "headers": typedefs.headers(
            rules.lacks(
                r"\A[Hh][Oo][Ss][Tt]\Z",
                "cannot contain 'host' header, which must be specified in the 'hosts' attribute",
            )
        ),
        "https_redirect_status_code": Integer(
            required=True, default=426, rules=(rules.one_of(426, 301, 302, 307, 308),)
        ),
        "regex_priority": Integer(default=0),
        "strip_path": typedefs.flag(True, required=True),
        "path_handling": typedefs.option("v0", "v1", default="v0"),
        "preserve_host": typedefs.flag(False, required=True),
        "request_buffering": typedefs.flag(True, required=True),
        "response_buffering": typedefs.flag(True, required=True),
        "snis": SetOf(elements=typedefs.text(addresses.wildcard_fault)),
        "sources": typedefs.nets(),
        "destinations": typedefs.nets(),
        "tags": typedefs.tags(),
        "service": typedefs.reference("services"),
    },
    checks=(
        checks.conditional(
            "protocols",
            Match(rules=(rules.every(rules.not_one_of(*_TLS_PROTOCOLS)),)),
            "snis",
            Match(rules=(rules.exactly(0),)),
            "'snis' can only be set when 'protocols' is 'grpcs', 'https', 'tls' or 'tls_passthrough'",
        ),
        checks.custom(expressions.regex_fault, *("paths", "headers", "hosts", "methods", "snis", "protocols")),
    ),
    kinds=Kinds(
        key="protocols",
        table={
            **dict.fromkeys(("http", "https"), _HTTP),
            **dict.fromkeys(("tcp", "tls", "udp", "tls_passthrough"), _STREAM),
            **dict.fromkeys(("grpc", "grpcs"), _GRPC),
        },
    ),
)

ENTITIES = (
    Entity("services", _SERVICE, endpoint_key="name"),
    Entity("routes", _ROUTE, endpoint_key="name"),
    UPSTREAMS,
    TARGETS,
)
