"""Who calls: what a caller shows, whom it turns out to be, and the errors of showing something wrong."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Protocol

from ..errors import Forbidden, Unauthorized
from ..parameters.binder import Sources

_NONE: Mapping[str, Any] = MappingProxyType({})


def _none() -> Mapping[str, Any]:
    return _NONE


@dataclass(frozen=True, slots=True)
class Identity:
    """Who calls, and with which scopes.

    ``claims`` are those of a verified token, empty for every other scheme. ``schemes`` names the contract's security
    schemes that were met, several where the contract wants several at once.
    """

    subject: str
    scopes: frozenset[str] = frozenset()
    claims: Mapping[str, Any] = field(default_factory=_none, hash=False)
    schemes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a caller sent for the scheme named ``scheme``; ``type`` is basic or bearer; ``scopes`` are required."""

    scheme: str
    type: str
    username: str = ""
    password: str = field(default="", repr=False)
    token: str = field(default="", repr=False)
    scopes: tuple[str, ...] = ()


Authenticate = Callable[[Credentials], Awaitable[Identity | None]]


class Refused(Unauthorized):
    """Credentials were sent and are not good; ``challenge`` says so in WWW-Authenticate, where the scheme has words."""

    def __init__(self, message: str = "the credentials are missing or wrong", *, challenge: str = "") -> None:
        super().__init__(message, headers={"WWW-Authenticate": challenge} if challenge else {})


class Insufficient(Forbidden):
    """The credentials are good, and do not reach as far as the operation wants."""

    def __init__(self, challenge: str = "") -> None:
        message = "the credentials do not reach so far"
        super().__init__(message, headers={"WWW-Authenticate": challenge} if challenge else {})


class Check(Protocol):
    """Looks for one scheme's credentials.

    ``challenge`` is what WWW-Authenticate says of the scheme (RFC 9110 section 11.6.1), empty for schemes that HTTP
    does not know. ``personal`` says that the scheme tells of a person or program, not of a key or a connection.
    """

    challenge: str
    personal: bool

    async def identity(self, sources: Sources, scopes: tuple[str, ...]) -> Identity | None:
        """Return who calls, None where nothing was sent.

        Raises Refused where what was sent is wrong, ServiceUnavailable where that cannot be told now.
        """
        ...

    def insufficient(self, scopes: tuple[str, ...]) -> Insufficient:
        """Return the error for good credentials without these scopes."""
        ...
