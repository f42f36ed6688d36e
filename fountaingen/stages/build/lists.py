"""Lists: which query parameters page, sort and filter, and what the object around the rows shows."""

import re
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fountaingen.model.behaviour import Envelope, Paging
from fountaingen.model.entity import Column, ColumnType, Entity
from fountaingen.model.service import Parameter
from fountaingen.model.types import AnyJson, ListOf, Scalar
from fountaingen.primitives import names
from fountaingen.stages.build.collections import Listed
from fountaingen.stages.build.columns import only_value
from fountaingen.stages.build.objects import Member, Schemas

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
_ORDERED = re.compile(r"[-+]?(.*?)(?::(?:asc|desc|ascending|descending))?", re.DOTALL | re.IGNORECASE)
"""What a list is sorted by: a name, before it or behind it which way."""
_INTEGER_MEMBERS = {"total", "count", "limit", "offset", "page"}


@dataclass(frozen=True)
class Query:
    """The roles of a list's query parameters; ``unused`` are those that nothing was found for."""

    paging: Paging
    sort: str | None
    descending: str | None
    filters: Mapping[str, str]
    unused: tuple[str, ...]


def query_of(parameters: Sequence[Parameter], entity: Entity, shown: Container[str], schemas: Schemas) -> Query:
    """Give every query parameter its role; ``shown`` are the members that the rows of the list show."""
    filterable = {
        names.folded(spelling): column
        for column in entity.columns
        if column.type is not ColumnType.JSON
        for spelling in (column.wire, column.name)
        if spelling
    }
    # A cursor is made of what rows show.
    by_cursor = any(names.folded(each.name) in _CURSOR for each in parameters)
    sortable = {
        column.wire
        for column in filterable.values()
        if not by_cursor or any(each in shown for each in column.spellings)
    }
    roles: dict[str, str] = {}
    filters: dict[str, str] = {}
    unused: list[str] = []
    first = 1
    for parameter in parameters:
        if parameter.location != "query":
            continue
        choices = _choices(parameter.data.get("schema"), schemas)
        role = _role(parameter, choices, filterable, sortable)
        if role == "cursor" and not _tells_place(entity, shown):
            role = None
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


def _role(
    parameter: Parameter, choices: tuple[str, ...], filterable: Mapping[str, Column], sortable: Container[str | None]
) -> str | None:
    folded = names.folded(parameter.name)
    is_column = folded in filterable
    if parameter.type == Scalar("int") and (role := _page_role(folded, is_column)):
        return role
    if is_column:
        return None
    if parameter.type == Scalar("str"):
        if folded in _CURSOR:
            return "cursor"
        if folded in _DIRECTION and {"asc", "desc"} <= {each.lower() for each in choices}:
            return "direction"
    is_text = parameter.type in (Scalar("str"), ListOf(Scalar("str")))
    return "sort" if folded in _SORT and is_text and _sorts(choices, sortable) else None


def _sorts(choices: Iterable[str], sortable: Container[str | None]) -> bool:
    """Tell whether rows can be sorted by every choice that a parameter declares, if it declares any."""
    return all((found := _ORDERED.fullmatch(each)) and found[1] in sortable for each in choices)


def _tells_place(entity: Entity, shown: Container[str]) -> bool:
    """Tell whether rows show all that they are ordered by, which a cursor is made of."""
    return all(any(each in shown for each in entity.by_name[name].spellings) for name in entity.order)


def _page_role(folded: str, is_column: bool) -> str | None:
    if folded in _LIMIT or (folded in _LIMIT_UNLESS_COLUMN and not is_column):
        return "limit"
    if folded in _OFFSET or (folded in _OFFSET_UNLESS_COLUMN and not is_column):
        return "offset"
    return "page" if folded in _PAGE else None


def _counts_from_zero(parameter: Parameter) -> bool:
    schema = parameter.data.get("schema")
    return isinstance(schema, dict) and (schema.get("minimum") == 0 or schema.get("default") == 0)


def _choices(schema: Any, schemas: Schemas) -> tuple[str, ...]:
    """Return the values that ``schema`` lists for a text, or for each of several; none where any will do."""
    resolved, _, _ = schemas.resolve(schema, "")
    if not isinstance(resolved, Mapping):
        return ()
    own = [resolved["const"]] if "const" in resolved else resolved.get("enum", ())
    parts = [part for keyword in ("allOf", "anyOf", "oneOf") for part in resolved.get(keyword, ())]
    inner = [each for part in (*parts, resolved.get("items")) for each in _choices(part, schemas)]
    return (*(str(each) for each in own if each is not None), *inner)


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
