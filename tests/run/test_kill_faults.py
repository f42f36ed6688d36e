"""Services on a disk that is full, on a file that somebody else holds, and asked to end while writes wait."""

import asyncio
import resource
import sqlite3
import subprocess
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, TypeVar

import pytest
from kill_services import LEDGER, Caller, NotReady, Server
from kill_stored import entries_of

T = TypeVar("T")

pytestmark = pytest.mark.xdist_group("killed")
LARGE = "x" * 20_000
_IN_FLIGHT = "http_server_requests_in_flight "


@pytest.fixture
def volume(tmp_path: Path) -> Iterator[Path]:
    """A file system of 3 MiB."""
    folder = tmp_path / "volume"
    folder.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", folder], capture_output=True, check=False)
    if done.returncode:
        pytest.skip("mounting a file system takes root")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


@pytest.fixture
def serve(killable: Path) -> Iterator[Callable[..., Server]]:
    """Start the ledger on the database in a folder."""
    servers: list[Server] = []

    def start(folder: Path, **environment: str) -> Server:
        server = Server(killable / LEDGER, f"sqlite:///{folder}/ledger.db", environment=environment)
        servers.append(server)
        server.start()
        server.wait()
        return server

    yield start
    for server in servers:
        server.discard()


def with_caller(server: Server, work: Callable[[Caller], Awaitable[T]]) -> T:
    """Run ``work`` with a connection to the service."""

    async def run() -> T:
        caller = Caller(server.port)
        try:
            return await work(caller)
        finally:
            caller.close()

    return asyncio.run(run())


async def fill(caller: Caller, told: dict[int, str]) -> tuple[int, Any]:
    """Create entries until that is refused; return how."""
    while True:
        token = f"token-{len(told)}"
        status, answer = await caller.ask("POST", "/entries", {"token": token, "amount": 1, "note": LARGE})
        if status != 201:
            return status, answer
        told[answer["entryId"]] = token


async def goes_on(caller: Caller, told: dict[int, str], expected: set[tuple[int, str]]) -> None:
    """Whatever writes is refused in the words of the contract, whatever reads is answered."""
    first = next(iter(told))
    for method, path, body in (
        ("PUT", f"/entries/{first}", {"token": "lost", "amount": 2, "note": LARGE}),
        ("POST", "/entries", {"token": "lost", "amount": 1, "note": LARGE}),
    ):
        status, answer = await caller.ask(method, path, body)
        assert (status, answer["message"]) in expected
    assert (await caller.ask("GET", f"/entries/{first}"))[1]["token"] == told[first]
    assert (await caller.ask("GET", "/ready"))[0] == 200


def test_a_full_disk_is_told_in_the_words_of_the_contract(volume: Path, serve: Callable[..., Server]) -> None:
    server = serve(volume)
    told: dict[int, str] = {}
    (volume / "ballast").write_bytes(b"x" * 1_000_000)

    async def full(caller: Caller) -> None:
        status, answer = await fill(caller, told)
        assert (status, answer) == (507, {"message": "there is no room to store this"})
        await goes_on(caller, told, {(507, "there is no room to store this")})
        (volume / "ballast").unlink()
        status, entry = await caller.ask("POST", "/entries", {"token": "again", "amount": 1, "note": LARGE})
        assert status == 201
        told[entry["entryId"]] = "again"
        await fill(caller, told)

    with_caller(server, full)
    # On a disk that is full again.
    server.kill()
    server.reap()
    assert {entry: state[0] for entry, state in entries_of(server.url).entries.items()} == told


def test_files_that_may_not_grow(tmp_path: Path, serve: Callable[..., Server]) -> None:
    server = serve(tmp_path)
    told: dict[int, str] = {}
    # The log of the service is bounded by it too: what cannot be logged keeps nobody from being answered.
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (500_000, resource.RLIM_INFINITY))

    async def full(caller: Caller) -> None:
        status, answer = await fill(caller, told)
        assert (status, answer["message"]) in {(503, "the database is not available"), (507, answer["message"])}
        first = next(iter(told))
        assert (await caller.ask("GET", f"/entries/{first}"))[1]["token"] == told[first]
        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        status, entry = await caller.ask("POST", "/entries", {"token": "again", "amount": 1, "note": LARGE})
        assert status == 201
        told[entry["entryId"]] = "again"
        assert (await caller.ask("GET", "/ready"))[0] == 200

    with_caller(server, full)
    assert server.stop() in (0, -15)
    assert {entry: state[0] for entry, state in entries_of(server.url).entries.items()} == told


def test_somebody_else_holds_the_file_and_then_it_is_asked_to_end(tmp_path: Path, serve: Callable[..., Server]) -> None:
    server = serve(tmp_path, DATABASE_POOL_TIMEOUT="0.3")

    async def held(caller: Caller) -> None:
        with closing(sqlite3.connect(tmp_path / "ledger.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            status, answer = await caller.ask("POST", "/entries", {"token": "refused", "amount": 1})
            assert (status, answer) == (503, {"message": "the database is not available"})
            assert (await caller.ask("GET", "/entries"))[1] == []
            other.execute("COMMIT")
        assert (await caller.ask("POST", "/entries", {"token": "kept", "amount": 1}))[0] == 201

    with_caller(server, held)
    assert server.stop() in (0, -15)
    assert [state[0] for state in entries_of(server.url).entries.values()] == ["kept"]


def test_writes_that_wait_are_answered_when_it_is_asked_to_end(tmp_path: Path, serve: Callable[..., Server]) -> None:
    server = serve(tmp_path, DATABASE_POOL_TIMEOUT="30", METRICS="true")

    async def ended() -> list[tuple[int, Any]]:
        with closing(sqlite3.connect(tmp_path / "ledger.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            bodies = [{"token": f"waiting-{number}", "amount": number} for number in range(20)]
            jobs = [asyncio.create_task(Caller(server.port).ask("POST", "/entries", body)) for body in bodies]
            while await _in_flight(server.port) < len(jobs):
                assert not any(job.done() for job in jobs)
            server.process.terminate()
            other.execute("COMMIT")
        return await asyncio.gather(*jobs)

    answers = asyncio.run(ended())
    assert server.process.wait(30) in (0, -15)
    assert [status for status, _ in answers] == [201] * 20
    assert {entry["entryId"] for _, entry in answers} == entries_of(server.url).entries.keys()


def test_a_file_that_is_no_database_ends_the_start(tmp_path: Path, serve: Callable[..., Server]) -> None:
    (tmp_path / "ledger.db").write_bytes(b"not a database" * 1000)
    with pytest.raises(NotReady, match="the service cannot start: DATABASE_URL: the file is damaged") as refused:
        serve(tmp_path)
    assert "Traceback" not in str(refused.value)
    assert str(tmp_path) not in str(refused.value)


async def _in_flight(port: int) -> int:
    """Return how many requests are not answered yet, as the page for metrics tells it, which may count its own."""
    caller = Caller(port)
    _, page = await caller.fetch("GET", "/metrics")
    caller.close()
    return next(int(float(line.split()[1])) for line in page.decode().splitlines() if line.startswith(_IN_FLIGHT))
