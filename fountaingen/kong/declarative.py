"""The format of a declarative configuration: tables, entries nested in those they belong to, ids, references."""

import json
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, partial
from typing import Any

from fountaingen.kong.entities import ENTITIES, Entity
from fountaingen.kong.schema import rules, typedefs
from fountaingen.kong.schema.fields import Anything, ArrayOf, Boolean, Faults, Field, Foreign, Record, Text, sequence

VERSIONS = ("1.1", "2.1", "3.0")
Path = tuple[str | int, ...]

_NAMESPACE = uuid.UUID("fd02801f-0957-4a15-a55a-c8d9606f30b5")
_PLAIN_280 = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_~/%")


@dataclass(frozen=True)
class Entry:
    """An entry of a table, filled in: where it is written, its id, and the entry that it is nested in."""

    entity: Entity
    id: str
    values: Mapping[str, Any]
    where: Path
    parent: "Entry | None" = None

    @property
    def key(self) -> str | None:
        """The value of the field that others refer to it by."""
        return self.values.get(self.entity.endpoint_key) if self.entity.endpoint_key else None


@dataclass
class Index:
    """The entries of a configuration by id and by name, and the faults of the two."""

    entries: list[Entry] = field(default_factory=list)
    by_id: dict[str, dict[str, Entry]] = field(default_factory=dict)
    by_key: dict[str, dict[str, Entry]] = field(default_factory=dict)
    faults: Faults = field(default_factory=dict)
    places: dict[Path, Path] = field(default_factory=dict)
    """Where in the data a fault is that Kong tells of elsewhere."""

    def find(self, table: str, reference: Any) -> Entry | None:
        """Return the entry that a reference means."""
        if isinstance(reference, Mapping):
            reference = reference.get("id")
        return self.by_key.get(table, {}).get(reference) or self.by_id.get(table, {}).get(reference)

    def referred(self, entry: Entry, name: str) -> Entry | None:
        """Return the entry that a field of an entry refers to, by being nested in it or by naming it."""
        table = entry.entity.references[name]
        if entry.parent and entry.parent.entity.name == table and entry.values.get(name) is None:
            return entry.parent
        value = entry.values.get(name)
        return None if value is None else self.find(table, value)


@cache
def document() -> Record:
    """Return what a whole configuration may say."""
    return _Format(None).document()


def resolving(data: Mapping[str, Any]) -> Record:
    """Return what a whole configuration may say, where references are looked up while it is judged."""
    index = Index()
    for entry in entries(data):
        index.by_id.setdefault(entry.entity.name, {})[entry.id] = entry
        if isinstance(entry.key, str):
            index.by_key.setdefault(entry.entity.name, {})[entry.key] = entry

    def fault(table: str, value: Any) -> Faults:
        if isinstance(value, Mapping) and isinstance(value.get("id"), str):
            return {"id": wrong} if (wrong := rules.uuid(value["id"])) else {}
        is_known = isinstance(value, str) and index.find(table, value) is not None
        return {} if is_known else {"id": "missing primary key"}

    return _Format(fault).document()


