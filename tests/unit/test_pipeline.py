"""The pipeline from end to end, in memory: every problem at once, and what services share."""

from pathlib import Path

import pytest

from fountaingen.model.problems import Problem, Rejected, errors
from fountaingen.model.settings import Settings
from fountaingen.pipeline import compile_project, runtime_files, understand
from fountaingen.project import Project, discover

_CONTRACT = """\
openapi: 3.1.0
info: {{title: {title}, version: 1.0.0}}
x-fountaingen-service: {{uses: [{uses}]}}
paths:
  /things:
    get:
      operationId: listThings
      responses: {{'200': {{description: fine}}}}
"""


def _project(folder: Path, files: dict[str, str]) -> Project:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return Project(folder, Settings())


def _contract(title: str, uses: str = "") -> str:
    return _CONTRACT.format(title=title, uses=uses)


def _problems(project: Project) -> tuple[Problem, ...]:
    with pytest.raises(Rejected) as caught:
        compile_project(project, discover(project, ()))
    return caught.value.problems


def test_every_problem_of_every_file_is_told_at_once(tmp_path: Path) -> None:
    project = _project(
        tmp_path,
        {
            "specs/one.yaml": "openapi: 3.1.0\ninfo: {title: One\n",
            "specs/two.yaml": _contract("Two").replace("description: fine", "$ref: '#/nowhere'"),
            "specs/three.yaml": _contract("Three", "thre, tow"),
            "hooks/three.py": "async def list_thing(ctx): ...\ndef list_things(ctx): ...\n",
        },
    )
    found = {(each.place.path, each.code) for each in _problems(project) if each.is_error}
    assert found >= {
        ("specs/one.yaml", "FG003"),
        ("specs/two.yaml", "FG104"),
        ("specs/three.yaml", "FG160"),
        ("hooks/three.py", "FG210"),
        ("hooks/three.py", "FG211"),
    }


def test_a_peer_that_is_not_there(tmp_path: Path) -> None:
    (found,) = errors(_problems(_project(tmp_path, {"specs/one.yaml": _contract("One", "own")})))
    assert found.code == "FG160"
    assert "'one' uses 'own', which is no service of this build; did you mean 'one'?" in found.message
    assert found.place.line == 3


def test_peers_are_given_in_the_order_that_they_are_named(tmp_path: Path) -> None:
    files = {f"specs/{name}.yaml": _contract(name) for name in ("one", "two")}
    project = _project(tmp_path, {**files, "specs/all.yaml": _contract("All", "two, one")})
    understood = understand(project, discover(project, ()))
    service = next(each for each in understood.services if each.name == "all")
    assert [peer.name for peer in understood.peers_of(service)] == ["two", "one"]


def test_progress_is_told(tmp_path: Path) -> None:
    project = _project(tmp_path, {"specs/one.yaml": _contract("One")})
    steps: list[str] = []
    compile_project(project, discover(project, ()), steps.append)
    assert steps == ["read 1 of 1 contracts", "rendered one"]


def test_the_runtime_is_copied_as_it_is(tmp_path: Path) -> None:
    project = _project(tmp_path, {"specs/one.yaml": _contract("One")})
    tree = compile_project(project, discover(project, ())).tree
    for file in runtime_files():
        assert tree.files[f"one/{file.path}"] == file.content


def test_no_output_names_where_or_when_it_was_made(tmp_path: Path) -> None:
    project = _project(tmp_path, {"specs/one.yaml": _contract("One"), "hooks/one.py": "A = 1\n"})
    tree = compile_project(project, discover(project, ())).tree
    assert not any(str(tmp_path).encode() in content for content in tree.files.values())
    assert not any(name.startswith("/") or ".." in name for name in (*tree.files, *tree.inputs))


def test_files_rendered_in_several_processes_are_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = _project(tmp_path, {"specs/one.yaml": _contract("One")})
    alone = compile_project(project, discover(project, ())).tree
    monkeypatch.setattr("fountaingen.pipeline._WORTH_DIVIDING", 0)
    divided = compile_project(project, discover(project, ())).tree
    assert list(divided.files.items()) == list(alone.files.items())
