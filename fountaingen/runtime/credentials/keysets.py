"""The keys that tokens are signed with: a JSON Web Key Set (RFC 7517), read once, or kept fresh from a file or URL."""

import asyncio
import json
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from jwt import PyJWK
from jwt.exceptions import PyJWTError

from ..errors import ServiceUnavailable

logger = logging.getLogger(__name__)

_RSA = frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"})
_CURVES = {"P-256": "ES256", "P-384": "ES384", "P-521": "ES512", "secp256k1": "ES256K", "Ed25519": "EdDSA"}
_PUBLIC = frozenset({"kty", "crv", "x", "y", "n", "e", "kid", "use", "alg"})
_FRESH = 600.0
_LONGEST = 24 * 3600.0
_BETWEEN = 30.0
_AFTER_FAILURE = 5.0


class KeysUnusable(ValueError):
    """What should hold keys cannot be had, or holds none that can be used."""


@dataclass(frozen=True, slots=True)
class Key:
    """A public key, or a shared secret; ``id`` None fits every token. It verifies ``algorithms`` and no others."""

    id: str | None
    algorithms: frozenset[str]
    value: Any = field(repr=False)


@dataclass(frozen=True, slots=True)
class KeySet:
    """Keys, and the issuer whose they are, where their source says that."""

    keys: tuple[Key, ...]
    issuer: str | None = None

    def matching(self, kid: str | None) -> tuple[Key, ...]:
        """Return the keys that may have signed a token which names ``kid``."""
        return tuple(key for key in self.keys if kid is None or key.id is None or key.id == kid)


def key_set(document: str | bytes) -> KeySet:
    """Read a JSON Web Key Set; keys that cannot verify are left out: symmetric ones, and those for encryption.

    Raises KeysUnusable where nothing is left.
    """
    try:
        data = json.loads(document)
    except (ValueError, RecursionError):
        raise KeysUnusable("is no JSON") from None
    listed = data.get("keys") if isinstance(data, dict) else None
    if not isinstance(listed, list):
        raise KeysUnusable("is no JSON Web Key Set")
    keys = tuple(key for each in listed if isinstance(each, dict) and (key := _key(each)) is not None)
    if not keys:
        raise KeysUnusable("holds no public key that verifies signatures")
    return KeySet(keys)


def _key(data: Mapping[str, Any]) -> Key | None:
    operations = data.get("key_ops")
    if data.get("use") not in (None, "sig") or (isinstance(operations, list) and "verify" not in operations):
        return None
    algorithms, kid = _algorithms(data), data.get("kid")
    if not algorithms or not isinstance(kid, str | None):
        return None
    try:
        # Without the private members, should somebody have published them.
        made = PyJWK({name: data[name] for name in _PUBLIC & data.keys()}, min(algorithms))
        weak = made.Algorithm.check_key_length(made.key)
    except (PyJWTError, ValueError, TypeError, AttributeError):
        return None
    return None if weak else Key(kid, algorithms, made.key)


def _algorithms(data: Mapping[str, Any]) -> frozenset[str]:
    """Return what a key may verify: what its type and curve can, only its ``alg`` if it has one, nothing symmetric."""
    curve = data.get("crv")
    match data.get("kty"):
        case "RSA":
            fitting = _RSA
        case "EC" | "OKP" if isinstance(curve, str) and curve in _CURVES:
            fitting = frozenset({_CURVES[curve]})
        case _:
            return frozenset()
    alg = data.get("alg")
    # RFC 9864 names the curve where RFC 8037 named the family.
    named = "EdDSA" if alg == "Ed25519" else alg
    return fitting if named is None else fitting & {named} if isinstance(named, str) else frozenset()


class KeySource(Protocol):
    """Where the keys of a token are looked for."""

    async def matching(self, kid: str | None) -> tuple[Sequence[Key], str | None]:
        """Return the keys that may have signed a token, and their issuer where the source says so.

        Raises ServiceUnavailable where the keys cannot be had now.
        """
        ...

    def open(self) -> None:
        """Begin to fetch what has to be fetched."""
        ...

    async def aclose(self) -> None:
        """Stop fetching."""
        ...


class FixedKeys:
    """Keys that stay what they are while the service runs."""

    def __init__(self, keys: KeySet) -> None:
        self._keys = keys

    async def matching(self, kid: str | None) -> tuple[Sequence[Key], str | None]:
        """Return the keys that may have signed a token."""
        return self._keys.matching(kid), self._keys.issuer

    def open(self) -> None:
        """Do nothing."""

    async def aclose(self) -> None:
        """Do nothing."""


Load = Callable[[], Awaitable[KeySet]]


class CachedKeys:
    """Keys from a file or URL: kept, fetched anew in the background after ten minutes, and for a key id not known.

    A fetch follows another after 30 seconds at the earliest, 5 where that failed. Keys that could not be fetched again
    for a day are trusted no longer. ``clock`` counts seconds.
    """

    def __init__(self, name: str, load: Load, clock: Callable[[], float] = time.monotonic) -> None:
        self._name = name
        self._load = load
        self._clock = clock
        self._keys: KeySet | None = None
        self._loaded = self._tried = float("-inf")
        self._failed = False
        self._task: asyncio.Task[None] | None = None

    async def matching(self, kid: str | None) -> tuple[Sequence[Key], str | None]:
        """Return the keys that may have signed a token; raises ServiceUnavailable where they cannot be had."""
        keys = self._usable()
        if keys is not None:
            if self._clock() - self._loaded > _FRESH and self._due():
                self._begin()
            if found := keys.matching(kid):
                return found, keys.issuer
        if self._due() or self._running():
            await asyncio.shield(self._begin())
            keys = self._usable()
        found = keys.matching(kid) if keys is not None else ()
        if not found and (self._failed or keys is None):
            raise ServiceUnavailable("the keys of tokens are not available", headers={"Retry-After": "5"})
        return found, keys.issuer if keys is not None else None

    def open(self) -> None:
        """Begin to fetch, so that the first request need not wait."""
        self._begin()

    async def aclose(self) -> None:
        """Stop fetching."""
        if self._task is not None and self._running():
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def _usable(self) -> KeySet | None:
        return self._keys if self._clock() - self._loaded <= _LONGEST else None

    def _due(self) -> bool:
        return self._clock() - self._tried >= (_AFTER_FAILURE if self._failed else _BETWEEN)

    def _running(self) -> bool:
        task = self._task
        return task is not None and not task.done() and task.get_loop() is asyncio.get_running_loop()

    def _begin(self) -> "asyncio.Task[None]":
        if self._task is None or not self._running():
            self._task = asyncio.get_running_loop().create_task(self._fetch())
        return self._task

    async def _fetch(self) -> None:
        self._tried = self._clock()
        try:
            self._keys = await self._load()
        except Exception as error:
            # Whatever it is, who waits for the keys is told that they are not available.
            self._failed = True
            reason = error if isinstance(error, KeysUnusable) else type(error).__name__
            logger.warning("the keys of tokens cannot be had: %s %s", self._name, reason)
        else:
            self._failed, self._loaded = False, self._clock()
