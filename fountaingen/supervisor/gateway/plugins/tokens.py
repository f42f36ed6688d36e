"""The plugin jwt: JSON Web Tokens (RFC 7519) whose issuers are in the configuration."""

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from typing import Any

from jwt.algorithms import get_default_algorithms
from jwt.exceptions import PyJWTError

from fountaingen.supervisor.gateway.exchange import Answer, Exchange, Identity, exit_with
from fountaingen.supervisor.gateway.plugins.base import Authentication, Refusal, TokenCredential

_ALGORITHMS = {
    name: algorithm
    for name, algorithm in get_default_algorithms().items()
    if re.fullmatch(r"(?:HS|RS|PS|ES)(?:256|384|512)|EdDSA", name)
}


@dataclass(frozen=True)
class _Token:
    header: Mapping[str, Any]
    claims: Mapping[str, Any]
    signed: bytes
    signature: bytes


class Jwt(Authentication):
    """Knows callers by a token that is signed with the secret or the key of its issuer."""

    def identify(self, exchange: Exchange) -> Identity | Refusal:
        """Return whose token it is."""
        found = self._shown(exchange)
        if not found:
            return Refusal("Unauthorized", (("WWW-Authenticate", self.challenge("Bearer")),))
        if len(set(found)) > 1:
            return self._bad("Multiple tokens provided")
        token = _read(found[0])
        if isinstance(token, str):
            return self._bad(f"Bad token; {token}")
        return self._verified(token)

    def refuse(self, exchange: Exchange, refusal: Refusal) -> Answer:
        """Return the answer to somebody who is not let in: of claims that do not hold, each by its name."""
        return exit_with(401, refusal.errors or {"message": refusal.message}, refusal.headers)

    def _verified(self, token: _Token) -> Identity | Refusal:
        claim = str(self.config.get("key_claim_name") or "iss")
        key = token.claims.get(claim) or token.header.get(claim)
        if not key:
            return self._bad(f"{'Invalid' if key == '' else 'No mandatory'} '{claim}' in claims")
        known = self.surroundings.credentials.tokens.get(key) if isinstance(key, str) else None
        if known is None:
            return self._bad(f"No credentials found for given '{claim}'")
        if token.header["alg"] != known.algorithm:
            return self._bad("Invalid algorithm")
        if not _is_signed(token, known, is_base64=bool(self.config.get("secret_is_base64"))):
            return self._bad("Invalid signature")
        if errors := self._faults(token.claims):
            return Refusal("", self._bad("").headers, errors)
        return known.identity

    def _faults(self, claims: Mapping[str, Any]) -> dict[str, str]:
        now = self.surroundings.now()
        holds = {"exp": lambda value: value > now, "nbf": lambda value: value <= now}
        says = {"exp": "token expired", "nbf": "token not valid yet"}
        faults = {}
        for name in self.config.get("claims_to_verify") or ():
            value = claims.get(name)
            if isinstance(value, bool) or not isinstance(value, int | float):
                faults[name] = "must be a number"
            elif name in holds and not holds[name](value):
                faults[name] = says[name]
        longest = self.config.get("maximum_expiration") or 0
        if not faults and longest > 0 and claims.get("exp", now + longest + 1) - now > longest:
            faults["exp"] = "exceeds maximum allowed expiration"
        return faults

    def _shown(self, exchange: Exchange) -> list[str]:
        received = exchange.received
        found = [value for name in self.config.get("uri_param_names") or () for value in received.parameters(name)]
        cookies = _cookies("; ".join(received.headers.all("cookie")))
        found += [cookies[name] for name in self.config.get("cookie_names") or () if cookies.get(name)]
        for header in self.config.get("header_names") or ("authorization",):
            matches = (re.match(r"\s*[Bb]earer\s+(.+)", value) for value in received.headers.all(header))
            found += [match[1] for match in matches if match]
        return found

    def _bad(self, message: str) -> Refusal:
        challenge = f'{self.challenge("Bearer")} error="invalid_token"'
        return Refusal(message, (("WWW-Authenticate", challenge),))


def _read(token: str) -> _Token | str:
    """Return a token, or what is wrong with it in Kong's words."""
    parts = token.split(".")
    if len(parts) != 3:
        return "invalid JSON"
    try:
        header, claims = (json.loads(_decoded(part)) for part in parts[:2])
        signature = _decoded(parts[2])
    except (ValueError, RecursionError):
        return "invalid JSON"
    if not isinstance(header, dict) or header.get("alg") not in _ALGORITHMS:
        return "invalid alg"
    if not isinstance(claims, dict):
        return "invalid claims"
    return _Token(header, claims, token.rpartition(".")[0].encode("latin-1", "replace"), signature)


def _is_signed(token: _Token, known: TokenCredential, *, is_base64: bool) -> bool:
    algorithm = _ALGORITHMS[known.algorithm]
    try:
        secret = _decoded(known.secret) if is_base64 else known.secret.encode()
        return bool(algorithm.verify(token.signed, algorithm.prepare_key(secret), token.signature))
    except (PyJWTError, ValueError, TypeError):
        return False


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError("not base64") from error


def _cookies(header: str) -> dict[str, str]:
    try:
        return {name: morsel.value for name, morsel in SimpleCookie(header).items()}
    except CookieError:
        return {}
