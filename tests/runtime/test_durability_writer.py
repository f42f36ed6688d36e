"""The writer by itself: a COMMIT that fails is told to all, and its own faults leave nobody waiting."""

import asyncio
import sqlite3
import threading
from pathlib import Path
from typing import Any

import pytest

from fountaingen.runtime.errors import ApiError, InsufficientStorage, ServiceUnavailable
from fountaingen.runtime.storage.guard import COMMIT
from fountaingen.runtime.storage.options import Options
from fountaingen.runtime.storage.writer import GroupWriter


def misread(*_: object) -> Any:
    """Look for what is not there, as code with a fault does."""
    raise KeyError("nothing")


class FailingCommit(sqlite3.Connection):
    """A connection on which a COMMIT fails as on a failing disk, as often as ``failures`` says."""

    failures = 0
    fault = "SQLITE_IOERR_FSYNC"

    def execute(self, statement: str, /, *arguments: Any) -> sqlite3.Cursor:
        """Run a statement, or fail."""
        if statement == COMMIT and self.failures:
            self.failures -= 1
            error = sqlite3.OperationalError("disk I/O error")
            error.sqlite_errorname = self.fault
            raise error
        return super().execute(statement, *arguments)


def failing_writer(folder: Path) -> tuple[GroupWriter, FailingCommit]:
    """Return a writer whose disk can be made to fail."""
    driver = sqlite3.connect(
        folder / "x.db", isolation_level=None, check_same_thread=False, factory=FailingCommit, cached_statements=0
    )
    driver.execute("CREATE TABLE notes (text)")
    return GroupWriter(driver), driver


@pytest.mark.parametrize(
    ("fault", "kind", "failing"),
    [("SQLITE_IOERR_FSYNC", ServiceUnavailable, True), ("SQLITE_FULL", InsufficientStorage, False)],
)
def test_a_commit_that_fails_is_told_to_all_and_undone(
    tmp_path: Path, fault: str, kind: type[ApiError], failing: bool
) -> None:
    async def work() -> list[Any]:
        started, gate = threading.Event(), threading.Event()
        writer, driver = failing_writer(tmp_path)

        def hold() -> None:
            started.set()
            gate.wait(30)

        def insert() -> int:
            return driver.execute("INSERT INTO notes VALUES ('x')").rowcount

        first = asyncio.ensure_future(writer.write(hold))
        await asyncio.to_thread(started.wait)
        jobs = [asyncio.ensure_future(writer.write(insert)) for _ in range(20)]
        jobs.append(asyncio.ensure_future(writer.write(misread)))
        await asyncio.sleep(0)
        driver.fault, driver.failures = fault, 2
        gate.set()
        with pytest.raises(kind):
            await first
        results = await asyncio.gather(*jobs, return_exceptions=True)
        assert writer.failing is failing
        assert not driver.in_transaction
        assert await writer.write(insert) == 1
        assert not writer.failing
        assert driver.execute("SELECT count(*) FROM notes").fetchone() == (1,)
        await asyncio.to_thread(writer.close)
        return results

    results = asyncio.run(work())
    assert [type(each) for each in results] == [kind] * 21
    assert len({id(each) for each in results}) == 21


def test_a_fault_of_the_writer_itself_leaves_nobody_waiting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def work() -> list[Any]:
        writer, _ = failing_writer(tmp_path)
        with monkeypatch.context() as patch:
            patch.setattr(GroupWriter, "_undo", misread)
            patch.setattr(GroupWriter, "_commit", misread)
            results = await asyncio.gather(*(writer.write(lambda: 1) for _ in range(10)), return_exceptions=True)
        assert await writer.write(lambda: 2) == 2
        await asyncio.to_thread(writer.close)
        return results

    results = asyncio.run(work())
    assert all(isinstance(each, Exception) for each in results)


@pytest.mark.parametrize("value", ["0", "-1", "many", "1.5", "9" * 19])
def test_the_bound_of_the_queue_is_a_number(value: str) -> None:
    with pytest.raises(ValueError, match="MAX_WAITING_WRITES must be a number from 1 on"):
        Options.from_environment({"MAX_WAITING_WRITES": value})
    assert Options.from_environment({"MAX_WAITING_WRITES": "7"}).max_waiting_writes == 7
