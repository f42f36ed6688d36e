"""What every service answers beside its contract: /health, /ready, /metrics, the contract itself, and /docs."""

from collections.abc import Awaitable, Callable, Mapping
from html import escape

from fastapi.openapi.docs import get_swagger_ui_html
from starlette.types import Scope

from ..contract import Contract
from ..database import Database
from ..responses.outcomes import Outcome, write_json

Page = Callable[[Scope], Awaitable[Outcome]]

_JSON = [(b"content-type", b"application/json")]
_YAML = [(b"content-type", b"application/yaml")]
_HTML = [
    (b"content-type", b"text/html; charset=utf-8"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
]


def pages(contract: Contract, database: Database, *, docs: bool, metrics: Page | None) -> Mapping[str, Page]:
    """Return the pages by path; they answer where the contract has nothing."""
    found: dict[str, Page] = {
        "/health": _fixed(Outcome(200, _JSON, write_json({"status": "ok"}))),
        "/ready": _ready(database),
        "/openapi.json": _fixed(Outcome(200, _JSON, contract.json)),
    }
    if contract.yaml:
        found["/openapi.yaml"] = _fixed(Outcome(200, _YAML, contract.yaml))
    if metrics is not None:
        found["/metrics"] = metrics
    if docs:
        found["/docs"] = _fixed(_docs(contract))
    return found


def _fixed(outcome: Outcome) -> Page:
    async def page(_scope: Scope) -> Outcome:
        return outcome

    return page


def _ready(database: Database) -> Page:
    async def page(_scope: Scope) -> Outcome:
        if await database.ready():
            return Outcome(200, _JSON, write_json({"status": "ready"}))
        return Outcome(503, [*_JSON, (b"retry-after", b"1")], write_json({"status": "the database does not answer"}))

    return page


def _docs(contract: Contract) -> Outcome:
    html = get_swagger_ui_html(openapi_url="openapi.json", title=escape(contract.title))
    return Outcome(200, _HTML, bytes(html.body))
