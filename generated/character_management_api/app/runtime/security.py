"""Who may call: the contract's security schemes, denied unless one alternative is met in full."""

import base64
import hashlib
import hmac
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from .contract import Contract, Operation
from .errors import ApiError, Forbidden, Invalid, Unauthorized, Violation
from .parameters import Sources
from .styles import percent, percent_plus


@dataclass(frozen=True, slots=True)
class Identity:
    """Who calls, and with which scopes."""

    subject: str
    scopes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a caller sent for the scheme named ``scheme``; ``type`` is basic or bearer; ``scopes`` are required."""

    scheme: str
    type: str
    username: str = ""
    password: str = ""
    token: str = ""
    scopes: tuple[str, ...] = ()


Authenticate = Callable[[Credentials], Awaitable[Identity | None]]


class Check(Protocol):
    """Looks for one scheme's credentials: an Identity where they are good, None where they are missing or wrong."""

    challenge: str

    async def identity(self, sources: Sources, scopes: tuple[str, ...]) -> Identity | None:
        """Return who calls."""
        ...


class KeyCheck:
    """An API key in a header, the query or a cookie, compared with every configured key in constant time."""

    challenge = ""

    def __init__(self, scheme: str, place: str, name: str, keys: Sequence[str]) -> None:
        self._scheme = scheme
        self._place = place
        self._name = name.lower() if place == "header" else name
        self._digests = tuple(_digest(key) for key in keys)

    async def identity(self, sources: Sources, scopes: tuple[str, ...]) -> Identity | None:
        """Return the key's identity; a key that is sent twice is none. Raises Invalid where the text is not UTF-8."""
        given = self._given(sources)
        if given is None:
            return None
        digest = _digest(given)
        found = False
        for known in self._digests:
            found |= hmac.compare_digest(digest, known)
        # Scopes of an API key are roles without meaning to the runtime (OAS 3.1 section 4.8.30): the key has them all.
        return Identity(self._scheme, frozenset(scopes)) if found else None

    def _given(self, sources: Sources) -> str | None:
        if self._place == "header":
            return sources.headers.get(self._name)
        try:
            values = (sources.cookies if self._place == "cookie" else sources.query).get(self._name, ())
            return (percent if self._place == "cookie" else percent_plus)(values[0]) if len(values) == 1 else None
        except UnicodeDecodeError:
            raise Invalid((Violation(self._place, (), "the text is not UTF-8", "encoding"),), malformed=True) from None


class TokenCheck:
    """HTTP basic or bearer, decided by the service's ``authenticate`` hook; without one nobody passes."""

    def __init__(self, scheme: str, type_: str, realm: str, authenticate: Authenticate | None) -> None:
        self._scheme = scheme
        self._type = type_
        self._authenticate = authenticate
        self.challenge = f'{type_.capitalize()} realm="{realm}"'

    async def identity(self, sources: Sources, scopes: tuple[str, ...]) -> Identity | None:
        """Return whom the hook recognises."""
        kind, _, value = sources.headers.get("authorization", "").partition(" ")
        if self._authenticate is None or kind.lower() != self._type or not value.strip():
            return None
        credentials = self._credentials(value.strip(), scopes)
        return None if credentials is None else await self._authenticate(credentials)

    def _credentials(self, value: str, scopes: tuple[str, ...]) -> Credentials | None:
        if self._type == "bearer":
            return Credentials(self._scheme, "bearer", token=value, scopes=scopes)
        try:
            username, colon, password = base64.b64decode(value, validate=True).decode().partition(":")
        except ValueError:
            return None
        return Credentials(self._scheme, "basic", username, password, scopes=scopes) if colon else None


class NoCheck:
    """A scheme that nobody can pass here, such as mutualTLS, which is the gateway's."""

    challenge = ""

    async def identity(self, sources: Sources, scopes: tuple[str, ...]) -> Identity | None:
        """Return None."""
        return None


class Guard:
    """The security of one operation: alternatives, each a set of schemes that must all be met."""

    def __init__(self, operation: Operation, checks: Mapping[str, Check]) -> None:
        self._alternatives = tuple(
            tuple((checks.get(name, NoCheck()), scopes) for name, scopes in alternative.items())
            for alternative in operation.security
            if alternative
        )
        self._is_optional = {} in operation.security
        challenges = dict.fromkeys(
            check.challenge for each in self._alternatives for check, _ in each if check.challenge
        )
        self._headers = {"WWW-Authenticate": ", ".join(challenges)} if challenges else {}

    async def admit(self, sources: Sources) -> Identity | None:
        """Return who calls, None where the contract lets anybody in; raises Unauthorized or Forbidden."""
        refused: ApiError = Unauthorized("the credentials are missing or wrong", headers=self._headers)
        for alternative in self._alternatives:
            try:
                identity = await _all_of(alternative, sources)
            except Forbidden as error:
                refused = error
                continue
            if identity is not None:
                return identity
        if self._is_optional:
            return None
        raise refused


def guards(contract: Contract, keys: Sequence[str], authenticate: Authenticate | None) -> dict[str, Guard]:
    """Return the guard of every operation that is not open."""
    realm = "".join(
        letter for letter in contract.title if letter.isascii() and letter.isprintable() and letter not in '"\\'
    )
    checks = {name: _check(name, scheme, (keys, realm, authenticate)) for name, scheme in contract.schemes.items()}
    return {name: Guard(operation, checks) for name, operation in contract.operations.items() if operation.security}


def _check(name: str, scheme: Mapping[str, Any], means: tuple[Sequence[str], str, Authenticate | None]) -> Check:
    keys, realm, authenticate = means
    match scheme.get("type"), str(scheme.get("scheme", "")).lower():
        case "apiKey", _:
            return KeyCheck(name, scheme["in"], scheme["name"], keys)
        case ("http", "basic"):
            return TokenCheck(name, "basic", realm, authenticate)
        case ("http", "bearer") | ("oauth2", _) | ("openIdConnect", _):
            return TokenCheck(name, "bearer", realm, authenticate)
        case _:
            return NoCheck()


async def _all_of(alternative: Sequence[tuple[Check, tuple[str, ...]]], sources: Sources) -> Identity | None:
    identities: list[Identity] = []
    for check, scopes in alternative:
        identity = await check.identity(sources, scopes)
        if identity is None:
            return None
        if not identity.scopes.issuperset(scopes):
            raise Forbidden("the credentials do not reach so far")
        identities.append(identity)
    # A person or a program tells more than a key does: the hook's identity is the one the endpoint sees.
    return identities[-1] if len(identities) == 1 else _combined(identities)


def _combined(identities: Sequence[Identity]) -> Identity:
    subject = next((each.subject for each in identities if each.scopes), identities[0].subject)
    return Identity(subject, frozenset().union(*(each.scopes for each in identities)))


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode("utf-8", "surrogateescape")).digest()
