"""What every service answers beside its contract: /health, /ready, /metrics, the contract itself, and /docs."""

from collections.abc import Awaitable, Callable, Mapping

from starlette.types import Scope

from ..contract import Contract
from ..database import Database
from ..responses.outcomes import Outcome, write_json
from .docs import docs_of

Page = Callable[[Scope], Awaitable[Outcome]]

_JSON = [(b"content-type", b"application/json")]
_YAML = [(b"content-type", b"application/yaml"), (b"x-content-type-options", b"nosniff")]


def pages(
    contract: Contract, database: Database, *, metrics: Page | None, docs: bool, openapi: bool = True
) -> Mapping[str, Page]:
    """Return the pages by path; they answer where the contract has nothing."""
    found: dict[str, Page] = {
        "/health": _fixed(Outcome(200, _JSON, write_json({"status": "ok"}))),
        "/ready": _ready(database),
    }
    if metrics is not None:
        found["/metrics"] = metrics
    if openapi:
        found["/openapi.json"] = _fixed(Outcome(200, _JSON, contract.json))
        if contract.yaml:
            found["/openapi.yaml"] = _fixed(Outcome(200, _YAML, contract.yaml))
        # The page shows nothing where it cannot read the contract.
        if docs:
            found["/docs"] = _once(contract, docs_of)
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


def _once(contract: Contract, make: Callable[[Contract], Outcome]) -> Page:
    """Return a page that is made when somebody first asks for it."""
    made: list[Outcome] = []

    async def page(_scope: Scope) -> Outcome:
        if not made:
            made.append(make(contract))
        return made[0]

    return page
