"""From the entries of a configuration that was found right to its entities."""

from collections.abc import Mapping, Sequence
from typing import Any

from fountaingen.kong.configuration import (
    Certificate,
    Configuration,
    Consumer,
    Credential,
    Plugin,
    Route,
    Service,
    Target,
    Upstream,
)
from fountaingen.kong.declarative import Entry, Index

_USUAL = {"retries": 5, "connect_timeout": 60_000, "write_timeout": 60_000, "read_timeout": 60_000}


def configured(index: Index) -> Configuration:
    """Return the entities of a configuration that was found right."""
    held = _Held(index)
    services = {entry.id: _service(entry) for entry in held.all("services")}
    return Configuration(
        services=tuple(services.values()),
        routes=tuple(_route(entry, index, services) for entry in held.all("routes")),
        upstreams=tuple(_upstream(entry, held) for entry in held.all("upstreams")),
        consumers=tuple(_consumer(entry, held) for entry in held.all("consumers")),
        plugins=tuple(_plugin(entry, index) for entry in held.all("plugins")),
        certificates=tuple(_certificate(entry, held) for entry in held.all("certificates")),
    )


class _Held:
    """The entries of an index by table, and by what they belong to."""

    def __init__(self, index: Index) -> None:
        self._tables: dict[str, list[Entry]] = {}
        self._owned: dict[tuple[str, str, str], list[Entry]] = {}
        for entry in index.entries:
            self._tables.setdefault(entry.entity.name, []).append(entry)
            for field in entry.entity.references:
                owner = index.referred(entry, field)
                if owner:
                    self._owned.setdefault((entry.entity.name, owner.entity.name, owner.id), []).append(entry)

    def all(self, table: str) -> Sequence[Entry]:
        """Return the entries of a table."""
        return self._tables.get(table, ())

    def of(self, owner: Entry, table: str) -> Sequence[Entry]:
        """Return the entries of a table that refer to an entry."""
        return self._owned.get((table, owner.entity.name, owner.id), ())


def _texts(values: Mapping[str, Any], name: str) -> tuple[str, ...]:
    return tuple(values.get(name) or ())


def _number(values: Mapping[str, Any], name: str, usual: int) -> int:
    """Return a whole number, the usual one where a null is written."""
    return usual if values.get(name) is None else int(values[name])


def _service(entry: Entry) -> Service:
    values = entry.values
    return Service(
        entry.id,
        values.get("name"),
        values["protocol"],
        values["host"],
        int(values["port"]),
        values.get("path"),
        values["enabled"],
        _texts(values, "tags"),
        **{name: _number(values, name, usual) for name, usual in _USUAL.items()},
    )


def _route(entry: Entry, index: Index, services: Mapping[str, Service]) -> Route:
    values = entry.values
    service = index.referred(entry, "service")
    return Route(
        id=entry.id,
        name=values.get("name"),
        service=services[service.id] if service else None,
        protocols=_texts(values, "protocols"),
        methods=_texts(values, "methods"),
        hosts=_texts(values, "hosts"),
        paths=_texts(values, "paths"),
        headers={name: tuple(given) for name, given in (values.get("headers") or {}).items()},
        snis=_texts(values, "snis"),
        regex_priority=_number(values, "regex_priority", 0),
        strip_path=values["strip_path"],
        path_handling=values.get("path_handling") or "v0",
        preserve_host=values["preserve_host"],
        https_redirect_status_code=int(values["https_redirect_status_code"]),
        tags=_texts(values, "tags"),
        where=entry.where,
    )


def _upstream(entry: Entry, held: _Held) -> Upstream:
    targets = held.of(entry, "targets")
    found = tuple(Target(each.values["target"], _number(each.values, "weight", 100)) for each in targets)
    return Upstream(entry.id, entry.values["name"], found, entry.values)


def _consumer(entry: Entry, held: _Held) -> Consumer:
    tables = (
        "keyauth_credentials",
        "basicauth_credentials",
        "hmacauth_credentials",
        "jwt_secrets",
        "oauth2_credentials",
    )
    return Consumer(
        entry.id,
        entry.values.get("username"),
        entry.values.get("custom_id"),
        tuple(each.values["group"] for each in held.of(entry, "acls")),
        tuple(Credential(each.id, table, each.values) for table in tables for each in held.of(entry, table)),
        _texts(entry.values, "tags"),
    )


def _plugin(entry: Entry, index: Index) -> Plugin:
    scope = {name: index.referred(entry, name) for name in ("route", "service", "consumer")}
    ids = {name: owner.id if owner else None for name, owner in scope.items()}
    values = entry.values
    return Plugin(
        id=entry.id,
        name=values["name"],
        config=values["config"],
        protocols=_texts(values, "protocols"),
        enabled=values["enabled"],
        **ids,
    )


def _certificate(entry: Entry, held: _Held) -> Certificate:
    snis = tuple(each.values["name"] for each in held.of(entry, "snis"))
    return Certificate(entry.id, entry.values["cert"], entry.values["key"], snis)
