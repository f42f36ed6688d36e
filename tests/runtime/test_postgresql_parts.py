"""What PostgreSQL is reached by: addresses, settings, a pool of connections, the command of a service."""

import asyncio
from collections.abc import Coroutine
from importlib.util import find_spec
from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy import BigInteger, MetaData, make_url
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from fountaingen.runtime.columns import Key, Text
from fountaingen.runtime.database import Database, DatabaseError
from fountaingen.runtime.errors import ServiceUnavailable
from fountaingen.runtime.storage.command import main
from fountaingen.runtime.storage.options import Options

if find_spec("asyncpg") is None or find_spec("greenlet") is None:
    pytest.skip("services need the packages asyncpg and greenlet for PostgreSQL", allow_module_level=True)

from fountaingen.runtime.storage.postgresql.address import Address
from fountaingen.runtime.storage.postgresql.connections import Held
from fountaingen.runtime.storage.postgresql.pool import Pool


class Base(DeclarativeBase):
    """The tables of these tests."""


class Node(Base):
    """A row that may refer to another of its kind."""

    __tablename__ = "nodes"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    size: Mapped[int | None] = mapped_column(BigInteger)


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+asyncpg", "postgresql+psycopg"])
def test_a_url_may_name_any_driver(scheme: str) -> None:
    assert Database(MetaData(), f"{scheme}://me:secret@there/rows").url == make_url("postgresql://me:secret@there/rows")


