"""References between tables: those that no database could keep are dropped."""

from collections.abc import Mapping
from dataclasses import replace

from fountaingen.model.entity import Column, ColumnType, Entity

INTEGERS = (ColumnType.KEY, ColumnType.BIG_INTEGER, ColumnType.INTEGER)


def entity_key(entity: Entity) -> Column:
    """Return the key column of ``entity``."""
    return entity.by_name[entity.key]


def consistent(entities: Mapping[str, Entity]) -> dict[str, Entity]:
    """Return ``entities`` with only such references as lead to a key of their own type and close no cycle."""
    return _without_cycles(_with_references(entities))


def _with_references(entities: Mapping[str, Entity]) -> dict[str, Entity]:
    """Lead references, by schema or table, to tables; drop ``parent``, and those to nothing or to another type."""
    by_name = {**entities, **{entity.table: entity for entity in entities.values()}}

    def checked(column: Column) -> Column:
        target = by_name.get(column.references or "")
        if target is None:
            return replace(column, references=None)
        key = entity_key(target)
        if key.type is ColumnType.KEY and column.type in INTEGERS:
            return replace(column, type=ColumnType.BIG_INTEGER, references=target.table)
        return replace(column, references=target.table if column.type is key.type else None)

    return {name: replace(each, columns=tuple(map(checked, each.columns))) for name, each in entities.items()}


def _without_cycles(entities: Mapping[str, Entity]) -> dict[str, Entity]:
    """Drop the references that close a cycle between tables: no order of creating them would satisfy both."""
    edges: dict[str, set[str]] = {entity.table: set() for entity in entities.values()}
    result = {}
    for name, entity in entities.items():
        columns = []
        for column in entity.columns:
            other = column.references if column.references != entity.table else None
            closes = other is not None and _reaches(edges, other, entity.table)
            columns.append(replace(column, references=None) if closes else column)
            if other is not None and not closes:
                edges[entity.table].add(other)
        result[name] = replace(entity, columns=tuple(columns))
    return result


def _reaches(edges: Mapping[str, set[str]], start: str, goal: str) -> bool:
    seen, queue = set(), [start]
    while queue:
        table = queue.pop()
        if table == goal:
            return True
        if table not in seen:
            seen.add(table)
            queue += edges.get(table, ())
    return False
