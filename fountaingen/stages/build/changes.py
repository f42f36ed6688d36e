"""Changes: what PUT, PATCH and POST do to one row."""

from collections.abc import Iterable
from dataclasses import replace

from fountaingen.model.behaviour import Answer, Change, Statuses, Update
from fountaingen.model.entity import Keeper
from fountaingen.stages.build.answers import answer_of
from fountaingen.stages.build.objects import ObjectSchema
from fountaingen.stages.build.sites import NotInferred, Site

_JSON_PATCH = "application/json-patch+json"


def change(site: Site) -> Update:
    request = site.request
    change, why = _kind_of_change(site, request)
    by_operations = change in (Change.JSON_PATCH, Change.PATCH)
    merges = change is Change.MERGE_PATCH and site.messages.takes_any_object(site.operation)
    if request is None and not (by_operations or merges):
        raise NotInferred("its request is no JSON object with members")
    source = request if request is not None and not by_operations else site.placed.collection.representation
    fields = tuple(name for name in fields_of(site, source) if site.entity.by_wire[name].name != site.entity.key)
    # A row is found within its parent; only one that may be made there needs the parent to be looked for.
    within = request.within if request is not None else None
    needs = needs_of(site, site.row) if change in (Change.REPLACE, Change.PUT) else ()
    if change is not Change.PUT:
        kept = (site.entity.name, change, (), site.row, fields, answer_of(site).shown, why)
        return Update(*kept, within=within, needs=needs)
    given = {column: argument for column, argument in site.ties.items() if column not in site.row}
    shown, statuses = _answers_of_put(site)
    put = (site.entity.name, change, site.parents, site.row, fields, shown, why, given, statuses, within)
    return Update(*put, needs=needs)


def _answers_of_put(site: Site) -> tuple[Answer, Statuses | None]:
    """Return what a PUT shows, and the statuses that tell a row made from one replaced where both are declared.

    Raises:
        NotInferred: the answers of the two show different members.
    """
    declared = {response.status for response in site.operation.responses}
    replaced = next((status for status in (200, 204) if str(status) in declared), None)
    if replaced is None or "201" not in declared:
        return answer_of(site).shown, None
    sites = (replace(site, operation=replace(site.operation, success=status)) for status in (201, replaced))
    first, second = (answer_of(each).shown for each in sites)
    if first.members and second.members and first != second:
        raise NotInferred(f"its answers 201 and {replaced} show different members")
    return first if first.members else second, Statuses(created=201, replaced=replaced)


def names_its_row(site: Site) -> bool:
    """Tell whether a PUT of a collection sends one item with its key, while rows are created by POST."""
    request = site.request
    key = site.entity.by_name[site.entity.key].wire
    return request is not None and key in request.members and "POST" in site.placed.collection.at


def keyed_change(site: Site) -> Update:
    request = site.request
    key = site.entity.by_name[site.entity.key]
    if request is None or key.wire is None:
        raise NotInferred("its request does not tell a row")
    fields = tuple(name for name in fields_of(site, request) if site.entity.by_wire[name].name != key.name)
    shown = answer_of(site).shown
    why = f"PUT to the collection {site.entity.table} with one item: replace the row that {key.wire!r} names"
    kept = (site.entity.name, Change.REPLACE, (), site.scope, fields, shown, why)
    needs = (key.wire,) if site.operation.body and not site.operation.body.required else ()
    return Update(*kept, within=request.within, keyed=(key.name, key.wire), needs=needs)


def post_change(site: Site) -> Update:
    """Take a POST for a change where nothing else changes the item and all that it sends are members of the item."""
    request = site.request
    if request is None or not all(name in site.entity.by_wire for name in request.members):
        raise NotInferred("POST of one item, which sends what is no member of it, is not inferred")
    fields = tuple(name for name in fields_of(site, request) if site.entity.by_wire[name].name != site.entity.key)
    why = f"POST of one item of {site.entity.table}, which nothing else changes: it changes what is sent"
    shown = answer_of(site).shown
    return Update(site.entity.name, Change.UPDATE, (), site.row, fields, shown, why, within=request.within)


def fields_of(site: Site, request: ObjectSchema) -> tuple[str, ...]:
    """Return the members that a client may set; what only the server gives is not among them."""
    kept = (Keeper.CREATED, Keeper.UPDATED)
    return tuple(
        name
        for name, member in request.members.items()
        if not member.read_only and name in site.entity.by_wire and site.entity.by_wire[name].keeper not in kept
    )


def needs_of(site: Site, told: Iterable[str]) -> tuple[str, ...]:
    """Return the members that no row can be without, of a body that may be left out; the path has ``told`` columns."""
    body, request = site.operation.body, site.request
    if body is None or body.required or request is None:
        return ()
    demanded = {name for name, member in request.members.items() if member.required and not member.read_only}
    # The service makes a key that is not sent.
    wanted = [each for each in site.entity.columns if not each.nullable and each.name not in (*told, site.entity.key)]
    return tuple(name for each in wanted for name in each.spellings if name in demanded)


def _kind_of_change(site: Site, request: ObjectSchema | None) -> tuple[Change, str]:
    content = site.operation.body.content if site.operation.body else {}
    table = site.entity.table
    if site.operation.method == "PATCH":
        kinds = {media_type.partition(";")[0].strip().lower() for media_type in content}
        if kinds == {_JSON_PATCH}:
            return Change.JSON_PATCH, f"PATCH of one item of {table} by JSON Patch (RFC 6902)"
        if _JSON_PATCH in kinds:
            return Change.PATCH, f"PATCH of one item of {table} by JSON Patch (RFC 6902) or merge patch (RFC 7396)"
        return Change.MERGE_PATCH, f"PATCH of one item of {table} by merge patch (RFC 7396)"
    if site.chosen_by_client:
        return Change.PUT, f"PUT of one item of {table}, whose key the client chooses: create or replace"
    if request is not None and not any(member.required for member in request.members.values()):
        return Change.UPDATE, f"PUT of one item of {table}; its request requires nothing, so it changes what is sent"
    return Change.REPLACE, f"PUT of one item of {table}: replace"
