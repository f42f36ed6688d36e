"""The commands as people run them: exit codes, messages with their place, and nothing lost on the way."""

import contextlib
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import pytest
from typer.testing import CliRunner

from fountaingen import pipeline
from fountaingen.commands.app import app
from fountaingen.model.manifest import MANIFEST, Manifest, digest

_CONTRACT = """\
openapi: 3.1.0
info: {title: Pets, version: 1.0.0}
paths:
  /pets:
    get:
      operationId: listPets
      responses:
        '200':
          description: The pets.
          content: {application/json: {schema: {type: array, items: {$ref: '#/components/schemas/Pet'}}}}
    post:
      operationId: createPet
      requestBody: {required: true, content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}}
      responses:
        '201': {description: The pet., content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}}
components:
  schemas:
    Pet: {type: object, required: [name], properties: {id: {type: integer, readOnly: true}, name: {type: string}}}
"""
_MODELS = "generated/pets/app/models.py"


@dataclass(frozen=True)
class Outcome:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def text(self) -> str:
        return self.out + self.err


def _run(folder: Path, *arguments: str) -> Outcome:
    """Run a command in this process, as if from ``folder``."""
    with contextlib.chdir(folder):
        result = CliRunner().invoke(app, list(arguments), env={"NO_COLOR": "1", "TERM": "dumb"})
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return Outcome(result.exit_code, result.stdout, result.stderr)


