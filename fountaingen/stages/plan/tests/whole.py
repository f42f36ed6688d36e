"""Requests that carry everything that the contract lets them carry, optional parameters and members included."""

from collections.abc import Iterator
from typing import Any

from fountaingen.model.behaviour import Create, ListRows
from fountaingen.primitives.code import literal
from fountaingen.stages.plan.tests.arrange import arrange
from fountaingen.stages.plan.tests.cases import Case, case
from fountaingen.stages.plan.tests.happy import creator_at, foretold, successes
from fountaingen.stages.plan.tests.parts import Parts, attempt, expect
from fountaingen.stages.plan.tests.script import Known
from fountaingen.stages.plan.tests.subjects import Input, Subject


def whole(subject: Subject, known: Known) -> Iterator[Case]:
    """Yield the tests of the parameters and members that the happy path leaves out."""
    if subject.reachable and not subject.unfinished:
        yield from _parameters(subject, known)
        yield from _members(subject, known)


def _parameters(subject: Subject, known: Known) -> Iterator[Case]:
    optional = [each for each in subject.inputs if not each.parameter.required and each.sample]
    creator = creator_at(subject, known)
    arranged = arrange(subject, known, creator.body if creator else None) if optional else None
    if arranged is not None:
        name, parts = subject.operation.operation_id, _with(arranged.parts, optional)
        if _only_narrows(subject, optional) and foretold(subject, known, arranged):
            doc = f"{name} takes all the parameters that its contract declares."
            call = expect(subject, successes(subject), parts)
        else:
            doc = f"{name} gives an answer that its contract declares to a request with all its parameters."
            call = attempt(subject, parts)
        yield case(subject, "with_every_parameter", doc, [*arranged.lines, call])


def _only_narrows(subject: Subject, optional: list[Input]) -> bool:
    """Tell whether all that ``optional`` can do is to leave rows out: they filter a list, or choose a page of it."""
    behaviour = subject.operation.behaviour
    if not isinstance(behaviour, ListRows) or subject.hooked:
        return False
    paging = behaviour.paging
    narrowing = {*behaviour.where.values(), paging.limit, paging.offset, paging.page}
    parameters = [each.parameter for each in optional if each.parameter.name not in behaviour.unused]
    return all(each.argument in narrowing for each in parameters)


def _with(parts: Parts, inputs: list[Input]) -> Parts:
    for each in inputs:
        place = each.parameter.location
        given = {name: literal(value) for name, value in (each.sample or {}).items()}
        parts = parts.put(place, {**parts.at(place), **given})
    return parts


def _members(subject: Subject, known: Known) -> Iterator[Case]:
    payload = subject.payload
    if payload is None or not payload.samples or not payload.media_type.endswith("json"):
        return
    creator = creator_at(subject, known)
    usual = creator.body if creator else payload.samples[0]
    fullest = max(payload.samples, key=_count)
    if _count(fullest) <= _count(usual):
        return
    arranged = arrange(subject, known, fullest)
    if arranged is not None:
        name = subject.operation.operation_id
        certain = isinstance(subject.operation.behaviour, Create) and foretold(subject, known, arranged, fullest)
        if certain:
            doc = f"{name} takes a body with all the members that its contract declares."
            call = expect(subject, successes(subject), arranged.parts)
        else:
            doc = f"{name} gives an answer that its contract declares to a body with all members."
            call = attempt(subject, arranged.parts)
        yield case(subject, "with_every_member", doc, [*arranged.lines, call])


def _count(value: Any) -> int:
    """Return how many members a value has, at any depth."""
    match value:
        case dict():
            return len(value) + sum(map(_count, value.values()))
        case list():
            return sum(map(_count, value))
        case _:
            return 0
