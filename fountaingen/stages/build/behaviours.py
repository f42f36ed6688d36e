"""Behaviours: what each operation does by convention, and why (design: a hook may always say otherwise)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from fountaingen.model.behaviour import (
    Answer,
    Behaviour,
    Change,
    Constant,
    Create,
    Delete,
    ListRows,
    Missing,
    Read,
    Require,
    Update,
)
from fountaingen.model.entity import Column, Entity, Keeper
from fountaingen.model.service import Operation
from fountaingen.stages.build.acknowledge import acknowledgement
from fountaingen.stages.build.collections import Messages
from fountaingen.stages.build.entities import Placed, Storage
from fountaingen.stages.build.lists import envelope_of, query_of
from fountaingen.stages.build.objects import ObjectSchema
from fountaingen.stages.build.paths import Shape, segments, shape_of

_JSON_PATCH = "application/json-patch+json"
_GIVEN_BY_SERVER = (Keeper.KEY, Keeper.CREATED, Keeper.UPDATED, Keeper.PATH)


class NotInferred(Exception):
    """No behaviour follows from the contract; the text says what stands in the way."""


@dataclass(frozen=True)
class Site:
    """An operation at a placed collection, or at one of its items, with the arguments of its path."""

    operation: Operation
    placed: Placed
    entity: Entity
    arguments: Mapping[int, str]
    parents: tuple[Require, ...]
    messages: Messages

    @property
    def ties(self) -> dict[str, str]:
        """Columns that the path fills in a new row."""
        return {tie.column: self.arguments[tie.index] for tie in self.placed.ties}

    @property
    def scope(self) -> dict[str, str]:
        """Columns that rows of this collection are found by."""
        return {tie.column: self.arguments[tie.index] for tie in self.placed.ties if tie.selects}

    @property
    def row(self) -> dict[str, str]:
        """Columns that one row is found by."""
        return {self.entity.key: self.arguments[len(self.placed.collection.shape)], **self.scope}


def infer(operations: tuple[Operation, ...], storage: Storage, messages: Messages) -> tuple[Operation, ...]:
    """Return ``operations``, each with its behaviour."""
    return tuple(replace(operation, behaviour=_behaviour(operation, storage, messages)) for operation in operations)


def _behaviour(operation: Operation, storage: Storage, messages: Messages) -> Behaviour:
    try:
        if (health := _health(operation, messages)) is not None:
            return health
        if not all(segment.plain for segment in segments(operation.path)):
            raise NotInferred("a segment of its path mixes text and parameters")
        return _at(operation, storage, messages)
    except NotInferred as reason:
        return Missing(str(reason))


def _at(operation: Operation, storage: Storage, messages: Messages) -> Behaviour:
    shape = shape_of(operation.path)
    if shape in storage.placed:
        return _at_collection(_site(operation, storage.placed[shape], storage, messages))
    if shape[:-1] in storage.placed and shape[-1] == "{}":
        return _at_item(_site(operation, storage.placed[shape[:-1]], storage, messages))
    if shape[:-2] in storage.placed and shape[-2] == "{}" and operation.method == "GET":
        return _projection(_site(operation, storage.placed[shape[:-2]], storage, messages))
    raise NotInferred(storage.refused.get(shape) or storage.refused.get(shape[:-1]) or "its path names no resource")


def _site(operation: Operation, placed: Placed, storage: Storage, messages: Messages) -> Site:
    by_name = {each.name: each.argument for each in operation.parameters if each.location == "path"}
    parts = segments(operation.path)
    arguments = {index: by_name[part.parameter] for index, part in enumerate(parts) if part.is_parameter}
    parents = tuple(_parents(placed, storage, arguments))
    return Site(operation, placed, storage.entities[placed.entity], arguments, parents, messages)


def _parents(placed: Placed, storage: Storage, arguments: Mapping[int, str]) -> list[Require]:
    """Return the row that must exist for the collection to be there: the nearest parent, found within its own scope."""
    shape: Shape = placed.collection.shape
    for index in sorted({tie.index for tie in placed.ties}):
        parent = storage.placed.get(shape[:index])
        if parent is not None:
            entity = storage.entities[parent.entity]
            scope = {tie.column: arguments[tie.index] for tie in parent.ties if tie.selects}
            return [Require(parent.entity, {entity.key: arguments[index], **scope})]
    return []


def _health(operation: Operation, messages: Messages) -> Constant | None:
    if operation.method != "GET" or operation.parameters or segments(operation.path)[-1].text.lower() != "health":
        return None
    answer = messages.answer(operation)
    if answer is None:
        return None
    value = acknowledgement(answer, "ok")
    return Constant(value, "a health check: it answers while the service is alive") if value is not None else None


def _at_collection(site: Site) -> Behaviour:
    match site.operation.method:
        case "GET":
            return _list(site)
        case "POST":
            return _create(site)
        case method:
            raise NotInferred(f"{method} of a whole collection is not inferred")


def _at_item(site: Site) -> Behaviour:
    match site.operation.method:
        case "GET":
            why = f"GET of one item of {site.entity.table}"
            return Read(site.entity.name, (), site.row, _answer(site).shown, why)
        case "PUT" | "PATCH":
            return _change(site)
        case "DELETE":
            return _delete(site)
        case method:
            raise NotInferred(f"{method} of one item is not inferred")


def _create(site: Site) -> Create:
    request = site.messages.request(site.operation)
    if request is None:
        raise NotInferred("its request is no JSON object with members")
    supplied = {name for name, member in request.members.items() if not member.read_only}
    answer = _answer(site)
    lacking = tuple(name for name in answer.required if not _has_source(site.entity.by_wire.get(name), name, supplied))
    why = f"POST to the collection {site.entity.table} with an object"
    return Create(site.entity.name, site.parents, site.ties, _fields(site, request), answer.shown, lacking, why)


def _list(site: Site) -> ListRows:
    listed = site.messages.listed(site.operation)
    if listed is None:
        raise NotInferred("its answer is neither an array of objects nor an object that holds one")
    query = query_of(site.operation.parameters, site.entity)
    envelope = envelope_of(listed, query)
    if isinstance(envelope, str):
        raise NotInferred(envelope)
    return ListRows(
        entity=site.entity.name,
        requires=site.parents,
        where={**query.filters, **site.scope},
        paging=query.paging,
        sort=query.sort,
        descending=query.descending,
        answer=_members(site.entity, listed.item).shown,
        envelope=envelope,
        unused=query.unused,
        why=f"GET of the collection {site.entity.table}",
    )


def _change(site: Site) -> Update:
    request = site.messages.request(site.operation)
    change, why = _kind_of_change(site, request)
    if change is not Change.JSON_PATCH and request is None:
        raise NotInferred("its request is no JSON object with members")
    source = request if change is not Change.JSON_PATCH and request else site.placed.collection.representation
    fields = tuple(name for name in _fields(site, source) if site.entity.by_wire[name].name != site.entity.key)
    return Update(site.entity.name, change, site.parents, site.row, fields, _answer(site).shown, why)


def _fields(site: Site, request: ObjectSchema) -> tuple[str, ...]:
    """Return the members that a client may set; what only the server gives is not among them."""
    kept = (Keeper.CREATED, Keeper.UPDATED)
    return tuple(
        name
        for name, member in request.members.items()
        if not member.read_only and name in site.entity.by_wire and site.entity.by_wire[name].keeper not in kept
    )


def _kind_of_change(site: Site, request: ObjectSchema | None) -> tuple[Change, str]:
    content = site.operation.body.content if site.operation.body else {}
    table = site.entity.table
    if site.operation.method == "PATCH":
        if content and all(media_type.partition(";")[0].strip().lower() == _JSON_PATCH for media_type in content):
            return Change.JSON_PATCH, f"PATCH of one item of {table} by JSON Patch (RFC 6902)"
        return Change.MERGE_PATCH, f"PATCH of one item of {table} by merge patch (RFC 7396)"
    declared = {response.status for response in site.operation.responses}
    if "POST" not in site.placed.collection.at or "201" in declared:
        return Change.PUT, f"PUT of one item of {table}, whose key the client chooses: create or replace"
    if request is not None and not any(member.required for member in request.members.values()):
        return Change.UPDATE, f"PUT of one item of {table}; its request requires nothing, so it changes what is sent"
    return Change.REPLACE, f"PUT of one item of {table}: replace"


def _delete(site: Site) -> Delete:
    why = f"DELETE of one item of {site.entity.table}"
    if not site.messages.has_answer(site.operation):
        return Delete(site.entity.name, site.parents, site.row, Answer(), None, why)
    answer = site.messages.answer(site.operation)
    if answer is None:
        raise NotInferred("its answer is no JSON object with members")
    if any(name in site.entity.by_wire for name in answer.members):
        return Delete(site.entity.name, site.parents, site.row, _answer(site).shown, None, why)
    value = acknowledgement(answer, "deleted")
    if value is None:
        raise NotInferred("its answer requires members that nothing supplies")
    return Delete(site.entity.name, site.parents, site.row, Answer(), value, why)


def _projection(site: Site) -> Read:
    answer = site.messages.answer(site.operation)
    if answer is None or not all(name in site.entity.by_wire for name in answer.members):
        raise NotInferred(f"its answer is no subset of a row of {site.entity.table}")
    why = f"GET below one item of {site.entity.table}, answering a subset of its members"
    return Read(site.entity.name, (), site.row, _answer(site).shown, why)


@dataclass(frozen=True)
class _Shown:
    """What an answer shows of a row, and which of its members the contract requires."""

    shown: Answer
    required: tuple[str, ...] = ()


def _answer(site: Site) -> _Shown:
    """Return what the success response shows of a row."""
    if not site.messages.has_answer(site.operation):
        return _Shown(Answer())
    answer = site.messages.answer(site.operation)
    if answer is None:
        raise NotInferred("its answer is no JSON object with members")
    wrapped = _wrapped(site, answer)
    if wrapped is None:
        return _members(site.entity, answer)
    name, inner = wrapped
    found = _members(site.entity, inner)
    return replace(found, shown=replace(found.shown, wrap=name))


def _wrapped(site: Site, answer: ObjectSchema) -> tuple[str, ObjectSchema] | None:
    """Find the one member that holds the row, where the answer is an object around it."""
    columns = site.entity.by_wire
    objects = [name for name, each in answer.members.items() if "object" in each.types and name not in columns]
    others = [
        name for name, each in answer.members.items() if name in columns or (each.required and name not in objects)
    ]
    if others or len(objects) != 1:
        return None
    member = answer.members[objects[0]]
    inner = site.messages.schemas.object(member.schema, member.pointer)
    if inner is None or not any(name in columns for name in inner.members):
        return None
    return objects[0], inner


def _members(entity: Entity, answer: ObjectSchema) -> _Shown:
    required = tuple(name for name, member in answer.members.items() if member.required and not member.write_only)
    for name in required:
        if name not in entity.by_wire:
            raise NotInferred(f"its answer requires {name!r}, which nothing supplies")
    shown = tuple(name for name, member in answer.members.items() if name in entity.by_wire and not member.write_only)
    if not shown:
        raise NotInferred("its answer shares no member with the resource")
    return _Shown(Answer(shown), required)


def _has_source(column: Column | None, name: str, supplied: set[str]) -> bool:
    if column is None:
        return False
    return name in supplied or column.keeper in _GIVEN_BY_SERVER or column.references == "parent"
