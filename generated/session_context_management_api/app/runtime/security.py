"""Who may call: the contract's security requirements, denied unless one alternative is met in full."""

import logging
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .contract import Contract, Operation
from .credentials.authorization import HookCheck
from .credentials.environment import Environment, variable_of
from .credentials.gateway import CertificateCheck, GatewayCheck
from .credentials.identity import Authenticate, Check, Credentials, Identity, Insufficient, Refused
from .credentials.keys import KeyCheck, api_keys
from .credentials.passwords import BasicCheck, basic_users
from .errors import ApiError, Unauthorized
from .parameters.binder import Sources
from .serving.requests import caller, request_id

if TYPE_CHECKING:
    from .credentials.keysets import KeySource
    from .credentials.tokens import TokenSettings

__all__ = ["Authenticate", "Credentials", "Guard", "Identity", "Security"]

logger = logging.getLogger(__name__)

_CHALLENGE = "WWW-Authenticate"
_MISSING = "the credentials are missing or wrong"
_LEFT_TO_GATEWAY = "x-fountaingen-security"


class NoCheck:
    """A scheme that nobody can pass here."""

    challenge = ""
    personal = False

    async def identity(self, sources: Sources, scopes: tuple[str, ...]) -> Identity | None:
        """Return None."""
        return None

    def insufficient(self, scopes: tuple[str, ...]) -> Insufficient:
        """Return the error for credentials without these scopes."""
        return Insufficient()


_Part = tuple[Check, tuple[str, ...]]


class Guard:
    """The security of one operation: alternatives, each a set of schemes that must all be met.

    Where the contract lets anybody in (``{}``), who shows nothing is nobody; wrong credentials are refused even there,
    for whoever sends some means to be known (RFC 6750 section 3.1).
    """

    def __init__(self, operation: Operation, checks: Mapping[str, Check]) -> None:
        self._alternatives: tuple[tuple[_Part, ...], ...] = tuple(
            tuple((checks.get(name, NoCheck()), scopes) for name, scopes in alternative.items())
            for alternative in operation.security
            if alternative
        )
        self._is_optional = {} in operation.security
        named = (check.challenge for each in self._alternatives for check, _ in each)
        self._challenges = tuple(dict.fromkeys(filter(None, named)))

    async def admit(self, sources: Sources) -> Identity | None:
        """Return who calls, None where the contract lets anybody in.

        Raises Unauthorized, Forbidden, ServiceUnavailable where credentials cannot be checked now, and whatever the
        ``authenticate`` hook raises.
        """
        worst: ApiError | None = None
        only_scopes = True
        for alternative in self._alternatives:
            try:
                identity = await _met(alternative, sources)
            except ApiError as error:
                only_scopes = only_scopes and isinstance(error, Insufficient)
                worst = error if worst is None or _weight(error) > _weight(worst) else worst
                continue
            if identity is not None:
                caller.set((request_id.get(), identity.subject))
                return identity
        if self._is_optional and only_scopes:
            return None
        raise self._refusal(worst)

    def _refusal(self, error: ApiError | None) -> ApiError:
        """Return the error with a challenge for each scheme that would do, in the words of the one that was tried."""
        if error is None:
            error = Unauthorized(_MISSING)
        if error.status != Unauthorized.status or not self._challenges:
            return error
        tried = error.headers.get(_CHALLENGE, "")
        told = (tried if tried.startswith(each) else each for each in self._challenges)
        error.headers = {**error.headers, _CHALLENGE: ", ".join(told)}
        return error


def _weight(error: ApiError) -> int:
    """Return how much an error tells: of a missing scope more than of wrong credentials, of an outage most."""
    return 0 if isinstance(error, Refused) else 1 if isinstance(error, Insufficient) else 2


async def _met(alternative: Sequence[_Part], sources: Sources) -> Identity | None:
    """Return who calls where every scheme is met, None where one was not tried; raises where one is not good."""
    met: list[tuple[Check, Identity]] = []
    insufficient: Insufficient | None = None
    for check, scopes in alternative:
        identity = await check.identity(sources, scopes)
        if identity is None:
            continue
        met.append((check, identity))
        if not identity.scopes.issuperset(scopes):
            insufficient = insufficient or check.insufficient(scopes)
    if len(met) < len(alternative):
        return None
    if insufficient is not None:
        raise insufficient
    return met[0][1] if len(met) == 1 else _combined(met)


