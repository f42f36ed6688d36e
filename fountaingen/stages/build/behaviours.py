"""Behaviours: what each operation does by convention, and why (design: a hook may always say otherwise)."""

from collections.abc import Mapping
from dataclasses import replace

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
)
from fountaingen.model.service import Operation
from fountaingen.stages.build.acknowledge import acknowledgement
from fountaingen.stages.build.answers import answer_of, lacking, members_of
from fountaingen.stages.build.changes import change, fields_of, keyed_change, names_its_row, needs_of, post_change
from fountaingen.stages.build.collections import Messages
from fountaingen.stages.build.entities import Storage
from fountaingen.stages.build.fits import unfit
from fountaingen.stages.build.headers import requires_location, unsupplied
from fountaingen.stages.build.lists import envelope_of, query_of
from fountaingen.stages.build.locations import locations
from fountaingen.stages.build.objects import Member
from fountaingen.stages.build.paths import segments, shape_of
from fountaingen.stages.build.sites import NotInferred, Site, asked_site, site_of


def infer(operations: tuple[Operation, ...], storage: Storage, messages: Messages) -> tuple[Operation, ...]:
    """Return ``operations``, each with its behaviour."""
    inferred = [replace(operation, behaviour=_behaviour(operation, storage, messages)) for operation in operations]
    located = locations(inferred, storage.entities.values())
    return tuple(_located(operation, located) for operation in inferred)


def _located(operation: Operation, located: Mapping[str, object]) -> Operation:
    """Leave to a hook what has to tell where a row is and cannot."""
    missing = isinstance(operation.behaviour, Missing) or operation.operation_id in located
    if missing or not requires_location(operation):
        return operation
    return replace(operation, behaviour=Missing("its answer requires the header 'Location', which nothing supplies"))


def _behaviour(operation: Operation, storage: Storage, messages: Messages) -> Behaviour:
    try:
        if operation.extension.get("action") == "none":
            raise NotInferred("x-fountaingen-operation leaves it to a hook")
        if (header := unsupplied(operation, messages.schemas)) is not None:
            raise NotInferred(f"its answer requires the header {header!r}, which nothing supplies")
        if (health := _health(operation, messages)) is not None:
            return health
        if not all(segment.plain for segment in segments(operation.path)):
            raise NotInferred("a segment of its path mixes text and parameters")
        if operation.extension:
            return _asked(operation, storage, messages)
        return _at(operation, storage, messages)
    except NotInferred as reason:
        return Missing(str(reason))


def _asked(operation: Operation, storage: Storage, messages: Messages) -> Behaviour:
    """Do what ``x-fountaingen-operation`` says; an entity alone leaves the action to the method."""
    of_item = shape_of(operation.path)[-1] == "{}"
    action = str(operation.extension.get("action", "")) or _usual_action(operation.method, of_item=of_item)
    site = asked_site(operation, action in ("read", "replace", "update", "delete"), storage, messages)
    why = f"x-fountaingen-operation: {action} {site.entity.table}"
    match action:
        case "create":
            return replace(_create(site), why=why)
        case "list":
            return replace(_list(site), why=why)
        case "read":
            return Read(site.entity.name, (), site.row, answer_of(site).shown, why)
        case "delete":
            return replace(_delete(site), why=why)
        case "replace":
            return replace(change(site), change=Change.REPLACE, why=why)
        case _:
            changed = change(site)
            patches = changed.change in (Change.MERGE_PATCH, Change.JSON_PATCH, Change.PATCH)
            return replace(changed, change=changed.change if patches else Change.UPDATE, why=why)


def _usual_action(method: str, *, of_item: bool) -> str:
    usual = {"GET": "read" if of_item else "list", "POST": "update" if of_item else "create"}
    return usual.get(method) or {"PUT": "replace", "DELETE": "delete"}.get(method, "update")


