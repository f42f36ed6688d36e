"""The table of plugins, of which each kind brings a configuration of its own."""

from fountaingen.kong.entities.entity import Entity
from fountaingen.kong.plugins import BUNDLED
from fountaingen.kong.schema import typedefs
from fountaingen.kong.schema.fields import Kinds, Record, Text

PLUGINS = Entity(
    "plugins",
    Record(
        fields={
            "id": typedefs.uuid(),
            "name": Text(required=True),
            "instance_name": typedefs.name(),
            "created_at": typedefs.stamp(),
            "updated_at": typedefs.stamp(),
            "route": typedefs.reference("routes"),
            "service": typedefs.reference("services"),
            "consumer": typedefs.reference("consumers"),
            "config": Record(fields={}),
            "protocols": typedefs.protocols(),
            "enabled": typedefs.flag(True, required=True),
            "tags": typedefs.tags(),
        },
        kinds=Kinds(
            key="name",
            table=BUNDLED,
            unknown="plugin '{}' not enabled; add it to the 'plugins' configuration property",
        ),
    ),
    endpoint_key="instance_name",
    cache_key=("name", "route", "service", "consumer"),
)
