"""Sites: where an operation works, a collection or one of its items, and what its path says of the rows there."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from fountaingen.model.behaviour import Require
from fountaingen.model.entity import Entity
from fountaingen.model.service import Operation
from fountaingen.primitives import names
from fountaingen.primitives import pointer as pointers
from fountaingen.primitives.suggest import did_you_mean
from fountaingen.stages.build.collections import Collection, Messages
from fountaingen.stages.build.entities import Placed, Storage, Tie
from fountaingen.stages.build.lists import compares
from fountaingen.stages.build.objects import ObjectSchema
from fountaingen.stages.build.paths import Shape, segments, shape_of


class NotInferred(Exception):
    """No behaviour follows from the contract; the text says what stands in the way."""


@dataclass(frozen=True)
class Site:
    """An operation at a placed collection, or at one of its items, with the arguments of its path."""

    operation: Operation
    placed: Placed
    entity: Entity
    arguments: Mapping[int, str]
    parents: tuple[Require, ...]
    messages: Messages

    @property
    def request(self) -> ObjectSchema | None:
        """What the request sends of a row."""
        return self.messages.sent(self.operation, self.placed.collection.representation)

    @property
    def ties(self) -> dict[str, str]:
        """Columns that the path fills in a new row."""
        return {tie.column: self.arguments[tie.index] for tie in self.placed.ties}

    @property
    def scope(self) -> dict[str, str]:
        """Columns that rows of this collection are found by."""
        return {tie.column: self.arguments[tie.index] for tie in self.placed.ties if tie.selects}

    @property
    def row(self) -> dict[str, str]:
        """Columns that one row is found by."""
        return {self.entity.key: self.arguments[len(self.placed.collection.shape)], **self.scope}

    @property
    def chosen_by_client(self) -> bool:
        """Whether clients choose the keys of new rows, by a PUT that creates."""
        put = self.placed.collection.item.get("PUT")
        created = put is not None and any(response.status == "201" for response in put.responses)
        return put is not None and (created or "POST" not in self.placed.collection.at)


def site_of(operation: Operation, placed: Placed, storage: Storage, messages: Messages) -> Site:
    """Return the site of ``operation``.

    Raises:
        NotInferred: a parameter of its path can never equal what its column holds.
    """
    by_name = {each.name: each for each in operation.parameters if each.location == "path"}
    parts = segments(operation.path)
    given = {index: by_name[part.parameter] for index, part in enumerate(parts) if part.is_parameter}
    arguments = {index: parameter.argument for index, parameter in given.items()}
    entity = storage.entities[placed.entity]
    columns = {tie.index: tie.column for tie in placed.ties if tie.selects} | {len(placed.collection.shape): entity.key}
    for index, name in columns.items():
        if index in given and not compares(given[index], entity.by_name[name]):
            raise NotInferred(f"{given[index].name!r} is of another type than the column {name!r} of {entity.table}")
    return Site(operation, placed, entity, arguments, tuple(_parents(placed, storage, arguments)), messages)


def asked_site(operation: Operation, of_item: bool, storage: Storage, messages: Messages) -> Site:
    """Return the site that ``x-fountaingen-operation`` asks for, whatever the path says of collections.

    Raises:
        NotInferred: there is no such entity, or the path does not tell its rows.
    """
    shape = shape_of(operation.path)
    place = shape[:-1] if of_item else shape
    usual = storage.placed.get(place)
    name = _entity_asked_for(operation, usual, storage)
    if usual is not None and usual.entity == name:
        return site_of(operation, usual, storage, messages)
    if of_item and shape[-1] != "{}":
        raise NotInferred("its path does not end in a parameter that tells one row")
    ties = tuple(_tied_by_name(operation, storage.entities[name], len(place)))
    at, item = ({}, {operation.method: operation}) if of_item else ({operation.method: operation}, {})
    representation = _representation(name, storage, messages)
    collection = Collection(place, at, item, representation, (), messages.request(operation), creates=True)
    return site_of(operation, Placed(collection, name, ties), storage, messages)


def _entity_asked_for(operation: Operation, usual: Placed | None, storage: Storage) -> str:
    wanted = operation.extension.get("entity")
    if wanted is None and usual is not None:
        return usual.entity
    known = {entity.table: name for name, entity in storage.entities.items()}
    known |= {name: name for name in storage.entities}
    if wanted not in known:
        raise NotInferred(f"there is no entity {wanted!r}{did_you_mean(str(wanted), known)}")
    return known[wanted]


def _tied_by_name(operation: Operation, entity: Entity, end: int) -> Iterator[Tie]:
    for index, segment in enumerate(segments(operation.path)[:end]):
        if segment.is_parameter:
            wanted = names.folded(segment.parameter)
            column = next((each for each in entity.columns if names.folded(each.wire or each.name) == wanted), None)
            if column is None:
                raise NotInferred(f"{entity.table} has no column for {segment.parameter!r}")
            yield Tie(column.name, index)


def _representation(name: str, storage: Storage, messages: Messages) -> ObjectSchema:
    for placed in storage.placed.values():
        if placed.entity == name:
            return placed.collection.representation
    found = messages.schemas.object({"$ref": f"#/components/schemas/{pointers.escape(name)}"}, "")
    if found is None:
        raise NotInferred(f"nothing shows what a row of {name!r} is")
    return found


def _parents(placed: Placed, storage: Storage, arguments: Mapping[int, str]) -> list[Require]:
    """Return the row that must exist for the collection to be there: the nearest parent, found within its own scope."""
    shape: Shape = placed.collection.shape
    for index in sorted({tie.index for tie in placed.ties}):
        parent = storage.placed.get(shape[:index])
        if parent is not None:
            entity = storage.entities[parent.entity]
            scope = {tie.column: arguments[tie.index] for tie in parent.ties if tie.selects}
            return [Require(parent.entity, {entity.key: arguments[index], **scope})]
    return []