def migrated(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return a configuration with the paths of its routes in the form of version 3.0, in which ``~`` marks patterns."""
    if data.get("_format_version") not in VERSIONS[:2]:
        return dict(data)
    return {name: _migrated(name, value) for name, value in data.items()}


def entries(data: Mapping[str, Any], parent: Entry | None = None, where: Path = ()) -> Iterator[Entry]:
    """Yield the entries of a configuration, those nested in an entry before it, as Kong goes through them."""
    for name, entity in ENTITIES.items():
        if parent and (name in parent.entity.record.fields or parent.entity.name not in entity.references.values()):
            continue
        for index, item in enumerate(sequence(data.get(name)) or ()):
            if isinstance(item, dict):
                entry = _entry(entity, item, (*where, name, index), parent)
                yield from entries(item, entry, entry.where)
                yield entry


def indexed(data: Mapping[str, Any]) -> Index:
    """Return the entries of a filled configuration; entries told twice and references to nothing are its faults."""
    index = Index()
    expected: list[tuple[Entry, str, Any]] = []
    for entry in entries(data):
        _add(entry, index)
        expected += [
            (entry, name, entry.values[name]) for name in entry.entity.references if entry.values.get(name) is not None
        ]
    for entry, name, value in expected:
        _refer(entry, name, value, index)
    return index


def _add(entry: Entry, index: Index) -> None:
    table = entry.entity.name
    by_key = index.by_key.setdefault(table, {})
    by_id = index.by_id.setdefault(table, {})
    if entry.entity.unique and entry.key is not None and entry.key in by_key:
        _twice(entry, f"{entry.entity.endpoint_key} set to '{entry.key}'", index)
    elif entry.id in by_id:
        _twice(entry, f"primary key set to '{entry.id}'", index)
    if entry.key is not None:
        by_key.setdefault(entry.key, entry)
    by_id.setdefault(entry.id, entry)
    index.entries.append(entry)


def _twice(entry: Entry, what: str, index: Index) -> None:
    table, number = entry.entity.name, entry.where[-1]
    index.faults.setdefault(table, {})[number] = f"uniqueness violation: '{table}' entity with {what} already declared"
    index.places[(table, number)] = entry.where


def _refer(entry: Entry, name: str, value: Any, index: Index) -> None:
    table = entry.entity.references[name]
    if index.find(table, value):
        return
    shown = value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
    at = entry.key or entry.id
    faults = index.faults.setdefault(entry.entity.name, {}).setdefault(at, {})
    index.places[(entry.entity.name, at, len(faults))] = (*entry.where, name)
    faults[len(faults)] = f"invalid reference '{name}: {shown}' (no such entry in '{table}')"


@dataclass
class _Format:
    """The format as a record: what entries say at the top, and what they say nested in those that they refer to.

    References of nested entries are what they are nested in, so none may be written, unless all are looked up.
    """

    reference_fault: Callable[[str, Any], Faults] | None
    nested: dict[str, Record] = field(default_factory=dict)

    def document(self) -> Record:
        fields: dict[str, Field] = {
            "_format_version": typedefs.option(*VERSIONS, required=True),
            "_transform": Boolean(default=True),
            **_remarks(),
        }
        return Record(fields=fields | {name: ArrayOf(elements=self._top(each)) for name, each in ENTITIES.items()})

    def _top(self, entity: Entity) -> Record:
        return self._with(entity, lambda each: self._looked_up(each) or each)

    def _nested(self, entity: Entity) -> Record:
        if entity.name not in self.nested:
            self.nested[entity.name] = self._with(
                entity, lambda each: replace(self._looked_up(each) or typedefs.forbidden(), required=False)
            )
        return self.nested[entity.name]

    def _looked_up(self, each: Foreign) -> Foreign | None:
        return replace(each, fault=partial(self.reference_fault, each.table)) if self.reference_fault else None

    def _with(self, entity: Entity, change: Callable[[Foreign], Field]) -> Record:
        own = {name: change(each) if isinstance(each, Foreign) else each for name, each in entity.record.fields.items()}
        children = {
            child.name: ArrayOf(elements=self._nested(child))
            for child in ENTITIES.values()
            if entity.name in child.references.values() and child.name not in entity.record.fields
        }
        return replace(entity.record, fields={**own, **_remarks(), **children})


def _remarks() -> dict[str, Field]:
    return {"_comment": Text(), "_ignore": ArrayOf(elements=Anything())}


def _entry(entity: Entity, item: Mapping[str, Any], where: Path, parent: Entry | None) -> Entry:
    own = item.get("id")
    identity = own if isinstance(own, str) else _made_up(entity, item, where, parent)
    return Entry(entity, identity, item, where, parent)


def _made_up(entity: Entity, item: Mapping[str, Any], where: Path, parent: Entry | None) -> str:
    """Return the id that Kong computes from the name of an entry, or one from its place where Kong rolls dice."""
    key = item.get(entity.endpoint_key) if entity.endpoint_key else None
    if isinstance(key, str):
        if not entity.unique:
            owner = parent.id if parent else next((str(item.get(name)) for name in entity.references), "")
            key = f"{key}:{owner}"
        return _uuid(entity.name, key)
    if entity.cache_key and (parts := _cache_parts(entity, item, parent)):
        return _uuid(entity.name, ":".join((entity.name, *parts)))
    return _uuid(entity.name, "/".join(map(str, where)))


def _cache_parts(entity: Entity, item: Mapping[str, Any], parent: Entry | None) -> list[str] | None:
    parts = []
    for name in entity.cache_key:
        value = item.get(name)
        if isinstance(value, str):
            parts.append(value)
        elif parent and entity.references.get(name) == parent.entity.name:
            parts.append(parent.id)
        elif entity.record.fields[name].required or name not in entity.references:
            return None
        else:
            parts.append("")
    return parts


def _uuid(table: str, key: str) -> str:
    return str(uuid.uuid5(uuid.uuid5(_NAMESPACE, table), key))


def _migrated(name: str, value: Any) -> Any:
    if name == "routes" and isinstance(value, list):
        return [_migrated_route(route) for route in value]
    if isinstance(value, list):
        return [_migrated(name, item) for item in value]
    if isinstance(value, dict):
        return {inner: _migrated(inner, item) for inner, item in value.items()}
    return value


def _migrated_route(route: Any) -> Any:
    if not isinstance(route, dict) or not isinstance(route.get("paths"), list):
        return route
    return {**route, "paths": [_migrated_path(path) for path in route["paths"]]}


def _migrated_path(path: Any) -> Any:
    is_plain = not isinstance(path, str) or path.startswith("~") or set(path) <= _PLAIN_280
    return path if is_plain else f"~{path}"
