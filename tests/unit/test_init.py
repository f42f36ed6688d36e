"""``init`` makes a project of any folder, changes nothing that is there, and completes what it began."""

import json
import os
import stat
import tomllib
from collections.abc import Callable
from contextlib import chdir
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

from fountaingen.commands.app import app
from fountaingen.model.settings import TABLES, Settings, SettingsFile, parse_settings
from fountaingen.project import Project, discover, find_project, project_in
from fountaingen.starter.contract import default_name, default_resource, refuse_names
from fountaingen.starter.defaults import settings_text

WHOLE = {"fountaingen.toml", ".gitignore", ".ci/check", "hooks/README.md", "specs/shop.yaml"}


def init(folder: Path, *arguments: str) -> Result:
    with chdir(folder):
        result = CliRunner().invoke(app, ["init", *arguments], env={"NO_COLOR": "1"})
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def files(folder: Path) -> dict[str, tuple[bytes, int]]:
    found = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): (path.read_bytes(), path.stat().st_mtime_ns) for path in found}


def findings(result: Result) -> dict[str, str]:
    return {each["path"]: each["verdict"] for each in json.loads(result.stdout)["findings"]}


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    folder.mkdir()
    return folder


def test_an_empty_folder_becomes_a_project_which_the_second_run_leaves_as_it_is(shop: Path) -> None:
    first = init(shop)
    assert (first.exit_code, first.stdout.count(": written: ")) == (0, len(WHOLE))
    made = files(shop)
    assert made.keys() == WHOLE
    assert [source.name for source in discover(find_project(shop / "hooks"), ())] == ["shop"]
    assert stat.S_IMODE((shop / ".ci/check").stat().st_mode) == 0o755
    second = init(shop)
    assert (second.exit_code, second.stdout.count(": kept: ")) == (0, len(WHOLE))
    assert files(shop) == made


def test_a_folder_that_is_not_there_is_made_and_its_files_are_told_from_where_one_is(tmp_path: Path) -> None:
    result = init(tmp_path, "a/shop", "--format", "json")
    assert findings(result) == dict.fromkeys((f"a/shop/{path}" for path in WHOLE), "written")
    assert files(tmp_path / "a/shop").keys() == WHOLE


@pytest.mark.parametrize("gone", sorted(WHOLE))
def test_what_is_missing_is_added_and_nothing_else_is_touched(shop: Path, gone: str) -> None:
    init(shop)
    (shop / gone).unlink()
    left = files(shop)
    result = init(shop, "--format", "json")
    assert [path for path, verdict in findings(result).items() if verdict == "written"] == [gone]
    assert {path: files(shop)[path] for path in left} == left
    assert files(shop).keys() == WHOLE


def test_files_of_the_user_stay_and_settings_stand_once(shop: Path) -> None:
    (shop / ".git").mkdir()
    (shop / "pyproject.toml").write_text("[project]\nname = 'shop'\n")
    (shop / ".gitignore").write_text("dist/\n.venv/\n")
    (shop / "hooks").mkdir()
    (shop / "hooks" / "stock.py").write_text("")
    (shop / "specs").mkdir()
    (shop / "specs" / "stock.yaml").write_text("openapi: 3.1.0\n")
    mine = files(shop)
    result = init(shop)
    assert result.exit_code == 0
    assert {path: files(shop)[path] for path in mine} == mine
    assert files(shop).keys() - mine.keys() == {"fountaingen.toml", ".ci/check"}
    assert "pyproject.toml: kept: may hold the settings in a table [tool.fountaingen]" in result.stdout
    assert ".gitignore: kept: is there already; without .fountaingen/, " in result.stdout
    assert "without .venv/" not in result.stdout
    assert project_in(shop) is not None


def test_settings_in_pyproject_are_obeyed(shop: Path) -> None:
    (shop / "pyproject.toml").write_text('[tool.fountaingen]\nspecs = "api/contracts"\nhooks = "logic"\n')
    assert init(shop).exit_code == 0
    made = {"pyproject.toml", ".gitignore", ".ci/check", "logic/README.md", "api/contracts/shop.yaml"}
    assert files(shop).keys() == made
    assert [source.name for source in discover(find_project(shop), ())] == ["shop"]


def test_a_contract_that_is_asked_for_comes_beside_others(shop: Path) -> None:
    init(shop)
    result = init(shop, "--name", "orders", "--resource", "Sale")
    assert "specs/orders.yaml: written: " in result.stdout
    assert "/sales:" in (shop / "specs/orders.yaml").read_text()
    assert "http://localhost:8002" in (shop / "specs/orders.yaml").read_text()
    assert "specs/orders.yaml: kept: " in init(shop, "--name", "orders").stdout


def _file(path: Path) -> None:
    path.write_text("mine")


def _link(path: Path) -> None:
    (path.parent.parent / "elsewhere").mkdir()
    path.symlink_to("../elsewhere")


def _dangling(path: Path) -> None:
    path.symlink_to("../nowhere")


