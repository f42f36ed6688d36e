"""The requests under way: how many there may be, how long each may take, and how long its body is waited for."""

import asyncio
import logging
import math
from typing import Any, TypeAlias

from starlette.types import Message, Receive

from ..errors import ApiError
from .clock import Clock
from .limits import Limits

logger = logging.getLogger(__name__)

Task: TypeAlias = "asyncio.Task[Any] | None"
"""What a request is answered in; there is always one, which asyncio's types cannot know."""


class Overdue(ApiError):
    """504: the operation has not answered in its time."""

    status = 504


class Running:
    """The requests under way.

    ``since`` holds when the time of each began, the oldest first, None where it is over: its task is cancelled then.
    ``reading`` are those whose bodies are waited for: it is the caller's time that passes, and they do not count among
    the ``most`` that there may be, so that callers who send slowly keep nobody out.
    """

    def __init__(self, limits: Limits, clock: Clock) -> None:
        self.clock = clock
        self.most = limits.requests
        self.queue = limits.queue or math.inf
        self.since: dict[Task, float | None] = {}
        self.reading: dict[Task, Arriving] = {}
        self._refused = 0
        self._limits = limits
        clock.each(self._look)

    def again(self, task: Task) -> None:
        """Let the time of a request begin anew, unless it has been answered."""
        if self.since.pop(task, None) is not None:
            self.since[task] = self.clock.now

    def busy(self) -> ApiError:
        """Return the error for a request that is one too many; what was refused is logged at the next tick."""
        self._refused += 1
        # No ServiceUnavailable: each of those is logged.
        return ApiError("too many requests are under way", status=503, headers={"Retry-After": "1"})

    def overdue(self, task: Task) -> ApiError | None:
        """Return the error for a request whose task was cancelled, None where that was not for its time."""
        if self.since.get(task, 0.0) is not None or task is None or task.cancelling() > 1:
            return None
        seconds = f"{self._limits.request:g} seconds"
        return Overdue(f"there was no answer within {seconds}: what became of the request is not known")

    def _look(self, passed: float) -> None:
        if self._refused:
            logger.warning("%d requests were refused: %d are under way", self._refused, len(self.since))
            self._refused = 0
        if self._limits.request:
            self._end_late()
        if self._limits.body:
            for task, arriving in self.reading.items():
                arriving.waited += passed
                if arriving.waited > self._limits.body + arriving.come / self._limits.rate and not arriving.slow:
                    arriving.slow = True
                    if task is not None:
                        task.cancel()

    def _end_late(self) -> None:
        latest = self.clock.now - self._limits.request
        late: list[Task] = []
        for task, since in self.since.items():
            if since is None or task in self.reading:
                continue
            if since > latest:
                break
            late.append(task)
        for task in late:
            self.since[task] = None
            if task is not None:
                task.cancel()


class Arriving:
    """The body of one request, as it is waited for.

    The request's own time begins anew with every piece. ``come`` is in bytes, ``waited`` in seconds.
    """

    def __init__(self, running: Running, receive: Receive) -> None:
        self.come = 0
        self.waited = 0.0
        self.slow = False
        self._running = running
        self._receive = receive

    async def next(self) -> Message:
        """Return what comes next; raises ApiError where the body has been waited for too long."""
        running = self._running
        task = asyncio.current_task()
        running.reading[task] = self
        try:
            message = await self._receive()
        except asyncio.CancelledError:
            if not self.slow or task is None or task.uncancel():
                raise
            raise ApiError("the body came too slowly", status=408) from None
        finally:
            del running.reading[task]
        if message.get("more_body"):
            self.come += len(message.get("body", b""))
            running.again(task)
        elif len(running.since) - len(running.reading) > running.most:
            raise running.busy()
        return message
