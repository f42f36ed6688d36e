"""``up`` with real processes: start, serve, restart, give up, follow changes, refuse, stop, leave nothing behind."""

import json
import os
import queue
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

import fountaingen

PATIENCE = 60.0
"""Seconds a busy machine may take for anything here."""

APP = """
import json, os, pathlib, subprocess, sys, time

WORD = "first"
print("importing", WORD, flush=True)

async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        print("closing", file=sys.stderr, flush=True)
        await send({"type": "lifespan.shutdown.complete"})
        return
    if scope["path"] == "/die":
        os._exit(3)
    if scope["path"] == "/hang":
        subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        print("hanging", flush=True)
        time.sleep(600)
    body = {"word": WORD, "pid": os.getpid(), "environment": dict(os.environ)}
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": json.dumps(body).encode()})
"""

# What the pipeline does, in little: a service is what its spec says, or a problem.
COMMAND = """
import json, sys
from pathlib import Path
import typer
from fountaingen.commands.up import up_command
from fountaingen.model.problems import Place, Problem, Rejected
from fountaingen.supervisor.units import ServiceView, SystemView

def build(project):
    views = []
    for path in sorted(project.specs.glob("*.json")):
        try:
            spec = json.loads(path.read_text())
        except ValueError:
            raise Rejected([Problem("FG999", "broken", Place(f"specs/{path.name}", 1, 1))])
        main = project.out / path.stem / "app" / "main.py"
        main.parent.mkdir(parents=True, exist_ok=True)
        text = Path(__file__).with_name("app.txt").read_text()
        main.write_text(spec.get("code") or text.replace("first", spec.get("word", "first")))
        views.append(ServiceView(path.stem, path.stem, main.parents[1], spec.get("port"), tuple(spec.get("uses", ()))))
    return SystemView(tuple(views))

command = typer.Typer()
command.command()(up_command(build))
command()
"""