@pytest.mark.parametrize("where", ["specs", "hooks", ".ci"])
@pytest.mark.parametrize("obstacle", [_file, _link, _dangling])
def test_what_is_in_the_way_of_a_folder_is_told_before_anything_is_written(
    shop: Path, where: str, obstacle: Callable[[Path], None]
) -> None:
    obstacle(shop / where)
    before = files(shop.parent)
    result = init(shop)
    assert result.exit_code == 1
    assert result.stderr.startswith(f"{where}: error[FG651]: '{where}' cannot be used: it is ")
    assert files(shop.parent) == before
    assert not (shop.parent / "nowhere").exists()


@pytest.mark.parametrize("name", [".gitignore", "fountaingen.toml", ".ci/check"])
def test_no_link_is_written_through(shop: Path, name: str) -> None:
    (shop / name).parent.mkdir(exist_ok=True)
    (shop / name).symlink_to(shop.parent / "nowhere")
    init(shop)
    assert not (shop.parent / "nowhere").exists()
    assert (shop / name).is_symlink()


@pytest.mark.parametrize("obstacle", [_file, _dangling])
def test_what_is_no_folder_is_no_project(tmp_path: Path, obstacle: Callable[[Path], None]) -> None:
    (tmp_path / "here").mkdir()
    obstacle(tmp_path / "here" / "shop")
    before = files(tmp_path)
    result = init(tmp_path / "here", "shop")
    assert (result.exit_code, files(tmp_path)) == (1, before)
    assert "error[FG651]: " in result.stderr and result.stdout == ""
    below = init(tmp_path / "here", "shop/below")
    assert (below.exit_code, files(tmp_path)) == (1, before)


def test_a_name_that_no_folder_can_have_is_told(tmp_path: Path) -> None:
    result = init(tmp_path, "a" * 300)
    assert (result.exit_code, result.stdout, files(tmp_path)) == (1, "", {})
    assert "cannot be used: file name too long" in result.stderr


def test_a_link_to_a_folder_that_is_named_is_followed(shop: Path) -> None:
    (shop.parent / "link").symlink_to("shop")
    assert init(shop.parent, "link").exit_code == 0
    assert files(shop).keys() == WHOLE


@pytest.mark.parametrize("inner", ["specs", "hooks", "generated", "templates/service"])
def test_the_folders_of_a_project_are_none(shop: Path, inner: str) -> None:
    init(shop)
    (shop / inner).mkdir(parents=True, exist_ok=True)
    before = files(shop)
    result = init(shop / inner)
    assert result.exit_code == 1
    assert "of the project in" in result.stderr
    assert files(shop) == before
    assert init(shop, "beside").exit_code == 0


def test_a_folder_that_cannot_be_written_is_told(shop: Path) -> None:
    with patch("os.link", side_effect=OSError(28, os.strerror(28))):
        result = init(shop)
    assert result.exit_code == 1
    assert "fountaingen.toml: error[FG652]: 'fountaingen.toml' cannot be written: no space left" in result.stderr
    assert "help: free some space, then run it again: it adds what is missing" in result.stderr
    assert init(shop).exit_code == 0
    assert files(shop).keys() == WHOLE


@pytest.mark.parametrize("arguments", [("--name", "Orders"), ("--name", "dns"), ("--resource", "None")])
def test_names_that_cannot_be_are_refused_before_anything_is_written(shop: Path, arguments: tuple[str, ...]) -> None:
    result = init(shop, *arguments)
    assert (result.exit_code, files(shop)) == (1, {})
    assert result.stderr.startswith("init: error[FG631]: ")


def test_settings_that_cannot_be_read_are_told_and_kept(shop: Path) -> None:
    (shop / "fountaingen.toml").write_text("specs = 3\n")
    result = init(shop)
    assert (result.exit_code, list(files(shop))) == (1, ["fountaingen.toml"])
    assert "fountaingen.toml:1:1: error[FG602]" in result.stderr


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=80))
def test_every_name_of_a_folder_gives_a_name_of_a_service(folder: str) -> None:
    name = default_name(folder, "items")
    refuse_names("init", name, default_resource(name))


def test_the_settings_are_all_there_and_uncommented_they_are_the_defaults() -> None:
    text = settings_text()
    assert tomllib.loads(text) == {}
    assigned = "\n".join(line[2:] for line in text.split("\n") if line.startswith("# ") and _sets(line))
    loaded = tomllib.loads(assigned)
    assert loaded.keys() == {"specs", "out", "hooks", "templates", "shared", *TABLES}
    expected = Project(Path("/"), Settings()).settings
    found = parse_settings(loaded, SettingsFile("fountaingen.toml", assigned))
    for name in ("image", "gateway", "tls", "dns"):
        assert getattr(found.deployment, name) == getattr(expected.deployment, name)
    assert found.deployment.kubernetes == TABLES["kubernetes"]()
    assert (found.specs, found.out, found.hooks, found.remote) == ("specs", "generated", "hooks", expected.remote)


def _sets(line: str) -> bool:
    return " = " in line or line.startswith("# [")
