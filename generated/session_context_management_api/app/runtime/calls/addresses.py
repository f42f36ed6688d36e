"""Where a URL that somebody else gave may lead: to public addresses, unless the operator says otherwise."""

import asyncio
import os
import socket
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

import httpx

from ..errors import Unprocessable
from ..settings import switch

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
Address = IPv4Address | IPv6Address

_PORTS = {"http": 80, "https": 443}
_LONGEST = 2048
# Addresses that hold an IPv4 address, which a gateway goes on to (RFC 6052).
_TRANSLATED = IPv6Network("64:ff9b::/96")
# Those of gateways of one's own (RFC 8215), who alone know where in them the IPv4 address stands.
_TRANSLATED_LOCALLY = IPv6Network("64:ff9b:1::/48")


class CallbackRefused(Unprocessable):
    """A URL that a caller gave is none that this service calls; the text does not tell what stands at that address."""


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a request goes: ``address`` is what to connect to, None where the name may be resolved as usual."""

    url: httpx.URL
    address: str | None = None

    @property
    def pinned(self) -> httpx.URL:
        """The URL with the address in place of the name; who connects to it sends the Host and SNI of ``url``."""
        return self.url if self.address is None else self.url.copy_with(host=self.address)


@dataclass(frozen=True, slots=True)
class Guard:
    """Which URLs may be called: those that lead to public addresses, and those of ``hosts`` wherever they lead."""

    allow_private: bool = False
    hosts: frozenset[str] = frozenset()

    @staticmethod
    def from_environment(environment: Mapping[str, str] = os.environ) -> "Guard":
        """Read CALLBACK_ALLOW_PRIVATE and CALLBACK_HOSTS (names or addresses with commas between them).

        Raises ValueError naming the variable and the values it takes.
        """
        names = environment.get("CALLBACK_HOSTS", "").split(",")
        return Guard(
            switch(environment, "CALLBACK_ALLOW_PRIVATE", False),
            frozenset(name.strip().lower().rstrip(".") for name in names if name.strip()),
        )

    async def destination(self, url: str, resolve: Resolve) -> Destination:
        """Return where ``url`` leads, its host resolved once so that no later answer of the DNS counts.

        Raises CallbackRefused for what may not be called, OSError where the name cannot be resolved.
        """
        parts = _parsed(url)
        host = _host(parts)
        if self.allow_private or host in self.hosts:
            return Destination(parts)
        literal = _literal(host)
        port = parts.port or _PORTS[parts.scheme]
        try:
            found = [literal] if literal is not None else [ip_address(each) for each in await resolve(host, port)]
        except UnicodeError as error:
            raise CallbackRefused("the URL names no host") from error
        if not found or not all(map(is_public, found)):
            raise CallbackRefused("the URL does not lead to a public address")
        return Destination(parts, str(found[0]))


def trusted(url: str) -> Destination:
    """Return where a URL leads that the operator wrote; raises ValueError where it is no http or https URL."""
    try:
        return Destination(_parsed(url))
    except CallbackRefused as error:
        raise ValueError(f"{url!r}: {error}") from error


async def by_system(host: str, port: int) -> Sequence[str]:
    """Resolve a name as the system does; raises OSError."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]).partition("%")[0] for *_, address in found))


def is_public(address: Address) -> bool:
    """Whether anybody may be sent there: a global unicast address, and so is any address that it stands for."""
    if isinstance(address, IPv6Address):
        inner = _within(address)
        if inner is not None:
            return is_public(inner)
        if address.is_site_local or address in _TRANSLATED_LOCALLY:
            return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def _within(address: IPv6Address) -> IPv4Address | None:
    if address in _TRANSLATED:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1]


def _parsed(url: str) -> httpx.URL:
    """Read a URL by the parser that will connect to it; raises CallbackRefused for what is not plain http or https."""
    if len(url) > _LONGEST or not url.isprintable() or " " in url or "\\" in url:
        raise CallbackRefused("the URL is not written as a URL is")
    try:
        parts = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise CallbackRefused("the URL is not written as a URL is") from error
    if parts.scheme not in _PORTS or not parts.raw_host:
        raise CallbackRefused("the URL is not an absolute http or https URL")
    if parts.port is not None and not 0 < parts.port < 65536:
        raise CallbackRefused("the URL names no port")
    if parts.userinfo:
        raise CallbackRefused("the URL holds credentials")
    return parts


def _host(url: httpx.URL) -> str:
    return url.raw_host.decode("ascii").lower().rstrip(".")


def _literal(host: str) -> Address | None:
    try:
        return ip_address(host.partition("%")[0])
    except ValueError:
        return None
