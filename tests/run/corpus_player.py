"""Plays the script of one service: each operation with samples, without credentials, with garbage, and in chains."""

import asyncio
import re
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import AsyncExitStack
from importlib import import_module
from pathlib import Path
from typing import Any

import httpx
from corpus_chains import chain
from corpus_wire import Request, Unwritable, garbage_of, request_of

from fountaingen.testkit.callers import Caller, credentials
from fountaingen.testkit.contract import DeclaredContract

_LONGEST = 10.0
_TRIED = 6
_REQUEST_ID = re.compile(r'"requestId":"[^"]*"')


class Player:
    """Sends requests to a service in this process, and keeps what its answers were and what was wrong with them."""

    def __init__(self, app: Any, contract: DeclaredContract) -> None:
        self.statuses: Counter[int] = Counter()
        self.faults: dict[str, str] = {}
        self.notes: dict[str, None] = {}
        self._app = app
        self._contract = contract
        self._schemes = contract.data["securitySchemes"]

    async def start(self, stack: AsyncExitStack) -> None:
        """Run the service's lifespan until ``stack`` is closed."""
        await stack.enter_async_context(self._app.router.lifespan_context(self._app))
        transport = httpx.ASGITransport(app=self._app)
        client = httpx.AsyncClient(transport=transport, base_url="http://service.test")
        self._client = await stack.enter_async_context(client)

    async def status(self, target: str) -> int:
        """Return the status of a page beside the contract."""
        return (await self._client.get(target)).status_code

    async def send(
        self, operation: Mapping[str, Any], request: Request, caller: Caller = Caller.KNOWN
    ) -> httpx.Response | None:
        """Send a request of ``operation`` and judge the answer; None where none came."""
        security = self._contract.operation(operation["id"])["security"]
        known = credentials(caller, security, self._schemes)
        headers = {**known.headers, **request.headers}
        if known.cookies:
            cookies = "; ".join(f"{name}={value}" for name, value in known.cookies.items())
            headers["Cookie"] = "; ".join(filter(None, (headers.get("Cookie"), cookies)))
        extra = "&".join(f"{name}={value}" for name, value in known.query.items())
        target = f"{request.path}?{'&'.join(filter(None, (request.query, extra)))}".removesuffix("?")
        raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
        try:
            sent = self._client.request(request.method, target, headers=raw, content=request.content)
            response = await asyncio.wait_for(sent, _LONGEST)
        except Exception as error:  # whatever escapes the service is the finding
            self.fault(operation, request, f"{type(error).__name__}: {error}")
            return None
        self.statuses[response.status_code] += 1
        self._judge(operation, request, response)
        return response

    def _judge(self, operation: Mapping[str, Any], request: Request, response: httpx.Response) -> None:
        if response.status_code == 500:
            self.fault(operation, request, f"answers 500: {response.text[:300]}")
        if response.status_code == 501:
            if "not implemented" not in response.text and response.request.method != "HEAD":
                self.fault(operation, request, f"answers 501 without the words: {response.text[:300]}")
            if operation["hook"] not in response.text and response.request.method != "HEAD":
                self.fault(operation, request, f"answers 501 without the hook's name: {response.text[:300]}")
        declared = self._contract.operation(operation["id"])["responses"]
        status = str(response.status_code)
        try:
            if response.headers.get("content-type") == "application/problem+json" and _says_nothing(operation, status):
                return
            if {status, f"{status[0]}XX", f"{status[0]}xx", "default"} & set(declared):
                self._contract.check(operation["id"], response)
            elif response.headers.get("content-type") != "application/problem+json" and not self._is_like_another(
                response
            ):
                self.fault(operation, request, f"answers {status}, undeclared, as {response.headers}")
        except (AssertionError, ValueError) as error:
            self.fault(operation, request, str(error)[:600])

    def _is_like_another(self, response: httpx.Response) -> bool:
        """Tell whether an error that nobody declared has the body of one that the contract declares somewhere."""
        if not response.is_error:
            return False
        for name, operation in self._contract.data["operations"].items():
            for key in operation["responses"]:
                if key[0] not in "45":
                    continue
                status = int(key.upper().replace("X", "0"))
                twin = httpx.Response(
                    status, headers=response.headers, content=response.content, request=response.request
                )
                try:
                    self._contract.check(name, twin)
                except (AssertionError, ValueError):
                    continue
                return True
        return False

    def fault(self, operation: Mapping[str, Any], request: Request, text: str) -> None:
        """Keep what must not be, with the first request that met it."""
        met = f"{request.about}: {request.target[:200]}"
        self.faults.setdefault(f"{operation['method']} {operation['path']}: {_alike(text)}", met)

    def note(self, operation: Mapping[str, Any], text: str) -> None:
        """Keep what is no fault but should be looked at."""
        self.notes[f"{operation['method']} {operation['path']}: {_alike(text)}"] = None


