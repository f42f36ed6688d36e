"""References that leave a contract's folder: refused, but within the project's specs and the folder that is shared."""

from pathlib import Path

import pytest

from fountaingen.model.problems import Rejected
from fountaingen.model.settings import Settings
from fountaingen.pipeline import understand
from fountaingen.project import Project, discover

_CONTRACT = """\
openapi: 3.1.1
info: {{title: Orders, version: 1.0.0}}
paths:
  /orders:
    get: {{responses: {{'200': {{$ref: '{reference}'}}}}}}
"""


def _project(tmp_path: Path, reference: str, settings: Settings) -> Project:
    root = tmp_path / "project"
    for folder in ("specs/orders", "specs/common"):
        (root / folder).mkdir(parents=True)
    (root / "specs/orders/openapi.yaml").write_text(_CONTRACT.format(reference=reference))
    for place in (root / "specs/common/answers.yaml", root / "answers.yaml", tmp_path / "answers.yaml"):
        place.write_text("Fine: {description: fine}\n")
    return Project(root, settings)


def _statuses(project: Project) -> list[str]:
    (service,) = understand(project, discover(project, ())).services
    return [response.status for operation in service.operations for response in operation.responses]


@pytest.mark.supports("document/$ref/file")
def test_contracts_share_the_folder_of_the_contracts(tmp_path: Path) -> None:
    assert _statuses(_project(tmp_path, "../common/answers.yaml#/Fine", Settings())) == ["200"]


@pytest.mark.refuses("document/$ref/outside the folder")
@pytest.mark.parametrize("reference", ["../../answers.yaml#/Fine", "../../../answers.yaml#/Fine"])
def test_no_reference_leaves_the_contracts(tmp_path: Path, reference: str) -> None:
    with pytest.raises(Rejected) as caught:
        _statuses(_project(tmp_path, reference, Settings()))
    (problem,) = caught.value.problems
    assert problem.code == "FG022"
    assert (problem.place.line, problem.remedy.endswith("'shared'")) == (5, True)


@pytest.mark.supports("document/$ref/shared folder")
def test_the_setting_lets_references_lead_into_one_more_folder(tmp_path: Path) -> None:
    assert _statuses(_project(tmp_path, "../../../answers.yaml#/Fine", Settings(shared=".."))) == ["200"]
