"""Bearer tokens: JSON Web Tokens (RFC 7519), verified against a configured issuer, audience and keys (RFC 8725)."""

import hashlib
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import jwt
from jwt.exceptions import (
    ExpiredSignatureError,
    ImmatureSignatureError,
    InvalidSignatureError,
    PyJWTError,
)

from ..parameters.binder import Sources
from ..settings import switch
from .authorization import authorization, lacking, quoted
from .environment import Environment, secret, setting, variable_of
from .fetching import discovered, is_https, key_source, shown
from .identity import Identity, Insufficient, Refused
from .keysets import CachedKeys, FixedKeys, Key, KeySet, KeySource

_SYMMETRIC = ("HS256", "HS384", "HS512")
_ASYMMETRIC = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
_SHORTEST = {"HS256": 32, "HS384": 48, "HS512": 64}
_TYPES = frozenset({"", "jwt", "at+jwt", "application/jwt", "application/at+jwt"})
_SCOPE_CLAIMS = ("scope", "scp", "scopes", "roles")
_VARIABLES = ("ISSUER", "AUDIENCE", "JWKS", "SECRET", "ALGORITHMS", "LEEWAY")
_LEEWAY, _MOST_LEEWAY = 10.0, 300.0
_MOST_KEYS = 8
_REMEMBERED = 1024
_LATEST = 2**53
_INVALID = "the token is not valid"


@dataclass(frozen=True, slots=True)
class TokenRules:
    """What a token must be; ``issuer`` None where the source of ``keys`` says it, ``leeway`` in seconds."""

    issuer: str | None
    audience: tuple[str, ...]
    algorithms: tuple[str, ...]
    leeway: float
    keys: KeySource = field(repr=False)
    # What was found good once, by the token's digest: a signature takes ten times as long to verify as a small answer.
    known: "OrderedDict[bytes, _Known]" = field(default_factory=OrderedDict, repr=False, compare=False)

    async def claims(self, token: str) -> Mapping[str, Any]:
        """Return the claims of a good token.

        Raises InvalidToken where it is none, ServiceUnavailable where the keys cannot be had now.
        """
        mark = hashlib.sha256(token.encode()).digest()
        if (found := self.known.get(mark)) is not None and time.time() < found.until:
            keys, _ = await self.keys.matching(found.kid)
            # Keys that were fetched anew are other objects, so that a key which was withdrawn ends its tokens too.
            if any(key is found.key for key in keys):
                return found.claims
        known = await self._found(token)
        self.known[mark] = known
        if len(self.known) > _REMEMBERED:
            self.known.popitem(last=False)
        return known.claims

    async def _found(self, token: str) -> "_Known":
        header = _header(token)
        kid, kind = header.get("kid"), header.get("typ", "")
        # Looked at before the keys are, so that nothing is fetched for a token that could not be good.
        if header.get("alg") not in self.algorithms or not isinstance(kind, str) or kind.lower() not in _TYPES:
            raise InvalidToken(_INVALID)
        keys, issuer = await self.keys.matching(kid)
        for key in [each for each in keys if header["alg"] in each.algorithms][:_MOST_KEYS]:
            claims = self._verified(token, key, self.issuer or issuer)
            if claims is not None:
                until = min(int(claims["exp"]), _LATEST) + self.leeway
                return _Known(kid, key, until, MappingProxyType(dict(claims)))
        raise InvalidToken(_INVALID)

    def _verified(self, token: str, key: Key, issuer: str | None) -> Mapping[str, Any] | None:
        """Return the claims, None where another key signed the token."""
        algorithms = [each for each in self.algorithms if each in key.algorithms]
        if not algorithms or not issuer:
            return None
        try:
            return jwt.decode(
                token,
                key.value,
                algorithms=algorithms,
                audience=self.audience,
                issuer=issuer,
                leeway=self.leeway,
                options={"require": ["exp", "iss", "aud"], "enforce_minimum_key_length": True},
            )
        except InvalidSignatureError:
            return None
        except ExpiredSignatureError:
            raise InvalidToken("the token has expired") from None
        except ImmatureSignatureError:
            raise InvalidToken("the token is not valid yet") from None
        except (PyJWTError, ArithmeticError, ValueError, TypeError, RecursionError):
            return None


@dataclass(frozen=True, slots=True)
class _Known:
    """A token that was found good: by which key, named how, and until when, in seconds since 1970."""

    kid: str | None
    key: Key
    until: float
    claims: Mapping[str, Any]


class InvalidToken(Exception):
    """A token is not good; the text says why as far as its bearer may know."""


def _header(token: str) -> Mapping[str, Any]:
    try:
        header: Mapping[str, Any] = jwt.get_unverified_header(token)
    except (PyJWTError, ValueError, TypeError, RecursionError):
        raise InvalidToken(_INVALID) from None
    return header


