"""What logs and traces tell of an exception: its class, its code, where it was raised; never what it says.

What an exception says is made of values: statements and their parameters, paths, whatever a caller has sent.
"""

import errno
import re
from collections.abc import Iterator
from traceback import format_exception
from types import TracebackType
from typing import Any

from ..errors import ApiError
from ..responses.outcomes import ResponseViolation

_OWN = __name__.partition(".")[0]
_RUNTIME = __name__.partition("observability")[0]
_MOST_CAUSES = 5
_MOST_PLACES = 12
_CODES = ("sqlite_errorname", "sqlstate", "pgcode")
_TRACEBACK = "Traceback (most recent call last):"
_FRAME = re.compile(r'^\s+(?:\| )?\s*File "([^"\n]*)", line (\d+)', re.MULTILINE)
_RAISED = re.compile(r"^(?:\s*\| )?([A-Za-z_][\w.]*)(?:: (.*))?$", re.MULTILINE)
_MODULE = re.compile(rf"(?:^|[/\\])({_OWN}(?:[/\\]\w+)+)\.py$")


def told(error: BaseException) -> list[dict[str, Any]]:
    """Return an exception and its causes, the outermost first: ``type``, ``at``, and ``code`` or ``says`` where known.

    ``at`` names modules and lines, the innermost last. Only what this service words itself is repeated.
    """
    return [_one(each) for each in _chain(error)]


def in_full(error: BaseException) -> str:
    """Return the traceback as Python prints it: with what every exception says."""
    return "".join(format_exception(error))


def without_traceback(text: str) -> str:
    """Return ``text``, a traceback in it replaced by the class that was raised and where: servers write such texts.

    What an exception of the runtime says is kept: it is worded for whoever runs the service.
    """
    before, found, after = text.partition(_TRACEBACK)
    if not found:
        return text
    raised = _RAISED.findall(after)
    modules = ((_MODULE.search(path), line) for path, line in _FRAME.findall(after))
    places = [f"{module[1].replace('/', '.').replace(chr(92), '.')}:{line}" for module, line in modules if module]
    where = f" at {', '.join(places[-_MOST_PLACES:])}" if places else ""
    kind, says = raised[-1] if raised else ("an exception", "")
    return f"{before}{kind}{where}{f': {says}' if says and kind.startswith(_RUNTIME) else ''}"


def _chain(error: BaseException) -> Iterator[BaseException]:
    waiting: list[BaseException] = [error]
    seen: set[int] = set()
    while waiting and len(seen) < _MOST_CAUSES:
        each = waiting.pop(0)
        if id(each) in seen:
            continue
        seen.add(id(each))
        yield each
        if isinstance(each, BaseExceptionGroup):
            waiting += each.exceptions
        cause = each.__cause__ or (None if each.__suppress_context__ else each.__context__)
        if cause is not None:
            waiting.append(cause)


def _one(error: BaseException) -> dict[str, Any]:
    kind = type(error)
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    said: dict[str, Any] = {"type": name}
    if code := _code(error):
        said["code"] = code
    if isinstance(error, ApiError | ResponseViolation):
        said["says"] = str(error)
    return said | {"at": _places(error.__traceback__)}


def _code(error: BaseException) -> str:
    """Return what a database or the system calls the failure."""
    for each in (error, getattr(error, "orig", None)):
        for name in _CODES:
            if isinstance(code := getattr(each, name, None), str):
                return code
    if isinstance(error, OSError) and error.errno is not None:
        return errno.errorcode.get(error.errno, str(error.errno))
    return ""


def _places(traceback: TracebackType | None) -> list[str]:
    """Return the lines of this service that led to an exception, and the line that raised it, whosever that is."""
    places: list[str] = []
    while traceback is not None:
        module = str(traceback.tb_frame.f_globals.get("__name__", ""))
        if module.partition(".")[0] == _OWN or traceback.tb_next is None:
            places.append(f"{module}:{traceback.tb_lineno} {traceback.tb_frame.f_code.co_name}")
        traceback = traceback.tb_next
    return places[-_MOST_PLACES:]
