"""Lists: their pages and their filters."""

from collections.abc import Iterator
from typing import Any

from fountaingen.model.behaviour import ListRows
from fountaingen.model.entity import Keeper
from fountaingen.model.types import ListOf
from fountaingen.primitives import names
from fountaingen.primitives.code import Code, identifier, literal
from fountaingen.stages.plan.tests import invalid
from fountaingen.stages.plan.tests.cases import Case, case
from fountaingen.stages.plan.tests.creators import Creator
from fountaingen.stages.plan.tests.parts import Parts, expect, parts_of
from fountaingen.stages.plan.tests.rows import satisfies
from fountaingen.stages.plan.tests.script import Known, Script
from fountaingen.stages.plan.tests.subjects import Input, Subject


def lists(subject: Subject, known: Known) -> Iterator[Case]:
    """Yield the tests of a list that has default behaviour and whose rows can be made."""
    behaviour = subject.operation.behaviour
    creator = known.creators.get(subject.shape)
    if not isinstance(behaviour, ListRows) or subject.hooked or creator is None or not subject.reachable:
        return
    if any(each.parameter.required and each.parameter.location == "query" for each in subject.inputs):
        return
    if not creator.subject.hooked and not satisfies(subject, creator.row):
        return
    yield from _pages(subject, behaviour, creator, known)
    yield from _filters(subject, behaviour, creator, known)


def _input(subject: Subject, argument: str | None) -> Input | None:
    return next((each for each in subject.inputs if each.parameter.argument == argument), None)


def _pages(subject: Subject, behaviour: ListRows, creator: Creator, known: Known) -> Iterator[Case]:
    paging = behaviour.paging
    limit, skip = _input(subject, paging.limit), _input(subject, paging.offset or paging.page)
    key = creator.entity.by_name[creator.entity.key].wire
    if limit is None or skip is None or not creator.repeatable or key not in behaviour.answer.members:
        return
    first = 0 if paging.offset else paging.first
    second = first + 1
    if not (limit.accepts(1) and skip.accepts(first) and skip.accepts(second)):
        return
    script = Script(known)
    one, parents = script.row(creator, f"first_{creator.entity.key}")
    parts = parts_of(subject, parents)
    if one is None or parts is None:
        return
    other = identifier(f"second_{creator.entity.key}")
    pages = [_page(subject, parts, ((limit, 1), (skip, number))) for number in (first, second)]
    lines = [
        *script.lines,
        Code.of("{} = {}", other, script.call),
        *(
            Code.of("{} = {}", identifier(variable), _rows(call, behaviour))
            for variable, call in zip(("one_page", "next_page"), pages, strict=True)
        ),
        Code.of("assert [len(one_page), len(next_page)] == [1, 1]"),
        Code.of("assert {{row[{}] for row in [*one_page, *next_page]}} == {{{}, {}}}", literal(key), one, other),
    ]
    yield case(subject, "in_pages", f"{subject.operation.operation_id} gives every row on one page.", lines)


def _page(subject: Subject, parts: Parts, values: tuple[tuple[Input, int], ...]) -> Code:
    query = {each.parameter.name: literal(value) for each, value in values}
    return expect(subject, subject.operation.success, parts.put("query", query))


def _rows(call: Code, behaviour: ListRows) -> Code:
    return Code.of("{}[{}]", call, literal(behaviour.envelope.rows)) if behaviour.envelope else call


def _filters(subject: Subject, behaviour: ListRows, creator: Creator, known: Known) -> Iterator[Case]:
    for column_name, argument in behaviour.where.items():
        each, column = _input(subject, argument), creator.entity.by_name.get(column_name)
        if each is None or column is None or each.parameter.location != "query":
            continue
        other = invalid.unknown_key(each)
        if other is None or isinstance(each.parameter.type, ListOf):
            continue
        script = Script(known)
        made, parents = script.row(creator, creator.entity.key)
        parts = parts_of(subject, parents)
        if made is None or parts is None:
            continue
        value = _sent(creator, column.wire) if column.keeper is Keeper.CLIENT and not column.references else None
        lines = [*script.lines[:-1], script.call]
        if value is not None and each.accepts(value) and not creator.subject.hooked:
            found = _filtered(subject, behaviour, parts, (each, value))
            lines.append(Code.of("assert len({}) == 1", found))
        lines.append(Code.of("assert {} == []", _filtered(subject, behaviour, parts, (each, other))))
        name = names.snake(each.parameter.name).rstrip("_")
        doc = f"{subject.operation.operation_id} gives only rows with the {each.parameter.name} that is asked for."
        yield case(subject, f"filtered_by_{name}", doc, lines)


def _filtered(subject: Subject, behaviour: ListRows, parts: Parts, pair: tuple[Input, Any]) -> Code:
    each, value = pair
    query = {each.parameter.name: literal(value)}
    return _rows(expect(subject, subject.operation.success, parts.put("query", query)), behaviour)


def _sent(creator: Creator, wire: str | None) -> Any:
    value = creator.row.get(wire or "")
    return value if isinstance(value, str | int) and not isinstance(value, bool) and value != "" else None
