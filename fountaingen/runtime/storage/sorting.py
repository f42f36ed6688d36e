"""Sort parameters: which declared fields, which way."""

from collections.abc import Mapping, Sequence

from ..errors import BadRequest
from .table import Order


def order_of(sort: str | Sequence[str] | None, descending: bool | str | None, fields: Mapping[str, str]) -> Order:
    """Return the order that ``sort`` asks for: ``name``, ``-name``, ``+name``, ``name:desc``, by commas or as a list.

    ``descending`` turns every name without a direction of its own; ``desc`` and ``asc`` do too. Raises BadRequest where
    a name is none of ``fields``.
    """
    if not sort:
        return ()
    down = descending is True or (isinstance(descending, str) and descending.lower().startswith("desc"))
    names = sort.split(",") if isinstance(sort, str) else sort
    order = dict(_one(name.strip(), down, fields) for name in names)
    return tuple(order.items())


def _one(text: str, down: bool, fields: Mapping[str, str]) -> tuple[str, bool]:
    name, _, way = text.partition(":")
    if name.startswith(("-", "+")) and name not in fields:
        down = name.startswith("-")
        name = name[1:]
    if way:
        down = way.lower().startswith("desc")
    if name not in fields or way.lower() not in ("", "asc", "desc", "ascending", "descending"):
        raise BadRequest("the list cannot be sorted by that")
    return fields[name], down
