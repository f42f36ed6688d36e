"""A database whose units of work are spans."""

from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec, TypeVar

from opentelemetry.trace import SpanKind, StatusCode, Tracer, get_current_span

from ..call import Unit
from ..errors import ApiError
from ..storage.backend import Backend
from ..storage.pool import PoolState

P = ParamSpec("P")
T = TypeVar("T")


class TracedBackend:
    """Does what ``backend`` does; ``system`` is what it is called in OpenTelemetry's conventions for databases."""

    def __init__(self, backend: Backend, system: str, tracer: Tracer) -> None:
        self._backend = backend
        self._system = system
        self._tracer = tracer

    async def read(self, work: Callable[Concatenate[Unit, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run ``work`` on one snapshot, in a span."""
        if not get_current_span().is_recording():
            return await self._backend.read(work, *args, **kwargs)
        with _Span(self._tracer, self._system, "read"):
            return await self._backend.read(work, *args, **kwargs)

    async def write(self, work: Callable[Concatenate[Unit, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run ``work`` as one transaction, in a span that ends when it is durable."""
        if not get_current_span().is_recording():
            return await self._backend.write(work, *args, **kwargs)
        with _Span(self._tracer, self._system, "write"):
            return await self._backend.write(work, *args, **kwargs)

    async def check(self) -> None:
        """Raise where the database does not answer; nobody's request needs a span for it."""
        await self._backend.check()

    def new_id(self, unit: Unit, model: type[Any]) -> Any:
        """Take an id for a row of ``model`` that no other row will get, inside a unit of work that writes."""
        return self._backend.new_id(unit, model)

    def pool(self) -> PoolState:
        """Tell how busy the database is."""
        return self._backend.pool()

    async def close(self) -> None:
        """Finish what was accepted and let go of the database."""
        await self._backend.close()


class _Span:
    """A span that is nobody's parent, so that it costs no change of context."""

    __slots__ = ("_span",)

    def __init__(self, tracer: Tracer, system: str, name: str) -> None:
        attributes = {"db.system.name": system, "db.operation.name": name}
        self._span = tracer.start_span(f"{name} {system}", kind=SpanKind.CLIENT, attributes=attributes)

    def __enter__(self) -> None:
        """Begin."""

    def __exit__(self, _kind: object, error: BaseException | None, _where: object) -> None:
        """End it; an answer such as 404 is no failure of the database."""
        if error is not None and not (isinstance(error, ApiError) and error.status < 500):
            self._span.set_attribute("error.type", type(error).__qualname__)
            self._span.set_status(StatusCode.ERROR)
        self._span.end()
