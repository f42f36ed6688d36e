"""Columns: how each member of a resource is kept, and which of them is the key."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from fountaingen.model.entity import Clock, Column, ColumnType, Keeper
from fountaingen.primitives import names
from fountaingen.stages.build.keys import maker_of
from fountaingen.stages.build.objects import Member

_CREATED = {
    "createdat",
    "created",
    "createdon",
    "createdtime",
    "createtime",
    "datecreated",
    "creationdate",
    "creationtime",
}
_UPDATED = {"updatedat", "updated", "updatedon", "updatedtime", "updatetime", "dateupdated", "lastupdated"} | {
    "modifiedat", "modified", "modifiedon", "lastmodified", "datemodified"
}  # fmt: skip
_POSITIONS = {"sequence", "sequencenumber", "position", "ordinal", "sortorder"}
_TEXT_CLOCKS = {"date-time": Clock.DATE_TIME, "date": Clock.DATE, "date-time-rfc-2822": Clock.RFC_2822}
_NUMBER_CLOCKS = {"unix-time": Clock.UNIX, "unixtime": Clock.UNIX, "unix-timestamp": Clock.UNIX}
_INT64 = (-(2**63), 2**63 - 1)


@dataclass(frozen=True)
class Resource:
    """The members of one resource, gathered from all its messages; ``aliases`` are other spellings of some of them.

    ``sent`` names the members that a client sends when it creates one, ``demanded`` those it has to send whenever it
    creates or replaces one.
    """

    members: Mapping[str, Member]
    sent: frozenset[str]
    demanded: frozenset[str]
    aliases: Mapping[str, str] = field(default_factory=dict)


def key_of(resource: Resource, parameter: str | None, resource_name: str) -> Member | None:
    """Return the member that identifies a resource, or None where messages show none.

    In turn: named like the item's path parameter, ``id``, ``<resource>Id``, the one identifier that the server gives.
    """
    scalars = {names.folded(name): member for name, member in resource.members.items() if _identifies(member)}
    wanted = [names.folded(parameter)] if parameter else []
    for candidate in (*wanted, "id", names.folded(resource_name) + "id", "uuid"):
        if candidate in scalars:
            return scalars[candidate]
    given = [
        member
        for name, member in resource.members.items()
        if _identifies(member)
        and (names.words(name) or [""])[-1] in ("id", "sid", "uuid")
        and (member.read_only or name not in resource.sent)
    ]
    return given[0] if len(given) == 1 else None


def _identifies(member: Member) -> bool:
    """Tell whether values of ``member`` are numbers or texts, as keys are."""
    types = member.types - {"null"}
    return (types == {"string"} or _is_number(types)) and not member.extension.get("references")


def _is_number(types: frozenset[str]) -> bool:
    return bool(types) and types <= {"integer", "number"}


def column_of(member: Member, resource: Resource, name: str, *, is_key: bool) -> Column:
    """Return the column that keeps ``member``."""
    kind = _key_type(member) if is_key else column_type(member)
    server = member.read_only or member.name not in resource.sent
    keeper, why = _keeper(member, is_key=is_key, server=server)
    keeps_null = member.nullable and not (member.required or is_key) and kind is not ColumnType.JSON
    return Column(
        name=name,
        wire=member.name,
        type=kind,
        nullable=not (is_key or (member.name in resource.demanded and not member.nullable)),
        shows_null=member.nullable and member.required and not is_key,
        keeper=keeper,
        unique=bool(member.extension.get("unique")),
        index=bool(member.extension.get("index")),
        references=member.extension.get("references"),
        why=why,
        pointer=member.pointer,
        aliases=tuple(alias for alias, real in resource.aliases.items() if real == member.name),
        keeps_null=keeps_null and keeper is Keeper.CLIENT,
        maker=maker_of(member) if is_key and member.name not in resource.demanded else None,
        clock=_clock(member) or Clock.DATE_TIME,
        constant=only_value(member) if keeper is Keeper.CONSTANT else None,
    )


def _key_type(member: Member) -> ColumnType:
    types = member.types - {"null"}
    if _is_number(types):
        return ColumnType.KEY
    return ColumnType.TEXT if types == {"string"} else column_type(member)


def column_type(member: Member) -> ColumnType:
    """Return how values of ``member`` are kept: a typed column for a scalar, JSON for whatever else.

    A reference that may be absent and may be null is JSON too: a foreign key cannot tell the two apart.
    """
    if "type" in member.extension:
        return _DECLARED.get(str(member.extension["type"]), ColumnType.JSON)
    if member.nullable and not member.required and member.extension.get("references"):
        return ColumnType.JSON
    types = member.types - {"null"}
    if types == {"integer"}:
        return ColumnType.BIG_INTEGER if _fits_64_bits(member) else ColumnType.INTEGER
    return _SCALARS.get(types, ColumnType.JSON)


_SCALARS = {
    frozenset({"string"}): ColumnType.TEXT,
    frozenset({"boolean"}): ColumnType.BOOLEAN,
    frozenset({"number"}): ColumnType.NUMBER,
    frozenset({"integer", "number"}): ColumnType.NUMBER,
}
_DECLARED = {
    "string": ColumnType.TEXT,
    "boolean": ColumnType.BOOLEAN,
    "integer": ColumnType.BIG_INTEGER,
    "number": ColumnType.NUMBER,
}


def declared_columns(table: object, taken: Iterable[str]) -> tuple[Column, ...]:
    """Return the columns of ``x-fountaingen-table: {columns: …}``: those that no message shows."""
    declared = table.get("columns", {}) if isinstance(table, dict) else {}
    wanted = {name: names.snake(str(options.get("name") or name)) for name, options in declared.items()}
    allocated = names.allocate(wanted, taken)
    return tuple(
        Column(
            name=allocated[name],
            wire=None,
            type=_DECLARED.get(str(options.get("type")), ColumnType.JSON),
            unique=bool(options.get("unique")),
            index=bool(options.get("index")),
            references=options.get("references"),
            why="x-fountaingen-table",
        )
        for name, options in declared.items()
    )


def positions(columns: Iterable[Column], key: str) -> tuple[str, ...]:
    """Return the columns that rows are ordered by: a position that the resource has, then its key."""
    integers = (ColumnType.BIG_INTEGER, ColumnType.INTEGER)
    ordered = [column.name for column in columns if names.folded(column.name) in _POSITIONS and column.type in integers]
    return (*ordered[:1], key)


def _keeper(member: Member, *, is_key: bool, server: bool) -> tuple[Keeper, str]:
    folded = names.folded(member.name)
    if is_key:
        return (Keeper.KEY, "key, given by the server") if server else (Keeper.KEY, "key, given by the client")
    if server and folded in _CREATED and _clock(member):
        return Keeper.CREATED, "kept by the server: when the row was created"
    if server and folded in _UPDATED and _clock(member):
        return Keeper.UPDATED, "kept by the server: when the row was last changed"
    if server and only_value(member) is not None:
        return Keeper.CONSTANT, "kept by the server: the only value that it can have"
    if server:
        return Keeper.CLIENT, "clients cannot send it: a hook gives it"
    return Keeper.CLIENT, ""


def _clock(member: Member) -> Clock | None:
    """Return how the time is written that ``member`` holds; None where nothing says that it is one."""
    clocks, kind = (_NUMBER_CLOCKS, "integer") if "string" not in member.types else (_TEXT_CLOCKS, "string")
    return clocks.get(member.format) if kind in member.types and "enum" not in member.schema else None


def only_value(member: Member) -> object:
    """Return the one value that ``member`` can have, None where there are several."""
    values = [member.schema["const"]] if "const" in member.schema else member.schema.get("enum")
    if member.nullable or not isinstance(values, list) or len(values) != 1:
        return None
    return values[0] if isinstance(values[0], str | int | bool) else None


def _fits_64_bits(member: Member) -> bool:
    schema = member.schema
    if schema.get("format") in ("int32", "int64"):
        return True
    lowest = schema.get("minimum", schema.get("exclusiveMinimum"))
    highest = schema.get("maximum", schema.get("exclusiveMaximum"))
    return lowest is not None and highest is not None and lowest >= _INT64[0] and highest <= _INT64[1]
