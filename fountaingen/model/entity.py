"""Entities: the tables that a contract implies or declares."""

from dataclasses import dataclass, field
from enum import Enum


class ColumnType(Enum):
    """How a column keeps a value: exactly as it came, in the narrowest type that can."""

    KEY = "Key"
    TEXT = "Text"
    BIG_INTEGER = "BigInteger"
    INTEGER = "ExactInteger"
    NUMBER = "ExactNumber"
    BOOLEAN = "Boolean"
    JSON = "ExactJSON"


class Keeper(Enum):
    """Who gives a column its value: the client, or the server in one of its ways; no message names ``EXTRA``."""

    CLIENT = "client"
    KEY = "key"
    CREATED = "created"
    UPDATED = "updated"
    PATH = "path"
    CONSTANT = "constant"
    EXTRA = "extra"


class Clock(Enum):
    """How a time that the server keeps is written; the value is the function of ``runtime/storage/clocks.py``."""

    DATE_TIME = "rfc3339"
    DATE = "full_date"
    RFC_2822 = "rfc2822"
    UNIX = "unix_time"


@dataclass(frozen=True)
class Spelled:
    """How keys that the server gives are spelled: a part is text as it is, or an alphabet and how many of it."""

    parts: tuple[str | tuple[str, int], ...]


@dataclass(frozen=True)
class Ulid:
    """Keys that the server gives are ULIDs."""


KeyMaker = Spelled | Ulid


@dataclass(frozen=True)
class Column:
    """One column. ``wire`` is the member of messages that it appears as, None where no message shows it.

    ``aliases`` are other spellings of that member: a form may say ``FriendlyName`` and an answer ``friendly_name``.
    ``nullable`` is SQL's; ``shows_null`` says that an absent value is shown as ``null``, ``keeps_null`` that the two
    are told apart. ``references`` names a table, ``maker`` what makes keys other than numbers and UUIDs, ``clock`` how
    a time is written that the server keeps, ``constant`` is what every new row has where ``keeper`` says so.
    """

    name: str
    wire: str | None
    type: ColumnType
    nullable: bool = True
    shows_null: bool = False
    keeper: Keeper = Keeper.CLIENT
    unique: bool = False
    index: bool = False
    references: str | None = None
    why: str = ""
    pointer: str = ""
    aliases: tuple[str, ...] = ()
    keeps_null: bool = False
    maker: KeyMaker | None = None
    clock: Clock = Clock.DATE_TIME
    constant: object = None

    @property
    def spellings(self) -> tuple[str, ...]:
        """Every name that messages call it by, its own last."""
        return (*self.aliases, self.wire) if self.wire is not None else ()


@dataclass(frozen=True)
class Entity:
    """One table, its class and the constant that operations reach it by."""

    name: str
    class_name: str
    constant: str
    table: str
    key: str
    columns: tuple[Column, ...]
    order: tuple[str, ...]
    unique: tuple[tuple[str, ...], ...] = ()
    indexes: tuple[tuple[str, ...], ...] = ()
    why: str = ""
    pointer: str = ""
    label: str = ""
    by_wire: dict[str, Column] = field(init=False, repr=False, compare=False)
    by_name: dict[str, Column] = field(init=False, repr=False, compare=False)

    @property
    def is_open(self) -> bool:
        """Whether rows keep members that no schema names."""
        return any(column.keeper is Keeper.EXTRA for column in self.columns)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_wire", {name: column for column in self.columns for name in column.spellings})
        object.__setattr__(self, "by_name", {column.name: column for column in self.columns})
