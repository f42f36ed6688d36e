"""The families of metrics: names, labels and help, made of readings when somebody asks."""

from collections.abc import Callable, Iterable
from itertools import accumulate

from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from ..contract import Contract
from .shared import SharedReadings
from .traffic import BOUNDS, Reading

_HELD = {
    "process_resident_memory_bytes": "Resident memory size in bytes.",
    "process_virtual_memory_bytes": "Virtual memory size in bytes.",
    "process_open_fds": "Number of open file descriptors.",
}
_BUCKETS = (*map(str, BOUNDS), "+Inf")


class ServiceFamilies(Collector):
    """What a service tells of its requests and its database; labels hold words of the contract and of HTTP alone."""

    def __init__(self, contract: Contract, read: Callable[[], Reading]) -> None:
        self._info = {"title": contract.title, "version": contract.version}
        # A counter that first shows when it is 1 hides that step from rate().
        self._awaited = {(each.id, each.method): {each.success: 0} for each in contract.operations.values()}
        self._read = read

    def collect(self) -> Iterable[Metric]:
        """Read the counts and tell them."""
        reading = self._read()
        yield InfoMetricFamily("service", "The contract that is served.", self._info)
        yield from self._of_requests(reading)
        yield GaugeMetricFamily(
            "http_server_requests_in_flight", "Requests whose answers are made or sent.", reading.in_flight
        )
        if reading.pool is not None:
            size, in_use, waiting = reading.pool
            yield GaugeMetricFamily("database_connections", "Connections that there are at most.", size)
            yield GaugeMetricFamily("database_connections_in_use", "Connections at work.", in_use)
            yield GaugeMetricFamily("database_waiting", "Units of work that wait for a connection.", waiting)

    def _of_requests(self, reading: Reading) -> Iterable[Metric]:
        names = ("operation", "method")
        answers = CounterMetricFamily("http_server_requests", "Requests that were answered.", labels=(*names, "status"))
        errors = CounterMetricFamily("http_server_errors", "Answers with a 5xx, and streams that broke.", labels=names)
        durations = HistogramMetricFamily(
            "http_server_request_duration_seconds", "Time until there was an answer to send.", labels=names
        )
        for key, tally in sorted(reading.tallies.items()):
            for status, number in sorted({**self._awaited.get(key, {}), **tally.statuses}.items()):
                answers.add_metric((*key, str(status)), number)
            errors.add_metric(key, tally.errors)
            if tally.statuses:
                buckets = list(zip(_BUCKETS, map(float, accumulate(tally.buckets)), strict=True))
                durations.add_metric(key, buckets, tally.seconds)
        return answers, errors, durations


class ProcessFamilies(Collector):
    """The processes of a service added up: what they compute, and what they hold."""

    def __init__(self, shared: SharedReadings) -> None:
        self._shared = shared

    def collect(self) -> Iterable[Metric]:
        """Ask the system about every process that lives."""
        readings = self._shared.readings()
        yield CounterMetricFamily(
            "process_cpu_seconds_total",
            "Total user and system CPU time spent in seconds.",
            Reading.together(readings.values()).processor,
        )
        yield GaugeMetricFamily("service_processes", "Processes that serve.", len(readings.keys() - {0}))
        held = dict.fromkeys(_HELD, 0.0)
        for process in readings.keys() - {0}:
            for family in ProcessCollector(pid=_always(process), registry=None).collect():
                if family.name in held:
                    held[family.name] += sum(sample.value for sample in family.samples)
        for name, value in held.items():
            yield GaugeMetricFamily(name, _HELD[name], value)


def _always(process: int) -> Callable[[], int]:
    return lambda: process
