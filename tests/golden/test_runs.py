"""Every golden service starts in this process and answers each of its operations with anything but a 500."""

import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from goldens import CASES, compiled, written

from fountaingen.model.service import Service
from fountaingen.stages.plan.contract import contract_data
from fountaingen.stages.plan.tests.subjects import Subject, subjects_of
from fountaingen.testkit.callers import environment
from fountaingen.testkit.contract import DeclaredContract
from fountaingen.testkit.service import RunningService

_ORDER = ("POST", "GET", "PUT", "PATCH", "HEAD", "OPTIONS", "TRACE", "DELETE")


def _place(method: str) -> int:
    """Return when operations of ``method`` are called: what deletes comes last, what nobody knows just before it."""
    return _ORDER.index(method if method in _ORDER else "TRACE")


def _forget() -> None:
    for name in [name for name in sys.modules if name == "app" or name.startswith("app.")]:
        del sys.modules[name]


@pytest.fixture(params=CASES)
def running(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[list[tuple[Service, RunningService]]]:
    """The services of a case, each of them imported and on a database of its own; peers are nowhere."""
    folder = written(request.param, tmp_path)
    for name, value in environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("PEER_TIMEOUT", "0.05")
    made: list[tuple[Service, RunningService]] = []
    for service in compiled(request.param).understood.services:
        monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path}/{service.name}.db")
        with monkeypatch.context() as patch:
            patch.syspath_prepend(str(folder / service.name))
            _forget()
            app = import_module("app.main").app
        made.append((service, RunningService(app, DeclaredContract(folder / service.name / "app" / "contract"))))
    yield made
    _forget()


def test_each_operation_answers(running: list[tuple[Service, RunningService]], request: pytest.FixtureRequest) -> None:
    for service, server in running:
        hooks = compiled(request.node.callspec.params["running"]).understood.hooks[service.name]
        subjects = subjects_of(service, hooks, contract_data(service))
        with server:
            for subject in sorted(subjects, key=lambda each: _place(each.operation.method)):
                answer = server.call(subject.operation.operation_id, **_request(subject))
                told = f"{subject.operation.operation_id} answers {answer.status_code}: {answer.text}"
                assert answer.status_code != 500, told
                assert answer.status_code != 501 or subject.unfinished, told


def _request(subject: Subject) -> dict[str, Any]:
    """Return a valid request without what is optional; a number in the path is the first row's."""
    parts: dict[str, Any] = {"path": {}, "query": {}, "headers": {}, "cookies": {}}
    places = {"path": "path", "query": "query", "header": "headers", "cookie": "cookies"}
    for each in subject.inputs:
        if each.parameter.required:
            assert each.sample is not None, each.parameter.name
            parts[places[each.parameter.location]] |= each.sample
    parts["path"] = {name: 1 if isinstance(value, int) else value for name, value in parts["path"].items()}
    if subject.payload is not None:
        parts |= {"body": subject.payload.samples[0], "media_type": subject.payload.media_type}
    return parts
