"""API keys: which clients have one, what each may do, and the check of a header, a query parameter or a cookie."""

import hashlib
import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from ..parameters.binder import Sources
from ..parameters.styles import percent_plus
from .authorization import sole_header
from .environment import Environment, entries, secret, variable_of
from .identity import Identity, Insufficient, Refused

_LONGEST = 8 * 1024
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]*")
_HASHED = "sha256="
_SCOPES = ";scopes="


@dataclass(frozen=True, slots=True)
class ApiKey:
    """One key, known by its SHA-256 only; no ``name`` where the list gives none, ``scopes`` None for all of them."""

    name: str
    digest: bytes = field(repr=False)
    scopes: frozenset[str] | None

    @staticmethod
    def parse(entry: str, variable: str) -> "ApiKey":
        """Read ``[name:]key[;scopes=a b]``, the key as it is or as ``sha256=<hex>``; the first colon ends the name.

        Raises ValueError naming the variable, never the key.
        """
        held, marked, listed = entry.partition(_SCOPES)
        name, colon, key = held.partition(":")
        if not colon or not _NAME.fullmatch(name):
            name, key = "", held
        if key.startswith(_HASHED):
            digest = _hexadecimal(key.removeprefix(_HASHED), variable)
        elif key:
            digest = hashlib.sha256(key.encode()).digest()
        else:
            raise ValueError(f"{variable} has an entry without a key")
        return ApiKey(name, digest, frozenset(listed.split()) if marked else None)


def _hexadecimal(text: str, variable: str) -> bytes:
    try:
        digest = bytes.fromhex(text)
    except ValueError:
        digest = b""
    if len(digest) != hashlib.sha256().digest_size:
        raise ValueError(f"{variable} has an entry whose sha256= is not 64 hexadecimal digits")
    return digest


def api_keys(environment: Environment, scheme: str) -> tuple[ApiKey, ...]:
    """Return the keys of a scheme: those of API_KEYS_<SCHEME> where it is set, else those of API_KEYS."""
    own = f"API_KEYS_{variable_of(scheme)}"
    for variable in (own, "API_KEYS"):
        if listed := entries(secret(environment, variable)):
            return tuple(ApiKey.parse(entry, variable) for entry in listed)
    return ()


class KeyCheck:
    """An API key in a header, the query or a cookie, compared with every known key in constant time."""

    challenge = ""
    personal = False

    def __init__(self, scheme: str, place: str, name: str, keys: Iterable[ApiKey]) -> None:
        self._scheme = scheme
        self._place = place
        self._name = name
        self._header = name.lower().encode("utf-8")
        self._keys = tuple(keys)
        self._identities: dict[tuple[ApiKey, tuple[str, ...]], Identity] = {}

    async def identity(self, sources: Sources, scopes: tuple[str, ...]) -> Identity | None:
        """Return whose key was sent, None where none was; raises Refused for an unknown key, or one sent twice."""
        given = self._given(sources)
        if given is None:
            return None
        if len(given) > _LONGEST:
            raise Refused("the credentials are too long")
        digest = hashlib.sha256(given).digest()
        found: ApiKey | None = None
        for known in self._keys:
            if hmac.compare_digest(digest, known.digest):
                found = known
        if found is None:
            raise Refused
        identity = self._identities.get((found, scopes))
        if identity is None:
            identity = self._identities[found, scopes] = self._of(found, scopes)
        return identity

    def insufficient(self, scopes: tuple[str, ...]) -> Insufficient:
        """Return the error for a key without these scopes."""
        return Insufficient()

    def _of(self, key: ApiKey, scopes: tuple[str, ...]) -> Identity:
        # Scopes of an API key are roles that only the contract defines (OAS 3.1 section 4.8.30): no list means all.
        held = frozenset(scopes) if key.scopes is None else key.scopes
        return Identity(key.name or self._scheme, held, schemes=(self._scheme,))

    def _given(self, sources: Sources) -> bytes | None:
        if self._place == "header":
            return sole_header(sources.scope, self._header)
        try:
            if self._place == "cookie":
                values = [each.encode("latin-1") for each in sources.cookies.get(self._name, ())]
            else:
                values = [percent_plus(each).encode() for each in sources.query.get(self._name, ())]
        except UnicodeError:
            raise Refused("the credentials are malformed") from None
        if len(values) > 1:
            raise Refused("the credentials were sent more than once")
        return values[0] if values else None
