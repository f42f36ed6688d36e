"""What /metrics tells: the requests, the database and the process, in the formats of Prometheus and OpenMetrics."""

import asyncio
import hashlib
import logging
import multiprocessing
import os
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from prometheus_client import REGISTRY, CollectorRegistry
from prometheus_client.exposition import generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.openmetrics import exposition as openmetrics
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.registry import Collector
from starlette.types import Scope

from ..contract import Contract
from ..database import Database
from ..responses.outcomes import Outcome
from .families import ProcessFamilies, ServiceFamilies
from .shared import SharedReadings
from .traffic import Reading, Tally, Traffic

logger = logging.getLogger(__name__)

_PLAIN = b"text/plain; version=0.0.4; charset=utf-8"
_OPEN = b"application/openmetrics-text; version=1.0.0; charset=utf-8"
_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
_PAUSE = 1.0

_collect_multiprocess: Callable[[CollectorRegistry], object] = MultiProcessCollector


class Metrics:
    """The metrics of a service. Where several processes serve it, whichever is asked answers for all.

    What others counted is up to a second old. They find each other in PROMETHEUS_MULTIPROC_DIR, which is made if it is
    missing; workers of one server do in the folder for temporary files, too. Metrics that hooks make with
    prometheus-client are told with the rest; of several processes only where PROMETHEUS_MULTIPROC_DIR is set.
    """

    def __init__(self, contract: Contract, database: Database, traffic: Traffic) -> None:
        self._database = database
        self._traffic = traffic
        self._shared = _shared(contract.title, os.environ)
        self._publishing: asyncio.Task[None] | None = None
        families = ServiceFamilies(contract, self._reading)
        if self._shared is None:
            self._registries: Sequence[Collector] = (families, REGISTRY)
        else:
            self._registries = (families, *_of_several(self._shared, os.environ))

    async def page(self, scope: Scope) -> Outcome:
        """Answer /metrics: OpenMetrics where Accept names it, else the text format of Prometheus."""
        accept = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"accept"), "")
        write, content_type = _format(accept)
        headers = [(b"content-type", content_type), (b"cache-control", b"no-store")]
        try:
            return Outcome(200, headers, write(_Together(self._registries)))
        except Exception:
            logger.exception("the metrics could not be written")
            return Outcome(
                500, [(b"content-type", b"text/plain; charset=utf-8")], b"the metrics could not be written\n"
            )

    def open(self) -> None:
        """Begin to tell other processes; needs a running loop."""
        if self._shared is not None:
            self._publishing = asyncio.create_task(self._publish(self._shared))

    async def aclose(self) -> None:
        """Tell them the last."""
        publishing, self._publishing = self._publishing, None
        if publishing is not None and self._shared is not None:
            publishing.cancel()
            with suppress(asyncio.CancelledError):
                await publishing
            _tell(self._shared, self._now())

    async def _publish(self, shared: SharedReadings) -> None:
        while True:
            _tell(shared, self._now())
            await asyncio.sleep(_PAUSE)

    def _now(self) -> Reading:
        return Reading(self._traffic.tallies, self._traffic.in_flight, self._database.pool(), time.process_time())

    def _reading(self) -> Reading:
        now = self._now()
        if self._shared is not None:
            self._shared.publish(now)
            none = Reading(dict.fromkeys(self._traffic.tallies, Tally()), 0, None, 0.0)
            return Reading.together((none, *self._shared.readings().values()))
        return now


def _format(accept: str) -> tuple[Callable[[Collector], bytes], bytes]:
    """Return what writes, and what that is; the library's own choice fails on versions that are none."""
    for each in accept.split(","):
        name, *parameters = (part.strip().lower() for part in each.split(";"))
        if name == "application/openmetrics-text" and "q=0" not in parameters:
            return openmetrics.generate_latest, _OPEN
    return generate_latest, _PLAIN


class _Together(Collector):
    """Several collectors as one."""

    def __init__(self, collectors: Iterable[Collector]) -> None:
        self._collectors = collectors

    def collect(self) -> Iterable[Metric]:
        """Collect from each."""
        for collector in self._collectors:
            yield from collector.collect()


def _shared(title: str, environment: Mapping[str, str]) -> SharedReadings | None:
    """Return where the processes of a service meet, None where there is but one."""
    given = environment.get(_FOLDER, "").strip()
    if not given and multiprocessing.parent_process() is None:
        return None
    try:
        name = hashlib.sha256(title.encode()).hexdigest()[:12]
        return SharedReadings(Path(given or tempfile.gettempdir()), name)
    except OSError as error:
        logger.warning("the processes of this service cannot share metrics, each tells its own: %s", error.strerror)
        return None


def _tell(shared: SharedReadings, reading: Reading) -> None:
    try:
        shared.publish(reading)
    except OSError as error:
        logger.warning("metrics could not be shared: %s", error.strerror)


def _of_several(shared: SharedReadings, environment: Mapping[str, str]) -> Iterable[Collector]:
    yield PlatformCollector(registry=None)
    yield ProcessFamilies(shared)
    if environment.get(_FOLDER, "").strip():
        registry = CollectorRegistry()
        _collect_multiprocess(registry)
        yield registry
