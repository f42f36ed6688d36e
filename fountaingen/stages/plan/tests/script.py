"""The lines that make rows, written as it is found that they are needed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fountaingen.model.behaviour import Behaviour, Create, Delete, ListRows, Read, Update
from fountaingen.model.entity import Column, Entity
from fountaingen.primitives.code import Code, identifier, join, literal
from fountaingen.stages.build.paths import Shape, segments
from fountaingen.stages.plan.printing import mapping
from fountaingen.stages.plan.tests.creators import Creator
from fountaingen.stages.plan.tests.rows import ties
from fountaingen.stages.plan.tests.subjects import Subject

_TAKEN = ("service", "answer", "listed", "row", "changed", "before", "first", "rest", "key", "rows")
_DEEPEST = 8


@dataclass(frozen=True)
class Known:
    """What can be made in a service: the creators by the path of their collection, and the entities."""

    creators: Mapping[Shape, Creator]
    entities: Mapping[str, Entity]

    def entity_of(self, subject: Subject) -> Entity | None:
        """Return the entity that an operation works on, as far as it has default behaviour."""
        behaviour = subject.operation.behaviour
        if isinstance(behaviour, Create | Read | ListRows | Update | Delete):
            return self.entities[behaviour.entity]
        return None

    def of_table(self, table: str) -> Creator | None:
        """Return the first creator of rows of ``table``."""
        return next((each for _, each in sorted(self.creators.items()) if each.entity.table == table), None)

    def wanted(self, behaviour: Behaviour) -> dict[str, str]:
        """Return the arguments that must be keys of rows that exist, with the entity of each; parents come first."""
        if not isinstance(behaviour, Create | Read | ListRows | Update | Delete):
            return {}
        places = [(require.entity, require.where) for require in behaviour.requires]
        places += [(behaviour.entity, behaviour.where)] if isinstance(behaviour, Read | Update | Delete) else []
        return {
            argument: entity
            for entity, where in places
            for column, argument in where.items()
            if column == self.entities[entity].key
        }


@dataclass
class Script:
    """The lines of one test or maker; ``made`` maps arguments to the creators of the rows that they name.

    ``call`` makes the last row. ``fixed`` are arguments whose values are given; what stands below such a one in a path
    is not made.
    """

    known: Known
    fixed: Mapping[str, Code] = field(default_factory=dict)
    lines: list[Code] = field(default_factory=list)
    made: dict[str, Creator] = field(default_factory=dict)
    names: set[str] = field(default_factory=lambda: set(_TAKEN))
    call: Code = field(default_factory=Code)

    def path(self, subject: Subject, depth: int = 0) -> dict[str, Code]:
        """Return the values of the parameters in the path of ``subject``: keys of rows made here, else samples."""
        inputs = {each.parameter.name: each for each in subject.inputs if each.parameter.location == "path"}
        values: dict[int, tuple[str, Code]] = {}
        given: list[str] = []
        for index, part in enumerate(segments(subject.operation.path)):
            found = inputs.get(part.parameter) if part.is_parameter else None
            if found is None:
                continue
            argument = found.parameter.argument
            code = self.fixed.get(argument)
            if code is None and self.fixed.keys().isdisjoint(given):
                before = {at: code for at, (_, code) in values.items()}
                code = self._key(subject, (index, argument), before, depth)
            if code is None and found.sample is not None:
                code = literal(found.sample[part.parameter])
            if code is not None:
                values[index] = (part.parameter, code)
                given.append(argument)
        return dict(values.values())

    def row(self, creator: Creator, argument: str) -> tuple[Code | None, dict[str, Code]]:
        """Make a row and what it stands below; return the variable of its key and the values of the path before it."""
        path = self.path(creator.subject)
        parents = {each.name: path[each.name] for each in creator.parents.values() if each.name in path}
        before = {at: parents[each.name] for at, each in creator.parents.items() if each.name in parents}
        return self._make(creator, argument, before, 0), parents

    def body(self, sample: Any, subject: Subject, path: Mapping[str, Code]) -> Code | None:
        """Write ``sample``, what refers to other rows replaced by keys of rows made here; None if it cannot be."""
        entity = self.known.entity_of(subject)
        if entity is None or not isinstance(sample, dict):
            return literal(sample)
        members: dict[str, Code] = {}
        behaviour = subject.operation.behaviour
        within = behaviour.within if isinstance(behaviour, Create | Update) else None
        if within is not None and not isinstance(sample := sample.get(within), dict):
            return literal({})
        for name, value in sample.items():
            column = entity.by_wire.get(name)
            if column is None or value is None:
                members[name] = literal(value)
            elif (code := self._member(column, value, subject, path)) is not None:
                members[name] = code
        kept = {name: sample[name] for name in members}
        fits = subject.payload is None or subject.payload.accepts(kept if within is None else {within: kept})
        made = mapping(members if within is None else {within: mapping(members)})
        return made if fits else None

    def _member(self, column: Column, value: Any, subject: Subject, path: Mapping[str, Code]) -> Code | None:
        argument = ties(subject.operation.behaviour).get(column.name)
        if argument is not None:
            parameter = next(each for each in subject.operation.parameters if each.argument == argument)
            return path.get(parameter.name) if parameter.location == "path" else literal(value)
        if column.references is None:
            return literal(value)
        creator = self.known.of_table(column.references)
        entity = self.known.entity_of(subject)
        if creator is None or entity is None or creator.entity.name == entity.name:
            return None
        return self._make(creator, column.name, {}, 0)

    def _key(self, subject: Subject, at: tuple[int, str], before: Mapping[int, Code], depth: int) -> Code | None:
        index, argument = at
        creator = self.known.creators.get(subject.shape[:index])
        if creator is not None and creator.subject is not subject:
            return self._make(creator, argument, before, depth)
        entity = self.known.wanted(subject.operation.behaviour).get(argument)
        other = self.known.of_table(self.known.entities[entity].table) if entity else None
        if other is None or other.subject is subject:
            return None
        return self._make(other, argument, {}, depth)

    def _make(self, creator: Creator, argument: str, before: Mapping[int, Code], depth: int) -> Code | None:
        values = dict(before)
        if depth > _DEEPEST:
            return None
        if not creator.parents.keys() <= values.keys():
            made = self.path(creator.subject, depth + 1)
            values = {index: made[each.name] for index, each in creator.parents.items() if each.name in made}
        if not creator.parents.keys() <= values.keys():
            return None
        arguments = join(", ", [Code.of("service"), *(values[index] for index in sorted(creator.parents))])
        variable = self._variable(argument)
        self.call = Code.of("{}({})", creator.name, arguments)
        self.lines.append(Code.of("{} = {}", variable, self.call))
        self.made[argument] = creator
        return variable

    def _variable(self, wanted: str) -> Code:
        name, number = wanted, 2
        while name in self.names:
            name, number = f"{wanted}_{number}", number + 1
        self.names.add(name)
        return identifier(name)
