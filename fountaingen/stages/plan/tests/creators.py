"""Creators: the operations that make rows whose key is then known, and the functions of the tests that call them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from fountaingen.model.behaviour import Change, Create, Update
from fountaingen.model.entity import ColumnType, Entity
from fountaingen.model.service import Parameter
from fountaingen.primitives import names
from fountaingen.primitives.code import Code, identifier
from fountaingen.stages.build.paths import Shape, segments
from fountaingen.stages.plan.tests.rows import Row, created, satisfies, storable
from fountaingen.stages.plan.tests.subjects import Subject

_KEY_TYPES = {ColumnType.KEY: "int", ColumnType.BIG_INTEGER: "int", ColumnType.INTEGER: "int", ColumnType.TEXT: "str"}


@dataclass(frozen=True)
class Creator:
    """An operation that makes a row of ``entity`` from ``body``.

    ``shown`` leads to the key in its answer; where that is empty the key is ``chosen``, the parameter of its path.
    ``parents`` are the parameters of the path before the row's own, by segment.
    """

    subject: Subject
    entity: Entity
    name: Code
    body: Any = field(repr=False)
    row: Row = field(repr=False)
    shown: tuple[str, ...] = ()
    chosen: Parameter | None = None
    parents: Mapping[int, Parameter] = field(default_factory=dict)

    @property
    def shape(self) -> Shape:
        """The path of the collection that the row is in."""
        return self.subject.shape[:-1] if self.chosen else self.subject.shape

    @property
    def key_type(self) -> Code:
        """The Python type of keys."""
        return identifier(_KEY_TYPES[self.entity.by_name[self.entity.key].type])

    @property
    def repeatable(self) -> bool:
        """Whether it can be called twice with the same body."""
        unique = [column for column in self.entity.columns if column.unique and column.wire in self.row]
        key = self.entity.by_name[self.entity.key]
        sends_key = key.wire in self.subject.stored(self.body)
        return not (unique or self.entity.unique or sends_key or self.chosen)


def creators_of(subjects: Iterable[Subject], entities: Iterable[Entity]) -> dict[Shape, Creator]:
    """Return the creator of each collection, by the collection's path."""
    by_name = {entity.name: entity for entity in entities}
    found = [each for each in (_creator(subject, by_name) for subject in subjects) if each is not None]
    # A POST says more plainly than a PUT what making a row takes.
    found.sort(key=lambda each: (each.chosen is not None, each.subject.operation.pointer))
    unique: dict[Shape, Creator] = {}
    for creator in found:
        unique.setdefault(creator.shape, creator)
    return _named(unique)


def _named(creators: Mapping[Shape, Creator]) -> dict[Shape, Creator]:
    keys = {shape: f"{each.entity.name}\n{each.subject.operation.pointer}" for shape, each in creators.items()}
    wanted = {keys[shape]: f"make_{names.snake(each.entity.class_name, 'row')}" for shape, each in creators.items()}
    allocated = names.allocate(wanted)
    return {shape: replace(creator, name=allocated[keys[shape]]) for shape, creator in creators.items()}


def _creator(subject: Subject, entities: Mapping[str, Entity]) -> Creator | None:
    behaviour = subject.operation.behaviour
    if not isinstance(behaviour, Create | Update) or subject.unfinished or not subject.reachable:
        return None
    entity = entities[behaviour.entity]
    parents = {
        index: next(
            each for each in subject.operation.parameters if (each.location, each.name) == ("path", part.parameter)
        )
        for index, part in enumerate(segments(subject.operation.path))
        if part.is_parameter
    }
    body, row = _body(subject, entity)
    if row is None or entity.by_name[entity.key].type not in _KEY_TYPES or not _callable(subject):
        return None
    made = Creator(subject, entity, Code.of(""), body, row, parents=parents)
    key = entity.by_name[entity.key].wire
    if isinstance(behaviour, Create) and key is not None and key in behaviour.answer.members:
        return replace(made, shown=(*filter(None, [behaviour.answer.wrap]), key))
    if isinstance(behaviour, Update) and behaviour.change is Change.PUT:
        return replace(made, chosen=parents.pop(max(parents)))
    return None


def _callable(subject: Subject) -> bool:
    """Tell whether there is a sample of everything that a request needs."""
    return all(each.sample is not None for each in subject.inputs if each.parameter.required)


def _body(subject: Subject, entity: Entity) -> tuple[Any, Row | None]:
    """Return the first sample whose row can be answered as the contract demands, and that row."""
    for body in subject.payload.samples if subject.payload else ():
        row = created(subject, entity, body)
        if satisfies(subject, row, body) and (subject.hooked or storable(row, subject, entity)):
            return body, row
    return None, None
