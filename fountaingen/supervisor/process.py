"""One service as a process: started in a group of its own, heard, waited for and ended."""

import asyncio
import ctypes
import os
import signal
import sys
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from fountaingen.supervisor.screen import Screen
from fountaingen.supervisor.units import Unit

_PR_SET_PDEATHSIG = 1
_LONGEST_LINE = 64 * 1024


@dataclass(frozen=True)
class Patience:
    """How long to wait, in seconds: for a service to be ready, and for it to finish its requests when it is stopped.

    ``courtesy`` is how long the others go on while the first is stopping; ``backoff`` the waits before a service that
    died is started again, as many times within ``window``.
    """

    ready: float = 60.0
    stop: float = 10.0
    courtesy: float = 2.0
    backoff: tuple[float, ...] = (0.5, 1.0, 2.0)
    window: float = 60.0


class StartFailed(Exception):
    """A service could not be started; ``reason`` says why, ``last_output`` is what it wrote last."""

    def __init__(self, unit: Unit, reason: str, last_output: tuple[str, ...] = ()) -> None:
        super().__init__(reason)
        self.unit = unit
        self.reason = reason
        self.last_output = last_output


class Running:
    """A process of a service.

    What it writes before it is ready is held back, so that a failure to start shows it in one piece.
    """

    def __init__(self, unit: Unit, process: asyncio.subprocess.Process, screen: Screen) -> None:
        self.unit = unit
        self._process = process
        self._screen = screen
        self._held: deque[tuple[str, bool]] | None = deque(maxlen=10_000)
        streams = ((process.stdout, False), (process.stderr, True))
        self._pumps = [asyncio.create_task(self._pump(stream, flag)) for stream, flag in streams if stream]

    @classmethod
    async def spawn(cls, unit: Unit, screen: Screen) -> "Running":
        """Start the process of ``unit``; raises StartFailed where the operating system refuses."""
        try:
            process = await _spawn(unit)
        except OSError as error:
            raise StartFailed(unit, f"cannot be started: {error.strerror} ({unit.directory})") from error
        return cls(unit, process, screen)

    async def until_ready(self, seconds: float) -> None:
        """Return when the service answers that it is ready; raises StartFailed where it ends first, or takes longer."""
        end = asyncio.create_task(self._exit_code())
        ready = asyncio.create_task(_answers(self.unit.port))
        try:
            await asyncio.wait({end, ready}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
            if end.done():
                await self.ended()
                raise self._failure(f"ended before it was ready, {described(end.result())}")
            if not ready.done():
                raise self._failure(f"was not ready within {seconds:g} seconds")
        finally:
            end.cancel()
            ready.cancel()
        self._release()

    async def ended(self) -> int:
        """Wait for the process to end, and for the last of its output to be written; return its exit code."""
        code = await self._exit_code()
        self.kill()  # What it left behind would keep its pipes open.
        await asyncio.wait(self._pumps, timeout=1)
        for pump in self._pumps:
            pump.cancel()
        return code

    def terminate(self) -> None:
        """Ask the process to finish what it is doing and end."""
        with suppress(ProcessLookupError):
            self._process.terminate()

    def kill(self) -> None:
        """End the process and all that it started, at once."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)

    async def ends_within(self, seconds: float) -> bool:
        """Tell whether the process ends within ``seconds``."""
        try:
            async with asyncio.timeout(seconds):
                await self.ended()
        except TimeoutError:
            return False
        return True

    async def stop(self, patience: Patience) -> None:
        """End the process: ask, wait, then kill."""
        self.terminate()
        if not await self.ends_within(patience.stop):
            self.kill()
            await self.ended()

    async def _exit_code(self) -> int:
        # asyncio's wait() also waits for the pipes, which a process that the service left behind may hold open.
        while (code := self._process.returncode) is None:
            await asyncio.sleep(0.05)
        return code

    def _failure(self, reason: str) -> StartFailed:
        lines = tuple(line for line, _ in self._held or ())
        return StartFailed(self.unit, reason, lines[-30:])

    def _release(self) -> None:
        held, self._held = self._held or (), None
        for line, is_error in held:
            self._screen.log(self.unit.name, line, is_error=is_error)

    async def _pump(self, stream: asyncio.StreamReader, is_error: bool) -> None:
        rest = b""
        while chunk := await stream.read(_LONGEST_LINE):
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                self._heard(line, is_error)
            if len(rest) > _LONGEST_LINE:
                self._heard(rest, is_error)
                rest = b""
        if rest:
            self._heard(rest, is_error)

    def _heard(self, raw: bytes, is_error: bool) -> None:
        line = raw.decode("utf-8", "replace").rstrip("\r")
        if self._held is None:
            self._screen.log(self.unit.name, line, is_error=is_error)
        else:
            self._held.append((line, is_error))


def described(code: int) -> str:
    """Return an exit code in words; a negative one is the signal that ended the process."""
    if code >= 0:
        return f"with exit code {code}"
    try:
        return f"killed by {signal.Signals(-code).name}"
    except ValueError:
        return f"killed by signal {-code}"


async def _spawn(unit: Unit) -> asyncio.subprocess.Process:
    # No bytecode files: they would lie in the generated folder.
    ours = {"PYTHONUNBUFFERED": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    return await asyncio.create_subprocess_exec(
        *(sys.executable, *unit.arguments),
        cwd=unit.directory,
        env={**os.environ, **ours, **unit.environment},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        # A Ctrl-C in the terminal must reach us alone: we stop the services, in order.
        start_new_session=True,
        preexec_fn=_dies_with_parent(),
    )


def _dies_with_parent() -> Callable[[], None] | None:
    """Return what makes a child end when we are killed and can stop nothing any more: prctl(2), on Linux only."""
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None).prctl
    parent = os.getpid()

    def in_child() -> None:
        prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)  # We were killed before the child could ask to be told.

    return in_child


async def _answers(port: int) -> None:
    while not await _is_ready(port):
        await asyncio.sleep(0.05)


async def _is_ready(port: int) -> bool:
    """Ask ``GET /ready`` once: any answer below 500 is one, for a contract may declare another ``/ready``.

    So is 501, which that answers until a hook is written.
    """
    try:
        async with asyncio.timeout(2):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            try:
                writer.write(f"GET /ready HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n".encode())
                protocol, status, *_ = (await reader.readline()).split()
            finally:
                writer.close()
    except (OSError, ValueError):
        return False
    return protocol.startswith(b"HTTP/1.") and status.isdigit() and (int(status) < 500 or int(status) == 501)
