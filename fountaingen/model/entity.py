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
    """Who gives a column its value: the client, or the server in one of its ways."""

    CLIENT = "client"
    KEY = "key"
    CREATED = "created"
    UPDATED = "updated"
    PATH = "path"


@dataclass(frozen=True)
class Column:
    """One column. ``wire`` is the member of messages that it appears as, None where no message shows it.

    ``aliases`` are other spellings of that member: a form may say ``FriendlyName`` and an answer ``friendly_name``.
    ``nullable`` is SQL's; ``shows_null`` says that an absent value is shown as ``null``. ``references`` names a table.
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

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_wire", {name: column for column in self.columns for name in column.spellings})
        object.__setattr__(self, "by_name", {column.name: column for column in self.columns})
