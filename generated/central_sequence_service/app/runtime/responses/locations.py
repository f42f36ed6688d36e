"""The URL of a row that was created, for the ``Location`` of its answer."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from starlette.types import Scope


def locations(scope: Scope, answer: Any, members: tuple[str, ...]) -> Iterator[str]:
    """Yield the URL of what ``answer`` shows, one segment below the request's own, as a path and as a whole.

    ``members`` lead to the last segment. Nothing is yielded where it is no text or number.
    """
    for member in members:
        answer = answer.get(member) if isinstance(answer, dict) else None
    if not isinstance(answer, str | int) or isinstance(answer, bool):
        return
    root: str = scope.get("root_path", "")
    raw: bytes = scope.get("raw_path") or quote(scope["path"]).encode()
    below = raw.decode("latin-1").partition("?")[0].rstrip("/")
    path = f"{below if below.startswith(root) else root + below}/{quote(str(answer), safe='')}"
    yield path
    host = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"host"), "")
    if host:
        yield f"{scope.get('scheme', 'http')}://{host}{path}"
