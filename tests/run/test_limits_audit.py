"""No library opens a file or a URL by itself: what Python's audit hooks see of reading hostile contracts."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

_SECRET = "hunter2-in-a-file"
_ELSEWHERE = (
    "../../../secret/secret.yaml#/S",
    "{root}/secret/secret.yaml#/S",
    "file://{root}/secret/secret.yaml#/S",
    "FILE://{root}/secret/secret.yaml#/S",
    "file:{root}/secret/secret.yaml#/S",
    "%2e%2e/%2e%2e/%2e%2e/secret/secret.yaml#/S",
    "./x/../../../../secret/secret.yaml#/S",
    "link.yaml#/S",
    "linked/secret.yaml#/S",
    "http://127.0.0.1:9/s.yaml#/S",
    "HTTPS://127.0.0.1:9/s.yaml#/S",
    "//127.0.0.1:9/s.yaml#/S",
    "\\\\127.0.0.1\\s.yaml#/S",
    "jar:file://{root}/secret/secret.yaml!/S",
    "data:application/json,{{}}#/S",
)

_SCRIPT = """
import json, os, sys
seen = []
watched = {"open", "os.listdir", "os.scandir", "socket.connect", "socket.getaddrinfo", "subprocess.Popen", "os.system",
           "os.exec", "os.posix_spawn", "urllib.Request"}
armed = []
def hook(event, arguments):
    if armed and event in watched:
        name = arguments[0] if event != "socket.connect" else arguments[1]
        os.write(armed[0], (json.dumps([event, repr(name)]) + "\\n").encode())
from fountaingen.commands.app import app
import fountaingen.pipeline
from fountaingen.model.problems import Rejected
from fountaingen.model.settings import Settings
from fountaingen.project import Project, discover
from pathlib import Path
sys.addaudithook(hook)
root = Path(sys.argv[1])
for folder in sorted(root.iterdir()):
    if folder.name == "secret":
        continue
    project = Project(folder, Settings())
    armed.append(os.open(root.parent / "seen", os.O_WRONLY | os.O_CREAT | os.O_APPEND))
    try:
        compiled = fountaingen.pipeline.compile_project(project, discover(project, ()))
        told = [problem.message for problem in compiled.problems]
    except Rejected as rejected:
        told = [problem.message for problem in rejected.problems]
    os.close(armed.pop())
    print(json.dumps([folder.name, told]))
"""


def _contract() -> dict[str, Any]:
    answer = {"200": {"description": "fine"}}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Hostile", "version": "1"},
        "paths": {"/things": {"get": {"operationId": "listThings", "responses": answer}}},
        "components": {"schemas": {"S": {"type": "object"}}},
    }


def _hostile(root: Path) -> list[dict[str, Any]]:
    found = []
    for written in _ELSEWHERE:
        reference = {"$ref": written.format(root=root)}
        for change in ("schema", "response", "item", "mapping"):
            data = _contract()
            operation = data["paths"]["/things"]["get"]
            match change:
                case "schema":
                    data["components"]["schemas"]["S"] = reference
                case "response":
                    operation["responses"]["500"] = reference
                case "item":
                    data["paths"]["/other"] = reference
                case "mapping":
                    mapping = {"a": reference["$ref"]}
                    data["components"]["schemas"]["S"]["discriminator"] = {"propertyName": "a", "mapping": mapping}
            found.append(data)
    url = "http://127.0.0.1:9/x"
    data = _contract() | {"jsonSchemaDialect": url, "externalDocs": {"url": url}, "servers": [{"url": url}]}
    data["components"] |= {
        "schemas": {"S": {"$id": url, "$schema": url, "$dynamicRef": f"{url}#s", "properties": {"a": {"$ref": "b"}}}},
        "securitySchemes": {"o": {"type": "openIdConnect", "openIdConnectUrl": url}},
        "examples": {"e": {"externalValue": url}},
        "links": {"l": {"operationRef": f"{url}#/paths/~1things/get"}},
    }
    return [*found, data]


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[tuple[str, str]], dict[str, list[str]]]:
    """The folder of the contracts, what was opened or reached while they were read, and what was told of each."""
    root = tmp_path_factory.mktemp("audit") / "root"
    (root / "secret").mkdir(parents=True)
    (root / "secret" / "secret.yaml").write_text(f"S: {{description: {_SECRET}, type: object}}\n")
    contracts = _hostile(root)
    for number, data in enumerate(contracts):
        specs = root / f"{number:03}" / "specs"
        (specs / "parts").mkdir(parents=True)
        (specs / "a.json").write_text(json.dumps(data))
        (specs / "link.yaml").symlink_to(root / "secret" / "secret.yaml")
        (specs / "linked").symlink_to(root / "secret")
        # Links out of the folder are told by themselves: here what follows a reference is asked.
        os.rename(specs / "a.json", specs / "parts" / "openapi.json")
        os.rename(specs / "link.yaml", specs / "parts" / "link.yaml")
        os.rename(specs / "linked", specs / "parts" / "linked")
    done = subprocess.run([sys.executable, "-c", _SCRIPT, str(root)], capture_output=True, check=True, timeout=300)
    events = [tuple(json.loads(line)) for line in (root.parent / "seen").read_text().splitlines()]
    told = dict(json.loads(line) for line in done.stdout.splitlines())
    assert len(told) == len(contracts)
    assert _SECRET.encode() not in done.stdout + done.stderr
    return root, events, told


def test_nothing_is_connected_to_and_nothing_started(seen: tuple[Path, list[tuple[str, str]], object]) -> None:
    _, events, _ = seen
    assert {event for event, _ in events} <= {"open", "os.listdir", "os.scandir"}


def test_of_what_lies_outside_nothing_is_opened(seen: tuple[Path, list[tuple[str, str]], object]) -> None:
    root, events, _ = seen
    opened = [name for event, name in events if event == "open"]
    assert any(str(root) in name for name in opened)
    secret = os.path.realpath(root / "secret")
    assert [name for name in opened if os.path.realpath(name.strip("'")).startswith(secret)] == []


def test_each_reference_elsewhere_is_refused(seen: tuple[Path, object, dict[str, list[str]]]) -> None:
    *references, harmless = sorted(seen[2])
    assert [name for name in references if not seen[2][name]] == []
    assert not any("takes" in message or "failed at" in message for told in seen[2].values() for message in told)
    assert harmless
