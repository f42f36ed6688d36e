"""Lower the schemas of a contract to what the judge runs: JSON Schema 2020-12 that stands alone, one set a direction.

Every reference becomes ``#/$defs/<name>`` with a name of ``[A-Za-z0-9._-]`` only; ``$id``, ``$anchor`` and
``$dynamicRef`` are resolved away. Only keywords that assert something stay, and in requests ``default``, for the
service to fill in.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from fountaingen.stages.lower.defaults import Default, default_of, has_defaults
from fountaingen.stages.lower.documents import DIALECT, standalone
from fountaingen.stages.lower.engine import Engine
from fountaingen.stages.lower.faults import Fault, compile_faults
from fountaingen.stages.lower.index import Index, build_index
from fountaingen.stages.lower.scope import Direction

__all__ = [
    "DIALECT",
    "Default",
    "Defaults",
    "Direction",
    "Fault",
    "Index",
    "Lowered",
    "build_index",
    "default_of",
    "has_defaults",
    "lower",
    "standalone",
]


@dataclass(frozen=True)
class Lowered:
    """What ``lower`` made: the schema of every use, the definitions they reach, and what is wrong with them.

    ``schemas`` maps the pointers that were asked for to schemas, ``definitions`` the names below ``#/$defs`` to theirs.
    """

    schemas: dict[str, Any]
    definitions: dict[str, Any]
    faults: tuple[Fault, ...] = field(default=())


def lower(index: Index, uses: Iterable[str], direction: Direction) -> Lowered:
    """Lower the schemas at the pointers ``uses`` into the indexed contract, with all that they reach.

    The order of ``uses`` does not matter to names or content. Faults are those of references, of patterns and of the
    whole as the validator compiles it.
    """
    engine = Engine(index, direction)
    schemas = {use: engine.use(use) for use in sorted(set(uses))}
    definitions = dict(sorted(engine.definitions().items()))
    faults = [*engine.faults, *compile_faults(index, schemas, definitions, engine.origins)]
    return Lowered(schemas, definitions, tuple(dict.fromkeys(faults)))


class Defaults:
    """The defaults of the parameters of one contract."""

    def __init__(self, data: Any) -> None:
        self._data = data

    @cached_property
    def _engine(self) -> Engine:
        return Engine(build_index(self._data), Direction.REQUEST)

    def of(self, pointer: str) -> Default | None:
        """Return the default of the schema at ``pointer``, None where there is none or it is not a valid value."""
        schema = self._engine.use(pointer)
        return default_of(schema, self._engine.definitions())
