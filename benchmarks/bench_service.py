"""The speed of a service's shape: the sample service beside the seed's (sync def, Depends, ORM), in one run.

    python benchmarks/bench_service.py [--seconds 2] [--rounds 3] [--connections 16]

Each server is one uvicorn process; the load is a raw asyncio client in this one. Rounds are interleaved and medians
shown, with the CPU that the server spent on a request: the steadier figure where cores are shared. Compare inside one
run only.
"""

import argparse
import asyncio
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "tests" / "runtime"))
ROWS = 200

SEED = """
from fastapi import Depends, FastAPI, HTTPException
from pydantic import BaseModel, ConfigDict
from sqlalchemy import Column, ForeignKey, Integer, String, create_engine
from sqlalchemy.orm import Session, declarative_base, sessionmaker

engine = create_engine("sqlite:///./seed.db", connect_args={"check_same_thread": False})
SessionLocal = sessionmaker(autocommit=False, autoflush=False, bind=engine)
Base = declarative_base()


class Script(Base):
    __tablename__ = "scripts"
    scriptId = Column(Integer, primary_key=True, index=True)
    title = Column(String)
    author = Column(String)
    sequenceNumber = Column(Integer)


class Section(Base):
    __tablename__ = "sections"
    headingId = Column(Integer, primary_key=True, index=True)
    scriptId = Column(Integer, ForeignKey("scripts.scriptId"))
    title = Column(String)


class ScriptOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)
    scriptId: int
    title: str
    author: str | None
    sequenceNumber: int | None


class SectionIn(BaseModel):
    title: str


class SectionOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)
    headingId: int
    scriptId: int
    title: str


Base.metadata.create_all(bind=engine)
app = FastAPI()


def get_db():
    db = SessionLocal()
    try:
        yield db
    finally:
        db.close()


@app.get("/scripts/{scriptId}", response_model=ScriptOut)
def read_script(scriptId: int, db: Session = Depends(get_db)):
    script = db.query(Script).filter(Script.scriptId == scriptId).first()
    if script is None:
        raise HTTPException(404)
    return script


@app.get("/scripts", response_model=list[ScriptOut])
def list_scripts(limit: int = 20, offset: int = 0, db: Session = Depends(get_db)):
    return db.query(Script).order_by(Script.sequenceNumber).offset(offset).limit(limit).all()


@app.put("/scripts/{scriptId}", response_model=ScriptOut)
def update_script(scriptId: int, body: SectionIn, db: Session = Depends(get_db)):
    script = db.query(Script).filter(Script.scriptId == scriptId).first()
    if script is None:
        raise HTTPException(404)
    script.title = body.title
    db.commit()
    db.refresh(script)
    return script


@app.post("/scripts/{scriptId}/sections", response_model=SectionOut, status_code=201)
def add_section(scriptId: int, body: SectionIn, db: Session = Depends(get_db)):
    if db.query(Script).filter(Script.scriptId == scriptId).first() is None:
        raise HTTPException(404)
    section = Section(scriptId=scriptId, title=body.title)
    db.add(section)
    db.commit()
    db.refresh(section)
    return section
"""

BODY = json.dumps({"title": "A heading"}).encode()
CASES = {
    "GET one": ("GET", "/scripts/7", b""),
    "list 20": ("GET", "/scripts?limit=20", b""),
    "POST": ("POST", "/scripts/7/sections", BODY),
    "PUT": ("PUT", "/scripts/7", BODY),
    "404": ("GET", "/scripts/99999", b""),
}


