"""A build opens what it is made of and what it writes, and nothing else: no other file, no connection, no program."""

import mimetypes
import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import fountaingen
from fountaingen.inputs import own_templates

_WATCHED = """
import os, sys

seen = os.open(sys.argv[1], os.O_WRONLY | os.O_APPEND | os.O_CREAT)

reaching = ("socket.connect", "socket.get", "socket.send", "subprocess.", "os.exec", "os.posix_spawn", "os.system")


def hook(event, arguments):
    if event == "open" and isinstance(arguments[0], (str, bytes)):
        os.write(seen, f"{event} {os.path.abspath(os.fsdecode(arguments[0]))}\\n".encode(errors="replace"))
    elif event.startswith(reaching):
        os.write(seen, f"{event} {arguments!r}\\n".encode(errors="replace"))


sys.addaudithook(hook)
from fountaingen.commands.app import app

app(["build", "specs", "-o", "out"])
"""

_CONTRACT = """
openapi: 3.1.0
info: {title: Reach, version: 1.0.0, license: {name: MIT, url: 'file:///etc/hostname'}}
externalDocs: {url: 'http://127.0.0.1:9/docs'}
servers: [{url: 'http://127.0.0.1:9'}]
paths:
  /things:
    post:
      operationId: makeThing
      requestBody:
        content:
          application/json:
            schema: {$ref: '#/components/schemas/Thing'}
            examples: {far: {externalValue: 'file:///etc/passwd'}}
      responses:
        '201': {description: made, content: {application/json: {schema: {$ref: '#/components/schemas/Thing'}}}}
components:
  schemas:
    Thing:
      type: object
      customTypePath: os.system
      customBasePath: os.system
      x-python-type: {name: system, module: os}
      x-python-import: {module: os, name: system}
      x-schema: 'file:///etc/passwd'
      properties:
        id: {type: integer, readOnly: true}
        name: {type: string, customTypePath: os.system, default_factory: os.getcwd, contentSchema: true}
        other: {type: string, pattern: '^[a-z]+$', default: abc, x-enum-varnames: ['/etc/passwd']}
"""
_DEVICES = ("/dev/null", "/dev/urandom", "/dev/shm", "/proc")


def test_a_build_reaches_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "specs").mkdir()
    (tmp_path / "specs" / "reach.yaml").write_text(_CONTRACT, encoding="utf-8")
    (tmp_path / "home").mkdir()
    (tmp_path / "fountaingen.toml").touch()
    (tmp_path / "sitting.py").write_text(_WATCHED, encoding="utf-8")
    surroundings = {"PATH": os.defpath, "HOME": str(tmp_path / "home"), "TMPDIR": str(tmp_path)}
    found = [str(Path(fountaingen.__file__).parents[1])]
    done = subprocess.run(
        [sys.executable, "-B", "sitting.py", "seen.txt"],
        cwd=tmp_path,
        env={**surroundings, "PYTHONPATH": os.pathsep.join(found)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out" / "reach" / "app" / "schemas.py").is_file()
    events = (tmp_path / "seen.txt").read_text(encoding="utf-8").splitlines()
    installed = {sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    own = {str(Path(fountaingen.__file__).parent), str(own_templates())}
    zipped = [each for each in sys.path if each.endswith(".zip")]
    # The standard library looks for types of files where systems list them.
    allowed = (str(tmp_path), *own, *installed, *map(str, mimetypes.knownfiles), *zipped, *_DEVICES)
    opened = {event.removeprefix("open ") for event in events if event.startswith("open ")}
    assert {path for path in opened if not path.startswith(allowed)} == set()
    assert {event for event in events if not event.startswith("open ")} == set()
    assert str(tmp_path / "specs" / "reach.yaml") in opened
