"""What the runtime asks of a database; SQLite is one, others slot in behind the same methods."""

from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from ..call import Unit
from .pool import PoolState

P = ParamSpec("P")
T = TypeVar("T")


class Backend(Protocol):
    """An open database. ``work`` is a plain function: it cannot await, so no transaction outlasts it."""

    async def read(self, work: Callable[Concatenate[Unit, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run ``work`` on one snapshot; it sees every write acknowledged before."""
        ...

    async def write(self, work: Callable[Concatenate[Unit, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run ``work`` as one transaction and return its result once that is durable; raising rolls it back."""
        ...

    async def check(self) -> None:
        """Raise ServiceUnavailable, or what the database raises, where it does not answer."""
        ...

    def new_id(self, unit: Unit, model: type[Any]) -> Any:
        """Take an id for a row of ``model`` that no other row will get, inside a unit of work that writes."""
        ...

    def pool(self) -> PoolState:
        """Tell how busy the database is; costs no more than reading counters."""
        ...

    async def close(self) -> None:
        """Finish what was accepted and let go of the database."""
        ...
