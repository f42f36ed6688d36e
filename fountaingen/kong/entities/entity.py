"""One table of a configuration."""

from dataclasses import dataclass

from fountaingen.kong.schema.fields import Foreign, Record


@dataclass(frozen=True)
class Entity:
    """A table: its name, what an entry is, and the fields that name an entry.

    ``endpoint_key`` is the field that others refer to an entry by (beside its id); where it is ``unique``, two entries
    with one value are refused. Kong computes the id of an entry without one from that field, or from ``cache_key``.
    """

    name: str
    record: Record
    endpoint_key: str | None = None
    unique: bool = True
    cache_key: tuple[str, ...] = ()

    @property
    def references(self) -> dict[str, str]:
        """The tables that an entry refers to by field."""
        return {name: field.table for name, field in self.record.fields.items() if isinstance(field, Foreign)}
