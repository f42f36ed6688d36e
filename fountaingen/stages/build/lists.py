"""Lists: which query parameters page, sort and filter, and what the object around the rows shows."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from fountaingen.model.behaviour import Envelope, Paging
from fountaingen.model.entity import Column, ColumnType, Entity
from fountaingen.model.service import Parameter
from fountaingen.model.types import AnyJson, ListOf, Scalar
from fountaingen.primitives import names
from fountaingen.stages.build.collections import Listed
from fountaingen.stages.build.columns import only_value
from fountaingen.stages.build.objects import Member

_LIMIT = {"limit", "pagesize", "perpage", "maxresults", "maxitems"}
_LIMIT_UNLESS_COLUMN = {"size", "count", "top", "first", "take"}
_OFFSET = {"offset", "skip", "startindex"}
_OFFSET_UNLESS_COLUMN = {"start", "from"}
_PAGE = {"page", "pagenumber", "pageno", "pageindex"}
_CURSOR = {"cursor", "after", "pagetoken", "nexttoken", "startingafter"}
_SORT = {"sort", "sortby", "orderby", "sortfield"}
_DIRECTION = {"order", "sortorder", "direction", "sortdirection", "orderdirection", "dir"}
_COMPUTED = {
    "total": {"total", "totalcount", "totalresults", "totalitems", "totalelements", "numfound", "totalrecords"},
    "count": {"count", "size", "length"},
    "limit": {"limit", "perpage", "pagesize"},
    "offset": {"offset", "skip"},
    "page": {"page", "pagenumber", "currentpage"},
    "next": {"nextcursor", "next", "nextpagetoken", "cursor", "nexttoken"},
    "more": {"hasmore", "hasnext", "hasnextpage"},
}
_INTEGER_MEMBERS = {"total", "count", "limit", "offset", "page"}


@dataclass(frozen=True)
class Query:
    """The roles of a list's query parameters; ``unused`` are those that nothing was found for."""

    paging: Paging
    sort: str | None
    descending: str | None
    filters: Mapping[str, str]
    unused: tuple[str, ...]


def query_of(parameters: Iterable[Parameter], entity: Entity) -> Query:
    """Give every query parameter its role."""
    filterable = {
        names.folded(spelling): column
        for column in entity.columns
        if column.type is not ColumnType.JSON
        for spelling in (column.wire, column.name)
        if spelling
    }
    roles: dict[str, str] = {}
    filters: dict[str, str] = {}
    unused: list[str] = []
    first = 1
    for parameter in parameters:
        if parameter.location != "query":
            continue
        role = _role(parameter, filterable)
        column = filterable.get(names.folded(parameter.name))
        if role and role not in roles:
            roles[role] = parameter.argument
            first = 0 if role == "page" and _counts_from_zero(parameter) else first
        elif column and compares(parameter, column):
            filters[column.name] = parameter.argument
        else:
            unused.append(parameter.name)
    paging = Paging(roles.get("limit"), roles.get("offset"), roles.get("page"), roles.get("cursor"), first)
    return Query(paging, roles.get("sort"), roles.get("direction"), filters, tuple(unused))


def _role(parameter: Parameter, filterable: Mapping[str, Column]) -> str | None:
    folded = names.folded(parameter.name)
    is_column = folded in filterable
    if parameter.type == Scalar("int") and (role := _page_role(folded, is_column)):
        return role
    if is_column:
        return None
    if parameter.type == Scalar("str"):
        if folded in _CURSOR:
            return "cursor"
        if folded in _DIRECTION and {"asc", "desc"} <= {str(each).lower() for each in _choices(parameter)}:
            return "direction"
    is_text = parameter.type in (Scalar("str"), ListOf(Scalar("str")))
    return "sort" if folded in _SORT and is_text and _sorts(parameter, filterable) else None


def _sorts(parameter: Parameter, sortable: Mapping[str, Column]) -> bool:
    """Tell whether rows can be sorted by every choice that a parameter declares, if it declares any."""
    schema = parameter.data.get("schema")
    items = schema.get("items") if isinstance(schema, dict) else None
    choices = [*_choices(parameter), *(items.get("enum", ()) if isinstance(items, dict) else ())]
    wires = {column.wire for column in sortable.values()}
    return all(str(each).partition(":")[0].lstrip("+-") in wires for each in choices)


def _page_role(folded: str, is_column: bool) -> str | None:
    if folded in _LIMIT or (folded in _LIMIT_UNLESS_COLUMN and not is_column):
        return "limit"
    if folded in _OFFSET or (folded in _OFFSET_UNLESS_COLUMN and not is_column):
        return "offset"
    return "page" if folded in _PAGE else None


def _counts_from_zero(parameter: Parameter) -> bool:
    schema = parameter.data.get("schema")
    return isinstance(schema, dict) and (schema.get("minimum") == 0 or schema.get("default") == 0)


def _choices(parameter: Parameter) -> Iterable[object]:
    schema = parameter.data.get("schema")
    choices: Iterable[object] = schema.get("enum", ()) if isinstance(schema, dict) else ()
    return choices


def compares(parameter: Parameter, column: Column) -> bool:
    """Tell whether values of ``parameter`` can be found in ``column``."""
    kind = parameter.type.item if isinstance(parameter.type, ListOf) else parameter.type
    match column.type:
        case ColumnType.TEXT:
            return kind == Scalar("str")
        case ColumnType.BOOLEAN:
            return kind == Scalar("bool")
        case ColumnType.KEY | ColumnType.BIG_INTEGER | ColumnType.INTEGER:
            return kind == Scalar("int")
        case ColumnType.NUMBER:
            return kind in (Scalar("int"), Scalar("float"))
        case _:
            return kind == AnyJson()


def envelope_of(listed: Listed, query: Query) -> Envelope | str | None:
    """Return the object around the rows, None for a bare array, or a text that says why it cannot be filled."""
    if listed.envelope is None or listed.rows is None:
        return None
    members: dict[str, str] = {}
    constants: dict[str, object] = {}
    for name, member in listed.envelope.members.items():
        computed = next((kind for kind, spellings in _COMPUTED.items() if names.folded(name) in spellings), None)
        fits = computed is not None and _holds(computed, member.types) and _known(computed, query)
        if name != listed.rows and computed is not None and fits:
            members[name] = _last_page(computed, member)
        elif name != listed.rows and member.required:
            if (only := only_value(member)) is None:
                return f"the answer requires {name!r}, which nothing supplies"
            constants[name] = only
    return Envelope(listed.rows, members, constants)


def _last_page(computed: str, member: Member) -> str:
    """Say of a next cursor what stands for it where there is none."""
    if computed != "next" or member.nullable:
        return computed
    return "next-or-empty" if member.required else "next-or-absent"


def _holds(computed: str, types: frozenset[str]) -> bool:
    if computed in _INTEGER_MEMBERS:
        return bool(types & {"integer", "number"})
    return ("boolean" if computed == "more" else "string") in types


def _known(computed: str, query: Query) -> bool:
    """Tell whether a member can be computed from the parameters that the operation has."""
    needs = {"limit": query.paging.limit, "offset": query.paging.offset, "page": query.paging.page}
    needs |= {"next": query.paging.cursor, "more": query.paging.limit}
    return computed not in needs or needs[computed] is not None