def test_parameters_of_other_drivers_are_understood() -> None:
    query = "ssl=require&channel_binding=prefer&connect_timeout=3&keepalives=1&statement_timeout=5s"
    address = Address.of(make_url(f"postgresql://me:s%40crt@there:1/rows?{query}"))
    assert address.dsn == "postgresql://me:s%40crt@there:1/rows?sslmode=require&statement_timeout=5s"
    assert address.timeout == 3.0
    assert "statement_timeout" not in address.settings
    assert "lock_timeout" in address.settings
    assert "s%40crt" not in repr(address)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_POOL_SIZE", "1"),
        ("DATABASE_POOL_SIZE", "many"),
        ("DATABASE_POOL_TIMEOUT", "-1"),
        ("CREATE_TABLES", "maybe"),
    ],
)
def test_settings_that_make_no_sense_are_refused(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(DatabaseError, match=name):
        Database.from_environment(MetaData(), default="sqlite://")


def test_settings_are_read() -> None:
    environment = {"CREATE_TABLES": "no", "DATABASE_POOL_SIZE": "3", "DATABASE_POOL_TIMEOUT": "0.5"}
    assert Options.from_environment(environment) == Options(create_tables=False, pool_size=3, pool_timeout=0.5)
    assert Options.from_environment({}) == Options()


def test_names_that_would_be_cut_short_are_refused(postgresql: str, caplog: pytest.LogCaptureFixture) -> None:
    class Other(DeclarativeBase):
        """Tables of another service."""

    class _Long(Other):
        __tablename__ = "t" * 64
        id: Mapped[int] = mapped_column(Key, primary_key=True)

    async def ready() -> bool:
        database = Database(Other.metadata, postgresql)
        try:
            return await database.ready()
        finally:
            await database.close()

    assert not asyncio.run(ready())
    assert "t" * 64 in caplog.text


class FakeHeld:
    """A connection that never was one."""

    def __init__(self) -> None:
        self.usable = True
        self.discarded = False

    def discard(self) -> None:
        """Break."""
        self.usable = False
        self.discarded = True

    async def close(self) -> None:
        """Be no more."""
        self.usable = False


class Fakes:
    """A pool of such connections, and all that it made."""

    def __init__(self, size: int, timeout: float = 5.0) -> None:
        self.made: list[FakeHeld] = []
        self.failing = False
        self.pool = Pool(self._connect, size, timeout)

    async def _connect(self) -> Held:
        await asyncio.sleep(0)
        if self.failing:
            raise ServiceUnavailable("down")
        self.made.append(FakeHeld())
        return cast(Held, self.made[-1])


def run(work: Coroutine[Any, Any, None]) -> None:
    """Run a coroutine to its end."""
    asyncio.run(work)


def test_a_connection_goes_to_whoever_has_waited_longest() -> None:
    async def work() -> None:
        fakes = Fakes(1)
        first = await fakes.pool.take()
        order: list[int] = []

        async def wait(number: int) -> None:
            held = await fakes.pool.take()
            order.append(number)
            fakes.pool.give(held)

        waiting = [asyncio.create_task(wait(number)) for number in range(5)]
        await asyncio.sleep(0)
        assert fakes.pool.waiting == 5
        fakes.pool.give(first)
        await asyncio.gather(*waiting)
        assert order == [0, 1, 2, 3, 4]
        assert len(fakes.made) == 1
        assert fakes.pool.taken == fakes.pool.waiting == 0

    run(work())


def test_a_broken_connection_is_replaced() -> None:
    async def work() -> None:
        fakes = Fakes(1)
        held = await fakes.pool.take()
        waiting = asyncio.create_task(fakes.pool.take())
        await asyncio.sleep(0)
        fakes.made[0].discard()
        fakes.pool.give(held)
        fakes.pool.give(await waiting)
        assert len(fakes.made) == 2
        # One that breaks while nobody uses it is not given out.
        fakes.made[1].usable = False
        fakes.pool.give(await fakes.pool.take())
        assert len(fakes.made) == 3
        assert fakes.pool.taken == 0

    run(work())


def test_nobody_waits_for_ever_and_nothing_is_lost() -> None:
    async def work() -> None:
        fakes = Fakes(1, timeout=0.01)
        held = await fakes.pool.take()
        with pytest.raises(ServiceUnavailable) as refusal:
            await fakes.pool.take()
        assert refusal.value.headers == {"Retry-After": "1"}
        gone = asyncio.create_task(fakes.pool.take())
        await asyncio.sleep(0)
        gone.cancel()
        fakes.pool.give(held)
        await asyncio.gather(gone, return_exceptions=True)
        assert await fakes.pool.take() is held
        fakes.pool.give(held)
        assert (fakes.pool.taken, fakes.pool.waiting) == (0, 0)

    run(work())


def test_a_server_that_is_gone_uses_no_place_up() -> None:
    async def work() -> None:
        fakes = Fakes(2)
        fakes.failing = True
        for _ in range(5):
            with pytest.raises(ServiceUnavailable, match="down"):
                await fakes.pool.take()
        fakes.failing = False
        both = [await fakes.pool.take() for _ in range(2)]
        for held in both:
            fakes.pool.give(held)
        await fakes.pool.close()
        assert not any(held.usable for held in fakes.made)

    run(work())


@pytest.mark.parametrize(("arguments", "code"), [([], 2), (["copy"], 2), (["drop"], 2), (["--help"], 0)])
def test_the_command_says_how_it_is_used(arguments: list[str], code: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(Database(Base.metadata, "sqlite://"), arguments) == code
    told = capsys.readouterr()
    assert "python -m app.database copy SOURCE_URL" in told.out + told.err


def test_what_cannot_be_copied_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = Database(Base.metadata, f"sqlite:///{tmp_path}/target.db")
    assert main(target, ["copy", "mysql://there/rows"]) == 1
    assert main(target, ["copy", f"sqlite:///{tmp_path}/none.db"]) == 1
    assert main(Database(MetaData(), f"sqlite:///{tmp_path}/empty.db"), ["create"]) == 0
    assert main(target, ["copy", f"sqlite:///{tmp_path}/empty.db"]) == 1
    assert main(target, ["copy", "postgresql://nobody@127.0.0.1:1/rows"]) == 1
    told = capsys.readouterr().err.splitlines()
    assert told[0].startswith("error: SOURCE_URL: mysql is not supported")
    assert told[1] == f"error: there is no database in the file {tmp_path}/none.db"
    assert told[2] == "error: the source has no such tables: nodes"
    assert told[3].startswith("error: ")


def test_a_file_is_copied_to_another(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = Database(Base.metadata, f"sqlite:///{tmp_path}/source.db")
    assert main(source, ["create"]) == 0

    async def fill() -> None:
        await source.write(lambda unit: unit.connection.exec_driver_sql("INSERT INTO nodes (name) VALUES ('a'), ('b')"))
        await source.close()

    asyncio.run(fill())
    assert (
        main(Database(Base.metadata, f"sqlite:///{tmp_path}/target.db"), ["copy", f"sqlite:///{tmp_path}/source.db"])
        == 0
    )
    assert "nodes: 2 rows, digest" in capsys.readouterr().out
