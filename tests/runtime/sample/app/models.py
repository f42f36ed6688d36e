"""The tables of the sample service."""

from sqlalchemy import BigInteger, Boolean, ForeignKey, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from app.runtime.columns import ExactInteger, ExactJSON, ExactNumber, Key
from app.runtime.values import JsonValue


class Base(DeclarativeBase):
    """The tables of this service."""


class Script(Base):
    """A row of scripts."""

    __tablename__ = "scripts"
    __table_args__ = ({"sqlite_autoincrement": True},)

    script_id: Mapped[int] = mapped_column(Key, primary_key=True)
    title: Mapped[str] = mapped_column(Text)
    author: Mapped[str | None] = mapped_column(Text)
    pages: Mapped[int | None] = mapped_column(ExactInteger)
    sequence_number: Mapped[int | None] = mapped_column(BigInteger)
    updated_at: Mapped[str | None] = mapped_column(Text)


class Section(Base):
    """A row of sections."""

    __tablename__ = "sections"
    __table_args__ = ({"sqlite_autoincrement": True},)

    heading_id: Mapped[int] = mapped_column(Key, primary_key=True)
    script_id: Mapped[int] = mapped_column(ForeignKey("scripts.script_id"))
    title: Mapped[str] = mapped_column(Text)


class Label(Base):
    """A row of labels."""

    __tablename__ = "labels"

    name: Mapped[str] = mapped_column(Text, primary_key=True)
    colour: Mapped[str] = mapped_column(Text)


class Note(Base):
    """A row of notes."""

    __tablename__ = "notes"

    note_id: Mapped[str] = mapped_column(Text, primary_key=True)
    data: Mapped[JsonValue | None] = mapped_column(ExactJSON)
    price: Mapped[float | None] = mapped_column(ExactNumber)
    flag: Mapped[bool | None] = mapped_column(Boolean)
    count: Mapped[int | None] = mapped_column(ExactInteger)
    created_at: Mapped[str | None] = mapped_column(Text)
