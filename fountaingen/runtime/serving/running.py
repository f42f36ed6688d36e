"""The requests under way: how many there may be, how long each may take, and how long its body is waited for."""

import asyncio
import logging
from typing import Any

from starlette.types import Message, Receive

from ..errors import ApiError, ServiceUnavailable
from .clock import Clock
from .limits import Limits

logger = logging.getLogger(__name__)


class Passage:
    """One request on its way, since when by the clock: what has come of its body, and whether its time is over.

    Its time begins anew with every piece of the body: what is waited for then is the caller, whose time is another.
    """

    since = 0.0
    late = False
    slow = False
    whole = False
    came = 0
    waited = 0.0

    def __init__(self, running: "Running", receive: Receive) -> None:
        self.running = running
        self.task = asyncio.current_task()
        self._receive = receive

    async def receive(self) -> Message:
        """Return what comes next of the request; raises ApiError where the body has been waited for too long."""
        if self.whole:
            return await self._receive()
        running = self.running
        reader = asyncio.current_task()
        running.reading[self] = reader
        try:
            message = await self._receive()
        except asyncio.CancelledError:
            if not self.slow or reader is None:
                raise
            self.slow = False
            reader.uncancel()
            raise ApiError("the body came too slowly", status=408) from None
        finally:
            del running.reading[self]
        self.whole = not message.get("more_body")
        if not self.whole:
            self.came += len(message.get("body", b""))
        if self.since != running.clock.now:
            running.again(self)
        return message


class Running:
    """The passages of one process, the oldest first, and the readers of those whose bodies are waited for."""

    def __init__(self, limits: Limits, clock: Clock) -> None:
        self.clock = clock
        self.most = limits.requests
        self.passages: dict[Passage, None] = {}
        self.reading: dict[Passage, asyncio.Task[Any] | None] = {}
        self._refused = 0
        self._limits = limits
        clock.each(self._look)

    def begin(self, receive: Receive) -> Passage:
        """Return the passage of a request that begins now; it ends with ``end``."""
        passage = Passage(self, receive)
        passage.since = self.clock.now
        self.passages[passage] = None
        return passage

    def end(self, passage: Passage) -> None:
        """Take a passage out: what is sent now may take as long as its caller does."""
        del self.passages[passage]
        if passage.late and passage.task is not None:
            passage.late = False
            passage.task.uncancel()

    def again(self, passage: Passage) -> None:
        """Let the time of a passage begin anew, if it has not ended."""
        if passage in self.passages:
            del self.passages[passage]
            passage.since = self.clock.now
            self.passages[passage] = None

    def busy(self) -> ApiError:
        """Return the error for a request that is one too many."""
        self._refused += 1
        return ServiceUnavailable("too many requests are under way", headers={"Retry-After": "1"})

    def overdue(self, passage: Passage) -> ApiError | None:
        """Return the error for a passage that was cancelled, None where it was not for its time."""
        task = passage.task
        if not passage.late or task is None:
            return None
        passage.late = False
        if task.uncancel():
            # Somebody else wants the end of it, too.
            return None
        seconds = f"{self._limits.request:g} seconds"
        return ApiError(f"there was no answer within {seconds}: what became of the request is not known", status=504)

    def _look(self, passed: float) -> None:
        if self._refused:
            logger.warning("%d requests were refused: %d were under way", self._refused, len(self.passages))
            self._refused = 0
        if self._limits.request:
            self._end_late()
        if self._limits.body and self.reading:
            self._end_slow(passed)

    def _end_late(self) -> None:
        latest = self.clock.now - self._limits.request
        late: list[Passage] = []
        for passage in self.passages:
            if passage.since > latest:
                break
            if not passage.late and passage not in self.reading:
                late.append(passage)
        for passage in late:
            passage.late = True
            if passage.task is not None:
                passage.task.cancel()

    def _end_slow(self, passed: float) -> None:
        for passage, reader in self.reading.items():
            passage.waited += passed
            if passage.waited > self._limits.body + passage.came / self._limits.rate and not passage.slow:
                passage.slow = True
                if reader is not None:
                    reader.cancel()
