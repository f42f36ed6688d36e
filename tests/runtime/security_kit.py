"""What the tests of security share: guards of contracts written in a line, requests, a token issuer."""

import asyncio
import json
import time
from collections.abc import Mapping
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

from fountaingen.runtime.contract import Contract, Operation
from fountaingen.runtime.judge import Judges
from fountaingen.runtime.parameters.binder import Sources
from fountaingen.runtime.security import Authenticate, Identity, Security

ISSUER, AUDIENCE = "https://issuer.test", "orders"
Requirement = dict[str, tuple[str, ...]]


def contract(schemes: Mapping[str, Mapping[str, Any]], *alternatives: Requirement) -> Contract:
    """Return a contract of one operation."""
    operation = Operation("x", "GET", "/", 200, (), None, {}, alternatives, "x")
    return Contract("Orders", "1", {"x": operation}, schemes, b"", b"", Judges({}), Judges({}))


def request(*headers: tuple[str, str | bytes], query: bytes = b"") -> Sources:
    """Return a request with these headers."""
    raw = [(name.lower().encode(), each.encode() if isinstance(each, str) else each) for name, each in headers]
    return Sources({"type": "http", "headers": raw, "query_string": query}, {})


class Door:
    """A guard, its environment given, and a loop on which it is asked."""

    def __init__(
        self,
        schemes: Mapping[str, Mapping[str, Any]],
        *alternatives: Requirement,
        authenticate: Authenticate | None = None,
        **environment: str,
    ) -> None:
        self.security = Security.of(contract(schemes, *alternatives), authenticate, environment)

    def admit(self, *headers: tuple[str, str | bytes], query: bytes = b"") -> Identity | None:
        """Return who is let in with these headers."""
        return asyncio.run(self.security.guards["x"].admit(request(*headers, query=query)))


class Issuer:
    """Signs tokens, with a key of its own under the id ``kid``."""

    def __init__(self, kid: str = "one") -> None:
        self.kid = kid
        self.private = ec.generate_private_key(ec.SECP256R1())

    @property
    def jwk(self) -> dict[str, Any]:
        """The public key."""
        return {**ECAlgorithm.to_jwk(self.private.public_key(), as_dict=True), "kid": self.kid}

    @property
    def jwks(self) -> str:
        """The public key as a set."""
        return json.dumps({"keys": [self.jwk]})

    def token(self, header: Mapping[str, Any] | None = None, **changes: Any) -> str:
        """Return a good token but for ``changes``; a claim that is None is left out."""
        now = int(time.time())
        claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": "ann", "exp": now + 86_400, "iat": now, **changes}
        kept = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode(kept, self.private, "ES256", headers={"kid": self.kid, **(header or {})})

    def settings(self, prefix: str = "") -> dict[str, str]:
        """Return the variables by which a service knows this issuer."""
        named = {"JWT_ISSUER": ISSUER, "JWT_AUDIENCE": AUDIENCE, "JWT_JWKS": self.jwks}
        return {prefix + name: value for name, value in named.items()}
