"""What a project decides about its gateway: the table ``gateway`` of its settings."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

_CHECKING = ("key-auth", "basic-auth", "jwt")
_LABEL = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_MOST_REPLICAS = 1000
_HEADER = re.compile("[A-Za-z0-9][A-Za-z0-9-]*")
_ORIGIN = re.compile(rf"\*|https?://{_LABEL}(?:\.{_LABEL})*(?::[0-9]{{1,5}})?")


@dataclass(frozen=True)
class Gateway:
    """What Kong is told.

    ``routes`` is one route an ``operation`` or a ``host``. ``domain`` is what the label of a service is put before
    where its contract names no public host. Limits are each caller's, 0 for none, and bodies' in bytes, as the services
    have them. ``origins`` may call from a browser, with cookies and such where ``credentials`` is true. ``replicas`` is
    how many containers a service has. ``left_to_services`` names plugins (key-auth, basic-auth, jwt) whose credentials
    Kong cannot be given, so that it lets everybody through to the services, which check by themselves.
    ``strip_headers`` are taken from every request, beside those by which Kong and services know who calls.
    """

    routes: Literal["operation", "host"] = "operation"
    domain: str = "localhost"
    requests_per_minute: int = 1000
    requests_per_hour: int = 5000
    max_body_bytes: int = 10 * 1024 * 1024
    max_upload_bytes: int = 100 * 1024 * 1024
    origins: tuple[str, ...] = ("*",)
    credentials: bool = False
    replicas: int = 1
    left_to_services: tuple[str, ...] = ()
    strip_headers: tuple[str, ...] = ()

    def faults(self) -> Iterator[tuple[str, str]]:
        """Yield the keys whose values cannot be, and why."""
        if not _DOMAIN.fullmatch(self.domain):
            yield "domain", f"must be a domain in lower case, such as api.example.org, not {self.domain!r}"
        if self.requests_per_hour and self.requests_per_hour < self.requests_per_minute:
            yield "requests_per_hour", "must not be below requests-per-minute: Kong refuses limits that shrink"
        for key in ("max_body_bytes", "max_upload_bytes", "replicas"):
            if getattr(self, key) < 1:
                yield key, "must be 1 at least"
        if self.replicas > _MOST_REPLICAS:
            yield "replicas", f"must be {_MOST_REPLICAS} at most: Kong is told each of them by name"
        for origin in self.origins:
            if not _ORIGIN.fullmatch(origin):
                yield "origins", f"must hold '*' or origins such as https://app.example.org, not {origin!r}"
        if self.credentials and "*" in self.origins:
            yield "credentials", "must not be true while any origin may call: name the origins"
        for plugin in self.left_to_services:
            if plugin not in _CHECKING:
                yield "left_to_services", f"can hold {', '.join(_CHECKING)}, not {plugin!r}"
        for header in self.strip_headers:
            if not _HEADER.fullmatch(header) or header.lower() == "host":
                yield "strip_headers", f"must hold names of headers such as X-My-User, not {header!r}"
