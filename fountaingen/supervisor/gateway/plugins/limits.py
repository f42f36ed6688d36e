"""The plugins rate-limiting, request-size-limiting and acl."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from fountaingen.supervisor.gateway.exchange import Answer, Exchange
from fountaingen.supervisor.gateway.headers import Headers
from fountaingen.supervisor.gateway.plugins.base import Config, Plugin, Surroundings

_PERIODS = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400, "month": 2_592_000, "year": 31_536_000}
_UNITS = {"bytes": 1, "kilobytes": 2**10, "megabytes": 2**20}
_MOST_COUNTERS = 100_000


@dataclass(frozen=True)
class _Usage:
    """One limit as a caller stands to it: its period's name, its number, and how many requests are left of it."""

    period: str
    limit: int
    left: int


class RateLimiting(Plugin):
    """So many requests a calendar second, minute, hour … for each caller."""

    def __init__(self, config: Config, surroundings: Surroundings) -> None:
        super().__init__(config, surroundings)
        self._limits = {period: int(config[period]) for period in _PERIODS if config.get(period) is not None}
        self._counted: dict[tuple[str, str, int], int] = {}

    def access(self, exchange: Exchange) -> Answer | None:
        """Count the request, or refuse it where any limit is reached."""
        caller = self._caller(exchange)
        moment = self.surroundings.now()
        starts = {period: _start(period, moment) for period in self._limits}
        used = {period: self._counted.get((caller, period, starts[period]), 0) for period in self._limits}
        stop = next((period for period, limit in self._limits.items() if used[period] >= limit), None)
        usages = [
            _Usage(period, limit, max(0, limit - used[period] - (stop in (None, period))))
            for period, limit in self._limits.items()
        ]
        headers: dict[str, str] = {}
        if usages and not self.config.get("hide_client_headers"):
            headers = dict(_told(usages, starts, moment))
            exchange.kept[id(self)] = headers
        if stop is None:
            self._count(caller, starts)
            return None
        retry = [("Retry-After", headers["RateLimit-Reset"])] if headers else []
        message = str(self.config.get("error_message") or "API rate limit exceeded")
        return exchange.error(int(self.config.get("error_code") or 429), message, retry)

    def respond(self, exchange: Exchange, headers: Headers) -> None:
        """Tell the caller how many requests are left."""
        for name, value in exchange.kept.get(id(self), {}).items():
            headers.set(name, value)

    def _count(self, caller: str, starts: dict[str, int]) -> None:
        for period, start in starts.items():
            counter = (caller, period, start)
            self._counted[counter] = self._counted.get(counter, 0) + 1
        if len(self._counted) > _MOST_COUNTERS:
            self._counted = {key: count for key, count in self._counted.items() if starts[key[1]] == key[2]}

    def _caller(self, exchange: Exchange) -> str:
        found: str | None = None
        match self.config.get("limit_by") or "consumer":
            case "consumer":
                found = exchange.consumer.id if exchange.consumer else None
            case "credential":
                found = exchange.identity.credential if exchange.identity else None
            case "service":
                found = exchange.service
            case "header":
                found = exchange.received.headers.get(str(self.config.get("header_name")))
            case "path":
                found = exchange.received.path if exchange.received.path == self.config.get("path") else None
        return found or exchange.received.client


def _start(period: str, moment: float) -> int:
    """Return when the calendar's period began that ``moment`` lies in, in seconds since 1970, UTC."""
    if period not in ("month", "year"):
        return int(moment) - int(moment) % _PERIODS[period]
    now = datetime.fromtimestamp(moment, UTC)
    return int(datetime(now.year, now.month if period == "month" else 1, 1, tzinfo=UTC).timestamp())


def _told(usages: list[_Usage], starts: dict[str, int], moment: float) -> Iterator[tuple[str, str]]:
    """Yield the headers about limits; those without a period are about the limit that is nearest."""
    for usage in usages:
        yield f"X-RateLimit-Limit-{usage.period.title()}", str(usage.limit)
        yield f"X-RateLimit-Remaining-{usage.period.title()}", str(usage.left)
    nearest = min(usages, key=lambda usage: (usage.left, -_PERIODS[usage.period]))
    yield "RateLimit-Limit", str(nearest.limit)
    yield "RateLimit-Remaining", str(nearest.left)
    passed = int(moment) - starts[nearest.period]
    yield "RateLimit-Reset", str(max(1, _PERIODS[nearest.period] - passed))


class RequestSizeLimiting(Plugin):
    """Bodies of no more than a number of bytes, whether or not their length is told in advance."""

    def access(self, exchange: Exchange) -> Answer | None:
        """Refuse a body that is said to be too long, and set the limit for one that comes in chunks."""
        unit = _UNITS[str(self.config.get("size_unit") or "megabytes")]
        limit = int(self.config.get("allowed_payload_size") or 128) * unit
        length = exchange.received.headers.get("content-length")
        if length is None:
            if self.config.get("require_content_length"):
                return exchange.error(411, "A valid Content-Length header is required")
            exchange.body_limit = limit if exchange.body_limit is None else min(limit, exchange.body_limit)
        elif int(length) > limit:
            waits = (exchange.received.headers.get("expect") or "").strip().lower() == "100-continue"
            return exchange.error(417 if waits else 413, TOO_LARGE)
        return None


TOO_LARGE = "Request size limit exceeded"


class Acl(Plugin):
    """Consumers of some groups only, or of none of them."""

    def access(self, exchange: Exchange) -> Answer | None:
        """Refuse whom the groups do not let in, and tell the service the groups of whom they do."""
        allow, deny = self.config.get("allow") or (), self.config.get("deny") or ()
        consumer = exchange.consumer
        if consumer is None:
            return exchange.error(401)
        is_member = any(group in consumer.groups for group in deny or allow)
        if is_member if deny else not is_member:
            known = exchange.is_authenticated or consumer.groups or deny
            return exchange.error(403, _REFUSED) if known else exchange.error(401)
        if not self.config.get("hide_groups_header") and consumer.groups:
            exchange.headers.set("x-consumer-groups", ", ".join(consumer.groups))
        return None


_REFUSED = "You cannot consume this service"