def _combined(met: Sequence[tuple[Check, Identity]]) -> Identity:
    """Return one identity for all: its subject is a person or program where one is known, not a key or connection."""
    first = next((identity for check, identity in met if check.personal), met[0][1])
    identities = [identity for _, identity in met]
    return Identity(
        first.subject,
        frozenset().union(*(each.scopes for each in identities)),
        {name: value for each in reversed(identities) for name, value in each.claims.items()},
        tuple(name for each in identities for name in each.schemes),
    )


@dataclass(frozen=True, slots=True)
class Security:
    """The guards of every operation that is not open, and what works behind them while the service runs."""

    guards: Mapping[str, Guard]
    sources: tuple["KeySource", ...] = ()
    warning: str = ""

    @staticmethod
    def of(
        contract: Contract, authenticate: Authenticate | None = None, environment: Environment = os.environ
    ) -> "Security":
        """Read how the schemes of a contract are configured; raises ValueError naming a variable that is wrong."""
        used = {name for operation in contract.operations.values() for each in operation.security for name in each}
        maker = _Maker(contract.title, authenticate, environment)
        made = {name: maker.make(name, scheme) for name, scheme in contract.schemes.items() if name in used}
        checks = {name: each.check for name, each in made.items()}
        wanted = [f"{name}: {each.wanted}" for name, each in made.items() if each.wanted]
        return Security(
            {name: Guard(each, checks) for name, each in contract.operations.items() if each.security},
            tuple(dict.fromkeys(source for each in made.values() for source in each.sources)),
            f"nobody can pass these security schemes yet: {'; '.join(wanted)}" if wanted else "",
        )

    def open(self) -> None:
        """Begin to fetch keys; say which schemes nobody can pass, and what to set."""
        if self.warning:
            logger.warning("%s", self.warning)
        for source in self.sources:
            source.open()

    async def aclose(self) -> None:
        """Stop fetching keys."""
        for source in self.sources:
            await source.aclose()


@dataclass(frozen=True, slots=True)
class _Made:
    """A check, the keys that it looks into, and what has to be set before anybody can pass it."""

    check: Check
    wanted: str = ""
    sources: tuple["KeySource", ...] = ()


@dataclass(slots=True)
class _Maker:
    realm: str
    authenticate: Authenticate | None
    environment: Environment
    tokens: "TokenSettings | None" = None

    def make(self, name: str, scheme: Mapping[str, Any]) -> _Made:
        if scheme.get(_LEFT_TO_GATEWAY) == "gateway" and scheme.get("type") != "mutualTLS":
            left = GatewayCheck(name, self.environment)
            return _Made(left, "" if left.trusted else "set TRUST_GATEWAY_AUTH")
        match scheme.get("type"), str(scheme.get("scheme", "")).lower():
            case "apiKey", _:
                keys = api_keys(self.environment, name)
                wanted = "" if keys else f"set API_KEYS or API_KEYS_{variable_of(name)}"
                return _Made(KeyCheck(name, scheme["in"], scheme["name"], keys), wanted)
            case "http", "basic":
                return self._basic(name)
            case ("http", "bearer") | ("oauth2", _) | ("openIdConnect", _):
                return self._bearer(name, str(scheme.get("openIdConnectUrl", "")))
            case "mutualTLS", _:
                certificate = CertificateCheck(name, self.environment)
                return _Made(certificate, "" if certificate.trusted else "set TRUST_GATEWAY_MTLS")
            case _:
                return _Made(NoCheck(), "the service does not know this scheme")

    def _basic(self, name: str) -> _Made:
        if self.authenticate is not None:
            return _Made(HookCheck(name, "basic", self.realm, self.authenticate))
        users = basic_users(self.environment, name)
        wanted = "" if users else "set BASIC_USERS, or write the hook authenticate"
        return _Made(BasicCheck(name, self.realm, users.values()), wanted)

    def _bearer(self, name: str, discovery: str) -> _Made:
        if self.authenticate is not None:
            return _Made(HookCheck(name, "bearer", self.realm, self.authenticate))
        # cryptography takes a tenth of a second to import, which only those services pay that read tokens.
        from .credentials.tokens import BearerCheck, TokenSettings

        if self.tokens is None:
            self.tokens = TokenSettings(self.environment)
        rules = self.tokens.rules(name, discovery)
        wanted = "" if rules else "set JWT_ISSUER, JWT_AUDIENCE and JWT_JWKS, or write the hook authenticate"
        return _Made(BearerCheck(name, self.realm, rules), wanted, (rules.keys,) if rules else ())