def _says_nothing(operation: Mapping[str, Any], status: str) -> bool:
    """Tell whether no value fits the schema of this answer; at 501, a schema need not have room for a hook's name."""
    return status == "501" or not {status, f"{status[0]}XX", "default"}.isdisjoint(operation["impossible"])


def _alike(text: str) -> str:
    """Leave out what differs from request to request, so that a finding is kept once."""
    return _REQUEST_ID.sub("", text)


def plain_requests(operation: Mapping[str, Any]) -> Iterator[Request]:
    """Yield requests that the contract accepts: required parameters alone, all of them, then other samples of each."""
    required = [each for each in operation["parameters"] if each["required"]]
    if any(not each["samples"] for each in required):
        return
    bodies: list[tuple[str, Any] | None] = [
        (body["media_type"], sample) for body in operation["bodies"] for sample in body["samples"]
    ]
    if not any(body["required"] for body in operation["bodies"]):
        bodies.insert(0, None)
    for index in range(max(_TRIED, len(bodies)) if bodies else 0):
        chosen = operation["parameters"] if index else required
        values = {each["argument"]: each["samples"][index % len(each["samples"])] for each in chosen if each["samples"]}
        try:
            yield request_of(operation, values, bodies[index % len(bodies)], f"sample {index}")
        except Unwritable:
            continue


async def _probe(player: Player, operation: Mapping[str, Any]) -> None:
    requests = list(plain_requests(operation))
    if not requests:
        player.note(operation, "no request was found that it accepts")
    for request in requests:
        response = await player.send(operation, request)
        if response is not None and response.status_code in (400, 413, 415, 422):
            player.note(operation, f"refuses a sample ({request.target[:120]}): {response.text[:300]}")
    good = requests[0] if requests else Request(operation["method"], operation["path"])
    await player.send(operation, good, Caller.NOBODY)
    await player.send(operation, good, Caller.UNKNOWN)
    for request in garbage_of(operation, good):
        await player.send(operation, request)


async def _locked(player: Player, operation: Mapping[str, Any], contract: DeclaredContract) -> None:
    """Where only an ``authenticate`` hook could let anybody in, nobody gets in without one."""
    security = contract.operation(operation["id"])["security"]
    schemes = contract.data["securitySchemes"]
    by_key = any(all(schemes.get(name, {}).get("type") == "apiKey" for name in each) for each in security)
    request = next(plain_requests(operation), None)
    if not security or by_key or request is None:
        return
    response = await player.send(operation, request)
    if response is not None and response.status_code not in (401, 403):
        player.fault(operation, request, f"lets in whom nobody knows: {response.status_code}")


async def _play(folder: Path, script: Mapping[str, Any]) -> dict[str, Any]:
    begun = time.monotonic()
    app, router, declared, database, service = (
        getattr(import_module(f"app.{module}"), name)
        for module, name in (
            ("main", "app"),
            ("api.endpoints", "router"),
            ("contract", "CONTRACT"),
            ("database", "database"),
            ("runtime.application", "Service"),
        )
    )
    contract = DeclaredContract(folder / "app" / "contract")
    player = Player(app, contract)
    async with AsyncExitStack() as stack:
        await player.start(stack)
        started, megabytes = time.monotonic() - begun, _megabytes()
        paths = {operation["path"] for operation in script["operations"]}
        for page in {"/health", "/ready", "/openapi.json"} - paths:
            if any(path.startswith("/{") for path in paths):
                continue
            if (status := await player.status(page)) >= 500:
                player.faults[f"{page} answers {status}"] = page
        steps = await chain(player, script["operations"])
        for operation in script["operations"]:
            await _probe(player, operation)
    async with AsyncExitStack() as stack:
        locked = Player(service(declared, router, database), contract)
        await locked.start(stack)
        for operation in script["operations"]:
            await _locked(locked, operation, contract)
    return {
        "statuses": player.statuses + locked.statuses,
        "faults": [f"{text} ({met})" for each in (player, locked) for text, met in each.faults.items()],
        "notes": list(player.notes),
        "chains": steps,
        "start": started,
        "megabytes": megabytes,
    }


def _megabytes() -> int:
    """Return what this process holds in memory; what ``getrusage`` tells is of the process that started it, if more."""
    status = Path("/proc/self/status")
    held = re.search(r"VmRSS:\s*(\d+) kB", status.read_text()) if status.is_file() else None
    return int(held[1]) >> 10 if held else 0


def play(folder: Path, script: Mapping[str, Any]) -> dict[str, Any]:
    """Play ``script`` to the service in ``folder``, which is on the path; returns statuses, faults, notes and steps."""
    return asyncio.run(_play(folder, script))
