"""The dashboard: rate, errors and duration of every operation, and what stands behind them."""

from collections.abc import Mapping, Sequence
from typing import Any

from fountaingen.stages.plan.system.observability.panels import SOURCE, Panel, Query, Row, placed
from fountaingen.stages.plan.system.observability.queries import REAL, error_ratio, quantile, rate
from fountaingen.stages.plan.system.observability.scraping import gateway_job

_WINDOW = "$__rate_interval"
_SERVICE = 'job=~"$service"'
_CHOSEN = f'{_SERVICE}, operation=~"$operation"'
_BY = ("job", "operation")
_NAMED = "{{job}} {{operation}}"
_REQUESTS = "http_server_requests_total"


def dashboard(labels: Sequence[str]) -> Mapping[str, Any]:
    """Return the dashboard of the services called ``labels``, as Grafana loads it from a file."""
    return {
        "uid": "fountaingen-services",
        "title": "Services",
        "tags": ["fountaingen"],
        "schemaVersion": 39,
        "version": 1,
        "editable": False,
        "graphTooltip": 1,
        "refresh": "30s",
        "time": {"from": "now-1h", "to": "now"},
        "timezone": "browser",
        "templating": {"list": [_services(labels), _operations()]},
        "annotations": {"list": []},
        "panels": list(placed((_overview(), _of_operations(), _behind(), _gateway(gateway_job(labels))))),
    }


def _services(labels: Sequence[str]) -> Mapping[str, Any]:
    # Written down, not asked for: a service that is down stays in the list.
    return {
        "name": "service",
        "label": "Service",
        "type": "custom",
        "query": ",".join(labels),
        "options": [],
        "multi": True,
        "includeAll": True,
        "allValue": "|".join(labels),
        "current": {"text": ["All"], "value": ["$__all"]},
    }


def _operations() -> Mapping[str, Any]:
    query = f"label_values({_REQUESTS}{{{_SERVICE}, {REAL}}}, operation)"
    return {
        "name": "operation",
        "label": "Operation",
        "type": "query",
        "datasource": SOURCE,
        "definition": query,
        "query": {"qryType": 1, "query": query, "refId": "operations"},
        "refresh": 2,
        "sort": 1,
        "multi": True,
        "includeAll": True,
        # Services write an operationId that begins with a parenthesis with one more.
        "allValue": "[^(].*|[(][(].*|[(]unmatched[)]",
        "current": {"text": ["All"], "value": ["$__all"]},
    }


def _overview() -> Row:
    def stat(title: str, expression: str, unit: str, limits: Sequence[tuple[str, float]] = ()) -> Panel:
        return Panel(title, "stat", (Query(expression),), unit, width=4, height=4, limits=limits)

    errors, requests = f"sum(rate(http_server_errors_total{{{_CHOSEN}}}[{_WINDOW}]))", _total(_CHOSEN)
    return Row(
        "Now",
        (
            stat("Replicas that answer", f"sum(up{{{_SERVICE}}})", "short"),
            stat("Requests a second", requests, "reqps"),
            stat("Errors", f"{errors} / {requests}", "percentunit", (("orange", 0.001), ("red", 0.01))),
            stat("Half are answered in", _overall(0.5), "s"),
            stat("99 of 100 are answered in", _overall(0.99), "s", (("orange", 0.5), ("red", 1))),
            stat("Under way", f"sum(http_server_requests_in_flight{{{_SERVICE}}})", "short"),
        ),
    )


def _of_operations() -> Row:
    answers = Query(rate(_REQUESTS, _CHOSEN, _WINDOW, "status"), "{{status}}")
    return Row(
        "Operations",
        (
            Panel("Rate", "timeseries", (Query(rate(_REQUESTS, _CHOSEN, _WINDOW, *_BY), _NAMED),), "reqps"),
            Panel(
                "Errors",
                "timeseries",
                (Query(rate("http_server_errors_total", _CHOSEN, _WINDOW, *_BY), _NAMED),),
                "reqps",
                description="Answers with a 5xx, and streams that broke.",
            ),
            Panel(
                "Duration, 95 of 100",
                "timeseries",
                (Query(quantile(0.95, _CHOSEN, _WINDOW, *_BY), _NAMED),),
                "s",
                description="Until there was an answer to send.",
            ),
            _table(),
            Panel("Answers by status", "timeseries", (answers,), "reqps"),
        ),
    )