class Project:
    """A folder of specs, and ``up`` running on it, every line of which is read as it comes."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.lines: list[str] = []
        self._queue: queue.Queue[str | None] = queue.Queue()
        self._process: subprocess.Popen[str] | None = None
        (root / "specs").mkdir()
        (root / "app.txt").write_text(APP)
        (root / "command.py").write_text(COMMAND)

    def spec(self, name: str, **values: Any) -> None:
        path = self.root / "specs" / f"{name}.json"
        fresh = path.with_suffix(".fresh")
        fresh.write_text(json.dumps(values))
        fresh.replace(path)

    def up(self, *arguments: str, **environment: str) -> "Project":
        source = str(Path(fountaingen.__file__).parents[1])
        inherited = {key: value for key, value in os.environ.items() if key not in ("API_KEYS", "FORCE_COLOR")}
        self._process = subprocess.Popen(
            [sys.executable, "command.py", *arguments],
            cwd=self.root,
            env={**inherited, "PYTHONPATH": source, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        threading.Thread(target=self._read, args=[self._process.stdout], daemon=True).start()
        return self

    def _read(self, stream: Any) -> None:
        with stream:
            for line in stream:
                self._queue.put(line.rstrip("\n"))
        self._queue.put(None)

    @property
    def process(self) -> "subprocess.Popen[str]":
        assert self._process
        return self._process

    def until(self, text: str) -> str:
        """Return the next line that holds ``text``."""
        deadline = time.monotonic() + PATIENCE
        while (line := self._queue.get(timeout=max(0.01, deadline - time.monotonic()))) is not None:
            self.lines.append(line)
            if text in line:
                return line
        raise AssertionError("\n".join([f"ended without {text!r}:", *self.lines]))

    def ended(self) -> int:
        """Read what is left and return the exit code."""
        while (line := self._queue.get(timeout=PATIENCE)) is not None:
            self.lines.append(line)
        return self.process.wait(PATIENCE)

    def stop(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.ended()

    @property
    def announced(self) -> dict[str, Any]:
        loaded = json.loads((self.root / ".fountaingen/up.json").read_bytes())
        assert isinstance(loaded, dict)
        return loaded

    def ask(self, name: str, path: str = "/") -> dict[str, Any]:
        with urllib.request.urlopen(self.announced["services"][name]["url"] + path, timeout=PATIENCE) as answer:
            loaded = json.load(answer)
        assert isinstance(loaded, dict)
        return loaded

    def send(self, name: str, path: str) -> None:
        """Send a request whose answer never comes."""
        with pytest.raises(OSError):
            self.ask(name, path)


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    made = Project(tmp_path)
    yield made
    if made._process and made._process.poll() is None:
        made._process.kill()
        made._process.wait()


def eventually(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def is_gone(port: int) -> bool:
    with closing(socket.socket()) as attempt:
        return attempt.connect_ex(("127.0.0.1", port)) != 0


def port_of(url: str) -> int:
    return int(url.rpartition(":")[2])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_services_run_until_a_signal_and_stop_cleanly(project: Project, number: int) -> None:
    project.spec("orders", uses=["stock"])
    project.spec("stock")
    project.up("--free-ports").until("ready; press Ctrl-C")
    announced = project.announced
    urls = {name: service["url"] for name, service in announced["services"].items()}
    assert sorted(urls) == ["orders", "stock"]
    environment = project.ask("orders")["environment"]
    assert environment["STOCK_URL"] == urls["stock"]
    assert environment["API_KEYS"] == environment["PEER_API_KEY"] == announced["key"]
    assert environment["DATABASE_URL"] == f"sqlite:///{project.root}/.fountaingen/orders.db"
    assert any(urls["orders"] + "/docs" in line for line in project.lines)
    assert any(announced["key"] in line for line in project.lines)
    assert "orders | importing first" in project.lines

    assert project.stop(number) == 0
    assert [line for line in project.lines if "closing" in line] == ["orders | closing", "stock  | closing"]
    assert all(is_gone(port_of(url)) for url in urls.values())
    assert not (project.root / ".fountaingen/up.json").exists()
    assert not list(project.root.glob("generated/**/__pycache__"))


def test_nothing_outlives_a_killed_supervisor(project: Project) -> None:
    project.spec("orders")
    project.up("--free-ports").until("ready; press Ctrl-C")
    port = port_of(project.announced["services"]["orders"]["url"])
    assert not is_gone(port)
    project.process.kill()
    if sys.platform == "linux":
        eventually(lambda: is_gone(port))


def test_a_port_in_use_is_named_before_anything_starts(project: Project) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        port = server.getsockname()[1]
        project.spec("orders")
        project.spec("stock", port=port)
        assert project.up().ended() == 1
    assert project.lines[0].startswith(f"stock: error[FG621]: port {port} of the service 'stock' is in use")
    assert not any("importing" in line or "starting" in line for line in project.lines)


def test_a_service_that_cannot_start_is_reported_with_its_last_words(project: Project) -> None:
    project.spec("good")
    project.spec("bad", code="print('last words'); raise SystemExit(7)")
    assert project.up("--free-ports").ended() == 1
    place = project.lines.index("error: 'bad' ended before it was ready, with exit code 7")
    assert project.lines[place + 1] == "    last words"
    assert not any("Traceback" in line for line in project.lines)
    assert not (project.root / ".fountaingen/up.json").exists()


def test_a_service_that_dies_is_started_again_and_the_others_go_on(project: Project) -> None:
    project.spec("orders")
    project.spec("stock")
    project.up("--free-ports").until("ready; press Ctrl-C")
    pids = {name: project.ask(name)["pid"] for name in ("orders", "stock")}
    project.send("orders", "/die")
    project.until("error: 'orders' stopped by itself, with exit code 3")
    project.until("'orders' is running again at ")
    assert project.ask("orders")["pid"] != pids["orders"]
    assert project.ask("stock")["pid"] == pids["stock"]
    os.kill(pids["stock"], signal.SIGKILL)
    project.until("error: 'stock' stopped by itself, killed by SIGKILL")
    assert project.stop() == 0


def test_a_service_that_dies_too_often_stays_down(project: Project) -> None:
    project.spec("orders")
    project.up("--free-ports").until("ready; press Ctrl-C")
    for _ in range(3):
        project.send("orders", "/die")
        project.until("is running again")
    project.send("orders", "/die")
    project.until("'orders' stopped too often and stays down")
    assert project.ended() == 1
    assert project.lines[-2:] == ["error: no service is left", "stopping"]


def test_only_what_changed_is_restarted_and_a_failed_build_changes_nothing(project: Project) -> None:
    project.spec("orders")
    project.spec("stock")
    project.up("--free-ports", "--watch").until("ready; press Ctrl-C")
    pids = {name: project.ask(name)["pid"] for name in ("orders", "stock")}

    project.spec("orders", word="second")
    assert project.until("changed: building") == "specs/orders.json changed: building"
    project.until("ready; press Ctrl-C")
    assert project.ask("orders")["word"] == "second"
    assert project.ask("stock")["pid"] == pids["stock"]

    (project.root / "specs/orders.json").write_text("{")
    project.until("specs/orders.json:1:1: error[FG999]: broken")
    project.until("what was running goes on")
    assert project.ask("orders")["word"] == "second"

    project.spec("orders", word="third")
    project.spec("books", word="new")
    (project.root / "specs/stock.json").unlink()
    project.until("ready; press Ctrl-C")
    eventually(lambda: sorted(project.announced["services"]) == ["books", "orders"])
    assert {name: project.ask(name)["word"] for name in ("books", "orders")} == {"books": "new", "orders": "third"}

    project.spec("orders", code="raise SystemExit(9)")
    project.until("error: 'orders' ended before it was ready")
    project.until("tried again after the next change")
    assert list(project.announced["services"]) == ["books"]
    assert project.ask("books")["word"] == "new"
    project.spec("orders", word="mended")
    project.until("ready; press Ctrl-C")
    assert project.ask("orders")["word"] == "mended"
    assert project.stop() == 0


def test_a_second_signal_ends_even_what_hangs_and_what_it_started(project: Project) -> None:
    project.spec("orders")
    project.up("--free-ports").until("ready; press Ctrl-C")
    port = port_of(project.announced["services"]["orders"]["url"])
    with closing(socket.create_connection(("127.0.0.1", port))) as client:
        client.sendall(b"GET /hang HTTP/1.1\r\nHost: x\r\n\r\n")
        project.until("orders | hanging")
        project.process.send_signal(signal.SIGINT)
        project.until("stopping")
        assert project.stop(signal.SIGINT) == 0
    assert is_gone(port)


def test_a_signal_while_starting_stops_cleanly(project: Project) -> None:
    slow = "import pathlib, time; pathlib.Path('begun').touch(); time.sleep(600)"
    project.spec("orders", code=slow)
    project.up("--free-ports")
    eventually((project.root / "generated/orders/begun").exists)
    project.process.send_signal(signal.SIGTERM)
    project.until("stopping")
    assert project.stop(signal.SIGTERM) == 0


def test_wrong_usage_exits_with_2(project: Project) -> None:
    project.spec("orders")
    assert project.up("ordrs").ended() == 2
    assert project.lines[0] == "up: error[FG624]: there is no service 'ordrs'; did you mean 'orders'?"
    assert project.up("--free-ports", "--port-base", "9000").ended() == 2


def test_keys_of_the_environment_are_used_and_not_shown(project: Project) -> None:
    project.spec("orders")
    project.up("--free-ports", API_KEYS="secret-one,secret-two").until("ready; press Ctrl-C")
    assert project.ask("orders")["environment"]["API_KEYS"] == "secret-one,secret-two"
    assert project.announced["key"] == "secret-one"
    assert project.stop() == 0
    assert not any("secret" in line for line in project.lines)
