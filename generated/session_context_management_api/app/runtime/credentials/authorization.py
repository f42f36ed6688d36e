"""The headers that carry credentials: one of each, bounded, never guessed at (RFC 9110 section 11.6.2)."""

import base64
import binascii
import re
from dataclasses import replace
from urllib.parse import quote

from starlette.types import Scope

from ..parameters.binder import Sources
from .identity import Authenticate, Credentials, Identity, Insufficient, Refused

_LONGEST = 8 * 1024
_AUTHORIZATION = b"authorization"
# A scope-token (RFC 6749 section 3.3).
_SAYABLE = re.compile(r"[!#-\[\]-~]+")
# All of printable ASCII but the quote, the backslash and the percent sign itself.
_QUOTABLE = " !#$&'()*+,-./:;<=>?@[]^_`{|}~"


def sole_header(scope: Scope, name: bytes) -> bytes | None:
    """Return the header called ``name`` (lower case), None where there is none; raises Refused where there are more."""
    found: bytes | None = None
    for key, value in scope["headers"]:
        if key == name:
            if found is not None:
                raise Refused("the credentials were sent more than once")
            found = value
    return found


def authorization(scope: Scope, kind: str, challenge: str) -> str | None:
    """Return what Authorization holds after the scheme ``kind`` (lower case), None where it is of another or absent.

    Raises Refused where it is sent more than once, is longer than 8 KiB, is not printable ASCII, or holds nothing.
    """
    raw = sole_header(scope, _AUTHORIZATION)
    if raw is None:
        return None
    if len(raw) > _LONGEST:
        raise Refused("the credentials are too long", challenge=challenge)
    text = raw.decode("latin-1").strip(" \t")
    scheme, _, value = text.partition(" ")
    if scheme.lower() != kind:
        return None
    value = value.strip(" ")
    if not value or not value.isascii() or not value.isprintable():
        raise Refused("the credentials are malformed", challenge=challenge)
    return value


def quoted(text: str) -> str:
    """Return ``text`` as the inside of a quoted string (RFC 9110 section 5.6.4), percent-encoded where that cannot be.

    So are quotes and backslashes, because some clients take an escaped quote for the end.
    """
    return quote(text.encode("utf-8", "replace"), safe=_QUOTABLE)


def user_of(value: str) -> tuple[str, str] | None:
    """Return name and password of Basic credentials (RFC 7617 section 2), None where they are malformed."""
    try:
        username, colon, password = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return (username, password) if colon else None


class HookCheck:
    """Basic or bearer credentials, decided by the service's ``authenticate`` hook."""

    personal = True

    def __init__(self, scheme: str, kind: str, realm: str, authenticate: Authenticate) -> None:
        self._scheme = scheme
        self._kind = kind
        self._authenticate = authenticate
        self.challenge = f'{kind.capitalize()} realm="{quoted(realm)}"'
        self._read = self._basic if kind == "basic" else self._bearer

    async def identity(self, sources: Sources, scopes: tuple[str, ...]) -> Identity | None:
        """Return whom the hook recognises, None where nothing was sent; raises Refused where it knows nobody."""
        value = authorization(sources.scope, self._kind, self.challenge)
        if value is None:
            return None
        credentials = self._read(value, scopes)
        identity = None if credentials is None else await self._authenticate(credentials)
        if identity is None:
            error = ', error="invalid_token"' if self._kind == "bearer" else ""
            raise Refused(challenge=self.challenge + error)
        return identity if identity.schemes else replace(identity, schemes=(self._scheme,))

    def insufficient(self, scopes: tuple[str, ...]) -> Insufficient:
        """Return the error for good credentials without these scopes."""
        return Insufficient(lacking(self.challenge, scopes) if self._kind == "bearer" else "")

    def _basic(self, value: str, scopes: tuple[str, ...]) -> Credentials | None:
        user = user_of(value)
        return None if user is None else Credentials(self._scheme, "basic", *user, scopes=scopes)

    def _bearer(self, value: str, scopes: tuple[str, ...]) -> Credentials:
        return Credentials(self._scheme, "bearer", token=value, scopes=scopes)


def lacking(challenge: str, scopes: tuple[str, ...]) -> str:
    """Return the challenge for a good token without ``scopes`` (RFC 6750 section 3); only those that can be said."""
    shown = " ".join(scope for scope in scopes if _SAYABLE.fullmatch(scope))
    return f'{challenge}, error="insufficient_scope"' + (f', scope="{shown}"' if shown else "")
