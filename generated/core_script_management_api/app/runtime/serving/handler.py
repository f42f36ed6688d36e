"""One operation, compiled: admit, decode, read, call, judge, answer."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.types import Receive, Scope

from ..bodies.incoming import Budget, ClientGone
from ..bodies.reader import BodyReader
from ..call import Call
from ..contract import Contract, Operation
from ..database import Database
from ..errors import ApiError, NotImplementedByHook
from ..parameters.binder import Binder, Sources
from ..responses.failures import Failures, UndeclaredErrors
from ..responses.outcomes import Outcome, ResponseViolation
from ..responses.responder import Responder
from ..responses.streams import Leaving, Streamed
from ..responses.writers import Kept
from ..security import Guard
from ..settings import Settings
from .requests import FAILURE, OPERATION
from .running import Arriving, Running

logger = logging.getLogger(__name__)

Endpoint = Callable[..., Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Means:
    """What every operation of a service works with."""

    contract: Contract
    database: Database
    settings: Settings
    guards: Mapping[str, Guard]
    undeclared: UndeclaredErrors
    budget: Budget
    running: Running


class Handler:
    """Answers the requests of one operation."""

    __slots__ = (
        "_body",
        "_budget",
        "_database",
        "_endpoint",
        "_failures",
        "_guard",
        "_held",
        "_operation",
        "_parameters",
        "_responder",
        "_running",
    )

    def __init__(self, operation: Operation, endpoint: Endpoint, means: Means) -> None:
        self._operation = operation
        self._endpoint = endpoint
        self._guard = means.guards.get(operation.id)
        self._parameters = Binder(operation)
        self._budget = means.budget
        self._held = means.budget.held
        self._body: BodyReader | None = None
        if operation.body:
            self._body = BodyReader(operation.body, means.settings, operation.method, means.budget)
        self._responder = Responder(operation, Kept(means.contract.responses, means.settings.event_keep_alive or None))
        self._failures = Failures(operation, means.contract, means.undeclared)
        self._database = means.database
        self._running = means.running

    async def answer(self, scope: Scope, receive: Receive, path: Mapping[str, str], request_id: str) -> Leaving:
        """Return what to send; every error has become an answer. Raises ClientGone where nobody waits for one."""
        operation = self._operation
        scope[OPERATION] = operation
        try:
            call = Call(operation, self._responder, self._database, request_id)
            if self._guard is not None:
                call.identity = await self._guard.admit(Sources(scope, path))
            call.scope = scope
            call.preference = self._responder.preference(scope["headers"])
            arguments = self._parameters.bind(scope, path)
            if self._body is not None:
                arguments.append(await self._body.read(scope, Arriving(self._running, receive).next))
            answer = await self._endpoint(call, *arguments)
            if self._held:
                # What was written of it together with others is not answered together: that takes a while, too.
                await self._budget.turn_if_held()
            outcome = self._responder.outcome(answer, call)
            if type(outcome) is Streamed:
                await outcome.begin()
            return outcome
        except ApiError as error:
            return self._failed(error, scope, request_id)
        except ClientGone:
            raise
        except ResponseViolation as violation:
            scope[FAILURE] = violation
            logger.error("the answer of %s breaks the contract: %s", operation.id, violation)
        except Exception as error:
            scope[FAILURE] = error
            logger.exception("unhandled error in %s", operation.id)
        finally:
            if self._held:
                self._budget.release()
        return self._failed(ApiError("an unexpected error occurred"), scope, request_id)

    def refuse(self, error: ApiError, scope: Scope, request_id: str) -> Outcome:
        """Return what to send where the operation is not, or no longer, asked."""
        scope[OPERATION] = self._operation
        return self._failed(error, scope, request_id)

    def _failed(self, error: ApiError, scope: Scope, request_id: str) -> Outcome:
        if isinstance(error, NotImplementedByHook) and error.__cause__ is not None:
            logger.error("the default behaviour of %s breaks the contract: %s", self._operation.id, error.__cause__)
        elif error.status >= 500 and type(error) is not ApiError:
            logger.warning("%s failed: %s", self._operation.id, error.message)
        return self._failures.outcome(error, request_id, scope["path"])
