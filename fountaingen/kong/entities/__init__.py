"""The tables of a declarative configuration: what an entry of each may say, and how entries refer to each other."""

from collections.abc import Mapping

from fountaingen.kong.entities import consumers, routing, secrets
from fountaingen.kong.entities.entity import Entity
from fountaingen.kong.entities.plugins import PLUGINS

ENTITIES: Mapping[str, Entity] = {
    entity.name: entity for entity in (*secrets.ENTITIES, *routing.ENTITIES, *consumers.ENTITIES, PLUGINS)
}
"""Every table by its name; an entity stands after those that it refers to."""

__all__ = ["ENTITIES", "Entity"]
