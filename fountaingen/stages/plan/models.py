"""The view of ``app/models.py``."""

import hashlib
from collections.abc import Mapping
from typing import Any

from fountaingen.model.entity import Column, ColumnType, Entity, Spelled, Ulid
from fountaingen.model.service import Service
from fountaingen.primitives.code import Code, docstring, identifier, join, literal
from fountaingen.stages.plan.printing import imports

_PYTHON = {
    ColumnType.KEY: "int",
    ColumnType.TEXT: "str",
    ColumnType.BIG_INTEGER: "int",
    ColumnType.INTEGER: "int",
    ColumnType.NUMBER: "float",
    ColumnType.BOOLEAN: "bool",
    ColumnType.JSON: "JsonValue",
}
# What PostgreSQL keeps of a name.
_LONGEST = 63
_OURS = {ColumnType.KEY, ColumnType.TEXT, ColumnType.INTEGER, ColumnType.NUMBER, ColumnType.JSON}


def models_view(service: Service) -> Mapping[str, Any]:
    """Return what ``app/models.py`` prints: its imports and one class a table."""
    tables = {entity.table: entity for entity in service.entities}
    return {"imports": _imports(service.entities), "classes": [_class(entity, tables) for entity in service.entities]}


def _imports(entities: tuple[Entity, ...]) -> Code:
    columns = [column for entity in entities for column in entity.columns]
    types = {column.type for column in columns}
    sqlalchemy = {type_.value for type_ in types - _OURS}
    sqlalchemy |= {"ForeignKey"} if any(column.references for column in columns) else set()
    sqlalchemy |= {"UniqueConstraint"} if any(entity.unique for entity in entities) else set()
    sqlalchemy |= {"Index"} if any(entity.indexes for entity in entities) else set()
    return imports(
        {
            "sqlalchemy": sqlalchemy,
            "sqlalchemy.orm": {"DeclarativeBase", *(("Mapped", "mapped_column") if entities else ())},
            "app.runtime.columns": {type_.value for type_ in types & _OURS}
            | ({"Nullable"} if any(column.keeps_null for column in columns) else set()),
            "app.runtime.storage.row_keys": {
                "spelled" if isinstance(column.maker, Spelled) else "ulid" for column in columns if column.maker
            },
            "app.runtime.values": {"JsonValue"} if ColumnType.JSON in types else set(),
        }
    )


def _class(entity: Entity, tables: Mapping[str, Entity]) -> Mapping[str, Any]:
    return {
        "name": identifier(entity.class_name),
        "doc": docstring(f"A row of {entity.table}."),
        "table": literal(entity.table),
        "arguments": _table_arguments(entity),
        "columns": [_column(column, entity, tables) for column in entity.columns],
    }


def _table_arguments(entity: Entity) -> Code:
    parts = [Code.of("UniqueConstraint({})", join(", ", map(literal, columns))) for columns in entity.unique]
    for columns in entity.indexes:
        name = _short(f"ix_{entity.table}_{'_'.join(columns)}")
        parts.append(Code.of("Index({}, {})", literal(name), join(", ", map(literal, columns))))
    if entity.by_name[entity.key].type is ColumnType.KEY:
        parts.append(Code.of('{{"sqlite_autoincrement": True}}'))
    return Code.of("({},)", join(", ", parts)) if parts else Code.of("")


def _short(name: str) -> str:
    """Return the name of an index as PostgreSQL takes it."""
    if len(name) <= _LONGEST:
        return name
    return f"{name[: _LONGEST - 9]}_{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def _column(column: Column, entity: Entity, tables: Mapping[str, Entity]) -> Mapping[str, Code]:
    is_key = column.name == entity.key
    type_ = identifier(column.type.value)
    arguments = [Code.of("Nullable({})", type_) if column.keeps_null else type_]
    if column.references and column.references in tables:
        target = tables[column.references]
        ending = Code.of(', ondelete="CASCADE"') if column.keeper.value == "path" else Code.of("")
        arguments.append(Code.of("ForeignKey({}{})", literal(f"{target.table}.{target.key}"), ending))
    if is_key:
        arguments.append(Code.of("primary_key=True"))
    if column.unique:
        arguments.append(Code.of("unique=True"))
    elif column.index and not is_key:
        arguments.append(Code.of("index=True"))
    if isinstance(column.maker, Spelled):
        arguments.append(Code.of("default=spelled({})", join(", ", map(literal, column.maker.parts))))
    elif isinstance(column.maker, Ulid):
        arguments.append(Code.of("default=ulid"))
    python = identifier(_PYTHON[column.type])
    return {
        "name": identifier(column.name),
        "type": Code.of("{} | None", python) if column.nullable and not is_key else python,
        "arguments": join(", ", arguments),
    }