@dataclass(frozen=True)
class Server:
    """A running server; ``cpu()`` is the time it has spent, in seconds."""

    process: subprocess.Popen[bytes]
    port: int

    def cpu(self) -> float:
        """Return user and system time of every thread."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def start(folder: Path, target: str, environment: dict[str, str]) -> Server:
    """Start uvicorn in ``folder`` and wait until it listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [
        sys.executable,
        "-m",
        "uvicorn",
        target,
        "--port",
        str(port),
        "--no-access-log",
        "--log-level",
        "warning",
    ]
    command += ["--no-proxy-headers", "--no-server-header", "--no-date-header"]
    process = subprocess.Popen(command, cwd=folder, env=os.environ | environment, stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return Server(process, port)
        time.sleep(0.05)
    raise SystemExit(f"{target} did not start")


def request_of(method: str, path: str, body: bytes) -> bytes:
    """Return the bytes of a request."""
    head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\n"
    if body:
        head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    return head.encode() + b"\r\n" + body


class Connection(asyncio.Protocol):
    """Sends one request after the other on one connection until the time is over."""

    def __init__(self, request: bytes, until: float, done: "asyncio.Future[list[float]]") -> None:
        self.request = request
        self.until = until
        self.done = done
        self.times: list[float] = []
        self.buffer = b""
        self.begin = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the first request."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.send()

    def send(self) -> None:
        """Send the next request."""
        self.begin = time.perf_counter()
        self.transport.write(self.request)

    def data_received(self, data: bytes) -> None:
        """Take a response in and go on."""
        self.buffer += data
        head, separator, rest = self.buffer.partition(b"\r\n\r\n")
        if not separator:
            return
        at = head.lower().index(b"content-length:") + 15
        if len(rest) < int(head[at:].split(b"\r\n", 1)[0]):
            return
        self.buffer = b""
        now = time.perf_counter()
        self.times.append(now - self.begin)
        if now < self.until:
            self.send()
        else:
            self.transport.close()
            self.done.set_result(self.times)


async def load(port: int, request: bytes, seconds: float, connections: int) -> list[float]:
    """Return the times of every request."""
    loop = asyncio.get_running_loop()
    until = time.perf_counter() + seconds
    waiting = []
    for _ in range(connections):
        done: asyncio.Future[list[float]] = loop.create_future()
        await loop.create_connection(partial(Connection, request, until, done), "127.0.0.1", port)
        waiting.append(done)
    return [each for times in await asyncio.gather(*waiting) for each in times]


@dataclass(frozen=True)
class Figure:
    """One measurement: requests a second, server CPU in µs a request, the 99th percentile in ms."""

    rate: float
    cpu: float
    p99: float


def measure(server: Server, case: str, seconds: float, connections: int) -> Figure:
    """Load one server with one case."""
    request = request_of(*CASES[case])
    asyncio.run(load(server.port, request, 0.2, connections))
    before, begin = server.cpu(), time.perf_counter()
    times = asyncio.run(load(server.port, request, seconds, connections))
    took, spent = time.perf_counter() - begin, server.cpu() - before
    return Figure(len(times) / took, spent / len(times) * 1e6, sorted(times)[int(len(times) * 0.99)] * 1000)


def fill(database: Path, columns: str) -> None:
    """Write the rows that are read."""
    import sqlite3

    connection = sqlite3.connect(database)
    rows = [(f"Script {number}", "Ada", number) for number in range(1, ROWS + 1)]
    connection.executemany(f"INSERT INTO scripts ({columns}) VALUES (?, ?, ?)", rows)
    connection.commit()
    connection.close()


def main() -> None:
    """Run every case on both servers, round after round, and print the medians."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--connections", type=int, default=16)
    options = parser.parse_args()
    from conftest import assemble

    with tempfile.TemporaryDirectory() as folder:
        ours, seed = assemble(Path(folder) / "ours"), Path(folder) / "seed"
        seed.mkdir()
        (seed / "seed.py").write_text(SEED)
        url = f"sqlite:///{ours}/data/ours.db"
        servers = {"ours": start(ours, "app.main:app", {"DATABASE_URL": url}), "seed": start(seed, "seed:app", {})}
        try:
            fill(ours / "data" / "ours.db", "title, author, sequence_number")
            fill(seed / "seed.db", 'title, author, "sequenceNumber"')
            figures: dict[tuple[str, str], list[Figure]] = {}
            for _ in range(options.rounds):
                for case in CASES:
                    for name, server in servers.items():
                        figure = measure(server, case, options.seconds, options.connections)
                        figures.setdefault((case, name), []).append(figure)
        finally:
            for server in servers.values():
                server.process.terminate()
                server.process.wait(10)
    show(figures)


def show(figures: dict[tuple[str, str], list[Figure]]) -> None:
    """Print a table: rate, CPU and p99 of both, and the ratios."""
    heads = ("", "seed req/s", "CPU µs", "p99 ms", "ours req/s", "CPU µs", "p99 ms", "rate", "CPU")
    print("".join(f"{head:>11s}" for head in heads))
    for case in CASES:
        middle = {
            name: [
                statistics.median(getattr(each, field) for each in figures[case, name])
                for field in ("rate", "cpu", "p99")
            ]
            for name in ("seed", "ours")
        }
        seed, ours = middle["seed"], middle["ours"]
        cells = [*seed, *ours, ours[0] / seed[0], seed[1] / ours[1]]
        print(f"{case:>11s}" + "".join(f"{cell:11.1f}" for cell in cells))


if __name__ == "__main__":
    main()
