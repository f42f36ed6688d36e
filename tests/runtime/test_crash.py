"""kill -9 under write load: every write that was acknowledged is there afterwards."""

import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

WRITERS = """
import asyncio, os, sys
sys.path.insert(0, sys.argv[1])
from app import models
from app.database import database
from app.operations import LABELS
from app.runtime.call import Unit

def put(unit: Unit, name: str) -> None:
    LABELS.create(unit, {"name": name, "colour": "red"}, fields=("name", "colour"), answer=())

async def client(number: int) -> None:
    for count in range(100_000):
        name = f"{os.getpid()}-{number}-{count}"
        await database.write(put, name)
        os.write(1, f"{name}\\n".encode())

async def main() -> None:
    await asyncio.gather(*(client(number) for number in range(8)))

asyncio.run(main())
"""


@pytest.mark.parametrize("acknowledged", [1, 40, 200])
def test_nothing_acknowledged_is_lost(sample_folder: Path, tmp_path: Path, acknowledged: int) -> None:
    database = tmp_path / "labels.db"
    command = [sys.executable, "-c", WRITERS, str(sample_folder)]
    environment = os.environ | {"DATABASE_URL": f"sqlite:///{database}"}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        told = [process.stdout.readline() for _ in range(acknowledged)]
        process.send_signal(signal.SIGKILL)
        told += process.stdout.read().splitlines(keepends=True)
    # A line that the kill cut off was not told.
    names = {line.decode().strip() for line in told if line.endswith(b"\n")}
    assert len(names) >= acknowledged
    with sqlite3.connect(database) as connection:
        stored = {name for (name,) in connection.execute("SELECT name FROM labels")}
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert names <= stored
