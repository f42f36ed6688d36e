"""What Prometheus and Grafana are told: they can read it, it finds every replica, and alerts mean something."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from building import NUMBER, operation, service

from fountaingen.inputs import own_templates
from fountaingen.model.deployment import Deployment
from fountaingen.model.hookset import HookSet
from fountaingen.model.plan import FromData, Plan
from fountaingen.model.system import System
from fountaingen.runtime.contract import Operation
from fountaingen.runtime.observability.traffic import PAGE, UNMATCHED, Traffic
from fountaingen.stages.plan.system import observability
from fountaingen.stages.plan.system.observability.dashboard import dashboard
from fountaingen.stages.plan.system.observability.queries import REAL
from fountaingen.stages.plan.system.observability.rules import rules
from fountaingen.stages.plan.system.observability.scraping import gateway_job, scraping
from fountaingen.stages.render import render

LABELS = ("character", "session-2")
PROMTOOL = shutil.which("promtool")
needs_promtool = pytest.mark.skipif(PROMTOOL is None, reason="promtool (of the package prometheus) is not installed")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files as a build writes them, of one service."""
    made = service(
        {"/a": {"get": operation(NUMBER, operationId='quoted"} or vector(1)')}}, info={"title": "$x", "version": "1"}
    )
    system = System((made,), {"test": HookSet("test")}, Deployment())
    files = tuple(each for each in observability.plan(system) if isinstance(each, FromData))
    written: Path = tmp_path_factory.mktemp("written")
    for path, content in render(Plan(files), (own_templates(),)).items():
        (written / path).parent.mkdir(parents=True, exist_ok=True)
        (written / path).write_bytes(content)
    return written / "observability"


def test_every_address_of_a_service_is_a_target_of_its_own() -> None:
    jobs = {job["job_name"]: job["dns_sd_configs"] for job in scraping(LABELS)["scrape_configs"]}
    assert set(jobs) == {*LABELS, "gateway"}
    assert [(found["names"], found["type"], found["port"]) for found in jobs["session-2"]] == [
        (["session-2"], "A", 8000)
    ]
    assert [(found["names"], found["port"]) for found in jobs["gateway"]] == [(["gateway"], 8100)]


def test_the_gateway_has_no_service_s_name() -> None:
    labels = ("gateway", "gateway-kong")
    assert gateway_job(labels) not in labels
    names = [job["job_name"] for job in scraping(labels)["scrape_configs"]]
    assert len(names) == len(set(names))


def test_pages_are_told_from_operations_as_services_tell_them() -> None:
    assert f'operation!="{PAGE}"' == REAL
    chosen = next(each for each in dashboard(LABELS)["templating"]["list"] if each["name"] == "operation")["allValue"]
    assert re.fullmatch(chosen, UNMATCHED)
    assert re.fullmatch(chosen, "listScripts")
    assert not re.fullmatch(chosen, PAGE)


@pytest.mark.parametrize("operation_id", ["(page)", "(unmatched)", "((page)", "(", "listScripts"])
def test_no_operation_is_taken_for_a_page_or_left_out(operation_id: str) -> None:
    declared = Operation(operation_id, "GET", "/a", 200, (), None, {}, (), "")
    ((label, _),) = Traffic([declared]).tallies
    assert label not in (PAGE, UNMATCHED)
    chosen = next(each for each in dashboard(LABELS)["templating"]["list"] if each["name"] == "operation")["allValue"]
    assert re.fullmatch(chosen, label)


def test_a_service_can_be_chosen_that_is_down() -> None:
    found = next(each for each in dashboard(LABELS)["templating"]["list"] if each["name"] == "service")
    assert (found["type"], found["query"], found["allValue"]) == (
        "custom",
        "character,session-2",
        "character|session-2",
    )


