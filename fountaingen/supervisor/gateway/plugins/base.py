"""What a plugin is, and who the credentials belong to that plugins know callers by."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from fountaingen.kong.configuration import Consumer
from fountaingen.supervisor.gateway.exchange import Answer, Exchange, Identity
from fountaingen.supervisor.gateway.headers import Headers

Config = Mapping[str, Any]


@dataclass(frozen=True)
class PasswordCredential:
    """A password of basic-auth."""

    identity: Identity
    password: str = field(repr=False)


@dataclass(frozen=True)
class TokenCredential:
    """What the tokens of one issuer are verified with: a shared ``secret``, or a public key in PEM."""

    identity: Identity
    algorithm: str
    secret: str = field(repr=False)


@dataclass(frozen=True)
class Credentials:
    """Every credential: keys, passwords by user name, tokens by their key claim; and consumers by id and name."""

    keys: Mapping[str, Identity] = field(default_factory=dict, repr=False)
    passwords: Mapping[str, PasswordCredential] = field(default_factory=dict, repr=False)
    tokens: Mapping[str, TokenCredential] = field(default_factory=dict, repr=False)
    consumers: Mapping[str, Consumer] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Surroundings:
    """What plugins work with beside their configuration: whom they know, and the time in seconds since 1970."""

    credentials: Credentials
    now: Callable[[], float]


class Plugin:
    """A plugin as it stands at a route: it sees a request before the service does, and the answer's headers after."""

    def __init__(self, config: Config, surroundings: Surroundings) -> None:
        self.config = config
        self.surroundings = surroundings

    def access(self, exchange: Exchange) -> Answer | None:
        """Look at a request: change what the service gets, or answer in its place."""
        return None

    def respond(self, exchange: Exchange, headers: Headers) -> None:
        """Change the headers of the answer, be it the service's or the gateway's own."""


@dataclass(frozen=True)
class Refusal:
    """Why somebody was not let in."""

    message: str
    headers: tuple[tuple[str, str], ...] = ()
    errors: Mapping[str, str] | None = None


class Authentication(Plugin, ABC):
    """A plugin that finds out who calls.

    With an ``anonymous`` consumer whoever is not let in goes on as that one, and whom another plugin knows already is
    not asked again: so several plugins at one route are alternatives. Without it, each must let the caller in.
    """

    def access(self, exchange: Exchange) -> Answer | None:
        """Let the caller in, as who it is or as the anonymous consumer, or refuse it."""
        if exchange.received.method == "OPTIONS" and self.config.get("run_on_preflight") is False:
            return None
        anonymous = self.config.get("anonymous")
        if anonymous and exchange.is_authenticated:
            return None
        match self.identify(exchange):
            case Identity() as identity:
                exchange.authenticate(identity)
            case Refusal() as refusal:
                if not anonymous:
                    return self.refuse(exchange, refusal)
                consumer = self.surroundings.credentials.consumers.get(str(anonymous))
                if consumer is None:
                    return exchange.error(500)
                exchange.authenticate(Identity(consumer))
        return None

    @abstractmethod
    def identify(self, exchange: Exchange) -> Identity | Refusal:
        """Return who calls, or why nobody is known to."""

    def refuse(self, exchange: Exchange, refusal: Refusal) -> Answer:
        """Return the answer to somebody who is not let in."""
        return exchange.error(401, refusal.message, refusal.headers)

    def challenge(self, scheme: str) -> str:
        """Return the value of WWW-Authenticate."""
        realm = self.config.get("realm")
        return f'{scheme} realm="{realm}"' if realm else scheme
