"""Parts of ``kong.yml``: values, and where in a contract what they say was written."""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

Path = tuple[str | int, ...]
"""Keys and positions that lead from a part to what it holds."""


@dataclass(frozen=True)
class Part:
    """An entity or one of its members; ``pointers`` lead into the contract from where its members, or all, are due."""

    data: Mapping[str, Any]
    pointers: Mapping[Path, str] = field(default_factory=dict)

    def holding(self, key: str, parts: Iterable["Part"]) -> "Part":
        """Return the part with a list of others under ``key``, itself where there are none."""
        listed = tuple(parts)
        if not listed:
            return self
        inner = {(key, index, *path): each for index, part in enumerate(listed) for path, each in part.pointers.items()}
        return Part({**self.data, key: [dict(part.data) for part in listed]}, {**self.pointers, **inner})

    def over(self, defaults: Mapping[str, Any]) -> "Part":
        """Return the part with ``defaults`` for what it does not say."""
        return Part({**defaults, **self.data}, self.pointers)

    def under(self, data: Mapping[str, Any]) -> "Part":
        """Return the part with ``data`` instead of what it says of the same."""
        kept = {path: pointer for path, pointer in self.pointers.items() if not path or path[0] not in data}
        return Part({**self.data, **data}, kept)


def entity_id(name: str, kind: str) -> str:
    """Return the id of an entity: the same name gives the same one, as go-apiops makes them (UUIDv5, RFC 9562)."""
    return str(uuid.uuid5(uuid.NAMESPACE_DNS, f"{name}.{kind}"))
