"""JSON lines on stdout: one object a line, the request's id and operation in it; uvicorn's own logs too."""

import json
import logging
import sys
import threading
from datetime import UTC, datetime
from typing import Any, TypeGuard

import pydantic_core

from ..observability.exceptions import in_full, told, without_traceback
from ..observability.traces import current
from .requests import caller, operation_id, request_id, shown_path

logger = logging.getLogger(__name__)

_NAME = "json lines on stdout"
_DELETE = "\x7f"
_LONGEST_CALLER = 200


class JsonFormatter(logging.Formatter):
    """Formats a record as one JSON object; text from outside cannot start a new line, nor steer a terminal.

    Of an exception it tells the class and where it was raised; with ``tracebacks`` all that Python tells, which holds
    whatever values the exception was made of.
    """

    def __init__(self, service: str, *, tracebacks: bool = False) -> None:
        super().__init__()
        self._service = service
        self._tracebacks = tracebacks

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC)
            .isoformat(timespec="milliseconds")
            .replace("+00:00", "Z"),
            "level": record.levelname,
            "message": self._message(record),
            "logger": record.name,
            "service": self._service,
        }
        if identifier := request_id.get():
            line["request_id"] = identifier
            of_request, subject = caller.get()
            if of_request == identifier:
                line["caller"] = subject[:_LONGEST_CALLER]
        line |= current.traces.ids()
        if operation := operation_id():
            line["operation"] = operation
        line |= getattr(record, "fields", {})
        if record.exc_info and (error := record.exc_info[1]) is not None:
            line["error"] = told(error)
            if self._tracebacks:
                line["traceback"] = in_full(error)
        # Inside a string a lone surrogate of an undecodable path would stop the writer.
        written = pydantic_core.to_json(_encodable(line), inf_nan_mode="constants", fallback=str).decode()
        return written if written.isascii() and _DELETE not in written else _visible(written)

    def _message(self, record: logging.LogRecord) -> str:
        message = record.getMessage()
        if self._tracebacks:
            return message
        # What asyncio tells of a task after the first line is its exception, as it is written.
        return message.partition("\n")[0] if record.name == "asyncio" else without_traceback(message)


class StdoutHandler(logging.Handler):
    """Writes each record to whatever sys.stdout is at the time."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line."""
        try:
            sys.stdout.write(self.format(record) + "\n")
            sys.stdout.flush()
        except Exception:
            self.handleError(record)


class WithoutSecrets(logging.Filter):
    """Takes out of what uvicorn tells of requests the query, in which a key may stand, and secrets in the path."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let the record pass, its path shortened."""
        if isinstance(record.args, tuple):
            record.args = tuple(
                shown_path(each.partition("?")[0]) if _is_target(each) else each for each in record.args
            )
        return True


def _is_target(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and value.startswith("/")


def configure(service: str, level: str, *, tracebacks: bool = False) -> None:
    """Send everything that is logged, uvicorn's messages too, to stdout as JSON lines."""
    handler = StdoutHandler()
    handler.name = _NAME
    handler.setFormatter(JsonFormatter(service, tracebacks=tracebacks))
    root = logging.getLogger()
    for other in [each for each in root.handlers if each.name == _NAME]:
        root.removeHandler(other)
    root.addHandler(handler)
    root.setLevel(level)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        # Started with --no-access-log, uvicorn has left its access log without anybody to tell.
        logger.propagate = logger.hasHandlers()
        logger.handlers = []
        logger.filters = [WithoutSecrets()]
    # httpx tells of every request at INFO; the access log is the place for that.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    if threading.excepthook is threading.__excepthook__:
        threading.excepthook = _thread_ended


def _thread_ended(ended: threading.ExceptHookArgs) -> None:
    """Log what ended a thread, which Python prints as a traceback."""
    if ended.exc_value is not None and not isinstance(ended.exc_value, SystemExit):
        logger.error("a thread ended unexpectedly", exc_info=ended.exc_value)


def _encodable(line: dict[str, Any]) -> dict[str, Any]:
    return {
        name: value.encode("utf-8", "backslashreplace").decode() if isinstance(value, str) else value
        for name, value in line.items()
    }


def _visible(written: str) -> str:
    """Return JSON with everything escaped that is not shown: C1 and bidi controls, line separators (RFC 8259 sec. 7).

    Such characters stand inside strings only.
    """
    return "".join(each if each.isprintable() else json.dumps(each)[1:-1] for each in written)
