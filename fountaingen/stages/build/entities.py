"""Entities: one table for each resource, whichever collections it appears under."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from fountaingen.model.entity import Column, ColumnType, Entity, Keeper
from fountaingen.model.service import Operation
from fountaingen.primitives import names
from fountaingen.primitives import pointer as pointers
from fountaingen.stages.build import reserved
from fountaingen.stages.build.collections import Collection
from fountaingen.stages.build.columns import Resource, column_of, declared_columns, key_of, positions
from fountaingen.stages.build.objects import Member, ObjectSchema, Schemas
from fountaingen.stages.build.paths import Shape, segments, shape_of
from fountaingen.stages.build.references import INTEGERS, consistent, entity_key


@dataclass(frozen=True)
class Tie:
    """A column that a path parameter fills, at segment ``index``; rows are found by it if ``selects``."""

    column: str
    index: int
    selects: bool = True


@dataclass(frozen=True)
class Placed:
    """A collection, the entity its rows are kept in, and how the parameters before it tie to columns."""

    collection: Collection
    entity: str
    ties: tuple[Tie, ...]


@dataclass(frozen=True)
class Storage:
    """What a contract stores: its entities by name, and its collections by shape."""

    entities: Mapping[str, Entity]
    placed: Mapping[Shape, Placed]
    refused: Mapping[Shape, str]


@dataclass(frozen=True)
class _Group:
    """All that is known of one resource before its table is made."""

    name: str
    collections: tuple[Collection, ...]
    representation: ObjectSchema
    table: Mapping[str, object]
    parameter: str | None


def store(collections: tuple[Collection, ...], operations: Iterable[Operation], schemas: Schemas) -> Storage:
    """Return the tables that ``collections`` and declared tables need."""
    parameters = _parameter_names(operations)
    groups, refused = _groups(collections, schemas, parameters)
    classes = names.allocate({group.name: names.cap_words(group.name) for group in groups}, reserved.MODELS)
    tables = names.allocate({group.name: _table_name(group) for group in groups})
    by_shape = {collection.shape: group.name for group in groups for collection in group.collections}
    entities = {group.name: _entity(group, classes[group.name], tables[group.name]) for group in groups}
    placed: dict[Shape, Placed] = {}
    for collection in collections:
        if collection.shape in by_shape:
            name = by_shape[collection.shape]
            ties, entities[name] = _tie(collection, entities, by_shape, parameters)
            placed[collection.shape] = Placed(collection, name, ties)
    return Storage(consistent(entities), placed, refused)


def _parameter_names(operations: Iterable[Operation]) -> dict[Shape, str]:
    """Map each prefix of a path that ends in a parameter to that parameter's name."""
    found: dict[Shape, str] = {}
    for operation in sorted(operations, key=lambda each: (len(each.path), each.path)):
        shape = shape_of(operation.path)
        for index, segment in enumerate(segments(operation.path)):
            if segment.is_parameter:
                found.setdefault(shape[: index + 1], segment.parameter)
    return found


def _groups(
    collections: tuple[Collection, ...], schemas: Schemas, parameters: Mapping[Shape, str]
) -> tuple[list[_Group], dict[Shape, str]]:
    by_identity: dict[str, list[Collection]] = {}
    for collection in collections:
        identity = collection.representation.component or "/".join(collection.shape)
        by_identity.setdefault(identity, []).append(collection)
    groups: list[_Group] = []
    refused: dict[Shape, str] = {}
    for members in by_identity.values():
        table = members[0].representation.table
        if not any(collection.creates for collection in members) and not isinstance(table, dict):
            refused |= {each.shape: f"no operation creates rows of {each.name}" for each in members}
            continue
        parameter = next(
            (parameters[(*each.shape, "{}")] for each in members if (*each.shape, "{}") in parameters), None
        )
        representation = members[0].representation
        declared = table if isinstance(table, dict) else {}
        groups.append(_Group(members[0].name, tuple(members), representation, declared, parameter))
    taken = {group.representation.component for group in groups}
    groups += [group for group in _declared(schemas) if group.representation.component not in taken]
    return groups, refused


def _declared(schemas: Schemas) -> Iterable[_Group]:
    """Yield the tables that component schemas declare with ``x-fountaingen-table`` and no collection implies."""
    for name, schema in schemas.components().items():
        table = schema.get("x-fountaingen-table") if isinstance(schema, dict) else None
        reference = {"$ref": f"#/components/schemas/{pointers.escape(name)}"}
        if isinstance(table, dict) and (representation := schemas.object(reference, "")):
            yield _Group(name, (), representation, table, None)


def _table_name(group: _Group) -> str:
    declared = group.table.get("name")
    if isinstance(declared, str):
        return names.snake(declared)
    return names.snake(group.collections[0].literal if group.collections else group.name, "table")


def _resource(group: _Group) -> Resource:
    members: dict[str, Member] = {}
    for schema in (
        group.representation,
        *(each for collection in group.collections for each in _schemas_of(collection)),
    ):
        for name, member in schema.members.items():
            members.setdefault(name, member)
    requests = [_request_of(collection) for collection in group.collections if _request_of(collection)]
    sent = frozenset(name for request in requests for name, member in request.members.items() if not member.read_only)
    demanded = [frozenset(name for name, each in request.members.items() if each.required) for request in requests]
    if not group.collections:
        sent = frozenset(members)
        demanded = [frozenset(name for name, member in members.items() if member.required)]
    return Resource(members, sent, frozenset.intersection(*demanded) if demanded else frozenset())


