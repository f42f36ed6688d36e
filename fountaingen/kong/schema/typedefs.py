"""Kinds of values that many entities and plugins share (``kong/db/schema/typedefs.lua``)."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from fountaingen.kong import addresses
from fountaingen.kong.schema import checks, rules, texts
from fountaingen.kong.schema.fields import (
    ABSENT,
    ArrayOf,
    Boolean,
    Foreign,
    Integer,
    MapOf,
    Number,
    Record,
    Rule,
    SetOf,
    Shorthand,
    Text,
)

PROTOCOLS = ("grpc", "grpcs", "http", "https", "tcp", "tls", "tls_passthrough", "udp")
HTTP_PROTOCOLS = ("grpc", "grpcs", "http", "https")
MUST_BE_NULL = "value must be null"


def text(*judges: Rule, required: bool = False, default: Any = ABSENT) -> Text:
    """Return a kind of text."""
    return Text(rules=judges, required=required, default=default)


def words(*, required: bool = False, default: Any = ABSENT) -> ArrayOf:
    """Return a list of texts."""
    return ArrayOf(elements=Text(), required=required, default=default)


def flag(default: bool | None = None, *, required: bool = False) -> Boolean:
    """Return a boolean, with a default or without."""
    return Boolean(default=ABSENT if default is None else default, required=required)


def integer(low: int, high: int, default: Any = ABSENT, *, required: bool = False) -> Integer:
    """Return a whole number within bounds."""
    return Integer(rules=(rules.between(low, high),), default=default, required=required)


def option(*options: str, default: Any = ABSENT, required: bool = False) -> Text:
    """Return a text out of a few."""
    return Text(rules=(rules.one_of(*options),), default=default, required=required)


def secret(*, required: bool = False, shortest: int = 1) -> Text:
    """Return a text that may stand in a vault."""
    return Text(referenceable=True, required=required, shortest=shortest)


def forbidden(message: str = MUST_BE_NULL) -> Text:
    """Return a field that must be left out."""
    return Text(only_null=message)


def port(default: Any = ABSENT, *, required: bool = False) -> Integer:
    """Return a port."""
    return integer(0, 65535, default, required=required)


def timeout(default: Any = ABSENT) -> Integer:
    """Return a number of milliseconds."""
    return integer(0, 2**31 - 2, default)


def host(*, required: bool = False, default: Any = ABSENT) -> Text:
    """Return a host without a port."""
    return text(addresses.host_fault, required=required, default=default)


def sni() -> Text:
    """Return a server name of TLS."""
    return text(addresses.sni_fault)


def url(*, required: bool = False, default: Any = ABSENT) -> Text:
    """Return a URL, which may stand in a vault."""
    return Text(rules=(addresses.url_fault,), required=required, default=default, referenceable=True)


def path(default: Any = ABSENT) -> Text:
    """Return a path of a URL."""
    return text(rules.starts_with("/"), texts.empty_segment_fault, texts.path_fault, default=default)


def header_name() -> Text:
    """Return the name of a header."""
    return text(texts.header_name_fault)


def name() -> Text:
    """Return the unique name of an entity."""
    return text(texts.name_fault)


def uuid() -> Text:
    """Return an identity, which Kong makes up where none is given."""
    return text(rules.uuid)


def stamp() -> Integer:
    """Return a moment in seconds."""
    return Integer(rules=(rules.timestamp,))


def tags() -> SetOf:
    """Return labels of an entity."""
    return SetOf(elements=Text(rules=(texts.tag_fault,), required=True))


def reference(table: str, *, required: bool = False) -> Foreign:
    """Return a reference to an entity of a table."""
    return Foreign(table=table, required=required)


def protocols(*options: str) -> SetOf:
    """Return the protocols of a plugin: those for HTTP unless others are named."""
    return SetOf(elements=option(*(options or HTTP_PROTOCOLS)), required=True, default=tuple(options or HTTP_PROTOCOLS))


def all_protocols() -> SetOf:
    """Return the protocols of a plugin that works on bytes too."""
    return SetOf(elements=option(*PROTOCOLS), required=True, default=HTTP_PROTOCOLS)


def hosts() -> ArrayOf:
    """Return hosts that may have a wildcard, and a port."""
    judges = (
        texts.many_wildcards_fault,
        texts.inner_wildcard_fault,
        lambda value: addresses.hostname_fault(value.replace("*", "abc")),
    )
    return ArrayOf(elements=text(*judges))


def router_paths() -> ArrayOf:
    """Return paths as routes have them: a prefix, or a regular expression after ``~``."""
    begins = rules.matches(r"\A~?/", "should start with: / (fixed path) or ~/ (regex path)")
    return ArrayOf(elements=text(texts.empty_segment_fault, begins, texts.router_path_fault))


def headers(*judges: Rule) -> MapOf:
    """Return headers and their values."""
    return MapOf(keys=text(*judges, texts.header_name_fault), values=ArrayOf(elements=Text()))


def nets() -> SetOf:
    """Return sources or destinations of bytes."""
    members = {"ip": text(texts.net_fault), "port": port()}
    return SetOf(elements=Record(fields=members, checks=(checks.at_least_one_of("ip", "port"),)))


def ips() -> ArrayOf:
    """Return addresses and ranges."""
    return ArrayOf(elements=text(texts.net_fault))


def lua_code() -> MapOf:
    """Return pieces of Lua by name; what they say is not looked at."""
    return MapOf(keys=Text(), values=Text())


def queue(**defaults: int) -> Record:
    """Return the settings of a queue in front of a log."""
    return Record(
        required=True,
        default=defaults or ABSENT,
        fields={
            "max_batch_size": integer(1, 1000000, 1),
            "max_coalescing_delay": Number(rules=(rules.between(0, 3600),), default=1),
            "max_entries": integer(1, 1000000, 10000),
            "max_bytes": Integer(),
            "max_retry_time": Number(default=60),
            "initial_retry_delay": Number(rules=(texts.delay_fault,), default=0.01),
            "max_retry_delay": Number(rules=(texts.delay_fault,), default=60),
            "concurrency_limit": Integer(rules=(rules.one_of(-1, 1),), default=1),
        },
    )


def redis() -> Record:
    """Return how a Redis is reached."""
    return Record(
        required=True,
        fields={
            "host": host(),
            "port": port(6379),
            "timeout": timeout(2000),
            "username": secret(),
            "password": secret(shortest=0),
            "database": Integer(default=0),
            "ssl": flag(False),
            "ssl_verify": flag(False),
            "server_name": sni(),
        },
    )


def redis_shorthands() -> Mapping[str, Shorthand]:
    """Return the older names of what ``redis`` holds."""
    members = {
        "host": Text(),
        "port": Integer(),
        "password": Text(shortest=0),
        "username": Text(),
        "ssl": Boolean(),
        "ssl_verify": Boolean(),
        "server_name": Text(),
        "timeout": Integer(),
        "database": Integer(),
    }
    return {
        f"redis_{name}": Shorthand(field, partial(_in_redis, name), deprecated=True) for name, field in members.items()
    }


def _in_redis(name: str, value: Any) -> Mapping[str, Any]:
    return {"redis": {name: value}}
