"""A request on its way through the gateway, what plugins change of it, and what answers it in the service's place."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote_plus

from fountaingen.kong.configuration import Consumer
from fountaingen.supervisor.gateway.headers import Headers

_JSON = "application/json; charset=utf-8"
_MESSAGES: Mapping[int, str] = {
    400: "Bad request",
    401: "Unauthorized",
    404: "Not found",
    405: "Method not allowed",
    500: "An unexpected error occurred",
    501: "Not implemented",
    502: "An invalid response was received from the upstream server",
    503: "The upstream server is currently unavailable",
    504: "The upstream server is timing out",
}


@dataclass(frozen=True)
class Identity:
    """Who an authentication found: ``credential`` is its id in the configuration, ``shown`` what services are told.

    An anonymous consumer has no credential.
    """

    consumer: Consumer
    credential: str | None = None
    shown: str | None = None


@dataclass(frozen=True)
class Received:
    """A request as it came: path and query as they were sent, ``host`` in the case it was sent, with its port."""

    method: str
    scheme: str
    host: str
    path: str
    query: str
    headers: Headers
    client: str
    port: int

    def parameters(self, name: str) -> list[str]:
        """Return the values of the query parameter ``name``, decoded."""
        pairs = (part.partition("=") for part in self.query.split("&"))
        return [unquote_plus(value) for key, _, value in pairs if unquote_plus(key) == name]


@dataclass(frozen=True)
class Answer:
    """What the gateway answers by itself."""

    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()


@dataclass
class Exchange:
    """One request and what becomes of it: ``headers`` and ``query`` are those that the service is to get.

    ``service`` is the id of the service that its route leads to. ``body_limit`` is in bytes. ``kept`` holds what a
    plugin notes for the answer, by plugin.
    """

    received: Received
    id: str
    headers: Headers
    query: str
    service: str = ""
    identity: Identity | None = None
    body_limit: int | None = None
    kept: dict[int, Mapping[str, str]] = field(default_factory=dict)

    @property
    def consumer(self) -> Consumer | None:
        """Who calls, as far as is known."""
        return self.identity.consumer if self.identity else None

    @property
    def is_authenticated(self) -> bool:
        """Whether a credential was shown, which the anonymous consumer has none of."""
        return self.identity is not None and self.identity.credential is not None

    def authenticate(self, identity: Identity) -> None:
        """Note who calls, and tell the service in the headers that Kong uses for it."""
        self.identity = identity
        consumer = identity.consumer
        told = {
            "x-consumer-id": consumer.id,
            "x-consumer-custom-id": consumer.custom_id,
            "x-consumer-username": consumer.username,
            "x-credential-identifier": identity.shown,
            "x-anonymous-consumer": None if self.is_authenticated else "true",
        }
        for name, value in told.items():
            self.headers.remove(name)
            if value is not None:
                self.headers.add(name, value)

    def without_parameter(self, name: str) -> None:
        """Take the query parameter ``name`` from what the service gets, and leave the rest as it was sent."""
        parts = self.query.split("&")
        self.query = "&".join(part for part in parts if unquote_plus(part.partition("=")[0]) != name)

    def error(self, status: int, message: str = "", headers: Iterable[tuple[str, str]] = ()) -> Answer:
        """Return an error as Kong words it, with the id of the request (its ``kong.response.error``)."""
        text = json.dumps(message or _MESSAGES.get(status, _MESSAGES[500]))
        body = f'{{\n  "message":{text},\n  "request_id":"{self.id}"\n}}'
        return Answer(status, body.encode(), (("content-type", _JSON), *headers))


def exit_with(status: int, content: Any, headers: Iterable[tuple[str, str]] = ()) -> Answer:
    """Return ``content`` as JSON, as Kong's ``kong.response.exit`` does; None is an empty body."""
    if content is None:
        return Answer(status, b"", tuple(headers))
    body = json.dumps(content, separators=(",", ":"), ensure_ascii=False).encode()
    return Answer(status, body, (("content-type", _JSON), *headers))
