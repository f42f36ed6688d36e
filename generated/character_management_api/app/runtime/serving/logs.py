"""JSON lines on stdout: one object a line, the request's id and operation in it; uvicorn's own logs too."""

import logging
import sys
import traceback
from datetime import UTC, datetime
from typing import Any, TypeGuard

import pydantic_core

from ..observability.traces import current
from .requests import caller, operation_id, request_id

_NAME = "json lines on stdout"
_LONGEST_CALLER = 200


class JsonFormatter(logging.Formatter):
    """Formats a record as one JSON object; text from outside cannot start a new line."""

    def __init__(self, service: str) -> None:
        super().__init__()
        self._service = service

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC)
            .isoformat(timespec="milliseconds")
            .replace("+00:00", "Z"),
            "level": record.levelname,
            "message": record.getMessage(),
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
        if record.exc_info:
            line["traceback"] = "".join(traceback.format_exception(*record.exc_info))
        # Inside a string a lone surrogate of an undecodable path would stop the writer.
        return pydantic_core.to_json(_encodable(line), inf_nan_mode="constants", fallback=str).decode()


class StdoutHandler(logging.Handler):
    """Writes each record to whatever sys.stdout is at the time."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line."""
        try:
            sys.stdout.write(self.format(record) + "\n")
            sys.stdout.flush()
        except Exception:
            self.handleError(record)


class WithoutQuery(logging.Filter):
    """Takes the query out of what uvicorn tells of requests: a key may stand in it."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let the record pass, its path shortened."""
        if isinstance(record.args, tuple):
            record.args = tuple(each.partition("?")[0] if _is_target(each) else each for each in record.args)
        return True


def _is_target(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and value.startswith("/")


def configure(service: str, level: str) -> None:
    """Send everything that is logged, uvicorn's messages too, to stdout as JSON lines."""
    handler = StdoutHandler()
    handler.name = _NAME
    handler.setFormatter(JsonFormatter(service))
    root = logging.getLogger()
    for other in [each for each in root.handlers if each.name == _NAME]:
        root.removeHandler(other)
    root.addHandler(handler)
    root.setLevel(level)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers = []
        logger.filters = [WithoutQuery()]
        logger.propagate = True
    # httpx tells of every request at INFO; the access log is the place for that.
    logging.getLogger("httpx").setLevel(logging.WARNING)


def _encodable(line: dict[str, Any]) -> dict[str, Any]:
    return {
        name: value.encode("utf-8", "replace").decode() if isinstance(value, str) else value
        for name, value in line.items()
    }
