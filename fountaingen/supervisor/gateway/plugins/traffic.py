"""The plugins cors, correlation-id, request-termination and request-transformer."""

import itertools
import re
import uuid
from collections.abc import Iterator
from urllib.parse import urlsplit

from fountaingen.supervisor.gateway.exchange import Answer, Exchange, exit_with
from fountaingen.supervisor.gateway.headers import Headers
from fountaingen.supervisor.gateway.plugins.base import Config, Plugin, Surroundings

_METHODS = ("GET", "HEAD", "PUT", "PATCH", "POST", "DELETE", "OPTIONS", "TRACE", "CONNECT")


class Cors(Plugin):
    """Lets pages of other origins call: answers what browsers ask first, and marks every answer (Fetch standard)."""

    def access(self, exchange: Exchange) -> Answer | None:
        """Answer a preflight request; whatever else passes."""
        asked = exchange.received.headers
        if not _is_preflight(exchange) or self.config.get("preflight_continue"):
            return None
        headers = Headers()
        self._mark(headers, asked.get("origin"))
        if wanted := ",".join(self.config.get("headers") or ()) or asked.get("access-control-request-headers"):
            headers.set("access-control-allow-headers", wanted)
        headers.set("access-control-allow-methods", ",".join(self.config.get("methods") or _METHODS))
        if self.config.get("max_age") is not None:
            headers.set("access-control-max-age", str(int(self.config["max_age"])))
        if self.config.get("private_network") and asked.get("access-control-request-private-network") == "true":
            headers.set("access-control-allow-private-network", "true")
        return Answer(200, b"", tuple((name.decode(), value.decode("latin-1")) for name, value in headers))

    def respond(self, exchange: Exchange, headers: Headers) -> None:
        """Say which origin may read the answer."""
        origin = exchange.received.headers.get("origin")
        if _is_preflight(exchange) or (origin is None and self.config.get("allow_origin_absent") is False):
            return
        self._mark(headers, origin)
        if exposed := self.config.get("exposed_headers"):
            headers.set("access-control-expose-headers", ",".join(exposed))

    def _mark(self, headers: Headers, origin: str | None) -> None:
        allowed = self._allowed(origin)
        credentials = bool(self.config.get("credentials"))
        if allowed != "*" or (credentials and origin):
            headers.add("vary", "Origin")
        if allowed == "*" and credentials and origin:
            allowed = origin
        headers.remove("access-control-allow-origin")
        if allowed:
            headers.set("access-control-allow-origin", allowed)
        if credentials and allowed != "*":
            headers.set("access-control-allow-credentials", "true")

    def _allowed(self, origin: str | None) -> str:
        """Return the origin that is allowed, ``*`` for any, empty for none."""
        origins = [str(each) for each in self.config.get("origins") or ()]
        if origins in ([], ["*"]):
            return "*"
        if len(origins) == 1 and _is_plain(origins[0]):
            return origins[0]
        if origin is None:
            return ""
        host, domain = _normalized(origin)
        return next(("*" if each == "*" else domain for each in origins if _covers(each, host, domain)), "")


def _is_preflight(exchange: Exchange) -> bool:
    headers = exchange.received.headers
    return (
        exchange.received.method == "OPTIONS"
        and headers.get("origin") is not None
        and headers.get("access-control-request-method") is not None
    )


def _is_plain(origin: str) -> bool:
    return re.fullmatch(r"[A-Za-z0-9.:/-]+", origin) is not None


def _covers(allowed: str, host: str, domain: str) -> bool:
    if allowed == "*":
        return True
    if _is_plain(allowed):
        return _normalized(allowed)[1] == domain
    try:
        return re.fullmatch(allowed.removeprefix("^").removesuffix("$"), domain if ":" in allowed else host) is not None
    except re.error:
        return False


def _normalized(origin: str) -> tuple[str, str]:
    """Return the host of an origin, and the origin without a port that its scheme implies."""
    try:
        parts = urlsplit(origin)
        host, port = parts.hostname, parts.port
    except ValueError:
        return origin, origin
    if not host:
        return origin, origin
    shown = "" if port is None or (parts.scheme, port) in (("http", 80), ("https", 443)) else f":{port}"
    return host, f"{parts.scheme}://{host}{shown}" if parts.scheme else f"{host}{shown}"


class CorrelationId(Plugin):
    """Gives every request an id, where it has none."""

    def __init__(self, config: Config, surroundings: Surroundings) -> None:
        super().__init__(config, surroundings)
        self._name = str(config.get("header_name") or "Kong-Request-ID")
        self._ids = _ids(str(config.get("generator") or "uuid#counter"))

    def access(self, exchange: Exchange) -> Answer | None:
        """Set the header."""
        given = exchange.received.headers.get(self._name) or next(self._ids)
        exchange.headers.set(self._name, given)
        if self.config.get("echo_downstream"):
            exchange.kept[id(self)] = {self._name: given}
        return None

    def respond(self, exchange: Exchange, headers: Headers) -> None:
        """Tell the caller the id, where it is to be told."""
        for name, value in exchange.kept.get(id(self), {}).items():
            headers.set(name, value)


def _ids(generator: str) -> Iterator[str]:
    if generator != "uuid#counter":
        while True:
            yield str(uuid.uuid4())
    worker = uuid.uuid4()
    yield from (f"{worker}#{number}" for number in itertools.count(1))


_TERMINATIONS = {
    401: "Unauthorized",
    404: "Not found",
    405: "Method not allowed",
    500: "An unexpected error occurred",
    502: "Bad Gateway",
    503: "Service unavailable",
}


class RequestTermination(Plugin):
    """Answers every request itself."""

    def access(self, exchange: Exchange) -> Answer | None:
        """Answer what the configuration says."""
        status = int(self.config.get("status_code") or 503)
        if body := self.config.get("body"):
            content_type = self.config.get("content_type")
            return Answer(status, str(body).encode(), (("content-type", content_type),) if content_type else ())
        message = self.config.get("message") or _TERMINATIONS.get(status)
        return exit_with(status, {"message": message} if message else None)


class RequestTransformer(Plugin):
    """Changes the headers that the service gets, Host left out; nothing else of what Kong's plugin can do."""

    def access(self, exchange: Exchange) -> Answer | None:
        """Remove, rename, replace, add and append headers, in this order."""
        headers = exchange.headers
        for name, _ in self._wanted("remove"):
            headers.remove(name)
        for name, renamed in self._wanted("rename"):
            values = headers.all(name)
            headers.remove(name)
            for value in values:
                headers.add(renamed, value)
        for name, value in self._wanted("replace"):
            if headers.get(name) is not None:
                headers.set(name, value)
        for name, value in self._wanted("add"):
            if headers.get(name) is None:
                headers.add(name, value)
        for name, value in self._wanted("append"):
            headers.add(name, value)
        return None

    def _wanted(self, action: str) -> Iterator[tuple[str, str]]:
        for entry in (self.config.get(action) or {}).get("headers") or ():
            name, _, value = entry.partition(":")
            if name.lower() != "host":
                yield name, value
