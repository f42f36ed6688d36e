"""The life of a row: what one operation makes is there for the others, until it is deleted."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from fountaingen.model.behaviour import Change, Delete, ListRows, Read, Update
from fountaingen.model.entity import Keeper
from fountaingen.primitives.code import Code, identifier, literal
from fountaingen.stages.build.paths import segments
from fountaingen.stages.plan.printing import mapping
from fountaingen.stages.plan.tests.cases import Case, case
from fountaingen.stages.plan.tests.creators import Creator
from fountaingen.stages.plan.tests.parts import Parts, expect, parts_of, refuse
from fountaingen.stages.plan.tests.rows import json_patch, satisfies
from fountaingen.stages.plan.tests.script import Known, Script
from fountaingen.stages.plan.tests.subjects import Subject

_KEPT = (Keeper.PATH, Keeper.KEY, Keeper.CREATED, Keeper.UPDATED, Keeper.CONSTANT)


def chain(creator: Creator, subjects: tuple[Subject, ...], known: Known) -> Iterator[Case]:
    """Yield the test that makes a row and follows it through the operations of its collection."""
    usable = [each for each in subjects if each.reachable and _answerable(each, creator)]
    items = [each for each in usable if each.shape == (*creator.shape, "{}") and each is not creator.subject]
    lists = [each for each in usable if each.shape == creator.shape and isinstance(each.operation.behaviour, ListRows)]
    life = _Life(creator, Script(known), items, lists)
    steps = life.steps()
    if steps:
        operation = creator.subject.operation
        doc = f"What {operation.operation_id} makes can be {_listed(steps)}."
        yield case(creator.subject, f"then_{'_'.join(steps)}", doc, life.script.lines)


def _answerable(subject: Subject, creator: Creator) -> bool:
    """Tell whether an answer about the creator's row can satisfy the contract."""
    return creator.subject.hooked or isinstance(subject.operation.behaviour, Update) or satisfies(subject, creator.row)


def _listed(steps: list[str]) -> str:
    words = [{"read": "read", "list": "listed", "update": "changed", "delete": "deleted"}[step] for step in steps]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


