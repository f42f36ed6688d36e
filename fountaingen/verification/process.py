"""The process of Schemathesis, as an asynchronous stream of events."""

import asyncio
import os
import signal
import sys
from collections import deque
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import fountaingen
from fountaingen.verification.messages import Event, Job, read_event, write_job

_LONGEST_LINE = 16 * 1024 * 1024


class WorkerFailed(Exception):
    """Schemathesis's process ended before it was done; ``last_output`` is what it wrote last."""

    def __init__(self, last_output: tuple[str, ...]) -> None:
        super().__init__("Schemathesis ended before it was done")
        self.last_output = last_output


async def found(job: Job, folder: Path) -> AsyncIterator[Event]:
    """Yield what Schemathesis finds while it does ``job`` with ``folder`` as its current one.

    The process ends with this: however the iteration ends, and when this process is killed.

    Raises:
        WorkerFailed: it broke down.
    """
    process = await _spawn(folder)
    assert process.stdin and process.stdout and process.stderr
    last: deque[str] = deque(maxlen=30)
    listening = asyncio.create_task(_listen(process.stderr, last))
    try:
        process.stdin.write(f"{write_job(job)}\n".encode("ascii"))
        while line := await process.stdout.readline():
            yield read_event(line.decode("ascii"))
        if await process.wait():
            await listening
            raise WorkerFailed(tuple(last))
    finally:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
        listening.cancel()


async def _spawn(folder: Path) -> asyncio.subprocess.Process:
    root = str(Path(fountaingen.__file__).parents[1])
    paths = [root, *filter(None, [os.environ.get("PYTHONPATH")])]
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "fountaingen.verification.worker"),
        cwd=folder,
        # The same hashes each time: the order of a set may decide what is tried first.
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths), "PYTHONHASHSEED": "0"},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        limit=_LONGEST_LINE,
        # A Ctrl-C in the terminal must reach us alone: we end the process.
        start_new_session=True,
    )


async def _listen(stream: asyncio.StreamReader, last: deque[str]) -> None:
    with suppress(ValueError):
        while line := await stream.readline():
            last.append(line.decode("utf-8", "replace").rstrip())
