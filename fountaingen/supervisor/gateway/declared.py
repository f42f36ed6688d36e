"""What a declarative configuration says, read flat: entities that stand in their parents, and that name them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

Data = Mapping[str, Any]

_PARENTS = {"services": "service", "routes": "route", "consumers": "consumer", "upstreams": "upstream"}
_CHILDREN = {
    "services": ("routes", "plugins"),
    "routes": ("plugins",),
    "consumers": ("plugins", "keyauth_credentials", "basicauth_credentials", "jwt_secrets", "acls"),
    "upstreams": ("targets",),
}


@dataclass(frozen=True)
class Entity:
    """One entity: its ``id`` (its own, or one by which it is told apart here), and what it says."""

    id: str
    data: Data = field(repr=False)

    def refers_to(self, kind: str) -> str | None:
        """Return the id or name of the entity that this one belongs to, None where it belongs to none of that kind."""
        value = self.data.get(kind)
        if isinstance(value, Mapping):
            value = value.get("id") or value.get("name") or value.get("username")
        return None if value is None else str(value)

    @property
    def names(self) -> tuple[str, ...]:
        """By what others refer to this one."""
        return (*(str(self.data[key]) for key in ("id", "name", "username") if self.data.get(key)), self.id)


class Declared:
    """Every entity of a configuration, by kind, in the order of the file."""

    def __init__(self, data: Data) -> None:
        self._entities: dict[str, list[Entity]] = {}
        for kind in dict.fromkeys((*_CHILDREN, *(child for children in _CHILDREN.values() for child in children))):
            for item in data.get(kind) or ():
                self._add(kind, item)

    def all(self, kind: str) -> list[Entity]:
        """Return the entities of a kind, such as ``services``."""
        return self._entities.get(kind, [])

    def parents(self, kind: str) -> dict[str, Entity]:
        """Return the entities of a kind by every name that others use for them."""
        return {name: entity for entity in self.all(kind) for name in entity.names}

    def _add(self, kind: str, item: Data) -> None:
        place = self._entities.setdefault(kind, [])
        entity = Entity(str(item.get("id") or item.get("name") or f"{kind}-{len(place)}"), item)
        place.append(entity)
        for child_kind, child in _children(kind, item):
            self._add(child_kind, {**child, _PARENTS[kind]: entity.id})


def _children(kind: str, item: Data) -> Iterator[tuple[str, Data]]:
    for child_kind in _CHILDREN.get(kind, ()):
        for child in item.get(child_kind) or ():
            yield child_kind, child