def _files(folder: Path) -> Mapping[str, tuple[bytes, int]]:
    return {
        path.relative_to(folder).as_posix(): (path.read_bytes(), path.stat().st_mtime_ns)
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project that was built; tests copy it."""
    folder = tmp_path_factory.mktemp("built")
    (folder / "specs").mkdir()
    (folder / "specs" / "pets.yaml").write_text(_CONTRACT)
    (folder / "hooks").mkdir()
    (folder / "fountaingen.toml").touch()
    outcome = _run(folder, "build")
    assert (outcome.code, outcome.err) == (0, ""), outcome.text
    assert re.fullmatch(r"generated: \d+ written, 0 kept, 0 removed\n", outcome.out)
    return folder


@pytest.fixture
def project(built: Path, tmp_path: Path) -> Path:
    """A built project of its own for a test."""
    return Path(shutil.copytree(built, tmp_path / "project"))


def test_a_real_process_ends_the_same_way(project: Path) -> None:
    (project / "specs" / "pets.yaml").write_text(_CONTRACT.replace("schemas/Pet'", "schemas/Pat'", 1))
    command = [sys.executable, "-m", "fountaingen", "build"]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("specs/pets.yaml:10:")
    assert "Traceback" not in done.stderr


def test_help_is_documentation(project: Path) -> None:
    assert _run(project, "--help").code == 0
    for command in ("build", "check", "lint", "explain", "init", "new", "plan", "up"):
        outcome = _run(project, command, "--help")
        assert outcome.code == 0
        assert "Exit codes:" in outcome.out


@pytest.mark.parametrize(
    "arguments", [("nothing",), ("build", "--nothing"), ("check", "--format", "xml"), ("explain", "pats")]
)
def test_wrong_usage(project: Path, arguments: tuple[str, ...]) -> None:
    outcome = _run(project, *arguments)
    assert outcome.code == 2
    assert outcome.err


@pytest.mark.parametrize("command", ["build", "check", "explain", "init", "new x", "plan", "up"])
def test_a_folder_that_is_gone_is_told(tmp_path: Path, command: str) -> None:
    (tmp_path / "gone").mkdir()
    with contextlib.chdir(tmp_path), contextlib.chdir("gone"):
        (tmp_path / "gone").rmdir()
        result = CliRunner().invoke(app, command.split(), env={"NO_COLOR": "1"})
    assert isinstance(result.exception, SystemExit)
    assert (result.exit_code, result.stdout) == (2, "")
    assert ".: error[FG606]" in result.stderr


def test_explain_suggests_the_service(project: Path) -> None:
    assert "there is no service 'pats'; did you mean 'pets'?" in _run(project, "explain", "pats").err


def test_explain_says_what_is_done_and_why(project: Path) -> None:
    outcome = _run(project, "explain", "pets")
    assert outcome.code == 0
    for word in ("createPet", "POST /pets", "create", "pets", "Key not null"):
        assert word in outcome.out


def test_what_is_up_to_date_is_left_alone(project: Path) -> None:
    before = _files(project / "generated")
    with patch.object(
        pipeline, "compile_project", side_effect=AssertionError("a build of nothing new renders nothing")
    ):
        outcome = _run(project, "build")
        assert (outcome.code, outcome.text) == (0, "generated is up to date\n")
        assert _files(project / "generated") == before
        with pytest.raises(AssertionError, match="renders nothing"):
            _run(project, "build", "-o", "elsewhere")


def test_only_what_changed_is_written(project: Path) -> None:
    before = _files(project / "generated")
    contract = project / "specs" / "pets.yaml"
    contract.write_text(_CONTRACT.replace("{title: Pets,", "{title: Cats,"))
    outcome = _run(project, "build")
    after = _files(project / "generated")
    assert outcome.code == 0
    kept = [name for name in before if after[name] == before[name]]
    rewritten = [name for name in before if after[name] != before[name]]
    assert all(after[name][0] != before[name][0] for name in rewritten), "what did not change keeps its time"
    assert "pets/app/operations.py" in kept
    assert outcome.out == f"generated: {len(rewritten)} written, {len(kept)} kept, 0 removed\n"
    contract.write_text(_CONTRACT)
    assert _run(project, "build").code == 0
    assert {name: each[0] for name, each in _files(project / "generated").items()} == {
        name: each[0] for name, each in before.items()
    }


def test_check_of_a_fresh_build(project: Path) -> None:
    assert _run(project, "check").code == 0
    assert _run(project, "lint").code == 0


_DRIFT = {
    "edited": ("edited", lambda folder: (folder / _MODELS).write_text("mine\n"), "build --force"),
    "missing": ("missing", lambda folder: (folder / _MODELS).unlink(), "build"),
    "stale": (
        "stale",
        lambda folder: (folder / "specs" / "pets.yaml").write_text(
            _CONTRACT.replace("name: {", "age: {type: string}, name: {")
        ),
        "build",
    ),
}


@pytest.mark.parametrize("case", _DRIFT)
def test_drift_is_told_with_the_command_that_mends_it(project: Path, case: str) -> None:
    verdict, spoil, command = _DRIFT[case]
    spoil(project)
    outcome = _run(project, "check", "--diff")
    assert outcome.code == 1
    assert re.search(rf"^{_MODELS}: {verdict}: ", outcome.out, re.MULTILINE)
    assert "+++ b/pets/app/models.py" in outcome.out
    found = re.search(r"run: fountaingen (.*)$", outcome.err, re.MULTILINE)
    assert found is not None and found[1] == command
    assert _run(project, *shlex.split(found[1])).code == 0
    assert _run(project, "check").code == 0


def test_a_plan_is_what_the_build_then_does(project: Path) -> None:
    (project / "specs" / "pets.yaml").write_text(_CONTRACT.replace("title: Pets", "title: Cats"))
    (project / _MODELS).unlink()
    before = _files(project)
    outcome = _run(project, "plan")
    assert outcome.code == 0
    assert "generated/pets/README.md: replace: specs/pets.yaml changed\n" in outcome.out
    assert f"{_MODELS}: write: it was built before, and is not there\n" in outcome.out
    document = json.loads(_run(project, "plan", "--format", "json").out)
    assert document["problems"] == []
    assert document["inputs"] == [{"name": "specs/pets.yaml", "change": "changed"}]
    assert _files(project) == before, "nothing is written"
    findings = json.loads(_run(project, "check", "--format", "json").out)["findings"]
    changing = {each["path"] for each in document["files"] if each["action"] in ("write", "replace", "remove")}
    assert {each["path"] for each in findings} == changing
    counts = document["counts"]
    write, replace, keep = counts["write"], counts["replace"], counts["keep"]
    assert outcome.out.endswith(f"generated: {write} to write, {replace} to replace, 0 to remove, {keep} to keep\n")
    assert _run(project, "build").out == f"generated: {write + replace} written, {keep} kept, 0 removed\n"
    outcome = _run(project, "plan")
    assert (outcome.code, outcome.text) == (0, "generated is up to date\n")


def test_a_plan_says_where_a_build_stops(project: Path) -> None:
    (project / _MODELS).write_text("mine\n")
    outcome = _run(project, "plan")
    assert outcome.code == 1
    assert outcome.out == f"{_MODELS}: stop: was edited by hand; a build stops\n"
    assert f"{_MODELS}: error[FG501]" in outcome.err
    (project / ".generated.fountaingen").mkdir()
    assert "did not end" in _run(project, "plan").err
    (project / "specs" / "pets.yaml").write_text("openapi: 3.1.0\n")
    document = json.loads(_run(project, "plan", "--format", "json").out)
    assert document["problems"] and document["files"] == []


def test_an_edited_file_stops_the_build_and_stays(project: Path) -> None:
    (project / _MODELS).write_text("mine\n")
    (project / "specs" / "pets.yaml").write_text(_CONTRACT.replace("title: Pets", "title: Cats"))
    before = _files(project / "generated")
    outcome = _run(project, "build")
    assert outcome.code == 1
    assert _MODELS.removeprefix("generated/") in outcome.err
    assert _files(project / "generated") == before


def test_a_stray_file_is_left_alone(project: Path) -> None:
    stray = project / "generated" / "pets" / "notes.txt"
    stray.write_text("mine\n")
    outcome = _run(project, "check")
    assert outcome.code == 0
    assert "generated/pets/notes.txt: stray: " in outcome.out
    assert _run(project, "build").code == 0
    assert stray.read_text() == "mine\n"


def test_what_a_manifest_says_is_not_taken_for_what_the_inputs_give(project: Path) -> None:
    before = _files(project / "generated")
    path = project / "generated" / MANIFEST
    (project / _MODELS).write_text("another's\n")
    manifest = Manifest.parse(path.read_bytes())
    lying = Manifest(manifest.inputs, {**manifest.outputs, "pets/app/models.py": digest(b"another's\n")})
    # One that is edited, and one that is made anew with all care.
    for content, *options in ((_reworded(path.read_text(), lying),), (lying.to_bytes(), "--force")):
        path.write_bytes(content)
        assert _run(project, "build", *options).code == 0
        assert {name: each[0] for name, each in _files(project / "generated").items()} == {
            name: each[0] for name, each in before.items()
        }
        (project / _MODELS).write_text("another's\n")


def _reworded(manifest: str, lying: Manifest) -> bytes:
    """Return the text of a manifest as whoever edits it would leave it: each digest replaced where it stands."""
    for name, value in Manifest.parse(manifest.encode()).outputs.items():
        manifest = manifest.replace(f'"{name}": "{value}"', f'"{name}": "{lying.outputs[name]}"')
    return manifest.encode()


def test_a_service_whose_contract_is_gone_goes_with_it(project: Path) -> None:
    shutil.copy(project / "specs" / "pets.yaml", project / "specs" / "toys.yaml")
    assert _run(project, "build").code == 0
    (project / "specs" / "toys.yaml").unlink()
    (project / "generated" / "toys" / "notes.txt").write_text("mine\n")
    outcome = _run(project, "check")
    assert outcome.code == 1
    assert "generated/toys/app/models.py: orphan: " in outcome.out
    assert _run(project, "build").code == 0
    assert list(_files(project / "generated" / "toys")) == ["notes.txt"]
    assert _run(project, "check").code == 0


def test_formats_for_programs(project: Path) -> None:
    (project / _MODELS).write_text("mine\n")
    document = json.loads(_run(project, "check", "--format", "json").out)
    assert document["problems"] == []
    assert [(each["path"], each["verdict"]) for each in document["findings"]] == [(_MODELS, "edited")]
    assert _run(project, "check", "--format", "github").out.startswith(f"::error file={_MODELS},title=edited::")
    (project / "specs" / "pets.yaml").write_text(
        _CONTRACT.replace("schemas/Pet'}}}}\n    post", "schemas/Pat'}}}}\n    post")
    )
    outcome = _run(project, "lint", "--format", "json")
    (problem,) = json.loads(outcome.out)["problems"]
    assert (problem["code"], problem["path"], problem["line"]) == ("FG104", "specs/pets.yaml", 10)
    assert outcome.code == 1
    github = _run(project, "lint", "--format", "github").out
    assert github.startswith("::error file=specs/pets.yaml,line=10,col=")


def _spec(text: str) -> Mapping[str, str]:
    return {"specs/pets.yaml": text}


_BAD: Mapping[str, tuple[Mapping[str, str], str]] = {
    "broken YAML": (_spec("openapi: 3.1.0\ninfo: {title: Pets\n"), r"specs/pets\.yaml:\d+:\d+: error\[FG003\]"),
    "dangling $ref": (
        _spec(_CONTRACT.replace("schemas/Pet'}}}}\n    post", "schemas/Pat'}}}}\n    post")),
        r"specs/pets\.yaml:10:\d+: error\[FG104\]: '#/components/schemas/Pat' .*did you mean",
    ),
    "duplicate operationId": (
        _spec(_CONTRACT.replace("operationId: createPet", "operationId: listPets")),
        r"specs/pets\.yaml:12:\d+: error\[FG105\](.|\n)*specs/pets\.yaml:6:\d+: note",
    ),
    "unknown extension": (
        _spec(_CONTRACT.replace("info:", "x-fountaingen-servise: {}\ninfo:")),
        r"specs/pets\.yaml:2:1: error\[FG109\]: .*did you mean 'x-fountaingen-service'",
    ),
    "hook of no operation": (
        {"hooks/pets.py": "\n\nasync def create_pat(ctx, body): ...\n"},
        r"hooks/pets\.py:3:1: error\[FG210\]: .*did you mean 'create_pet'",
    ),
    "wrong parameters of a hook": (
        {"hooks/pets.py": "async def create_pet(ctx): ...\n"},
        r"hooks/pets\.py:1:1: error\[FG212\]: (.|\n)*write 'async def create_pet\(ctx, body\)'",
    ),
    "hook that is no Python": (
        {"hooks/pets.py": "x = 1\ndef (\n"},
        r"hooks/pets\.py:2:5: error\[FG202\]: not valid Python",
    ),
    "broken template": (
        {"templates/service/app/models.py.jinja": "{{ nothing }}\n"},
        r"templates/service/app/models\.py\.jinja(:\d+)*: error\[FG301\]: .*'nothing' is undefined",
    ),
    "template that is no template": (
        {"templates/service/app/models.py.jinja": "{% if %}\n"},
        r"templates/service/app/models\.py\.jinja(:\d+)*: error\[FG301\]",
    ),
    "template that writes no Python": (
        {"templates/service/app/models.py.jinja": "def\n"},
        r"pets/app/models\.py(:\d+)*: error\[FG302\]",
    ),
}


@pytest.mark.parametrize("case", _BAD)
def test_bad_input_is_told_and_nothing_is_lost(project: Path, case: str) -> None:
    files, told = _BAD[case]
    for name, text in files.items():
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text(text)
    before = _files(project / "generated")
    for command in ("build", "check", "lint"):
        outcome = _run(project, command)
        assert outcome.code == 1, outcome.text
        assert re.search(told, outcome.text), outcome.text
    assert _files(project / "generated") == before


def test_a_contract_that_cannot_be_read(project: Path) -> None:
    contract = project / "specs" / "pets.yaml"
    contract.unlink()
    contract.symlink_to("nowhere.yaml")
    outcome = _run(project, "build", "specs/pets.yaml")
    assert outcome.code == 1
    assert "specs/pets.yaml" in outcome.err


@pytest.mark.parametrize("arguments", [("build",), ("check",), ("lint",), ("explain",), ("build", "nowhere")])
def test_no_contracts(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    (tmp_path / "fountaingen.toml").touch()
    outcome = _run(tmp_path, *arguments)
    assert outcome.code == 1
    assert re.search(r"(specs|nowhere).*: error\[FG6", outcome.text), outcome.text
    assert not (tmp_path / "generated").exists()


@pytest.mark.parametrize("out", ["specs/pets.yaml/out", "/proc/fountaingen", "/dev/null"])
def test_an_output_folder_that_cannot_be_written(project: Path, out: str) -> None:
    if out.startswith("/proc") and not Path("/proc/self").exists():
        pytest.skip("there is no /proc here")
    outcome = _run(project, "build", "-o", out)
    assert outcome.code in (1, 2)
    assert re.search(r"error\[FG\d+\]", outcome.err), outcome.err
    assert (project / "specs" / "pets.yaml").read_text() == _CONTRACT


def test_a_project_has_its_own_templates(project: Path) -> None:
    own = project / "templates" / "service" / "Dockerfile.jinja"
    own.parent.mkdir(parents=True)
    own.write_text("FROM scratch\nLABEL service={{ name }}\n")
    assert _run(project, "check").code == 1
    assert _run(project, "build").code == 0
    assert (project / "generated" / "pets" / "Dockerfile").read_text() == "FROM scratch\nLABEL service=pets\n"
    assert _run(project, "build").out == "generated is up to date\n"
    shutil.rmtree(project / "templates")
    assert _run(project, "build").out.startswith("generated: ")
    assert "python" in (project / "generated" / "pets" / "Dockerfile").read_text()


def test_a_project_that_init_makes_builds_at_once(tmp_path: Path) -> None:
    assert _run(tmp_path, "init", "orders").code == 0
    shop = tmp_path / "orders"
    assert _run(shop, "build").code == 0
    assert (shop / "generated" / "orders" / "app" / "main.py").is_file()
    assert _run(shop, "check").code == 0
    (shop / "generated" / "orders" / "Dockerfile").unlink()
    found = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    outer = {**os.environ, "PATH": found}
    done = subprocess.run([shop / ".ci" / "check"], capture_output=True, text=True, env=outer, check=False)
    assert (done.returncode, done.stdout.split(": ")[:2]) == (1, ["generated/orders/Dockerfile", "missing"])


def test_a_new_service_builds_at_once(project: Path) -> None:
    assert _run(project, "new", "orders", "--resource", "Order").code == 0
    outcome = _run(project, "build")
    assert outcome.code == 0
    assert (project / "generated" / "orders" / "app" / "main.py").is_file()
    assert _run(project, "check").code == 0
