"""A hostile contract that is a valid one is accepted, and no command tells a terminal anything of it but text."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from fountaingen.commands.app import app
from hostile import oracle
from hostile.contracts import TEXTS, contract

_ALL = "\n".join(TEXTS.values())
_COMMANDS = (("lint",), ("explain",), ("gateway", "test"), ("check", "--diff"), ("build",))


def _valid() -> dict[str, Any]:
    """Return a contract with text at every position where the standard takes any text."""
    data = contract(_ALL)
    whole = data["components"]
    (scheme,), (name,) = whole["securitySchemes"], whole["schemas"]
    written = json.dumps(
        {**data, "components": {**whole, "securitySchemes": {"key": whole["securitySchemes"][scheme]}}}
    )
    whole = json.loads(written.replace(f"{{{json.dumps(scheme)}: []}}", '{"key": []}'))
    whole["components"]["schemas"] = {"Thing": whole["components"]["schemas"][name]}
    _lead(whole, {"$ref": "#/components/schemas/Thing"})
    return dict(whole)


def _lead(value: Any, to: dict[str, str]) -> None:
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        if isinstance(item, dict) and "$ref" in item:
            item.update(to)
        _lead(item, to)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hostile")
    (folder / "specs").mkdir()
    (folder / "fountaingen.toml").write_text("", encoding="utf-8")
    (folder / "specs" / "hostile.json").write_text(json.dumps(_valid()), encoding="ascii")
    return folder


def _lines(output: str) -> Iterator[str]:
    for line in output.split("\n"):
        yield from (f"{fault}: {line!r}" for fault in oracle.unseen(line.replace("\t", " ")))


@pytest.mark.parametrize("command", _COMMANDS, ids=" ".join)
def test_a_terminal_is_told_nothing_but_text(
    command: tuple[str, ...], project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project)
    done = CliRunner().invoke(app, [*command])
    assert done.exit_code == (1 if command[0] == "check" else 0), done.output
    assert list(_lines(done.output)) == []


def test_what_is_built_is_text(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project)
    assert CliRunner().invoke(app, ["build"]).exit_code == 0
    out = project / "generated"
    files = {path.relative_to(out).as_posix(): path.read_bytes() for path in out.rglob("*") if path.is_file()}
    judged = {path: content for path, content in files.items() if "/kit/" not in path and "/runtime/" not in path}
    assert len(judged) > 50
    assert oracle.judge(judged) == []
