"""Sites: where an operation works, a collection or one of its items, and what its path says of the rows there."""

from collections.abc import Mapping
from dataclasses import dataclass

from fountaingen.model.behaviour import Require
from fountaingen.model.entity import Entity
from fountaingen.model.service import Operation
from fountaingen.stages.build.collections import Messages
from fountaingen.stages.build.entities import Placed, Storage
from fountaingen.stages.build.lists import compares
from fountaingen.stages.build.paths import Shape, segments


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
