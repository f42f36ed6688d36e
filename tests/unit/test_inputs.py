"""The inputs of a build, by name and digest."""

from pathlib import Path

import pytest

from fountaingen import inputs
from fountaingen.model.document import source_name
from fountaingen.model.manifest import Manifest, digest
from fountaingen.model.settings import Settings
from fountaingen.project import Project, SpecSource

_CACHES = frozenset({"__pycache__", ".mypy_cache", ".ruff_cache"})


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project with a contract, a fragment, hooks with helpers and a template of its own."""
    files = {
        "specs/pets.yaml": "openapi: 3.1.0\n",
        "specs/common.yaml": "{}\n",
        "hooks/pets.py": "",
        "hooks/pets/prices.py": "A = 1\n",
        "hooks/toys.py": "",
        "hooks/alone/helper.py": "",
        "templates/service/Dockerfile.jinja": "FROM scratch\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return Project(tmp_path, Settings())


def _source(project: Project) -> SpecSource:
    return SpecSource("pets", project.specs / "pets.yaml", "specs/pets.yaml")


def _manifest(project: Project) -> Manifest:
    documents = {f"specs/{name}": (project.specs / name).read_bytes() for name in ("pets.yaml", "common.yaml")}
    hooks = {"pets.py": b"", "pets/prices.py": b"A = 1\n"}
    return Manifest(inputs.digests(project, documents, hooks), {"pets/app/main.py": digest(b"")})


def test_everything_that_a_build_reads_is_an_input(project: Project) -> None:
    found = _manifest(project).inputs
    assert {name for name in found if name != "fountaingen"} == {
        "specs/pets.yaml",
        "specs/common.yaml",
        "hooks/pets.py",
        "hooks/pets/prices.py",
        "templates/service/Dockerfile.jinja",
        "settings",
    }
    assert found["hooks/pets/prices.py"] == digest(b"A = 1\n")


def test_nothing_changed(project: Project) -> None:
    manifest = _manifest(project)
    assert inputs.current(project, [_source(project)], manifest) == manifest.inputs


@pytest.mark.parametrize(
    "name",
    [
        "specs/pets.yaml",
        "specs/common.yaml",
        "hooks/pets.py",
        "hooks/pets/prices.py",
        "templates/service/Dockerfile.jinja",
    ],
)
@pytest.mark.parametrize("gone", [False, True])
def test_a_change_is_seen(project: Project, name: str, gone: bool) -> None:
    manifest = _manifest(project)
    if gone and name != "specs/pets.yaml":
        (project.root / name).unlink()
    else:
        (project.root / name).write_text("# changed\n")
    assert inputs.current(project, [_source(project)], manifest) != manifest.inputs


@pytest.mark.parametrize("name", ["hooks/pets/more.py", "templates/README.md.jinja"])
def test_something_new_is_seen(project: Project, name: str) -> None:
    manifest = _manifest(project)
    (project.root / name).write_text("")
    assert inputs.current(project, [_source(project)], manifest) != manifest.inputs


@pytest.mark.parametrize(
    ("shown", "name"),
    [("specs/pets.yaml", "specs/pets.yaml"), ("/elsewhere/pets.yaml", "pets.yaml"), ("../pets.yaml", "pets.yaml")],
)
def test_no_name_of_an_input_leaves_the_project(shown: str, name: str) -> None:
    assert source_name(shown) == name


def test_templates_of_the_project_come_first(project: Project) -> None:
    assert inputs.template_folders(project) == (project.templates, inputs.own_templates())
    assert inputs.template_folders(Project(project.specs, Settings())) == (inputs.own_templates(),)


@pytest.mark.parametrize(
    "name", ["templates/.mypy_cache/3.11/meta.json", "templates/service/.Dockerfile.jinja.swp", "templates/a.pyc"]
)
def test_what_editors_and_caches_leave_is_no_input(project: Project, name: str) -> None:
    manifest = _manifest(project)
    (project.root / name).parent.mkdir(parents=True, exist_ok=True)
    (project.root / name).write_text("{}")
    assert inputs.current(project, [_source(project)], manifest) == manifest.inputs


def test_caches_beside_the_tool_are_no_part_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inputs, "PACKAGE", tmp_path)
    (tmp_path / "templates").mkdir()
    (tmp_path / "main.py").write_text("A = 1\n")
    before = inputs.digests(Project(tmp_path, Settings()), {}, {})
    (tmp_path / ".mypy_cache").mkdir()
    (tmp_path / ".mypy_cache" / "cache.json").write_text("{}")
    assert inputs.digests(Project(tmp_path, Settings()), {}, {}) == before
    (tmp_path / "templates" / ".dockerignore.jinja").write_text("")
    assert inputs.digests(Project(tmp_path, Settings()), {}, {}) != before


def test_every_file_of_the_tool_is_an_input() -> None:
    for folder in (inputs.PACKAGE, inputs.own_templates()):
        kept = {path for path in folder.rglob("*") if path.is_file() and not _CACHES & {*path.parts}}
        assert kept == {*inputs._source_files(folder)}
