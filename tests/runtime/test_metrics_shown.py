"""The dashboard and the alerts ask for nothing that a service does not tell."""

import re
from collections.abc import Iterator
from typing import Any

from answering import Answer, answering, ask, document, service
from prometheus_client.parser import text_string_to_metric_families

from fountaingen.stages.plan.system.observability.dashboard import dashboard
from fountaingen.stages.plan.system.observability.rules import rules

_SELECTOR = re.compile(r"\b(up|[a-z]+_[a-z_]+)(?![a-z_(])(?:\{([^}]*)\})?")
_MATCHER = re.compile(r'([a-z_]+)(?:=~|!=|=)"')
_BY = re.compile(r"by \(([^)]*)\)")
# What the gateway tells is documented at docs.konghq.com, plugin prometheus; ``up`` is Prometheus' own.
_OTHERS = {
    "up": {"job", "instance"},
    "kong_http_requests_total": {"job", "service", "code"},
    "kong_request_latency_ms_bucket": {"job", "service", "le"},
}
_GIVEN = {"job", "instance"}
"""What Prometheus adds to every series."""


def _expressions(data: Any) -> Iterator[str]:
    if isinstance(data, dict):
        yield from (each for key, each in data.items() if key in ("expr", "definition"))
    for each in data.values() if isinstance(data, dict) else data if isinstance(data, list) else ():
        yield from _expressions(each)


def _told() -> dict[str, set[str]]:
    """Return the labels of every metric that a service tells, by name."""
    path = {"/things": {"get": answering({"application/json": {"type": "string"}})}}

    async def things(_call: Any) -> str:
        return "one"

    app = service(document(path), {"GET /things": things})
    app.database.open()
    ask(app, "GET", "/things")
    answer: Answer = ask(app, "GET", "/metrics")
    samples = [each for family in text_string_to_metric_families(answer.body.decode()) for each in family.samples]
    return {sample.name: set(sample.labels) | _GIVEN for sample in samples}


def test_every_metric_and_label_that_is_asked_for_is_told() -> None:
    told = _told() | _OTHERS
    labels = ("character", "session")
    asked = [*_expressions(dashboard(labels)), *_expressions(rules(labels))]
    assert len(asked) > 20
    for expression in asked:
        selectors = _SELECTOR.findall(expression)
        assert selectors
        for name, matchers in selectors:
            assert name in told, f"{name} in {expression}"
            assert set(_MATCHER.findall(matchers)) <= told[name], expression
        grouped = {label.strip() for found in _BY.findall(expression) for label in found.split(",")}
        assert grouped <= set().union(*(told[name] for name, _ in selectors)), expression
