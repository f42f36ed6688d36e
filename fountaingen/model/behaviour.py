"""What an operation does when no hook says otherwise: one class a behaviour, each with the reason it was chosen.

``where``, ``given`` and ``filters`` map column names to Python argument names.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum


@dataclass(frozen=True)
class Require:
    """A parent that has to exist before anything is done: the entity's name and how its row is found."""

    entity: str
    where: Mapping[str, str]


@dataclass(frozen=True)
class Answer:
    """The members of a row that the answer shows; none means an answer without a body.

    ``wrap`` names the member of an enclosing object that holds the row; ``required`` are the members of which the
    contract promises that they are always there.
    """

    members: tuple[str, ...] = ()
    wrap: str | None = None
    required: tuple[str, ...] = field(default=(), compare=False)


@dataclass(frozen=True)
class Create:
    """Create a row; ``given`` come from the path, ``fields`` are the members that the request can set.

    ``lacking`` names members that the answer requires and nothing supplies: a hook has to, before it calls this.
    ``within`` is the member of the body that holds the row, where the body is an object around it. ``needs`` names
    members without which no row is made although the contract lets the whole body be left out.
    """

    entity: str
    requires: tuple[Require, ...]
    given: Mapping[str, str]
    fields: tuple[str, ...]
    answer: Answer
    lacking: tuple[str, ...]
    why: str
    within: str | None = None
    needs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Read:
    """Read one row, whole or some of its members."""

    entity: str
    requires: tuple[Require, ...]
    where: Mapping[str, str]
    answer: Answer
    why: str


@dataclass(frozen=True)
class Paging:
    """How a list is paged: Python argument names or None; ``first`` is the number of the first page."""

    limit: str | None = None
    offset: str | None = None
    page: str | None = None
    cursor: str | None = None
    first: int = 1


@dataclass(frozen=True)
class Envelope:
    """The object around a list: the member that holds the rows and members that are computed.

    ``members`` maps other member names to ``total``, ``count``, ``limit``, ``offset``, ``page``, ``next`` or ``more``.
    ``constants`` are those that the contract allows one value.
    After the last page ``next`` is null; ``next-or-empty`` is an empty text and ``next-or-absent`` is left out.
    """

    rows: str
    members: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class ListRows:
    """List rows: filtered by parameters that are named like columns, sorted, paged.

    ``refuses`` tells whether the contract has a status for a sort or a cursor that names nothing; else an order that
    rows do not have is not used, and no rows stand behind such a cursor.
    """

    entity: str
    requires: tuple[Require, ...]
    where: Mapping[str, str]
    paging: Paging
    sort: str | None
    descending: str | None
    answer: Answer
    envelope: Envelope | None
    unused: tuple[str, ...]
    why: str
    refuses: bool = True


class Change(Enum):
    """The ways to change a row; the value is the method of the runtime's Resource."""

    REPLACE = "replace"
    UPDATE = "update"
    PUT = "put"
    MERGE_PATCH = "merge_patch"
    JSON_PATCH = "json_patch"
    PATCH = "patch"


PATCHES = (Change.MERGE_PATCH, Change.JSON_PATCH, Change.PATCH)


@dataclass(frozen=True)
class Statuses:
    """The status of having created a row, and that of having replaced one (RFC 9110 section 9.3.4)."""

    created: int
    replaced: int


@dataclass(frozen=True)
class Update:
    """Change one row; ``fields`` are the members that the request can set.

    Where it may make the row, ``given`` come from the path, and ``statuses`` tell the two apart, None where one does.
    ``keyed`` is the key column and the member of the body that holds it, where the path does not tell the row.
    ``needs`` is as of ``Create``.
    """

    entity: str
    change: Change
    requires: tuple[Require, ...]
    where: Mapping[str, str]
    fields: tuple[str, ...]
    answer: Answer
    why: str
    given: Mapping[str, str] = field(default_factory=dict)
    statuses: Statuses | None = None
    within: str | None = None
    keyed: tuple[str, str] | None = None
    needs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Delete:
    """Delete one row; ``acknowledgement`` is constant: the whole answer, or what stands beside members of the row."""

    entity: str
    requires: tuple[Require, ...]
    where: Mapping[str, str]
    answer: Answer
    acknowledgement: Mapping[str, object] | None
    why: str


@dataclass(frozen=True)
class Constant:
    """Answer the same value each time, as a health check does."""

    value: Mapping[str, object]
    why: str


@dataclass(frozen=True)
class Missing:
    """Nothing can be inferred: a hook is needed. ``why`` says what stands in the way."""

    why: str


ACTIONS = ("none", "create", "read", "list", "replace", "update", "delete")
"""The actions of ``x-fountaingen-operation``; with ``none`` only a hook answers."""

Behaviour = Create | Read | ListRows | Update | Delete | Constant | Missing


def gap(behaviour: Behaviour) -> str | None:
    """Return why an operation cannot do without a hook, or None where its behaviour is whole."""
    match behaviour:
        case Missing(why=why):
            return why
        case Create(lacking=(first, *_)):
            return f"its answer requires {first!r}, which nothing supplies"
        case _:
            return None


def demand(behaviour: Behaviour) -> str | None:
    """Return what of its body an operation cannot do without, which the contract lets be left out; None for nothing.

    An operation that needs a hook anyway demands nothing.
    """
    if gap(behaviour) is not None:
        return None
    match behaviour:
        case Create(entity=entity, needs=(first, *_)):
            return f"creating a row of {entity!r} takes {first!r}: requests without are refused with 400"
        case Update(entity=entity, keyed=keyed, needs=(first, *_)):
            status = 404 if keyed else 400
            return f"replacing a row of {entity!r} takes {first!r}: requests without are refused with {status}"
        case _:
            return None
