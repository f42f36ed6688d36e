"""kill -9 under write load, round after round: whatever was acknowledged is there when the services are back.

    python tests/run/kill_rounds.py [--rounds 50] [--workers 2] [--clients 6] [--postgresql] [--seed 1]

Two generated services are written to over HTTP: the ledger (POST, PUT, PATCH, DELETE) and the central sequence service
(numbers and versions), each by several clients and served by several processes on one database. In some rounds one
process is killed first, and the others go on; in some both are killed once more as soon as they are back.
"""

import argparse
import asyncio
import random
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1]))

from kill_books import Books, Stored
from kill_clients import Client, LedgerClient, SequenceClient, state_of
from kill_services import LEDGER, SEQUENCE, Broken, Caller, NotReady, Server, build
from kill_stored import damage, stored
from support import postgresql

KINDS = ("all at once", "one process, then all", "again while starting")


@dataclass
class Figures:
    """What the rounds of one kind came to; times in seconds."""

    rounds: int = 0
    acknowledged: int = 0
    unanswered: int = 0
    asked_again: int = 0
    faults: list[str] = field(default_factory=list)
    slowest_start: float = 0.0


@dataclass
class Scene:
    """The services, what they said, and the clients of a round."""

    ledger: Server
    sequence: Server
    random: random.Random
    clients: int
    books: Books = field(default_factory=Books)

    def servers(self) -> tuple[Server, Server]:
        """Return both servers."""
        return self.ledger, self.sequence

    def start(self) -> float:
        """Start both and return the seconds that the slower took; raises NotReady."""
        for server in self.servers():
            server.start()
        return max(server.wait() for server in self.servers())

    def round(self, number: int, kind: str, figures: Figures) -> None:
        """Write, kill, start again, compare."""
        books = self.books
        before = books.acknowledged, books.unanswered, len(books.faults)
        asyncio.run(self._write(number, kind))
        for server in self.servers():
            server.discard()
        if kind == KINDS[2]:
            self._kill_while_starting()
        try:
            figures.slowest_start = max(figures.slowest_start, self.start())
        except NotReady as error:
            books.faults.append(f"a service did not start by itself: {error}")
            return
        touched = {entry for entry, row in books.rows.items() if row.maybe} | set(list(books.rows)[-100:])
        found = stored(self.ledger.url, self.sequence.url)
        books.check(found)
        books.faults += damage(self.ledger.url) + damage(self.sequence.url)
        figures.asked_again += asyncio.run(self._ask_again(sorted(touched), found))
        figures.rounds += 1
        figures.acknowledged += books.acknowledged - before[0]
        figures.unanswered += books.unanswered - before[1]
        figures.faults += books.faults[before[2] :]

    async def _write(self, number: int, kind: str) -> None:
        enough = self.random.randrange(1, 300)
        left = {enough: self._kill}
        if kind == KINDS[1]:
            left = {enough: self._kill_one, enough + 100: self._kill}
        killed = False

        def count() -> None:
            nonlocal left, killed
            left = {when - 1: what for when, what in left.items()}
            if (what := left.pop(0, None)) is not None:
                what()
                killed = not left

        clients = list(self._clients(number, count))
        await asyncio.gather(*(client.run(lambda: not killed and self._alive()) for client in clients))

    def _clients(self, number: int, count: Callable[[], None]) -> Iterator[Client]:
        rows = [entry for entry, row in self.books.rows.items() if row.told is not None]
        for index in range(self.clients):
            name = f"{number}-{index}"
            mine = [entry for entry in rows if entry % self.clients == index][-20:]
            yield LedgerClient(name, self.ledger.port, self.books, count, mine)
            yield SequenceClient(name, self.sequence.port, self.books, count)

    def _alive(self) -> bool:
        return all(server.process.poll() is None for server in self.servers())

    def _kill(self) -> None:
        for server in self.servers():
            server.kill()

    def _kill_one(self) -> None:
        for server in self.servers():
            server.kill_worker()

    def _kill_while_starting(self) -> None:
        for server in self.servers():
            server.start()
        self.ledger.wait()
        self._kill()
        for server in self.servers():
            server.reap()

    async def _ask_again(self, entries: list[int], found: Stored) -> int:
        """Ask the ledger itself for entries, which must be what was found in its database."""
        caller = Caller(self.ledger.port)
        for entry in entries:
            try:
                status, body = await caller.ask("GET", f"/entries/{entry}")
            except Broken:
                self.books.faults.append(f"GET /entries/{entry} was not answered")
                continue
            shown = state_of(body) if status == 200 else None
            if status not in (200, 404) or shown != found.entries.get(entry):
                self.books.faults.append(f"entry {entry} is {found.entries.get(entry)}, shown as {status} {shown}")
        caller.close()
        return len(entries)


def run(services: Path, urls: tuple[str, str], options: argparse.Namespace) -> dict[str, Figures]:
    """Run the rounds and return what came of them, by kind."""
    kinds = KINDS if options.workers > 1 else (KINDS[0], KINDS[2])
    figures = {kind: Figures() for kind in kinds}
    servers = (
        Server(services / LEDGER, urls[0], options.workers),
        Server(services / SEQUENCE, urls[1], options.workers),
    )
    scene = Scene(*servers, random.Random(options.seed), options.clients)
    try:
        scene.start()
        for number in range(options.rounds):
            kind = kinds[number % len(kinds)]
            scene.round(number, kind, figures[kind])
            if options.verbose:
                print(f"round {number + 1}: {kind}, {scene.books.acknowledged} writes acknowledged", file=sys.stderr)
            if scene.books.faults:
                break
    finally:
        for server in servers:
            server.discard()
    return figures


def table(figures: dict[str, Figures]) -> str:
    """Return the figures as the table of a note."""
    lines = [
        "| killed | rounds | writes acknowledged | never answered | lost or wrong | asked again | slowest start |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    for kind, row in figures.items():
        counts = (row.rounds, row.acknowledged, row.unanswered, len(row.faults), row.asked_again)
        lines.append(f"| {kind} | {' | '.join(map(str, counts))} | {row.slowest_start:.1f} s |")
    return "\n".join(lines)


@contextmanager
def databases(folder: Path, *, server: bool) -> Iterator[tuple[str, str]]:
    """Give the URLs of two empty databases: files in ``folder``, or on a server of PostgreSQL."""
    if not server:
        yield f"sqlite:///{folder}/ledger.db", f"sqlite:///{folder}/sequence.db"
        return
    with (
        postgresql.shared(folder / "postgresql") as url,
        postgresql.database(url) as ledger,
        postgresql.database(url) as sequence,
    ):
        yield ledger, sequence


def options_of(arguments: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--clients", type=int, default=6)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--postgresql", action="store_true")
    parser.add_argument("--verbose", action="store_true")
    return parser.parse_args(arguments)


def main() -> int:
    """Run and show; the exit code is 1 where anything was lost."""
    options = options_of()
    with tempfile.TemporaryDirectory(prefix="kill-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        with databases(folder, server=options.postgresql) as urls:
            figures = run(build(folder / "project"), urls, options)
    print(table(figures))
    faults = [fault for row in figures.values() for fault in row.faults]
    print("\n".join(faults[:20]), file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
