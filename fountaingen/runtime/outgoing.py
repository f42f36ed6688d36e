"""Callbacks and webhooks: the requests of the contract that the service makes by itself, judged like its answers."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

from pydantic import ValidationError

from .call import Answer, Reply
from .calls.addresses import CallbackRefused, Destination, trusted
from .calls.calls import PeerUnavailable, understood
from .calls.expressions import Absent, Exchange, Expression, Message, Template
from .calls.outlet import Outlet
from .calls.under_way import under_way
from .contract import Contract, Operation, Parameter
from .errors import ApiError
from .media_types import is_json, parsed
from .parameters.written import cookies, filled, form, header, query
from .responses.outcomes import write_json
from .serving.requests import request_id
from .values import JsonValue
from .views import view, wire

T = TypeVar("T")
Headers = Mapping[str, str]
Given = Sequence[tuple[Parameter, Any]]

_FORM = "application/x-www-form-urlencoded"
_UNSAFE = frozenset("\r\n\0")


class OutgoingViolation(Exception):
    """A hook wants to send what the contract does not allow; the text says how, for the log."""


class Outgoing:
    """The base of a generated request; ``path`` is what its URL is made of."""

    def __init__(self, contract: Contract, key: str, outlet: Outlet) -> None:
        self._operation = contract.outgoing[key]
        self._owner = contract.owners.get(key, "")
        self._outlet = outlet
        self._name = self._operation.hook

    async def send(self, to: Destination, values: Sequence[Any], body: Any, headers: Headers | None) -> Any:
        """Return the body of a 2xx answer, None where there is none; ``values`` are the parameters in order.

        Raises OutgoingViolation, PeerUnavailable, PeerBroken or PeerError.
        """
        operation = self._operation
        given = _judged(operation, values)
        media_type, content = _content(operation, body)
        sent = {**_headers(given), **(headers or {})}
        if media_type:
            sent["Content-Type"] = media_type
        if identifier := request_id.get():
            sent.setdefault("X-Request-Id", identifier)
        if any(_UNSAFE.intersection(name + value) for name, value in sent.items()):
            raise OutgoingViolation(f"a header of {self._name} holds a line break")
        to = _with_query(to, query(_in(given, "query")))
        response = await self._outlet.exchange(operation, to, sent, content)
        return understood(self._name, response, operation.responses)

    async def destination(self, url: str) -> Destination:
        """Return where a URL that somebody gave leads; raises CallbackRefused or PeerUnavailable."""
        try:
            return await self._outlet.destination(url)
        except OSError as error:
            raise PeerUnavailable(self._name) from error

    def typed(self, type_: type[T], answer: Any) -> T:
        """Return an answer as ``type_``; raises PeerUnavailable where it is nothing of the kind."""
        try:
            return view(type_, answer)
        except ValidationError as error:
            raise PeerUnavailable(self._name) from error


class Callback(Outgoing):
    """A request to a URL that the caller of an operation gave."""

    def __init__(self, contract: Contract, key: str, outlet: Outlet) -> None:
        super().__init__(contract, key, outlet)
        self._template = _template(self._operation.path)

    def url(self, answer: Answer = None) -> str | None:
        """Return the URL that the request under way asks to be called at, None where it names none.

        It can be kept, and passed as ``url`` long after the request. ``answer`` is what the hook is going to return,
        for contracts that make the URL of the answer.
        """
        now = under_way.get()
        if now is None or now.operation.id != self._owner or self._template is None:
            return None
        exchange = now.exchange()
        if answer is not None:
            exchange = _answered(exchange, answer, now.operation.success)
        try:
            return self._template.text(exchange)
        except Absent:
            return None

    async def to(self, url: str | None, values: Sequence[Any], answer: Answer = None) -> Destination:
        """Return where the call goes: to ``url``, else where the request under way says.

        Raises CallbackRefused where there is no URL, or none that may be called.
        """
        if url is None:
            url = self.url(answer)
            if url is None:
                raise CallbackRefused("there is no URL to call back")
            url = filled(url, _in(_judged(self._operation, values), "path"))
        return await self.destination(url)


@dataclass(frozen=True)
class Delivery(Generic[T]):
    """What became of a webhook's request to one subscriber: its ``answer``, or the ``error``."""

    url: str
    answer: T | None = None
    error: ApiError | None = None


