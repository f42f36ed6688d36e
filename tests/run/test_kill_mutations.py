"""A service that acknowledges what is not committed yet is found out: kill -9 when the client has read the answer.

The runtime that was copied into a service is changed, so that its writer stops for good where the kill is to come.
"""

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from kill_books import Books
from kill_clients import state_of
from kill_services import LEDGER, Caller, Server
from kill_stored import entries_of

DRAFT = {"token": "told", "amount": 7}
STOP = "open('stopped', 'w').close(); threading.Event().wait()"
COMMIT = "        driver.execute(COMMIT)\n"
RESULT = "            job.result = job.work()\n"
TELL = "job.future.get_loop().call_soon_threadsafe(answer, [job])"

pytestmark = pytest.mark.xdist_group("killed")


@pytest.fixture
def server(killable: Path, tmp_path: Path) -> Iterator[Server]:
    """The ledger on an empty database, in a copy of its folder."""
    shutil.copytree(killable / LEDGER, tmp_path / "services" / LEDGER)
    server = Server(tmp_path / "services" / LEDGER, f"sqlite:///{tmp_path}/ledger.db")
    yield server
    server.discard()


def mutate(server: Server, old: str, new: str) -> None:
    """Change the writer of the service's own runtime."""
    writer = server.service / "app/runtime/storage/writer.py"
    text = writer.read_text("utf-8")
    assert text.count(old) == 1
    writer.write_text(text.replace(old, new), "utf-8")


def faults_after_the_answer(server: Server) -> list[str]:
    """Create an entry, kill the service when that is answered, and return what the books say of what is stored."""

    async def create() -> None:
        caller = Caller(server.port)
        status, entry = await caller.ask("POST", "/entries", DRAFT)
        server.kill()
        assert status == 201
        books.created(entry["entryId"], state_of(entry))
        caller.close()

    books = Books()
    server.start()
    server.wait()
    asyncio.run(create())
    server.reap()
    books.check(entries_of(server.url))
    return books.faults


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param(COMMIT, f"        _resolve(group); {STOP}\n{COMMIT}", id="the writer answers before it commits"),
        pytest.param(RESULT, f"{RESULT}            {TELL}; {STOP}\n", id="a unit is answered when it has run"),
    ],
)
def test_an_answer_before_the_commit_is_found_out(server: Server, old: str, new: str) -> None:
    mutate(server, old, new)
    assert faults_after_the_answer(server) == ["entry 1 was told to be ('told', 7, None) and is None"]


def test_an_answer_after_the_commit_is_kept(server: Server) -> None:
    # The same stop, after everybody was told.
    mutate(server, "            _resolve(group)\n", f"            _resolve(group)\n            if group: {STOP}\n")
    assert faults_after_the_answer(server) == []


def test_nobody_is_answered_before_the_commit(server: Server) -> None:
    mutate(server, COMMIT, f"        {STOP}\n{COMMIT}")

    async def ask() -> bool:
        waiting = asyncio.create_task(Caller(server.port).ask("POST", "/entries", DRAFT))
        while not (server.service / "stopped").exists():
            assert (await Caller(server.port).ask("GET", "/health"))[0] == 200
        # Whoever asks now is answered, so the other answer would be here too.
        assert (await Caller(server.port).ask("GET", "/entries"))[1] == []
        told = waiting.done()
        waiting.cancel()
        return told

    server.start()
    server.wait()
    assert not asyncio.run(ask())
    server.kill()
    server.reap()
    assert not entries_of(server.url).entries
