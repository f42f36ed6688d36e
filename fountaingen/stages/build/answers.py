"""Answers: what the success response of an operation shows of a row, and whether anything supplies it."""

from dataclasses import dataclass, replace

from fountaingen.model.behaviour import Answer
from fountaingen.model.entity import Column, Entity, Keeper
from fountaingen.stages.build.objects import ObjectSchema
from fountaingen.stages.build.sites import NotInferred, Site

_GIVEN_BY_SERVER = (Keeper.KEY, Keeper.CREATED, Keeper.UPDATED, Keeper.PATH)


@dataclass(frozen=True)
class Shown:
    """What an answer shows of a row, and which of its members the contract requires."""

    shown: Answer
    required: tuple[str, ...] = ()


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


def members_of(entity: Entity, answer: ObjectSchema) -> Shown:
    """Return what ``answer`` shows of a row of ``entity``.

    Raises:
        NotInferred: it requires a member that rows do not have, or shows nothing of them.
    """
    required = tuple(name for name, member in answer.members.items() if member.required and not member.write_only)
    for name in required:
        if name not in entity.by_wire:
            raise NotInferred(f"its answer requires {name!r}, which nothing supplies")
    shown = tuple(name for name, member in answer.members.items() if name in entity.by_wire and not member.write_only)
    if not shown:
        raise NotInferred("its answer shares no member with the resource")
    return Shown(Answer(shown), required)


def has_source(column: Column | None, supplied: set[str]) -> bool:
    """Tell whether anything gives a new row this member: the client, the server, or the path."""
    if column is None:
        return False
    given = column.keeper in _GIVEN_BY_SERVER or column.references == "parent"
    return given or not supplied.isdisjoint(column.spellings)
