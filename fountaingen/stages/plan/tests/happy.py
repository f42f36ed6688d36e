"""What each operation answers to the contract's example."""

from collections.abc import Iterator
from typing import Any

from fountaingen.model.behaviour import Change, Create, ListRows, Missing, Update
from fountaingen.model.entity import Entity
from fountaingen.stages.plan.tests.arrange import Arranged, arrange
from fountaingen.stages.plan.tests.cases import Case, case
from fountaingen.stages.plan.tests.creators import Creator
from fountaingen.stages.plan.tests.parts import attempt, expect, expect_not_implemented, parts_of
from fountaingen.stages.plan.tests.rows import created, json_patch, satisfies, storable
from fountaingen.stages.plan.tests.script import Known
from fountaingen.stages.plan.tests.subjects import Subject


def happy(subject: Subject, known: Known) -> Iterator[Case]:
    """Yield the test of the happy path, none where no valid request was found."""
    if not subject.reachable:
        return
    if subject.unfinished:
        yield from _unfinished(subject)
        return
    arranged = arrange(subject, known, _body(subject, known))
    if arranged is None:
        return
    name = subject.operation.operation_id
    if foretold(subject, known, arranged):
        expected = _first_success(subject)
        lines = [*arranged.lines, expect(subject, expected, arranged.parts)]
        yield case(subject, "", _sentence(name, min(expected), arranged), lines)
    else:
        yield case(
            subject,
            "",
            f"{name} gives an answer that its contract declares.",
            [*arranged.lines, attempt(subject, arranged.parts)],
        )


def _sentence(name: str, status: int, arranged: Arranged) -> str:
    return f"{name} answers {status}{' to a body that its contract accepts' if arranged.parts.body else ''}."


def _unfinished(subject: Subject) -> Iterator[Case]:
    parts = parts_of(subject)
    if parts is not None:
        name = subject.operation.name
        line = expect_not_implemented(subject, f"async def {name}(", parts)
        yield case(subject, "is_not_implemented", f"{name} says that it needs a hook, and which.", [line])


def _body(subject: Subject, known: Known) -> Any:
    """Return the body to send where not any sample will do: one whose row can be answered, a patch that fits a row."""
    behaviour = subject.operation.behaviour
    if isinstance(behaviour, Update) and behaviour.change is Change.JSON_PATCH:
        creator = next((each for each in known.creators.values() if each.entity.name == behaviour.entity), None)
        return json_patch(subject, creator.entity, creator.row) if creator else None
    creator = creator_at(subject, known)
    return creator.body if creator else None


def creator_at(subject: Subject, known: Known) -> Creator | None:
    """Return the creator that an operation is."""
    return next((each for each in known.creators.values() if each.subject is subject), None)


def successes(subject: Subject) -> list[int]:
    """Return the statuses of success: one, or all declared where an operation creates or replaces."""
    behaviour = subject.operation.behaviour
    if isinstance(behaviour, Update) and behaviour.change is Change.PUT:
        declared = [int(each.status) for each in subject.operation.responses if each.status.isdigit()]
        return sorted({subject.operation.success, *(each for each in declared if 200 <= each < 300)})
    return [subject.operation.success]


def _first_success(subject: Subject) -> list[int]:
    """Return the statuses of a request that finds nothing there: a PUT that tells the two apart creates."""
    behaviour = subject.operation.behaviour
    if isinstance(behaviour, Update) and behaviour.statuses is not None and not subject.hooked:
        return [behaviour.statuses.created]
    return successes(subject)


def foretold(subject: Subject, known: Known, arranged: Arranged, body: Any = None) -> bool:
    """Tell whether the contract says that this request succeeds: its rows are there and can be answered.

    ``body`` is what it sends where that is not the usual body.
    """
    behaviour = subject.operation.behaviour
    if isinstance(behaviour, Missing) or not arranged.complete:
        return False
    if isinstance(behaviour, Update) and behaviour.keyed is not None:
        return False
    entity = known.entity_of(subject)
    if subject.hooked or entity is None:
        return satisfies(subject, {})
    body = _body(subject, known) if body is None else body
    if isinstance(behaviour, Update) and behaviour.change is Change.JSON_PATCH and body is None:
        return False
    if body is None and subject.payload is not None and subject.payload.samples:
        body = subject.payload.samples[0]
    if isinstance(behaviour, Create):
        row = created(subject, entity, body)
        return satisfies(subject, row, body) and storable(row, subject, entity)
    return _of_a_row(subject, entity, [*arranged.made.values(), *known.creators.values()], body)


def _of_a_row(subject: Subject, entity: Entity, creators: list[Creator], body: Any) -> bool:
    """Tell whether an answer about a row can satisfy the contract; a row that a hook makes is trusted to."""
    creator = next((each for each in creators if each.entity.name == entity.name), None)
    if creator is not None:
        return creator.subject.hooked or satisfies(subject, creator.row, body)
    alone = {} if isinstance(subject.operation.behaviour, ListRows) else created(subject, entity, body)
    return satisfies(subject, alone, body)
