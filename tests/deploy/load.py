"""People who write while processes are killed."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

import httpx
from services import SCRIPTS

from deploy.conftest import Running
from deploy.containers import wait_until

_WRITERS = 8
_ENOUGH = 30


def under_load(running: Running, victims: Iterable[Callable[[], str]]) -> list[dict[str, Any]]:
    """Create scripts while the first process of each victim, a container, is killed; return what was acknowledged.

    Something is acknowledged before and after every kill.
    """
    acknowledged: list[dict[str, Any]] = []
    ended = Event()

    def await_more() -> None:
        written = len(acknowledged)
        wait_until(lambda: len(acknowledged) >= written + _ENOUGH, lambda: running.compose("ps", "--all"))

    with ThreadPoolExecutor(_WRITERS) as people:
        writers = [people.submit(_write, running, number, acknowledged, ended) for number in range(_WRITERS)]
        try:
            for victim in victims:
                await_more()
                running.deployment.engine.signal(victim(), "KILL")
            await_more()
        finally:
            ended.set()
        for writer in writers:
            writer.result()
    return acknowledged


def _write(running: Running, number: int, acknowledged: list[dict[str, Any]], ended: Event) -> None:
    """Create scripts until told to end; whatever is no 201 is what a service that is gone may be answered for."""
    count = 0
    while not ended.is_set():
        count += 1
        body = {"title": f"Writer {number}, script {count}"}
        try:
            answer = running.services.ask(SCRIPTS, "POST", "/scripts", body)
        except httpx.TransportError:
            continue
        if answer.status_code == 201:
            acknowledged.append({**body, **answer.json()})
        else:
            assert answer.status_code in (502, 503, 504), answer.text
        # The gateway allows so many requests a minute, and no more.
        ended.wait(0.05)
