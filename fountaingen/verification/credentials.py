"""Who calls a service that lives for one run only: the same caller by whichever scheme, known to everybody."""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

KEY = "verify"
"""The API key, and name and password: that they are known makes requests that are shown ones to paste."""
_ISSUER = "https://issuer.invalid"
_SECRET = "a-secret-for-services-that-live-for-one-run"
_FAR_AWAY = 4102444800  # The year 2100: the same tokens each time.


def environment() -> dict[str, str]:
    """Return the variables with which a service knows this caller."""
    return {
        "API_KEYS": KEY,
        "BASIC_USERS": f"{KEY}:{_hashed(KEY)}",
        "JWT_ISSUER": _ISSUER,
        "JWT_AUDIENCE": KEY,
        "JWT_SECRET": _SECRET,
        "JWT_JWKS": "",
        "JWT_ALGORITHMS": "HS256",
        "TRUST_GATEWAY_MTLS": "true",
        "TRUST_GATEWAY_AUTH": "true",
    }


@dataclass(frozen=True)
class Caller:
    """What somebody can show; an empty text is nothing."""

    key: str = field(default="", repr=False)
    username: str = ""
    password: str = field(default="", repr=False)
    token: str = field(default="", repr=False)

    @staticmethod
    def of_one_run(scopes: Iterable[str]) -> "Caller":
        """Return the caller that services know by ``environment``, with a token of all of ``scopes``."""
        return Caller(KEY, KEY, KEY, _token(scopes))

    @staticmethod
    def given(key: str, environment: Mapping[str, str]) -> "Caller":
        """Return who somebody said to be: VERIFY_BEARER is a token, VERIFY_BASIC ``name:password``."""
        username, _, password = environment.get("VERIFY_BASIC", "").partition(":")
        return Caller(key, username, password, environment.get("VERIFY_BEARER", ""))

    def shown(self, schemes: Mapping[str, Any]) -> dict[str, dict[str, str]]:
        """Return what Schemathesis sends for each security scheme."""
        sent = {name: self._shown(scheme) for name, scheme in schemes.items()}
        return {name: values for name, values in sent.items() if any(values.values())}

    def _shown(self, scheme: Mapping[str, Any]) -> dict[str, str]:
        match scheme.get("type"), str(scheme.get("scheme", "")).lower():
            case "apiKey", _:
                return {"api_key": self.key}
            case "http", "basic":
                return {"username": self.username, "password": self.password}
            case ("http", "bearer") | ("oauth2", _) | ("openIdConnect", _):
                return {"bearer": self.token}
            case _:
                return {}


def scopes_of(schemes: Mapping[str, Any], requirements: Iterable[Mapping[str, Iterable[str]]]) -> frozenset[str]:
    """Return every scope that a contract names, in its flows or its requirements."""
    return frozenset([*_declared(schemes), *_required(requirements)])


def _declared(schemes: Mapping[str, Any]) -> Iterator[str]:
    for scheme in schemes.values():
        for flow in scheme.get("flows", {}).values():
            yield from flow.get("scopes", {}) if isinstance(flow, Mapping) else ()


def _required(requirements: Iterable[Mapping[str, Iterable[str]]]) -> Iterator[str]:
    for alternative in requirements:
        for scopes in alternative.values():
            yield from scopes


def _token(scopes: Iterable[str]) -> str:
    """Return a JSON Web Token (RFC 7519) that the environment's secret signs."""
    claims = {"iss": _ISSUER, "aud": KEY, "sub": KEY, "exp": _FAR_AWAY, "scope": " ".join(sorted(scopes))}
    parts = [_encoded(json.dumps(each).encode()) for each in ({"alg": "HS256", "typ": "JWT"}, claims)]
    signature = hmac.digest(_SECRET.encode(), ".".join(parts).encode(), "sha256")
    return ".".join([*parts, _encoded(signature)])


def _hashed(password: str) -> str:
    """Return a password as BASIC_USERS holds it, at the least cost that is accepted: it protects nothing."""
    salt, (n, r, p) = b"salt of one run", (1024, 1, 1)
    digest = hashlib.scrypt(password.encode(), salt=salt, n=n, r=r, p=p, dklen=32)
    return ".".join(["scrypt", str(n), str(r), str(p), _encoded(salt), _encoded(digest)])


def _encoded(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode().rstrip("=")