def _schemas_of(collection: Collection) -> tuple[ObjectSchema, ...]:
    return (collection.representation, *collection.messages)


def _request_of(collection: Collection) -> ObjectSchema:
    return collection.request or ObjectSchema(None, {}, "")


def _entity(group: _Group, class_name: str, table: str) -> Entity:
    resource = _resource(group)
    declared_key = group.table.get("primaryKey")
    key = resource.members.get(str(declared_key)) or key_of(resource, group.parameter, group.name)
    wanted = {member.pointer + "\n" + name: _column_name(name) for name, member in resource.members.items()}
    allocated = names.allocate(wanted, reserved.COLUMNS)
    columns = [
        column_of(member, resource, allocated[member.pointer + "\n" + name], is_key=member is key)
        for name, member in resource.members.items()
    ]
    taken = [*reserved.COLUMNS, *(column.name for column in columns)]
    if key is None:
        hidden = names.allocate({"key": _column_name(group.parameter or "id")}, taken)["key"]
        columns.insert(
            0, Column(hidden, None, ColumnType.KEY, nullable=False, keeper=Keeper.KEY, why="key, never shown")
        )
    key_name = next(column.name for column in columns if column.keeper is Keeper.KEY)
    columns += declared_columns(group.table, (*taken, key_name))
    columns.sort(key=lambda column: column.name != key_name)
    by_wire = {column.wire: column.name for column in columns} | {column.name: column.name for column in columns}
    where = (
        "x-fountaingen-table" if group.table else ", ".join("/".join(("", *each.shape)) for each in group.collections)
    )
    return Entity(
        name=group.name,
        class_name=class_name,
        constant=table.upper(),
        table=table,
        key=key_name,
        columns=tuple(columns),
        order=positions(columns, key_name),
        unique=_column_sets(group.table.get("unique"), by_wire),
        indexes=_column_sets(group.table.get("indexes"), by_wire),
        why=where,
        pointer=group.representation.pointer,
        label=" ".join(names.words(group.name)) or "row",
    )


def _column_name(text: str) -> str:
    return names.beside(names.snake(text, "column"), reserved.COLUMNS)


def _column_sets(declared: object, by_wire: Mapping[str | None, str]) -> tuple[tuple[str, ...], ...]:
    sets = declared if isinstance(declared, list) else []
    listed = [each if isinstance(each, list) else [each] for each in sets]
    return tuple(tuple(by_wire[name] for name in each) for each in listed if all(name in by_wire for name in each))


def _tie(
    collection: Collection,
    entities: Mapping[str, Entity],
    by_shape: Mapping[Shape, str],
    parameters: Mapping[Shape, str],
) -> tuple[tuple[Tie, ...], Entity]:
    """Tie the parameters before ``collection`` to columns of its entity, adding those that it lacks."""
    entity = entities[by_shape[collection.shape]]
    ties: list[Tie] = []
    for index in reversed([index for index, text in enumerate(collection.shape) if text == "{}"]):
        owner = by_shape.get(collection.shape[:index])
        parent = entities[owner] if owner else None
        parameter = parameters.get(collection.shape[: index + 1], "id")
        entity, column = _tied_column(entity, parent, parameter, collection.shape[index - 1] if index else "")
        ties.append(Tie(column, index))
        ties += [Tie(each, index, selects=False) for each in _parent_columns(entity) if each != column]
        if parent is not None:
            break
    return tuple(ties), entity


def _parent_columns(entity: Entity) -> list[str]:
    return [column.name for column in entity.columns if column.references == "parent"]


def _tied_column(entity: Entity, parent: Entity | None, parameter: str, literal: str) -> tuple[Entity, str]:
    singular = names.snake(names.singular(literal), "parent")
    spellings = [names.folded(parameter), names.folded(singular) + "id"]
    if names.folded(parameter) in ("id", "uuid", "key"):
        spellings.reverse()
    column = next((each for spelling in spellings for each in entity.columns if _named(each, spelling)), None)
    kind = entity_key(parent).type if parent else ColumnType.TEXT
    kind = ColumnType.BIG_INTEGER if kind is ColumnType.KEY else kind
    if column is None:
        taken = [each.name for each in entity.columns]
        wanted = f"{singular}_{names.snake(parameter)}" if names.folded(parameter) == "id" else names.snake(parameter)
        name = names.allocate({"tie": wanted}, (*taken, *reserved.COLUMNS))["tie"]
        added = Column(name, None, kind, keeper=Keeper.PATH, index=True, why=f"from the path: {parameter}")
        added = replace(added, references=parent.table if parent else None)
        return replace(entity, columns=(*entity.columns, added)), name
    same_kind = parent is not None and (
        column.type is kind or (column.type in INTEGERS and kind is ColumnType.BIG_INTEGER)
    )
    tied = replace(
        column,
        type=kind if same_kind else column.type,
        keeper=Keeper.PATH,
        index=True,
        references=parent.table if parent and same_kind else column.references,
        why=f"from the path: {parameter}",
    )
    columns = tuple(tied if each is column else each for each in entity.columns)
    return replace(entity, columns=columns), column.name


def _named(column: Column, spelling: str) -> bool:
    return column.keeper is not Keeper.KEY and names.folded(column.wire or column.name) == spelling
