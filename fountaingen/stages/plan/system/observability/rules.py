"""``rules.yml``: few alerts, each on what callers feel or are about to feel.

Errors are judged by how fast they spend the budget of an availability of 99.9 % (Google's SRE Workbook, chapter 5): at
14.4 times the speed that a month allows, 2 % of the month is spent in an hour; at 6 times, 5 % in six hours. The short
window beside the long one ends the alert soon after the errors do.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fountaingen.stages.plan.system.observability.queries import REAL, error_ratio, quantile
from fountaingen.stages.plan.system.observability.scraping import gateway_job

_BUDGET = 0.001
_FEWEST = 10
_SLOW = 1


@dataclass(frozen=True)
class Alert:
    """Somebody is told where ``expression`` has held for ``lasting``; texts are templates of Prometheus."""

    name: str
    expression: str
    lasting: str
    severity: str
    summary: str
    description: str

    def data(self) -> Mapping[str, Any]:
        """Return the rule as Prometheus reads it."""
        return {
            "alert": self.name,
            "expr": self.expression,
            "for": self.lasting,
            "labels": {"severity": self.severity},
            "annotations": {"summary": self.summary, "description": self.description},
        }


def rules(labels: Sequence[str]) -> Mapping[str, Any]:
    """Return the alerts on the services called ``labels``, and on the gateway."""
    alerts = (
        _down((*labels, gateway_job(labels))),
        _errors("ErrorsFast", 14.4, ("1h", "5m"), "critical"),
        _errors("ErrorsSlow", 6, ("6h", "30m"), "warning"),
        _latency(),
        _database(),
    )
    return {"groups": [{"name": "services", "rules": [alert.data() for alert in alerts]}]}


def _down(jobs: Sequence[str]) -> Alert:
    # A service of which DNS knows nothing has no target that could be down.
    absent = " or ".join(f'absent(up{{job="{job}"}})' for job in jobs)
    return Alert(
        "ServiceDown",
        expression=f"up == 0 or {absent}",
        lasting="1m",
        severity="critical",
        summary="{{ $labels.job }} does not answer",
        description="Prometheus does not reach {{ $labels.job }} {{ $labels.instance }}, or no replica is left.",
    )


def _errors(name: str, speed: float, windows: tuple[str, str], severity: str) -> Alert:
    long, short = windows
    spent = (f"{error_ratio(REAL, window, 'job')} > {speed * _BUDGET:g}" for window in windows)
    # Of a few requests, one error is a large share.
    enough = f"sum by (job) (increase(http_server_errors_total{{{REAL}}}[{long}])) >= {_FEWEST}"
    return Alert(
        name,
        expression=" and ".join((*spent, enough)),
        lasting="2m",
        severity=severity,
        summary="{{ $labels.job }} fails too often",
        description=f"{{{{ $value | humanizePercentage }}}} of the requests of the last {long} failed, and no fewer in"
        f" the last {short}: {speed:g} times what an availability of 99.9 % allows.",
    )


def _latency() -> Alert:
    return Alert(
        "Slow",
        expression=f"{quantile(0.99, REAL, '10m', 'job')} > {_SLOW}",
        lasting="10m",
        severity="warning",
        summary="{{ $labels.job }} is slow",
        description="One in a hundred requests waits longer than {{ $value | humanizeDuration }} for its answer.",
    )


def _database() -> Alert:
    def average(name: str) -> str:
        return f"avg_over_time({name}[5m])"

    return Alert(
        "DatabaseBusy",
        expression=f"{average('database_waiting')} > 10"
        f" and {average('database_connections_in_use')} >= 0.9 * {average('database_connections')}",
        lasting="5m",
        severity="warning",
        summary="the database of {{ $labels.job }} is the bottleneck",
        description="{{ $value | humanize }} units of work wait for a connection of {{ $labels.instance }}.",
    )
