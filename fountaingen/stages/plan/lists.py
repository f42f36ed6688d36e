"""What ``operations/list.jinja`` prints: a list of rows, bare or in the object around it."""

from collections.abc import Mapping
from typing import Any

from fountaingen.model.behaviour import Envelope, ListRows, Paging
from fountaingen.model.service import Operation
from fountaingen.primitives import names
from fountaingen.primitives.code import Code, identifier, join, literal
from fountaingen.stages.plan.printing import references

_LOCALS = ("window", "where", "rows", "total", "following", "answer")


def list_particulars(behaviour: ListRows, operation: Operation, resource: Code, answer: Code) -> dict[str, Any]:
    """Return what the function of a list prints beside what all functions print; ``answer`` is what rows show."""
    # A parameter may be called as our own variables are.
    local = names.allocate({name: name for name in _LOCALS}, [each.argument for each in operation.parameters])
    more = _computes(behaviour, "more")
    kinds = behaviour.envelope.members if behaviour.envelope else {}
    return {
        "template": Code.of("operations/list.jinja"),
        "result": Code.of("JsonObject") if behaviour.envelope else Code.of("list[JsonObject]"),
        "locals": local,
        "where": references(behaviour.where) if behaviour.where else None,
        "page": _page(behaviour.paging, "after" if behaviour.refuses else "behind"),
        "sort": _sort(behaviour, resource, answer),
        "descending": identifier(behaviour.descending) if behaviour.descending else None,
        "envelope": _members(behaviour.envelope, behaviour.paging, operation, local) if behaviour.envelope else None,
        "counts": _computes(behaviour, "total") or (more and not behaviour.paging.cursor),
        "follows": behaviour.paging.cursor is not None
        and (more or any(each.startswith("next") for each in kinds.values())),
        "trailing": [literal(name) for name, kind in kinds.items() if kind == "next-or-absent"],
    }


def _computes(behaviour: ListRows, kind: str) -> bool:
    return behaviour.envelope is not None and kind in behaviour.envelope.members.values()


def _sort(behaviour: ListRows, resource: Code, answer: Code) -> Code | None:
    if behaviour.sort is None or behaviour.refuses:
        return identifier(behaviour.sort) if behaviour.sort else None
    among = Code.of(", among={}", answer) if behaviour.paging.cursor else Code.of("")
    return Code.of("{}.sortable({}{})", resource, identifier(behaviour.sort), among)


def _page(paging: Paging, after: str) -> Code | None:
    limit = identifier(paging.limit) if paging.limit else Code.of("None")
    if paging.cursor:
        found = Code.of("Page.{}({}, {})", identifier(after), identifier(paging.cursor), limit)
        if not paging.page:
            return found
        page = identifier(paging.page)
        numbered = _numbered(page, limit, paging.first)
        return Code.of("{} if {} or not {} else {}", found, identifier(paging.cursor), page, numbered)
    if paging.page:
        return _numbered(identifier(paging.page), limit, paging.first)
    parts = [
        Code.of("{}={}", identifier(name), identifier(value))
        for name, value in (("limit", paging.limit), ("offset", paging.offset))
        if value
    ]
    return Code.of("Page({})", join(", ", parts)) if parts else None


def _numbered(page: Code, limit: Code, first: int) -> Code:
    began = Code.of(", first={}", first) if first != 1 else Code.of("")
    return Code.of("Page.numbered({}, {}{})", page, limit, began)


def _members(
    envelope: Envelope, paging: Paging, operation: Operation, local: Mapping[str, Code]
) -> list[Mapping[str, Code]]:
    present = {each.argument for each in operation.parameters if each.always_present}

    def given(argument: str | None, otherwise: Code) -> Code:
        if argument is None:
            return otherwise
        return identifier(argument) if argument in present else Code.of("{} or {}", identifier(argument), otherwise)

    count = Code.of("len({})", local["rows"])
    none, first = literal(0), literal(paging.first)
    shown_so_far = Code.of("{} + {}", _grouped(given(paging.offset, none)), count) if paging.offset else count
    if paging.page and paging.limit:
        page, size = _grouped(given(paging.page, first)), _grouped(given(paging.limit, none))
        shown_so_far = Code.of("({} - {}) * {} + {}", page, first, size, count)
    values = {
        "total": local["total"],
        "count": count,
        "limit": given(paging.limit, count),
        "offset": given(paging.offset, none),
        "page": given(paging.page, first),
        "next": local["following"],
        "next-or-empty": Code.of("{} or ''", local["following"]),
        "more": (
            Code.of("{} is not None", local["following"])
            if paging.cursor
            else Code.of("{} < {}", shown_so_far, local["total"])
        ),
    }
    rows = {"member": literal(envelope.rows), "value": local["rows"]}
    shown = {name: values[kind] for name, kind in envelope.members.items() if kind in values}
    shown |= {name: literal(value) for name, value in envelope.constants.items()}
    return [rows, *({"member": literal(name), "value": value} for name, value in shown.items())]


def _grouped(code: Code) -> Code:
    return Code.of("({})", code) if " " in code else code
