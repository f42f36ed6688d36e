"""Who calls: somebody whom the service knows, somebody whom it does not, or nobody who says."""

import base64
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from .issuer import Issuer

API_KEY = "key-of-the-tests"
USERNAME = "tester"
PASSWORD = "password-of-the-tests"
_HOUR = 3600
_TRUSTED, _STRANGE = Issuer(), Issuer()
# Other ways to say the same, which the machine that runs the tests may have set for services of its own.
_UNSET = (
    "API_KEYS_FILE BASIC_USERS_FILE JWT_SECRET JWT_SECRET_FILE JWT_ALGORITHMS JWT_LEEWAY OIDC_DISCOVERY "
    "GATEWAY_MTLS_HEADER GATEWAY_MTLS_SUBJECT GATEWAY_AUTH_USER"
)


class Caller(Enum):
    """Whose credentials a request carries; with expired ones, or without scopes, it is a caller who is known else."""

    KNOWN = "known"
    UNKNOWN = "unknown"
    NOBODY = "nobody"
    EXPIRED = "expired"
    UNSCOPED = "unscoped"


@dataclass
class Credentials:
    """Where credentials are put in a request."""

    headers: dict[str, str] = field(default_factory=dict)
    query: dict[str, str] = field(default_factory=dict)
    cookies: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Way:
    """How somebody means to be let in: by the alternative ``number``, None for the shortest.

    With ``at``, the caller is what it says for that scheme alone, and known for the others.
    """

    number: int | None = None
    at: str | None = None


_SHORTEST = Way()


def environment() -> dict[str, str]:
    """Return the variables with which a service knows the caller of the tests, by whichever scheme."""
    return {
        **dict.fromkeys(_UNSET.split(), ""),
        "API_KEYS": f"{USERNAME}:{API_KEY}",
        "BASIC_USERS": f"{USERNAME}:{_hashed(PASSWORD)}",
        **_TRUSTED.environment(),
        "TRUST_GATEWAY_MTLS": "true",
        "TRUST_GATEWAY_AUTH": "true",
    }


def credentials(
    caller: Caller,
    alternatives: Sequence[Mapping[str, Any]],
    schemes: Mapping[str, Mapping[str, Any]],
    way: Way = _SHORTEST,
) -> Credentials:
    """Return what ``caller`` sends to an operation with these security requirements (OAS 4.8.30)."""
    found = Credentials()
    usable = [each for each in alternatives if all(kind_of(schemes.get(name, {})) for name in each)]
    chosen = min(usable, key=len, default={}) if way.number is None else alternatives[way.number]
    for name, scopes in chosen.items():
        who = caller if way.at in (None, name) else Caller.KNOWN
        for place, header, value in _sent(who, schemes.get(name, {}), scopes):
            {"header": found.headers, "query": found.query, "cookie": found.cookies}[place][header] = value
    return found


def kind_of(scheme: Mapping[str, Any]) -> str:
    """Return what a scheme comes to (key, basic, bearer, certificate, gateway), empty where nobody can pass it."""
    if scheme.get("type") == "mutualTLS":
        return "certificate"
    if scheme.get("x-fountaingen-security") == "gateway":
        return "gateway"
    if scheme.get("type") == "http":
        spoken = str(scheme.get("scheme")).lower()
        return spoken if spoken in ("basic", "bearer") else ""
    return {"apiKey": "key", "oauth2": "bearer", "openIdConnect": "bearer"}.get(str(scheme.get("type")), "")


def _sent(caller: Caller, scheme: Mapping[str, Any], scopes: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    """Yield (place, name, value) of what a request carries for one scheme."""
    if caller is Caller.NOBODY:
        return
    known = caller is not Caller.UNKNOWN
    match kind_of(scheme):
        case "key":
            yield scheme["in"], scheme["name"], API_KEY if known else f"wrong-{API_KEY}"
        case "basic":
            pair = f"{USERNAME}:{PASSWORD if known else 'wrong'}".encode()
            yield "header", "Authorization", f"Basic {base64.b64encode(pair).decode()}"
        case "bearer":
            yield "header", "Authorization", f"Bearer {_token(caller, scopes)}"
        case "certificate":
            yield "header", "ssl-client-verify", "SUCCESS" if known else "FAILED"
            yield "header", "ssl-client-subject-dn", f"CN={USERNAME}"
        case _ if known:
            yield "header", "X-Consumer-Username", USERNAME


def _token(caller: Caller, scopes: Sequence[str]) -> str:
    match caller:
        case Caller.UNKNOWN:
            return _STRANGE.token(USERNAME, scopes)
        case Caller.EXPIRED:
            return _TRUSTED.token(USERNAME, scopes, -_HOUR)
        case Caller.UNSCOPED:
            return _TRUSTED.token(USERNAME, ())
        case _:
            return _TRUSTED.token(USERNAME, scopes)


def _hashed(password: str) -> str:
    """Return a password as BASIC_USERS holds it, at the least cost that is accepted: it protects nothing."""
    salt, (n, r, p) = b"salt of the tests", (1024, 1, 1)
    digest = hashlib.scrypt(password.encode(), salt=salt, n=n, r=r, p=p, dklen=32)
    return ".".join(["scrypt", str(n), str(r), str(p), *(_encoded(each) for each in (salt, digest))])


def _encoded(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode().rstrip("=")