def _table() -> Panel:
    queries = (
        rate(_REQUESTS, _CHOSEN, "$__range", *_BY),
        error_ratio(_CHOSEN, "$__range", *_BY),
        quantile(0.5, _CHOSEN, "$__range", *_BY),
        quantile(0.99, _CHOSEN, "$__range", *_BY),
    )
    names = {
        "job": "Service",
        "operation": "Operation",
        "Value #A": "Requests a second",
        "Value #B": "Errors",
        "Value #C": "Half in",
        "Value #D": "99 of 100 in",
    }
    units = {"Requests a second": "reqps", "Errors": "percentunit", "Half in": "s", "99 of 100 in": "s"}
    overrides = [
        {"matcher": {"id": "byName", "options": name}, "properties": [{"id": "unit", "value": unit}]}
        for name, unit in units.items()
    ]
    merged = [
        {"id": "merge", "options": {}},
        {"id": "organize", "options": {"excludeByName": {"Time": True}, "renameByName": names}},
    ]
    return Panel(
        "Operations in the time shown",
        "table",
        tuple(map(Query, queries)),
        width=16,
        options={"transformations": merged, "fieldConfig": {"defaults": {}, "overrides": overrides}},
    )


def _behind() -> Row:
    def series(title: str, unit: str, *queries: Query) -> Panel:
        return Panel(title, "timeseries", queries, unit, width=6)

    def gauge(name: str, legend: str) -> Query:
        return Query(f"sum by (job) ({name}{{{_SERVICE}}})", f"{{{{job}}}} {legend}".strip())

    return Row(
        "Behind them",
        (
            series("Requests under way", "short", gauge("http_server_requests_in_flight", "")),
            series(
                "Connections to the database",
                "short",
                gauge("database_connections_in_use", "at work"),
                gauge("database_connections", "at most"),
            ),
            series("Waiting for the database", "short", gauge("database_waiting", "")),
            series(
                "Processor",
                "percentunit",
                Query(rate("process_cpu_seconds_total", _SERVICE, _WINDOW, "job", "instance"), "{{job}} {{instance}}"),
            ),
            series(
                "Memory",
                "bytes",
                Query(f"sum by (job, instance) (process_resident_memory_bytes{{{_SERVICE}}})", "{{job}} {{instance}}"),
            ),
            series("Probes and pages", "reqps", Query(rate(_REQUESTS, _PAGES, _WINDOW, "job"), "{{job}}")),
        ),
    )


_PAGES = f'{_SERVICE}, operation="(page)"'


def _gateway(job: str) -> Row:
    matching = f'job="{job}"'
    requests = rate("kong_http_requests_total", matching, _WINDOW, "service", "code")
    latency = rate("kong_request_latency_ms_bucket", matching, _WINDOW, "service", "le")
    return Row(
        "Gateway",
        (
            Panel(
                "Answers of the gateway", "timeseries", (Query(requests, "{{service}} {{code}}"),), "reqps", width=12
            ),
            Panel(
                "Duration at the gateway, 95 of 100",
                "timeseries",
                (Query(f"histogram_quantile(0.95, {latency})", "{{service}}"),),
                "ms",
                width=12,
            ),
        ),
    )


def _overall(share: float) -> str:
    return f"histogram_quantile({share}, sum by (le) (rate({_BUCKETS}{{{_CHOSEN}}}[{_WINDOW}])))"


_BUCKETS = "http_server_request_duration_seconds_bucket"


def _total(matching: str) -> str:
    return f"sum(rate({_REQUESTS}{{{matching}}}[{_WINDOW}]))"