def test_panels_neither_share_a_number_nor_a_place() -> None:
    panels = dashboard(LABELS)["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    covered: set[tuple[int, int]] = set()
    for panel in panels:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert place["x"] + place["w"] <= 24
        assert not cells & covered
        covered |= cells


def test_rate_errors_and_duration_are_shown_by_operation() -> None:
    panels = {
        panel["title"]: panel["targets"][0]["expr"] for panel in dashboard(LABELS)["panels"] if panel.get("targets")
    }
    for title in ("Rate", "Errors", "Duration, 95 of 100"):
        assert "by (job, operation" in panels[title]
        assert 'operation=~"$operation"' in panels[title]


def test_no_text_of_a_contract_is_in_the_files(folder: Path) -> None:
    written = "".join(path.read_text() for path in folder.rglob("*") if path.is_file())
    assert "vector(1)" not in written
    assert "$x" not in written


def test_grafana_finds_the_dashboard_and_where_the_numbers_are(folder: Path) -> None:
    provisioning = folder / "grafana" / "provisioning"
    (source,) = yaml.safe_load((provisioning / "datasources" / "prometheus.yml").read_text())["datasources"]
    (provider,) = yaml.safe_load((provisioning / "dashboards" / "services.yml").read_text())["providers"]
    shown = json.loads((folder / "grafana" / "dashboards" / "services.json").read_text())
    assert provider["options"]["path"] == "/var/lib/grafana/dashboards"
    assert {target["datasource"]["uid"] for panel in shown["panels"] for target in panel.get("targets", ())} == {
        source["uid"]
    }


@needs_promtool
def test_prometheus_takes_its_configuration(folder: Path) -> None:
    _promtool("check", "config", str(folder / "prometheus.yml"))


@needs_promtool
def test_prometheus_can_read_what_the_dashboard_asks(tmp_path: Path) -> None:
    asked = [_concrete(expression) for expression in expressions(dashboard(LABELS))]
    rule_file = {
        "groups": [{"name": "a", "rules": [{"record": f"r{at}", "expr": each} for at, each in enumerate(asked)]}]
    }
    (tmp_path / "asked.yml").write_text(yaml.safe_dump(rule_file))
    _promtool("check", "rules", str(tmp_path / "asked.yml"))


def series(failing: float, minutes: int) -> list[Mapping[str, str]]:
    """Return 600 requests a minute of one operation, a share of which fails, and of a page, all of which fail."""
    values = {
        '{job="character", operation="a", method="GET"}': failing * 600,
        '{job="character", operation="(page)", method="GET"}': 600.0,
    }
    errors = [
        {"series": f"http_server_errors_total{labels}", "values": f"0+{value:g}x{minutes}"}
        for labels, value in values.items()
    ]
    requests = [
        {"series": f'http_server_requests_total{labels[:-1]}, status="200"}}', "values": f"0+600x{minutes}"}
        for labels in values
    ]
    return [*errors, *requests]


@needs_promtool
@pytest.mark.parametrize(
    ("name", "failing", "minutes", "fires"),
    [
        ("ErrorsFast", 0.02, 70, True),
        ("ErrorsFast", 0.01, 70, False),
        ("ErrorsSlow", 0.01, 400, True),
        ("ErrorsSlow", 0.004, 400, False),
    ],
)
def test_errors_are_told_when_they_spend_the_budget(
    tmp_path: Path, name: str, failing: float, minutes: int, fires: bool
) -> None:
    assert _firing(tmp_path, name, series(failing, minutes), minutes) is fires


@needs_promtool
@pytest.mark.parametrize(("value", "fires"), [("1x10", False), ("0x10", True)])
def test_a_replica_that_is_down_is_told(tmp_path: Path, value: str, fires: bool) -> None:
    jobs = (*LABELS, "gateway")
    up = [{"series": f'up{{job="{job}", instance="1"}}', "values": "1x10"} for job in jobs]
    up.append({"series": 'up{job="character", instance="2"}', "values": value})
    assert _firing(tmp_path, "ServiceDown", up, 5) is fires


@needs_promtool
def test_a_service_without_any_replica_is_told(tmp_path: Path) -> None:
    up = [{"series": f'up{{job="{job}"}}', "values": "1x10"} for job in ("character", "gateway")]
    assert _firing(tmp_path, "ServiceDown", up, 5)


@needs_promtool
@pytest.mark.parametrize(("waiting", "in_use", "fires"), [(20, 10, True), (20, 5, False), (5, 10, False)])
def test_a_database_that_everybody_waits_for_is_told(tmp_path: Path, waiting: int, in_use: int, fires: bool) -> None:
    labels = '{job="character", instance="1"}'
    numbers = {"database_waiting": waiting, "database_connections_in_use": in_use, "database_connections": 10}
    told = [{"series": f"{name}{labels}", "values": f"{value}x30"} for name, value in numbers.items()]
    assert _firing(tmp_path, "DatabaseBusy", told, 20) is fires


def expressions(data: Any) -> Iterator[str]:
    """Yield every expression in rules or a dashboard."""
    if isinstance(data, dict):
        yield from (value for key, value in data.items() if key == "expr")
    for each in data.values() if isinstance(data, dict) else data if isinstance(data, list) else ():
        yield from expressions(each)


def _concrete(expression: str) -> str:
    """Put values where Grafana does."""
    filled = {"$__rate_interval": "1m", "$__range": "1h", "$service": "a|b", "$operation": ".*"}
    for name, value in filled.items():
        expression = expression.replace(name, value)
    return expression


def _firing(folder: Path, name: str, told: list[Any], minutes: int) -> bool:
    """Whether an alert fires after so many minutes of what is told."""
    (folder / "rules.yml").write_text(yaml.safe_dump(dict(rules(LABELS))))
    verdicts = {fires: _holds(folder, name, told, minutes, int(fires)) for fires in (False, True)}
    assert verdicts[True] is not verdicts[False]
    return verdicts[True]


def _holds(folder: Path, name: str, told: list[Any], minutes: int, expected: int) -> bool:
    asked = {
        "expr": f'clamp_max(count(ALERTS{{alertname="{name}", alertstate="firing"}}), 1) or vector(0)',
        "eval_time": f"{minutes}m",
        "exp_samples": [{"labels": "{}", "value": expected}],
    }
    case = {"interval": "1m", "input_series": told, "promql_expr_test": [asked]}
    tests = {"rule_files": ["rules.yml"], "evaluation_interval": "1m", "tests": [case]}
    (folder / "test.yml").write_text(yaml.safe_dump(tests))
    command = [str(PROMTOOL), "test", "rules", str(folder / "test.yml")]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _promtool(*arguments: str) -> None:
    done = subprocess.run([str(PROMTOOL), *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
