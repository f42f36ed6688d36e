"""What metrics, logs and traces cost: one sample service for each way to run it, called in this process, in turns.

    python benchmarks/bench_observability.py [--requests 300] [--rounds 150]

The server and the network are left out, so that little is left that varies: the figures are the time that this process
computes for a request, and what that is more than with all of it off: of many short rounds the tenth that was disturbed
least. Traces are kept, and thrown away in batches where
they would be sent.
"""

import argparse
import asyncio
import importlib
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "tests" / "runtime"))

OFF = {"METRICS": "false"}
WAYS = {
    "off": OFF,
    "metrics": {"METRICS": "true"},
    "access log": OFF | {"ACCESS_LOG": "true"},
    "traces, 1 %": OFF | {"OTEL_TRACES_SAMPLER": "traceidratio", "OTEL_TRACES_SAMPLER_ARG": "0.01"},
    "traces": OFF,
}
TRACED = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9", "OTEL_BSP_SCHEDULE_DELAY": "1000"}
HEADERS = [
    (b"host", b"studio.example.com"),
    (b"user-agent", b"bench"),
    (b"accept", b"*/*"),
    (b"accept-encoding", b"gzip, deflate"),
    (b"connection", b"keep-alive"),
]


def made(main: Any, database: Callable[[], Any], environment: dict[str, str]) -> Any:
    """Return the application as it is in ``environment``."""
    before = dict(os.environ)
    os.environ.update(environment)
    try:
        hooks, clients = main.hooks, main.clients
        return main.Service(main.CONTRACT, main.router, database(), authenticate=hooks.authenticate, clients=clients)
    finally:
        os.environ.clear()
        os.environ.update(before)


async def run(app: Any, requests: int) -> float:
    """Return the time that a request computes, in seconds."""
    scope = {
        "type": "http",
        "method": "GET",
        "path": "/scripts/7",
        "raw_path": b"/scripts/7",
        "query_string": b"",
        "headers": HEADERS,
        "scheme": "http",
        "server": ("127.0.0.1", 8000),
        "root_path": "",
        "http_version": "1.1",
    }

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start" and message["status"] != 200:
            raise SystemExit(f"it answers {message['status']}")

    begin = time.thread_time()
    for _ in range(requests):
        await app(dict(scope), receive, send)
    return (time.thread_time() - begin) / requests


async def compare(apps: dict[str, Any], requests: int, rounds: int) -> dict[str, list[float]]:
    """Call each application in turns."""
    figures: dict[str, list[float]] = {}
    for _ in range(rounds):
        for name, app in apps.items():
            figures.setdefault(name, []).append(await asyncio.create_task(run(app, requests)))
    return figures


def main() -> None:
    """Print a row a way to run a service."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=150)
    options = parser.parse_args()
    from conftest import assemble

    with tempfile.TemporaryDirectory() as folder:
        sys.path.insert(0, str(assemble(Path(folder))))
        os.environ["DATABASE_URL"] = f"sqlite:///{folder}/bench.db"
        service = importlib.import_module("app.main")
        from app import models
        from app.runtime.database import Database

        def database() -> Any:
            return Database.from_environment(models.Base.metadata, default="")

        with open(os.devnull, "w") as nowhere:
            stdout, sys.stdout = sys.stdout, nowhere
            apps = {
                name: made(service, database, environment | (TRACED if name.startswith("traces") else {}))
                for name, environment in WAYS.items()
            }
            figures = asyncio.run(measured(apps, options.requests, options.rounds))
            sys.stdout = stdout
    off = undisturbed(figures["off"])
    for name, times in figures.items():
        taken = undisturbed(times)
        print(f"{name:>12s} {taken * 1e6:8.2f} µs {(taken - off) * 1e6:+8.2f} µs {taken / off - 1:+8.1%}")


def undisturbed(times: list[float]) -> float:
    """Return the first decile."""
    return statistics.quantiles(times, n=10)[0]


async def measured(apps: dict[str, Any], requests: int, rounds: int) -> dict[str, list[float]]:
    """Start the applications, write a row, and compare them."""
    lifespans = [app.router.lifespan_context(app) for app in apps.values()]
    for lifespan in lifespans:
        await lifespan.__aenter__()
    from app import operations

    for _ in range(7):
        await apps["off"].database.write(operations.create_script, {"title": "One"})
    await compare(apps, requests // 10, 1)
    figures = await compare(apps, requests, rounds)
    for lifespan in lifespans:
        await lifespan.__aexit__(None, None, None)
    return figures


if __name__ == "__main__":
    main()
