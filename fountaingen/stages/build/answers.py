"""Answers: what the success response of an operation shows of a row, and whether anything supplies it."""

from collections.abc import Container
from dataclasses import dataclass, replace

from fountaingen.model.behaviour import Answer
from fountaingen.model.entity import Column, Entity, Keeper
from fountaingen.stages.build.keys import suits
from fountaingen.stages.build.objects import ObjectSchema
from fountaingen.stages.build.sites import NotInferred, Site

_GIVEN_BY_SERVER = (Keeper.KEY, Keeper.CREATED, Keeper.UPDATED, Keeper.PATH, Keeper.CONSTANT)


@dataclass(frozen=True)
class Shown:
    """What an answer shows of a row, which of its members the contract requires, and the schema of the row in it."""

    shown: Answer
    required: tuple[str, ...] = ()
    row: ObjectSchema | None = None


def answer_of(site: Site) -> Shown:
    """Return what the success response shows of a row.

    Raises:
        NotInferred: the response cannot be filled from a row.
    """
    if not site.messages.has_answer(site.operation):
        return Shown(Answer())
    answer = site.messages.answer(site.operation)
    if answer is None:
        raise NotInferred("its answer is no JSON object with members")
    wrapped = _wrapped(site, answer)
    if wrapped is None:
        return members_of(site.entity, answer)
    name, inner = wrapped
    found = members_of(site.entity, inner)
    return replace(found, shown=replace(found.shown, wrap=name))


def _wrapped(site: Site, answer: ObjectSchema) -> tuple[str, ObjectSchema] | None:
    """Find the one member that holds the row, where the answer is an object around it."""
    columns = site.entity.by_wire
    if any(name in columns for name in answer.members):
        return None
    objects = {
        name: site.messages.schemas.object(each.schema, each.pointer)
        for name, each in answer.members.items()
        if "object" in each.types
    }
    holders = [(name, each) for name, each in objects.items() if each and any(own in columns for own in each.members)]
    if len(holders) != 1 or any(each.required and name != holders[0][0] for name, each in answer.members.items()):
        return None
    return holders[0]


def members_of(entity: Entity, answer: ObjectSchema, said: Container[str] = ()) -> Shown:
    """Return what ``answer`` shows of a row of ``entity``, beside members that are ``said`` whatever the row.

    Raises:
        NotInferred: it requires a member that rows do not have, or shows nothing of them.
    """
    if entity.is_open and answer.is_open is False:
        raise NotInferred("its answer forbids members that it does not name, and rows may have some")
    required = tuple(name for name, member in answer.members.items() if member.required and not member.write_only)
    for name in required:
        if name not in entity.by_wire and name not in said:
            raise NotInferred(f"its answer requires {name!r}, which nothing supplies")
    shown = tuple(name for name, member in answer.members.items() if name in entity.by_wire and not member.write_only)
    if not shown:
        raise NotInferred("its answer shares no member with the resource")
    promised = tuple(name for name in required if name not in said)
    return Shown(Answer(shown, required=promised), promised, answer)


def lacking(site: Site, answer: Shown, supplied: set[str]) -> tuple[str, ...]:
    """Return the members of a new row that ``answer`` shows and nothing gives: client, server or path."""
    columns = site.entity.by_wire
    missing = [name for name in answer.required if not _has_source(columns[name], supplied)]
    members = answer.row.members if answer.row else {}
    keys = [name for name in answer.shown.members if columns[name].keeper is Keeper.KEY and name not in supplied]
    return (*missing, *(name for name in keys if not suits(members[name], columns[name].maker)))


def _has_source(column: Column, supplied: set[str]) -> bool:
    given = column.keeper in _GIVEN_BY_SERVER or column.references == "parent" or column.shows_null
    return given or not supplied.isdisjoint(column.spellings)
