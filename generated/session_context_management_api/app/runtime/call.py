"""What an endpoint is given (Call), what it works on (Unit) and what it may answer (Answer, Reply)."""

from collections.abc import AsyncIterable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeAlias, TypeVar

from pydantic import BaseModel
from sqlalchemy import Connection
from starlette.types import Scope

from .errors import NotImplementedByHook
from .responses.locations import locations
from .security import Identity
from .storage.faults import Unshowable
from .uploads import Upload
from .values import JsonValue

if TYPE_CHECKING:
    from .contract import Operation
    from .database import Database
    from .responses.responder import Preference, Responder
    from .responses.streams import Leaving

P = ParamSpec("P")
T = TypeVar("T")

_NONE: Mapping[str, Any] = MappingProxyType({})
_SCALARS = (Upload, str, int, float)


def _none() -> Mapping[str, Any]:
    return _NONE


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit of work: ``connection`` inside a transaction, ``columns`` that a hook decided for the rows written."""

    connection: Connection
    columns: Mapping[str, Any] = field(default_factory=_none)


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer with more than a body: a status other than the success, headers, a media type.

    A body can also be what is sent while it is made: an async iterator of bytes, text, events or JSON values, as the
    media type has it, or the path of a file. A header's value is of its schema's type.
    """

    body: "JsonValue | bytes | BaseModel | Sequence[BaseModel] | AsyncIterable[Any] | Path" = None
    status: int | None = None
    headers: Mapping[str, JsonValue] = field(default_factory=_none)
    media_type: str | None = None


Answer: TypeAlias = (
    JsonValue | bytes | BaseModel | Sequence[BaseModel] | Sequence[JsonValue] | AsyncIterable[Any] | Path | Reply
)


class Call:
    """One request on its way through an endpoint."""

    __slots__ = (
        "_responder",
        "created",
        "database",
        "headers",
        "identity",
        "judged",
        "operation",
        "preference",
        "request_id",
        "scope",
        "written",
    )

    def __init__(self, operation: "Operation", responder: "Responder", database: "Database", request_id: str) -> None:
        self.operation = operation
        self.database = database
        self.request_id = request_id
        self.identity: Identity | None = None
        # The answer that a default behaviour gave and that was found right: it is not judged a second time.
        self.judged: Any = None
        # What leaves for it, where finding out that it is right took writing it.
        self.written: Leaving | None = None
        # Whether a PUT made its row or replaced one; None where no default behaviour said so.
        self.created: bool | None = None
        # The request, where an answer has to tell a URL; and the headers that a default behaviour knows.
        self.scope: Scope | None = None
        self.headers: Mapping[str, str] = _NONE
        # What the caller's Accept header says, None where it leaves all open.
        self.preference: Preference | None = None
        self._responder = responder

    @property
    def media_type(self) -> str:
        """The declared type that the caller likes best of those the success can have, empty where it has no body."""
        return self._responder.favourite(self.preference)

    async def read(self, fn: Callable[Concatenate[Unit, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a default behaviour that reads; raises NotImplementedByHook where the contract refuses what it gives."""
        self.judged = result = await self.database.read(fn, *args, **kwargs)
        self._satisfy(result)
        return result

    async def write(self, fn: Callable[Concatenate[Unit, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a default behaviour that writes as one transaction; what the contract refuses is rolled back.

        The body is the last argument. Raises NotImplementedByHook for a scalar, as of a media type that is not JSON.
        """
        if self.operation.body is not None and isinstance(args[-1], _SCALARS):
            raise self._missing("the default behaviour takes JSON objects")

        def work(unit: Unit) -> T:
            try:
                result = fn(unit, *args, **kwargs)
            except Unshowable as refusal:
                raise self._missing("the default behaviour cannot satisfy the contract") from refusal
            if self.operation.location:
                self.locate(result)
            self._satisfy(result)
            return result

        self.judged = result = await self.database.write(work)
        return result

    def locate(self, result: Any) -> None:
        """Tell where the row is found that a default behaviour created."""
        if self.scope is not None and self.operation.location:
            body = result.body if isinstance(result, Reply) else result
            found = locations(self.scope, body, self.operation.location)
            fitting = next((each for each in found if self._responder.allows("location", each)), None)
            self.headers = {} if fitting is None else {"location": fitting}

    def _satisfy(self, result: Any) -> None:
        found = self._responder.refusal(result, self)
        if found is not None and self._responder.withhold(result):
            found = self._responder.refusal(result, self)
        if found is not None:
            raise self._missing(f"the default behaviour of {self.operation.id} cannot satisfy the contract") from found

    def _missing(self, reason: str) -> NotImplementedByHook:
        operation = self.operation
        return NotImplementedByHook(operation.id, hook=f"async def {operation.hook}(ctx, …)", reason=reason)
