"""Entities: one table for each resource, whichever collections it appears under."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from fountaingen.model.behaviour import Create, Delete, ListRows, Read, Update
from fountaingen.model.entity import Column, ColumnType, Entity, Keeper
from fountaingen.model.service import Operation, Parameter
from fountaingen.model.types import PythonType, Scalar
from fountaingen.primitives import names
from fountaingen.primitives import pointer as pointers
from fountaingen.stages.build import reserved
from fountaingen.stages.build.collections import Collection
from fountaingen.stages.build.columns import column_of, declared_columns, key_of, positions
from fountaingen.stages.build.declared import Fault, faults_of
from fountaingen.stages.build.objects import Schemas
from fountaingen.stages.build.paths import Shape, segments, shape_of
from fountaingen.stages.build.references import INTEGERS, consistent, entity_key
from fountaingen.stages.build.resources import Group, resource_of

_EXTRA = Column("extra", None, ColumnType.JSON, keeper=Keeper.EXTRA, why="members that no schema names")


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
    """What a contract stores: its entities by name, and its collections by shape; some are ``declared``.

    ``faults`` are the extensions that cannot be kept, each with the pointer of where it stands.
    """

    entities: Mapping[str, Entity]
    placed: Mapping[Shape, Placed]
    refused: Mapping[Shape, str]
    declared: frozenset[str] = frozenset()
    faults: tuple[Fault, ...] = ()


def store(collections: tuple[Collection, ...], operations: Iterable[Operation], schemas: Schemas) -> Storage:
    """Return the tables that ``collections`` and declared tables need."""
    parameters = _path_parameters(operations)
    groups, refused = _groups(collections, schemas, parameters)
    classes = names.allocate({group.name: names.cap_words(group.name) for group in groups}, reserved.MODELS)
    tables = names.allocate({group.name: _table_name(group) for group in groups})
    by_shape = {collection.shape: group.name for group in groups for collection in group.collections}
    entities = {group.name: _entity(group, classes[group.name], tables[group.name]) for group in groups}
    written = dict(entities)
    placed: dict[Shape, Placed] = {}
    for collection in collections:
        if collection.shape in by_shape:
            name = by_shape[collection.shape]
            ties, entities[name] = _tie(collection, entities, by_shape, parameters)
            placed[collection.shape] = Placed(collection, name, ties)
    declared = frozenset(group.name for group in groups if group.table)
    kept = consistent(entities)
    return Storage(kept, placed, refused, declared, tuple(faults_of(groups, written, kept)))


def in_use(storage: Storage, operations: Iterable[Operation]) -> tuple[Entity, ...]:
    """Return the entities that are declared, that a behaviour works on, or that one of these refers to."""
    wanted = set(storage.declared)
    for operation in operations:
        match operation.behaviour:
            case Create() | Read() | ListRows() | Update() | Delete() as behaviour:
                wanted |= {behaviour.entity, *(require.entity for require in behaviour.requires)}
    by_table = {entity.table: entity.name for entity in storage.entities.values()}
    pending = list(wanted)
    while pending:
        columns = storage.entities[pending.pop()].columns
        found = {by_table[each.references] for each in columns if each.references in by_table} - wanted
        wanted |= found
        pending += found
    return tuple(entity for name, entity in storage.entities.items() if name in wanted)


def _path_parameters(operations: Iterable[Operation]) -> dict[Shape, Parameter]:
    """Map each prefix of a path that ends in a parameter to that parameter."""
    found: dict[Shape, Parameter] = {}
    for operation in sorted(operations, key=lambda each: (len(each.path), each.path)):
        shape = shape_of(operation.path)
        for index, parameter in _in_path(operation).items():
            found.setdefault(shape[: index + 1], parameter)
    return found


def _in_path(operation: Operation) -> dict[int, Parameter]:
    by_name = {each.name: each for each in operation.parameters if each.location == "path"}
    listed = enumerate(segments(operation.path))
    return {index: by_name[each.parameter] for index, each in listed if each.is_parameter and each.parameter in by_name}


def _groups(
    collections: tuple[Collection, ...], schemas: Schemas, parameters: Mapping[Shape, Parameter]
) -> tuple[list[Group], dict[Shape, str]]:
    by_identity: dict[str, list[Collection]] = {}
    for collection in collections:
        identity = collection.representation.component or "/".join(collection.shape)
        by_identity.setdefault(identity, []).append(collection)
    groups: list[Group] = []
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
        groups.append(Group(members[0].name, tuple(members), representation, declared, parameter))
    taken = {group.representation.component for group in groups}
    groups += [group for group in _declared(schemas) if group.representation.component not in taken]
    return groups, refused


def _declared(schemas: Schemas) -> Iterable[Group]:
    """Yield the tables that component schemas declare with ``x-fountaingen-table`` and no collection implies."""
    for name, schema in schemas.components().items():
        table = schema.get("x-fountaingen-table") if isinstance(schema, dict) else None
        reference = {"$ref": f"#/components/schemas/{pointers.escape(name)}"}
        if isinstance(table, dict) and (representation := schemas.object(reference, "")):
            yield Group(name, (), representation, table, None)


def _table_name(group: Group) -> str:
    declared = group.table.get("name")
    if isinstance(declared, str):
        return names.snake(declared)
    # A table is called after the collection that makes its rows, not after one that only lists them.
    collections = sorted(group.collections, key=lambda collection: not collection.creates)
    return names.snake(collections[0].literal if collections else group.name, "table")


def _entity(group: Group, class_name: str, table: str) -> Entity:
    resource = resource_of(group)
    declared_key = group.table.get("primaryKey")
    parameter = group.parameter.name if group.parameter else None
    declared = resource.members.get(declared_key) if isinstance(declared_key, str) else None
    key = declared or key_of(resource, parameter, group.name)
    is_open = any(collection.is_open for collection in group.collections)
    open_columns = (_EXTRA,) if is_open else ()
    wanted = {
        member.pointer + "\n" + name: _column_name(str(member.extension.get("name") or name))
        for name, member in resource.members.items()
    }
    allocated = names.allocate(wanted, (*reserved.COLUMNS, *(each.name for each in open_columns)))
    columns = [
        column_of(member, resource, allocated[member.pointer + "\n" + name], is_key=member is key)
        for name, member in resource.members.items()
    ]
    columns += open_columns
    taken = [*reserved.COLUMNS, *(column.name for column in columns)]
    if key is None:
        columns.append(_hidden_key(group.parameter, taken))
    key_name = next(column.name for column in columns if column.keeper is Keeper.KEY)
    columns += declared_columns(group.table, (*taken, key_name))
    columns.sort(key=lambda column: column.name != key_name)
    # What a contract calls a property comes before what another one's column is called.
    by_wire = {column.name: column.name for column in columns} | {column.wire: column.name for column in columns}
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


def _hidden_key(parameter: Parameter | None, taken: Iterable[str]) -> Column:
    name = names.allocate({"key": _column_name(parameter.name if parameter else "id")}, taken)["key"]
    kind = ColumnType.TEXT if parameter and parameter.type == Scalar("str") else ColumnType.KEY
    return Column(name, None, kind, nullable=False, keeper=Keeper.KEY, why="key, never shown")


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
    parameters: Mapping[Shape, Parameter],
) -> tuple[tuple[Tie, ...], Entity]:
    """Tie the parameters before ``collection`` to columns of its entity, adding those that it lacks."""
    entity = entities[by_shape[collection.shape]]
    own = _in_path(next(iter((*collection.at.values(), *collection.item.values()))))
    ties: list[Tie] = []
    for index in reversed([index for index, text in enumerate(collection.shape) if text == "{}"]):
        owner = by_shape.get(collection.shape[:index])
        parent = entities[owner] if owner else None
        parameter = own.get(index) or parameters[collection.shape[: index + 1]]
        entity, column = _tied_column(entity, parent, parameter, collection.shape[index - 1] if index else "")
        ties.append(Tie(column, index))
        ties += [Tie(each, index, selects=False) for each in _parent_columns(entity) if each != column]
        if parent is not None:
            break
    return tuple(ties), entity


def _parent_columns(entity: Entity) -> list[str]:
    return [column.name for column in entity.columns if column.references == "parent"]


def _tied_column(entity: Entity, parent: Entity | None, parameter: Parameter, literal: str) -> tuple[Entity, str]:
    folded = names.folded(parameter.name)
    singular = names.snake(names.singular(literal), "parent")
    spellings = [folded, names.folded(singular) + "id"]
    if folded in ("id", "uuid", "key"):
        spellings.reverse()
    column = next((each for spelling in spellings for each in entity.columns if _named(each, spelling)), None)
    kind = entity_key(parent).type if parent else _kept_as(parameter.type)
    kind = ColumnType.BIG_INTEGER if kind is ColumnType.KEY else kind
    why = f"from the path: {parameter.name}"
    if column is None:
        taken = [each.name for each in entity.columns]
        wanted = f"{singular}_{names.snake(parameter.name)}" if folded == "id" else names.snake(parameter.name)
        name = names.allocate({"tie": wanted}, (*taken, *reserved.COLUMNS))["tie"]
        added = Column(name, None, kind, keeper=Keeper.PATH, index=True, why=why)
        added = replace(added, references=parent.table if parent else None)
        return replace(entity, columns=(*entity.columns, added)), name
    same_kind = parent is not None and (
        column.type is kind or (column.type in INTEGERS and kind is ColumnType.BIG_INTEGER)
    )
    tied = replace(
        column,
        type=kind if same_kind else column.type,
        keeper=Keeper.PATH,
        keeps_null=False,
        index=True,
        references=parent.table if parent and same_kind else column.references,
        why=why,
    )
    columns = tuple(tied if each is column else each for each in entity.columns)
    return replace(entity, columns=columns), column.name


def _kept_as(type_: PythonType) -> ColumnType:
    match type_:
        case Scalar("int"):
            return ColumnType.BIG_INTEGER
        case Scalar("float"):
            return ColumnType.NUMBER
        case Scalar("bool"):
            return ColumnType.BOOLEAN
        case Scalar("str"):
            return ColumnType.TEXT
        case _:
            return ColumnType.JSON


def _named(column: Column, spelling: str) -> bool:
    return column.keeper is not Keeper.KEY and names.folded(column.wire or column.name) == spelling
