"""A Docker engine of these tests' own, in namespaces of its own, which leaves nothing behind.

It runs in a mount and a process namespace: when its first process ends, the kernel ends all others and takes the mounts
away, also where the tests were killed. To run containers it has a network namespace too, with all the chains, bridges
and ports that an engine makes; only to build images does it use the machine's network, and then it makes none of them.
"""

import ctypes
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from deploy.shell import attempt, run

COMPOSE = Path(sys.executable).parent / "docker-compose"
"""The real Docker Compose, which a package of Python's brings."""

_CLIENT = Path("/usr/bin/docker")
_PACKAGES = ("docker.io", "containerd", "iptables", "iproute2", "debootstrap", "util-linux")
_PROGRAMS = ("dockerd", "containerd", "iptables", "ip", "debootstrap", "unshare", "setpriv", "nsenter")
_NETWORK = 0x40000000  # CLONE_NEWNET of sched.h
_PREFIX = "fg-deploy-"

# A shell is the first process of the namespace: it waits for every process that loses its parent; an engine does not.
_FIRST = """
mount -t tmpfs tmpfs /run
ip link set lo up
trap 'kill -TERM "$engine"' TERM
dockerd --config-file "$1" &
engine=$!
wait "$engine" || wait "$engine"
"""


def lacking() -> str | None:
    """Return why no engine can run here, or None."""
    if os.geteuid() != 0:
        return "an engine needs root"
    if all(shutil.which(program) for program in _PROGRAMS) and _CLIENT.exists():
        return None
    if shutil.which("apt-get") is None:
        return "there is no Docker engine, and no apt-get to install one"
    quiet = {"DEBIAN_FRONTEND": "noninteractive"}
    updated = attempt(["apt-get", "update", "-q"], environment=quiet)
    done = attempt(["apt-get", "install", "-q", "-y", "--no-install-recommends", *_PACKAGES], environment=quiet)
    return f"no Docker engine could be installed: {(updated.stderr + done.stderr)[-500:]}" if done.returncode else None


class Engine:
    """An engine that keeps its images, containers and volumes in ``folder``, started and stopped as often as needed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        _link(folder / "bin" / "docker", _CLIENT)
        _link(folder / "client" / "cli-plugins" / "docker-compose", COMPOSE)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def environment(self) -> dict[str, str]:
        """What clients of the engine need in their environment."""
        socket = f"unix://{self.folder / 'engine.sock'}"
        path = f"{self.folder / 'bin'}:{os.environ['PATH']}"
        client = str(self.folder / "client")
        return {"DOCKER_HOST": socket, "DOCKER_CONFIG": client, "DOCKER_BUILDKIT": "1", "PATH": path}

    def docker(self, *arguments: str | Path) -> str:
        """Return what the client says; raises ``Failed``."""
        return run([_CLIENT, *arguments], environment=self.environment).strip()

    def output(self, *arguments: str | Path) -> str:
        """Return what the client writes to both of its outputs, however it ends."""
        done = attempt([_CLIENT, *arguments], environment=self.environment)
        return done.stdout + done.stderr

    @contextmanager
    def building(self) -> Iterator[None]:
        """Run the engine on the machine's network; ``--network host`` reaches what the machine reaches."""
        with self._up([], {"iptables": False, "ip-forward": False, "ip-masq": False}):
            yield

    @contextmanager
    def running(self) -> Iterator[None]:
        """Run the engine in a network of its own, which this process enters for as long as it runs."""
        with self._up(["--net"], {}), self._inside():
            yield

    def signal(self, container: str, signal: str) -> None:
        """Send a signal to the first process of a container from outside, as the kernel does when memory runs out.

        ``docker kill`` counts as somebody's wish, after which a container is not started again.
        """
        process = self.docker("inspect", "--format", "{{.State.Pid}}", container)
        run(["nsenter", "--target", self._first(), "--pid", "--", "kill", f"-{signal}", process])

    def remove(self) -> None:
        """Remove all that the engine kept."""
        shutil.rmtree(self.folder)
        deadline = time.monotonic() + 10
        while not _ungrouped(self.folder.name):
            assert time.monotonic() < deadline, "control groups are left"

    @contextmanager
    def _up(self, namespaces: Sequence[str], settings: dict[str, bool]) -> Iterator[None]:
        self._start(namespaces, settings)
        try:
            yield
        finally:
            self._stop()

    def _start(self, namespaces: Sequence[str], settings: dict[str, bool]) -> None:
        configuration = self.folder / "daemon.json"
        configuration.write_text(
            json.dumps({**self._places(), "bridge": "none", "cgroup-parent": self.folder.name, **settings})
        )
        isolated = ["unshare", "--mount", "--pid", *namespaces, "--fork", "--kill-child", "--mount-proc"]
        with (self.folder / "engine.log").open("ab") as log:
            self._process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", *isolated, "sh", "-c", _FIRST, "sh", configuration],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        deadline = time.monotonic() + 120
        while attempt([_CLIENT, "version"], environment=self.environment).returncode:
            said = (self.folder / "engine.log").read_text("utf-8", "replace")[-3000:]
            assert self._process.poll() is None and time.monotonic() < deadline, f"the engine does not start:\n{said}"
            time.sleep(0.1)

    def _stop(self) -> None:
        assert self._process is not None
        attempt(["kill", "-TERM", self._first()])
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        (self.folder / "engine.pid").unlink(missing_ok=True)

    def _places(self) -> dict[str, object]:
        return {
            "data-root": str(self.folder / "data"),
            "exec-root": str(self.folder / "state"),
            "pidfile": str(self.folder / "engine.pid"),
            "hosts": [f"unix://{self.folder / 'engine.sock'}"],
        }

    def _first(self) -> str:
        assert self._process is not None
        number = self._process.pid
        return Path(f"/proc/{number}/task/{number}/children").read_text().split()[0]

    @contextmanager
    def _inside(self) -> Iterator[None]:
        assert self._process is not None
        outside = os.open("/proc/self/ns/net", os.O_RDONLY)
        try:
            inside = os.open(f"/proc/{self._process.pid}/ns/net", os.O_RDONLY)
            try:
                _enter(inside)
            finally:
                os.close(inside)
            yield
        finally:
            _enter(outside)
            os.close(outside)


def _ungrouped(name: str) -> bool:
    """Remove the control groups below ``name``; false where the kernel has yet to see that a last process ended."""
    groups = sorted(Path("/sys/fs/cgroup").glob(f"**/{name}/**/"), reverse=True)
    for group in groups:
        with suppress(OSError):
            group.rmdir()
    return not any(group.exists() for group in groups)


def _link(path: Path, program: Path) -> None:
    path.parent.mkdir(parents=True)
    path.symlink_to(program)


def _enter(namespace: int) -> None:
    """Move this thread, and those that it starts from now on, into a network namespace."""
    library = ctypes.CDLL(None, use_errno=True)
    if library.setns(namespace, _NETWORK):
        raise OSError(ctypes.get_errno(), "setns")


@contextmanager
def engine_folder() -> Iterator[Path]:
    """Give a folder for an engine, its path short as a socket's must be; remove those of tests that were killed."""
    for left in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        if not Path("/proc", left.name.removeprefix(_PREFIX)).exists():
            _ungrouped(left.name)
            shutil.rmtree(left, ignore_errors=True)
    folder = Path(tempfile.gettempdir(), f"{_PREFIX}{os.getpid()}")
    folder.mkdir(mode=0o700)
    yield folder