class BearerCheck:
    """A bearer token that this service verifies by itself; without rules nobody passes."""

    personal = True

    def __init__(self, scheme: str, realm: str, rules: TokenRules | None) -> None:
        self._scheme = scheme
        self._rules = rules
        self.challenge = f'Bearer realm="{quoted(realm)}"'

    async def identity(self, sources: Sources, scopes: tuple[str, ...]) -> Identity | None:
        """Return whose token it is, None where none was sent; raises Refused where it is not good."""
        token = authorization(sources.scope, "bearer", f'{self.challenge}, error="invalid_token"')
        if token is None:
            return None
        try:
            claims = await self._claims(token)
        except InvalidToken as error:
            challenge = f'{self.challenge}, error="invalid_token", error_description="{error}"'
            raise Refused(str(error), challenge=challenge) from None
        subject = next((each for name in ("sub", "client_id", "azp") if (each := claims.get(name))), self._scheme)
        return Identity(str(subject), scopes_of(claims), claims, (self._scheme,))

    async def _claims(self, token: str) -> Mapping[str, Any]:
        if self._rules is None:
            raise InvalidToken(_INVALID)
        return await self._rules.claims(token)

    def insufficient(self, scopes: tuple[str, ...]) -> Insufficient:
        """Return the error for a good token without these scopes."""
        return Insufficient(lacking(self.challenge, scopes))


def scopes_of(claims: Mapping[str, Any]) -> frozenset[str]:
    """Return the scopes that a token grants: texts separated by spaces, or lists, under the names that are in use."""
    found: set[str] = set()
    for name in _SCOPE_CLAIMS:
        held = claims.get(name)
        if isinstance(held, str):
            found.update(held.split())
        elif isinstance(held, list):
            found.update(each for each in held if isinstance(each, str))
    return frozenset(found)


class TokenSettings:
    """The rules of each scheme; schemes that go by the same variables share them, and what they fetch."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self._made: dict[tuple[str, str], TokenRules | None] = {}

    def rules(self, scheme: str, discovery: str = "") -> TokenRules | None:
        """Return the rules of a scheme: JWT_*, or <SCHEME>_JWT_* alone where one of those is set; None without.

        ``discovery`` is the openIdConnectUrl of the contract, of use with OIDC_DISCOVERY=true only. Raises ValueError
        naming the variable that is wrong or missing.
        """
        own = f"{variable_of(scheme)}_JWT_"
        is_own = any(setting(self._environment, own + each) for each in (*_VARIABLES, "SECRET_FILE"))
        prefix = own if is_own else "JWT_"
        url = discovery if discovery and switch(self._environment, "OIDC_DISCOVERY", False) else ""
        keys = setting(self._environment, f"{prefix}JWKS") or secret(self._environment, f"{prefix}SECRET")
        asked = (prefix, "" if keys else url)
        if asked not in self._made:
            self._made[asked] = _Reader(self._environment, prefix).rules(asked[1])
        return self._made[asked]


@dataclass(frozen=True, slots=True)
class _Reader:
    environment: Environment
    prefix: str

    def rules(self, discovery: str) -> TokenRules | None:
        issuer, audience = self._get("ISSUER"), tuple(filter(None, map(str.strip, self._get("AUDIENCE").split(","))))
        keys, shared = self._get("JWKS"), secret(self.environment, f"{self.prefix}SECRET")
        if not any((issuer, audience, keys, shared, discovery)):
            return None
        if keys and shared:
            # A secret beside public keys lets a forger sign with a key that everybody knows (RFC 8725 section 2.1).
            raise ValueError(f"{self.prefix}JWKS and {self.prefix}SECRET exclude each other")
        missing = {"ISSUER": issuer or discovery, "AUDIENCE": audience, "JWKS": keys or shared or discovery}
        if lacking_ones := [self.prefix + name for name, held in missing.items() if not held]:
            raise ValueError(f"{' and '.join(lacking_ones)} must be set too, for tokens to be verified")
        algorithms = self._algorithms(_SYMMETRIC if shared else _ASYMMETRIC)
        source = self._source(keys, shared, algorithms, discovery)
        return TokenRules(issuer or None, audience, algorithms, self._leeway(), source)

    def _source(self, keys: str, shared: str, algorithms: tuple[str, ...], discovery: str) -> KeySource:
        if shared:
            short = max(_SHORTEST[each] for each in algorithms)
            if len(shared.encode()) < short:
                raise ValueError(f"{self.prefix}SECRET must be {short} bytes long at least (RFC 7518 section 3.2)")
            return FixedKeys(KeySet((Key(None, frozenset(_SYMMETRIC), shared.encode()),)))
        if keys:
            return key_source(keys, f"{self.prefix}JWKS")
        if not is_https(discovery):
            raise ValueError("OIDC_DISCOVERY needs an openIdConnectUrl that is an https URL")
        return CachedKeys(shown(discovery), lambda: discovered(discovery))

    def _algorithms(self, possible: tuple[str, ...]) -> tuple[str, ...]:
        text = self._get("ALGORITHMS")
        if not text:
            return possible if possible is _ASYMMETRIC else possible[:1]
        chosen = tuple(filter(None, map(str.strip, text.split(","))))
        if unknown := [each for each in chosen if each not in possible]:
            known = ", ".join(possible)
            raise ValueError(f"{self.prefix}ALGORITHMS cannot hold {unknown[0]!r}; with these keys it can hold {known}")
        return chosen

    def _leeway(self) -> float:
        text = self._get("LEEWAY")
        try:
            seconds = float(text) if text else _LEEWAY
        except ValueError:
            seconds = -1.0
        if not 0 <= seconds <= _MOST_LEEWAY:
            raise ValueError(f"{self.prefix}LEEWAY must be a number of seconds from 0 to 300, not {text!r}")
        return seconds

    def _get(self, name: str) -> str:
        return setting(self.environment, self.prefix + name)
