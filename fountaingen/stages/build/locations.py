"""Where a row that was created is found: what fills the ``Location`` of its answer (RFC 9110 section 10.2.2)."""

from collections.abc import Iterable, Mapping

from fountaingen.model.behaviour import Create, Read
from fountaingen.model.entity import Entity
from fountaingen.model.service import Operation


def locations(operations: Iterable[Operation], entities: Iterable[Entity]) -> Mapping[str, tuple[str, ...]]:
    """Return, by operationId, the members that lead to the last segment of a new row's path in the answer.

    Only of operations that declare the header, and where one GET reads the row one segment below.
    """
    listed, by_name = tuple(operations), {entity.name: entity for entity in entities}
    found = ((operation, _members(operation, listed, by_name)) for operation in listed)
    return {operation.operation_id: members for operation, members in found if members}


def _members(operation: Operation, operations: Iterable[Operation], entities: Mapping[str, Entity]) -> tuple[str, ...]:
    behaviour = operation.behaviour
    response = operation.response(operation.success)
    if not isinstance(behaviour, Create) or response is None:
        return ()
    if not any(header.name.lower() == "location" for header in response.headers):
        return ()
    shown = {
        member
        for other in operations
        if other.method == "GET" and isinstance(other.behaviour, Read) and other.behaviour.entity == behaviour.entity
        for member in _key(other, other.behaviour, operation.path, entities[behaviour.entity])
        if member in behaviour.answer.members
    }
    if len(shown) != 1:
        return ()
    return (*((behaviour.answer.wrap,) if behaviour.answer.wrap else ()), *shown)


def _key(item: Operation, read: Read, collection: str, entity: Entity) -> tuple[str, ...]:
    """Return the spellings of the member that the path of ``item``, which stands in ``collection``, ends in."""
    arguments = {
        parameter.argument
        for parameter in item.parameters
        if parameter.location == "path" and item.path == f"{collection.rstrip('/')}/{{{parameter.name}}}"
    }
    columns = [entity.by_name[column] for column, argument in read.where.items() if argument in arguments]
    return tuple(spelling for column in columns for spelling in column.spellings)
