"""A connection of uvicorn's that is bounded: in what it sends, how slowly, and what it leaves untaken.

uvicorn waits for ever for a head, reads one of any size, and queues as many requests as are sent at once. Reads of the
socket are a quarter of a megabyte at most: what is counted after each of them is bounded by that.
"""

from time import monotonic
from typing import Any

from httptools import HttpParserError, HttpParserUpgrade
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from .connection_table import ConnectionTable, Queue
from .limits import Limits
from .requests import CAME
from .transports import Last, expect_acknowledgement, has_left

_MOST_QUEUED = 100
"""How many requests may wait for the answer to one before; the rest is left to be sent again."""
_FRAMING = 64 * 1024
_FRAMING_PER_BYTE = 8
"""What chunks, their extensions and trailers may take: so many bytes, and so many for each of the body."""
_TOO_LONG = (414, "the target of the request is too long")
_TOO_MUCH = (431, "the head of the request is too large")
_GARBLED = (400, "this is not HTTP")


class Refused(Exception):
    """What is sent is not looked at any further."""


class Connection(HttpToolsProtocol):
    """A connection; subclasses say in whose ``table``, and what of it is asked for with every request."""

    table: ConnectionTable
    limits: Limits
    idle: Queue

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self._queue: Queue | None = None
        self._answering: RequestResponseCycle | None = None
        self._deaf = False
        self._fault = _GARBLED
        self._in_head = False
        # In bytes: the read at hand, all reads after the one in which the message began, and what was body of it.
        self._fed = 0
        self._read = 0
        self._body = 0

    def connection_made(self, transport: Any) -> None:
        """Take the connection in, or refuse it."""
        super().connection_made(transport)
        expect_acknowledgement(transport, self.limits.sending)
        if self.table.admit(self, len(self.connections)):
            self._queue = self.table.opening
        else:
            self._refuse(503, "too many connections are open")

    def connection_lost(self, exc: Exception | None) -> None:
        """Let go of it."""
        self.table.forget(self)
        self._leave_alone()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take what was read."""
        if self._deaf:
            return
        if self._queue is self.idle:
            del self.idle[self]
            self._queue = None
        self._fed = len(data)
        try:
            self.parser.feed_data(data)
        except HttpParserError:
            self._refuse(*self._fault)
            return
        except HttpParserUpgrade:
            if self._should_upgrade():
                self.table.forget(self)
                self.handle_websocket_upgrade()
                return
        self._read += self._fed
        if (self._read or self.headers) and self._is_too_much():
            self._refuse(*self._fault)
        elif self._queue is None:
            if self.cycle is None or self.cycle.response_complete:
                self._wait(self.table.opening)
            elif self.cycle.more_body:
                self._wait(self.table.sending)
        elif self._queue is self.table.sending and not self.cycle.more_body:
            self._leave()

    def on_message_begin(self) -> None:
        """Begin a request."""
        self._in_head = True
        self._read = -self._fed
        self._body = 0
        if len(self.pipeline) >= _MOST_QUEUED:
            raise Refused
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Start the request, unless its head is too large."""
        limits = self.limits
        if len(self.url) > limits.url:
            self._fault = _TOO_LONG
            raise Refused
        # What came in one small read need not be looked at any closer.
        is_large = (self._read >= 0 or self._fed > limits.head) and _size(self.headers) > limits.head
        if is_large or len(self.headers) > limits.headers:
            self._fault = _TOO_MUCH
            raise Refused
        before = self.cycle
        self.scope["state"][CAME] = monotonic()
        super().on_headers_complete()
        self._in_head = False
        if self._queue is not None:
            self._leave()
        if self.cycle is not before:
            # Trailers come into a list of their own: they are no headers (RFC 9110 section 6.5.1).
            self.headers = []
            if not self.cycle.keep_alive:
                self.cycle.transport = Last(self.transport, self.end)

    def on_body(self, body: bytes) -> None:
        """Take a piece of the body."""
        self._body += len(body)
        super().on_body(body)

    def on_response_complete(self) -> None:
        """Go on with the next request, or wait for it."""
        self.server_state.total_requests += 1
        if self._queue is self.table.leaving:
            return
        if self._queue is not None:
            self._leave()
        if self.transport.is_closing():
            self._wait(self.table.leaving)
            return
        self.flow.resume_reading()
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())
        else:
            queue = self._queue = self.table.opening if self._in_head else self.idle
            queue[self] = self.table.clock.now

    def pause_writing(self) -> None:
        """Wait until the caller has taken some of the answer."""
        super().pause_writing()
        self.table.stall(self)

    def resume_writing(self) -> None:
        """Go on."""
        super().resume_writing()
        self.table.resume(self)

    @property
    def unsent(self) -> int:
        """How many bytes wait for the caller to take them."""
        return 0 if self.transport is None else self.transport.get_write_buffer_size()

    def time_out(self) -> None:
        """Refuse what has come of a request, or close where nothing has."""
        if self._in_head:
            self._refuse(408, "the request came too slowly")
        else:
            self.close_when_taken()

    def close_when_taken(self) -> None:
        """Close when the last answer has been taken."""
        self._deaf = True
        self.transport.close()
        self._wait(self.table.leaving)

    def cut(self) -> None:
        """End here and now."""
        self._deaf = True
        self._leave_alone()
        self.transport.abort()

    def end(self) -> None:
        """Close when the answer has been taken; what is left of the request is read, but not looked at."""
        if not self.cycle.more_body or self.transport.is_closing():
            self.transport.close()
            return
        self._deaf = True
        self.flow.resume_reading()
        self._fall_silent()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        if self._answering is None and has_left(self.transport):
            # Of those who waited to be let in, many may have given up.
            self.cut()
            return
        self._answering = cycle
        super()._start_asgi_task(cycle, app)

    def _leave_alone(self) -> None:
        """Tell whoever answers that nobody is there; where more was asked, uvicorn tells only who would answer last."""
        cycle = self._answering
        if cycle is not None and not cycle.response_complete:
            cycle.disconnected = True
            cycle.message_event.set()

    def _wait(self, queue: Queue) -> None:
        if self._queue is not None:
            self._queue.pop(self, None)
        self._queue = queue
        queue[self] = self.table.clock.now

    def _leave(self) -> None:
        if self._queue is not None:
            self._queue.pop(self, None)
            self._queue = None

    def _is_too_much(self) -> bool:
        """Whether more was read than a head, or what is not body of a body, may hold."""
        limits = self.limits
        if self._in_head and len(self.url) > limits.url:
            self._fault = _TOO_LONG
            return True
        self._fault = _TOO_MUCH
        most = limits.head if self._in_head else _FRAMING + _FRAMING_PER_BYTE * self._body
        if self._read > most or len(self.headers) > limits.headers:
            return True
        self._fault = _GARBLED
        return False

    def _refuse(self, status: int, reason: str) -> None:
        """Listen no more, and say why as soon as that can be said without coming before another answer."""
        self._deaf = True
        cycle = self.cycle
        if cycle is not None and not cycle.response_complete:
            if self._in_head:
                # The connection ends with the last answer to what came before.
                cycle.keep_alive = False
                return
            if self.pipeline or cycle.response_started:
                self.cut()
                return
            cycle.disconnected = True
            cycle.message_event.set()
        self.transport.write(self.table.refusal(status, reason))
        self._fall_silent()

    def _fall_silent(self) -> None:
        """Say that nothing more will be said."""
        if self.transport.can_write_eof():
            # Closed while the caller still sends, the connection would be reset, and the answer lost (RFC 9112 9.6).
            self.transport.write_eof()
        else:
            self.transport.close()
        self._wait(self.table.leaving)


def connections_of(table: ConnectionTable) -> type[Connection]:
    """Return the class of the connections of ``table``."""
    return type("BoundedConnection", (Connection,), {"table": table, "limits": table.limits, "idle": table.idle})


def _size(headers: list[tuple[bytes, bytes]]) -> int:
    return sum(len(name) + len(value) + 4 for name, value in headers)
