"""The direction a message goes, and what a schema inherits from the place that it is reached from."""

from dataclasses import dataclass, replace
from enum import Enum

DynamicBindings = tuple[tuple[str, str], ...]


class Direction(Enum):
    """Which way a message goes; the value is its key in ``schemas.json``."""

    REQUEST = "request"
    RESPONSE = "response"

    @property
    def hiding(self) -> str:
        """The keyword that keeps a property out of messages of this direction."""
        return "readOnly" if self is Direction.REQUEST else "writeOnly"


@dataclass(frozen=True)
class Scope:
    """What holds at a schema because of where it was reached from; it is lowered once for each scope that matters.

    ``dynamic`` binds dynamic anchors to pointers, outermost resource first. ``hidden`` are property names that a
    schema around this one, about the same value, keeps out of this direction. ``dispatched`` are the schemas whose
    discriminator has chosen already for this value. ``neutral`` says that directions do not count: inside ``not`` and
    ``if``, where leaving out a requirement would turn its meaning around.
    """

    dynamic: DynamicBindings = ()
    hidden: frozenset[str] = frozenset()
    dispatched: frozenset[str] = frozenset()
    neutral: bool = False

    def below(self) -> "Scope":
        """Return the scope of a schema about a part of the value: a member or an item."""
        return Scope(dynamic=self.dynamic, neutral=self.neutral)

    def as_neutral(self) -> "Scope":
        return replace(self, neutral=True, hidden=frozenset())

    def hide(self, names: frozenset[str]) -> "Scope":
        return replace(self, hidden=self.hidden | names) if names and not self.neutral else self

    def dispatch(self, pointer: str) -> "Scope":
        return replace(self, dispatched=self.dispatched | {pointer})

    def enter(self, anchors: DynamicBindings) -> "Scope":
        """Return the scope inside a resource with these dynamic anchors; bindings made further out stay."""
        if not anchors:
            return self
        return replace(self, dynamic=tuple(sorted({**dict(anchors), **dict(self.dynamic)}.items())))


EMPTY = Scope()
