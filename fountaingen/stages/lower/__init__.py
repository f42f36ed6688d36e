"""Lower the schemas of a contract to what the judge runs: JSON Schema 2020-12 that stands alone, one set a direction.

Every reference becomes ``#/$defs/<name>`` with a name of ``[A-Za-z0-9._-]`` only; ``$id``, ``$anchor`` and
``$dynamicRef`` are resolved away. Only keywords that assert something stay.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from fountaingen.stages.lower.engine import Engine
from fountaingen.stages.lower.faults import Fault, compile_faults
from fountaingen.stages.lower.index import Index, build_index
from fountaingen.stages.lower.scope import Direction

__all__ = ["DIALECT", "Direction", "Fault", "Index", "Lowered", "build_index", "lower", "standalone"]

DIALECT = "https://json-schema.org/draft/2020-12/schema"


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


def standalone(schema: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    """Return ``schema`` as one document: with its dialect and the definitions that it reaches."""
    names: dict[str, None] = {}
    pending = [schema]
    while pending:
        value = pending.pop()
        if isinstance(value, list):
            pending.extend(value)
        elif isinstance(value, dict):
            ref = value.get("$ref")
            name = ref.removeprefix("#/$defs/") if isinstance(ref, str) else ""
            if name in definitions and name not in names:
                names[name] = None
                pending.append(definitions[name])
            pending.extend(value.values())
    return {"$schema": DIALECT, "$defs": {name: definitions[name] for name in sorted(names)}, "allOf": [schema]}