class Webhook(Outgoing):
    """A request to whoever subscribed; ``subscribers`` are those that the operator wrote into the environment."""

    def __init__(self, contract: Contract, key: str, outlet: Outlet) -> None:
        super().__init__(contract, key, outlet)
        self._known = {url: trusted(url) for url in _listed(f"WEBHOOK_{self._name.upper()}_URLS")}

    @property
    def subscribers(self) -> tuple[str, ...]:
        """The URLs of WEBHOOK_<NAME>_URLS; only these may lead to addresses that are not public."""
        return tuple(self._known)

    async def to(self, url: str) -> Destination:
        """Return where a URL leads; raises CallbackRefused or PeerUnavailable."""
        return self._known.get(url) or await self.destination(url)

    async def deliver(self, send: Callable[[str], Awaitable[T]]) -> tuple[Delivery[T], ...]:
        """Send to every subscriber at once; one that fails keeps no other from being told."""

        async def one(url: str) -> Delivery[T]:
            try:
                return Delivery(url, answer=await send(url))
            except ApiError as error:
                return Delivery(url, error=error)

        return tuple(await asyncio.gather(*map(one, self._known)))


def _template(path: str) -> Template | None:
    try:
        template = Template.parse(path)
    except ValueError:
        template = Template(())
    match template.parts:
        case (Expression(), *_):
            return template
        case (str(start), *_) if start.lower().startswith(("http://", "https://")):
            return template
    # The build has warned of it: such a callback is called by URL.
    return None


def _answered(exchange: Exchange, answer: Answer, success: int) -> Exchange:
    if not isinstance(answer, Reply):
        return replace(exchange, status=success, response=Message({}, wire(answer)))
    told = {name.lower(): value for name, value in answer.headers.items()}
    return replace(exchange, status=answer.status or success, response=Message(told, wire(answer.body)))


def _listed(name: str) -> tuple[str, ...]:
    return tuple(url for part in os.environ.get(name, "").split(",") if (url := part.strip()))


def _judged(operation: Operation, values: Sequence[Any]) -> Given:
    """Pair parameters and values, absent ones left out; raises OutgoingViolation."""
    given = [(each, wire(value)) for each, value in zip(operation.parameters, values, strict=True) if value is not None]
    for parameter, value in given:
        if not parameter.judge.accepts(value):
            _refuse(operation, parameter.name, parameter.judge.violations(parameter.place, value))
    return given


def _content(operation: Operation, body: Any) -> tuple[str, bytes | None]:
    """Return the media type and the bytes of a body; raises OutgoingViolation."""
    if operation.body is None or body is None:
        if operation.body is not None and operation.body.required:
            _refuse(operation, "body", ["there is none"])
        return "", None
    media_type, media = _chosen(operation.body.content, body)
    if isinstance(body, bytes):
        return media_type, body
    value: JsonValue = wire(body)
    if not media.judge.accepts(value):
        _refuse(operation, "body", media.judge.violations("body", value))
    if media_type.startswith(_FORM) and isinstance(value, dict):
        return media_type, form(value)
    if isinstance(value, str) and media_type.startswith("text/"):
        return media_type, value.encode()
    return media_type, write_json(value)


def _chosen(content: Mapping[str, Any], body: Any) -> tuple[str, Any]:
    """Return the declared media type that a body is written in: JSON where it is declared, else the first."""
    for media_type, media in content.items():
        kind = parsed(media_type)
        if not isinstance(body, bytes) and kind is not None and (is_json(kind) or kind.is_range):
            return "application/json" if kind.is_range else media_type, media
    media_type, media = next(iter(content.items()))
    return "application/octet-stream" if "*" in media_type else media_type, media


def _refuse(operation: Operation, place: str, reasons: Iterable[Any]) -> None:
    raise OutgoingViolation(f"{place} of {operation.hook} breaks the contract: {'; '.join(map(str, reasons))[:500]}")


def _headers(given: Given) -> dict[str, str]:
    sent = {parameter.name: header(parameter, value) for parameter, value in _in(given, "header")}
    if held := cookies(_in(given, "cookie")):
        sent["Cookie"] = held
    return sent


def _in(given: Given, place: str) -> Given:
    return [(parameter, value) for parameter, value in given if parameter.place == place]


def _with_query(to: Destination, more: str) -> Destination:
    if not more:
        return to
    held = to.url.query
    return replace(to, url=to.url.copy_with(query=held + b"&" + more.encode() if held else more.encode()))
