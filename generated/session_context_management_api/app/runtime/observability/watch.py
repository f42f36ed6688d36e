"""All that is seen of a service while it runs: what the settings and the environment ask for, and nothing more."""

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING

from starlette.types import ASGIApp

from ..contract import Contract
from ..database import Database
from ..serving.pages import Page
from ..settings import Settings
from .export import Export
from .traffic import Traffic

if TYPE_CHECKING:
    from .metrics import Metrics
    from .tracing import Tracing


class Watch:
    """The metrics and the traces of a service, each None where nobody wants them; then nothing is imported for them."""

    def __init__(self, contract: Contract, database: Database, settings: Settings) -> None:
        self.traffic = Traffic(contract.operations.values())
        self._database = database
        self._metrics = _metrics(contract, database, self.traffic) if settings.metrics else None
        self._tracing = _tracing(contract)

    @property
    def page(self) -> Page | None:
        """The page /metrics."""
        return None if self._metrics is None else self._metrics.page

    def around(self, app: ASGIApp, quiet: Iterable[str]) -> ASGIApp:
        """Return ``app`` with a span for every request, but for those to the paths in ``quiet``."""
        return app if self._tracing is None else self._tracing.around(app, frozenset(quiet))

    def open(self) -> None:
        """Begin to tell others, before the database is opened; needs a running loop."""
        if self._tracing is not None:
            self._tracing.open(self._database)
        if self._metrics is not None:
            self._metrics.open()

    async def aclose(self) -> None:
        """Tell the last of it; takes five seconds at most where nobody listens."""
        if self._metrics is not None:
            await self._metrics.aclose()
        if self._tracing is not None:
            await self._tracing.aclose()


def _metrics(contract: Contract, database: Database, traffic: Traffic) -> "Metrics":
    from .metrics import Metrics

    return Metrics(contract, database, traffic)


def _tracing(contract: Contract) -> "Tracing | None":
    export = Export.from_environment(os.environ)
    if export is None:
        return None
    from .tracing import Tracing

    return Tracing(contract, export)
