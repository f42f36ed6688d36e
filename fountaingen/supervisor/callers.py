"""Who may call services in development: by which schemes, and the issuer that signs tokens for people who try them."""

import base64
import hashlib
import secrets
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fountaingen.model.security import SchemeKind, kind_of

if TYPE_CHECKING:
    from fountaingen.model.service import Service

USERNAME = "dev"
_NAME = "urn:fountaingen:development"
HOURS = 12


@dataclass(frozen=True)
class Callers:
    """How a service knows who calls, as far as development provides for it: tokens with ``scopes``, passwords."""

    tokens: bool = False
    passwords: bool = False
    scopes: frozenset[str] = frozenset()


def callers_of(service: "Service") -> Callers:
    """Return how ``service`` knows who calls; scopes are those that any of its operations wants."""
    kinds = {name: kind_of(scheme) for name, scheme in service.security_schemes.items()}
    found = [
        (kinds[name], scopes)
        for operation in service.operations
        for alternative in operation.security
        for name, scopes in alternative.items()
        if name in kinds
    ]
    return Callers(
        any(kind is SchemeKind.TOKEN for kind, _ in found),
        any(kind is SchemeKind.BASIC for kind, _ in found),
        frozenset(scope for kind, scopes in found if kind is SchemeKind.TOKEN for scope in scopes),
    )


@dataclass(frozen=True)
class Issuer:
    """Signs tokens for development, with a secret that never leaves this machine."""

    secret: str = field(repr=False)

    def environment(self) -> dict[str, str]:
        """Return the variables with which a service trusts this issuer."""
        return {"JWT_ISSUER": _NAME, "JWT_AUDIENCE": USERNAME, "JWT_SECRET": self.secret}

    def token(self, scopes: Iterable[str]) -> str:
        """Return a JSON Web Token (RFC 7519) with ``scopes`` that is good for twelve hours."""
        # cryptography takes a tenth of a second to import, which only those wait for whose services take tokens.
        import jwt

        now = int(time.time())
        claims = {"iss": _NAME, "aud": USERNAME, "sub": USERNAME, "iat": now, "exp": now + HOURS * 3600}
        return jwt.encode({**claims, "scopes": sorted(scopes)}, self.secret, "HS256")


def user(password: str) -> Mapping[str, str]:
    """Return the variable with which a service knows the user of development, whose password is the API key."""
    salt, (n, r, p) = secrets.token_bytes(16), (2**10, 8, 1)
    digest = hashlib.scrypt(password.encode(), salt=salt, n=n, r=r, p=p, dklen=32)
    parts = (base64.urlsafe_b64encode(each).decode().rstrip("=") for each in (salt, digest))
    return {"BASIC_USERS": f"{USERNAME}:{'.'.join(['scrypt', str(n), str(r), str(p), *parts])}"}
