"""Fetching one document: from a server of the public internet, over https, redirects looked at like any other URL."""

from collections.abc import Container
from dataclasses import dataclass, field

from fountaingen.primitives.urls import PORT, Address, join, parse_address, shown
from fountaingen.remote.exchange import Redirect, ask
from fountaingen.remote.network import Deadline, Network, Unfetched

_LONGEST = 200
"""How many characters of what a server sent are told."""


@dataclass(frozen=True)
class Fetched:
    """What a URL holds, and the URL that redirects led to."""

    content: bytes = field(repr=False)
    base: str


def fetch(url: str, origins: Container[str], network: Network, deadline: Deadline) -> Fetched:
    """Fetch what ``url`` holds; a port other than 443 has to be in one of the ``origins``.

    Raises:
        Unfetched: a rule forbids it, or the server does not give it.
    """
    deadline = Deadline(min(deadline.at, Deadline.after(network.limits.total).at))
    address = _permitted(url, origins)
    for _ in range(network.limits.redirects + 1):
        with network.connect(address, deadline) as connection:
            answer = ask(connection, address, network.limits, deadline)
        if not isinstance(answer, Redirect):
            return Fetched(answer, address.url)
        try:
            address = _permitted(join(address.url, answer.location), origins)
        except Unfetched as refused:
            raise Unfetched(f"it leads to {_bounded(answer.location)}, which {refused}") from refused
    raise Unfetched(f"it leads on more than {network.limits.redirects} times")


def _permitted(url: str, origins: Container[str]) -> Address:
    try:
        address = parse_address(url)
    except ValueError as error:
        raise Unfetched(str(error)) from error
    if address.port != PORT and address.origin not in origins:
        raise Unfetched(f"names a port other than {PORT}, and the setting 'remote.origins' does not hold its origin")
    return address


def _bounded(location: str) -> str:
    text = shown(location)
    return repr(text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…")