@dataclass
class _Life:
    creator: Creator
    script: Script
    items: list[Subject]
    lists: list[Subject]
    key: Code = field(default_factory=Code)
    parents: Mapping[str, Code] = field(default_factory=dict)

    def steps(self) -> list[str]:
        """Write the lines; return the kinds of steps that they take."""
        key, self.parents = self.script.row(self.creator, self._argument())
        if key is None:
            return []
        self.key = key
        kinds = (("read", self._reads), ("list", self._lists), ("update", self._updates), ("delete", self._delete))
        return [kind for kind, write in kinds if write()]

    def _argument(self) -> str:
        if self.items:
            last = segments(self.items[0].operation.path)[-1].parameter
            return next(each.argument for each in self.items[0].operation.parameters if each.name == last)
        return self.creator.entity.key

    def _of(self, kind: type[Read] | type[Update] | type[Delete]) -> list[Subject]:
        return [each for each in self.items if isinstance(each.operation.behaviour, kind)]

    def _parts(self, subject: Subject, body: Code | None = None) -> Parts | None:
        if subject.shape == self.creator.shape:
            return parts_of(subject, self.parents, body)
        own = segments(subject.operation.path)[-1].parameter
        return parts_of(subject, {**self.parents, own: self.key}, body)

    def _add(self, *lines: Code) -> bool:
        self.script.lines.extend(lines)
        return True

    def _reads(self) -> bool:
        creating = self.creator.subject
        sent = {} if creating.hooked else creating.stored(self.creator.body)
        return any([self._read(each, "row", sent) for each in self._of(Read)])

    def _read(self, subject: Subject, variable: str, sent: Mapping[str, Any]) -> bool:
        parts, behaviour = self._parts(subject), subject.operation.behaviour
        if parts is None or not isinstance(behaviour, Read):
            return False
        call = expect(subject, subject.operation.success, parts)
        shown = {} if subject.hooked else self._shown(sent, behaviour.answer.members)
        key = self.creator.entity.by_name[self.creator.entity.key].wire
        if not subject.hooked and key in behaviour.answer.members:
            shown = {key: self.key, **shown}
        if not shown:
            return self._add(call)
        wrap = Code.of("[{}]", literal(behaviour.answer.wrap)) if behaviour.answer.wrap else Code.of("")
        row = identifier(variable)
        return self._add(
            Code.of("{} = {}{}", row, call, wrap), Code.of("assert {} == {} | {}", row, row, mapping(shown))
        )

    def _shown(self, sent: Mapping[str, Any], members: tuple[str, ...]) -> dict[str, Code]:
        """Return the members that were sent and have to come back as they were."""
        columns = self.creator.entity.by_wire
        return {
            name: literal(value)
            for name, value in sent.items()
            if name in members
            and value is not None
            and (column := columns.get(name)) is not None
            and column.keeper not in _KEPT
            and column.references is None
        }

    def _lists(self) -> bool:
        return any([self._list(each, present=True) for each in self.lists])

    def _list(self, subject: Subject, *, present: bool) -> bool:
        parts, behaviour = self._parts(subject), subject.operation.behaviour
        if parts is None or parts.query or not isinstance(behaviour, ListRows):
            return False
        call = expect(subject, subject.operation.success, parts)
        key = self.creator.entity.by_name[self.creator.entity.key].wire
        if subject.hooked or key not in behaviour.answer.members:
            return self._add(call)
        rows = Code.of("[{}]", literal(behaviour.envelope.rows)) if behaviour.envelope else Code.of("")
        verb = Code.of("in") if present else Code.of("not in")
        found = Code.of("assert {} {} [row[{}] for row in listed]", self.key, verb, literal(key))
        return self._add(Code.of("listed = {}{}", call, rows), found)

    def _updates(self) -> bool:
        return any([self._update(each) for each in self._of(Update)])

    def _update(self, subject: Subject) -> bool:
        behaviour = subject.operation.behaviour
        body = self._different(subject)
        path = (self._parts(subject) or Parts()).path
        code = None if body is None else self.script.body(body, subject, path)
        parts = None if code is None else self._parts(subject, code)
        if parts is None or not isinstance(behaviour, Update):
            return False
        replaced = behaviour.statuses.replaced if behaviour.statuses else subject.operation.success
        self._add(expect(subject, replaced, parts))
        sent = {} if subject.hooked or behaviour.change is Change.JSON_PATCH else subject.stored(body)
        if behaviour.change is Change.MERGE_PATCH:
            sent = {name: value for name, value in sent.items() if not isinstance(value, dict)}
        for each in self._of(Read)[:1] if sent else ():
            self._read(each, "changed", sent)
        return True

    def _different(self, subject: Subject) -> Any:
        """Return the first body of a change that says something else than the row does, else the first that will do."""
        behaviour = subject.operation.behaviour
        if isinstance(behaviour, Update) and behaviour.change is Change.JSON_PATCH:
            return json_patch(subject, self.creator.entity, self.creator.row)
        samples = subject.payload.samples if subject.payload else ()
        fitting = [
            each for each in samples if self.creator.subject.hooked or satisfies(subject, self.creator.row, each)
        ]
        row = self.creator.row
        different = (
            each for each in fitting if isinstance(each, dict) and any(row.get(name) != each[name] for name in each)
        )
        return next(different, fitting[0] if fitting else None)

    def _delete(self) -> bool:
        for subject in self._of(Delete)[:1]:
            parts = self._parts(subject)
            if parts is None:
                continue
            self._add(expect(subject, subject.operation.success, parts))
            for each in () if subject.hooked else self._of(Read):
                read = self._parts(each)
                if read is not None and not each.hooked:
                    self._add(refuse(each, 404, read))
            for each in () if subject.hooked else self.lists:
                self._list(each, present=False)
            return True
        return False