def _at(operation: Operation, storage: Storage, messages: Messages) -> Behaviour:
    shape = shape_of(operation.path)
    if shape in storage.placed:
        return _at_collection(site_of(operation, storage.placed[shape], storage, messages))
    if shape[:-1] in storage.placed and shape[-1] == "{}":
        return _at_item(site_of(operation, storage.placed[shape[:-1]], storage, messages))
    if shape[:-2] in storage.placed and shape[-2] == "{}" and operation.method == "GET":
        return _projection(site_of(operation, storage.placed[shape[:-2]], storage, messages))
    raise NotInferred(storage.refused.get(shape) or storage.refused.get(shape[:-1]) or "its path names no resource")


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
        case "PUT" if names_its_row(site):
            return keyed_change(site)
        case method:
            raise NotInferred(f"{method} of a whole collection is not inferred")


def _at_item(site: Site) -> Behaviour:
    _findable(site)
    item = site.placed.collection.item
    match site.operation.method:
        case "GET":
            why = f"GET of one item of {site.entity.table}"
            return Read(site.entity.name, (), site.row, answer_of(site).shown, why)
        case "PUT" | "PATCH":
            return change(site)
        case "DELETE":
            return _delete(site)
        case "POST" if "PUT" not in item and "PATCH" not in item:
            return post_change(site)
        case method:
            raise NotInferred(f"{method} of one item is not inferred")


def _findable(site: Site) -> None:
    if site.entity.by_name[site.entity.key].wire is None and not site.chosen_by_client:
        raise NotInferred(f"no message shows what tells one row of {site.entity.table} from another")


def _create(site: Site) -> Create:
    request = site.request
    if request is None:
        raise NotInferred("its request is no JSON object with members")
    if not site.placed.collection.creates:
        raise NotInferred(f"{site.entity.label} shows nothing of what its request sends")
    supplied = {name for name, member in request.members.items() if not member.read_only}
    answer = answer_of(site)
    changed = unfit(site.messages.schemas, request, answer.row) if answer.row else None
    if changed is not None:
        raise NotInferred(f"its answer declares {changed!r} otherwise than its request")
    why = f"POST to the collection {site.entity.table} with an object"
    missing = lacking(site, answer, supplied)
    fields = fields_of(site, request)
    shown, within = answer.shown, request.within
    needs = needs_of(site, site.ties)
    return Create(site.entity.name, site.parents, site.ties, fields, shown, missing, why, within, needs)


def _list(site: Site) -> ListRows:
    listed = site.messages.listed(site.operation)
    if listed is None:
        raise NotInferred("its answer is neither an array of objects nor an object that holds one")
    shown = members_of(site.entity, listed.item).shown
    query = query_of(site.operation.parameters, site.entity, shown.members, site.messages.schemas)
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
        answer=shown,
        envelope=envelope,
        unused=query.unused,
        why=f"GET of the collection {site.entity.table}",
        refuses=site.operation.response(400) is not None,
    )


def _delete(site: Site) -> Delete:
    why = f"DELETE of one item of {site.entity.table}"
    if not site.messages.has_answer(site.operation):
        return Delete(site.entity.name, (), site.row, Answer(), None, why)
    answer = site.messages.answer(site.operation)
    if answer is None:
        raise NotInferred("its answer is no JSON object with members")
    if any(name in site.entity.by_wire for name in answer.members):
        rest = {name: each for name, each in answer.members.items() if name not in site.entity.by_wire}
        said = acknowledgement(replace(answer, members=rest), "deleted") if any(map(_required, rest.values())) else None
        shown = members_of(site.entity, answer, said or {}).shown if said else answer_of(site).shown
        return Delete(site.entity.name, (), site.row, shown, said, why)
    value = acknowledgement(answer, "deleted")
    if value is None:
        raise NotInferred("its answer requires members that nothing supplies")
    return Delete(site.entity.name, (), site.row, Answer(), value, why)


def _required(member: Member) -> bool:
    return member.required


def _projection(site: Site) -> Read:
    _findable(site)
    answer = site.messages.answer(site.operation)
    if answer is None or not all(name in site.entity.by_wire for name in answer.members):
        raise NotInferred(f"its answer is no subset of a row of {site.entity.table}")
    why = f"GET below one item of {site.entity.table}, answering a subset of its members"
    return Read(site.entity.name, (), site.row, answer_of(site).shown, why)
