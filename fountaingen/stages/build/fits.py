"""Fits: whether what a request sends can be shown again as an answer declares it."""

from typing import Any

from fountaingen.stages.build.objects import Member, ObjectSchema, Schemas

_DEEPEST = 4


def unfit(schemas: Schemas, sent: ObjectSchema, shown: ObjectSchema) -> str | None:
    """Return a member whose parts the answer requires and the request cannot send, as of a computation, else None."""
    for name, member in shown.members.items():
        if name in sent.members and not _fits(schemas, _seat(sent.members[name]), _seat(member), 0):
            return name
    return None


def _fits(schemas: Schemas, sent: tuple[Any, str], shown: tuple[Any, str], depth: int) -> bool:
    if depth > _DEEPEST or schemas.resolve(*sent)[1] == schemas.resolve(*shown)[1]:
        return True
    items = schemas.item(*sent), schemas.item(*shown)
    if items[0] and items[1]:
        return _fits(schemas, items[0], items[1], depth + 1)
    given, declared = schemas.object(*sent), schemas.object(*shown)
    if given is None or declared is None:
        return True
    return all(
        (
            _fits(schemas, _seat(given.members[name]), _seat(each), depth + 1)
            if name in given.members
            else not each.required
        )
        for name, each in declared.members.items()
    )


def _seat(member: Member) -> tuple[Any, str]:
    return member.schema, member.pointer
