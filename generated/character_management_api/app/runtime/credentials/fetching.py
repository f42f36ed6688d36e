"""Where key sets come from: a file, a URL, or what an OpenID provider says of itself (OpenID Connect Discovery)."""

import asyncio
import json
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from ..calls.reading import PLAIN, Unreadable, whole
from .keysets import CachedKeys, FixedKeys, KeySet, KeySource, KeysUnusable, key_set

_LARGEST = 512 * 1024
_TOTAL = 10.0
_CONNECT = 3.0
_WELL_KNOWN = "/.well-known/openid-configuration"
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def key_source(text: str, variable: str) -> KeySource:
    """Return the keys that JWT_JWKS names: an https URL, a key set written out, or the path of a file.

    http is for this machine only. Raises ValueError naming ``variable``.
    """
    if text.startswith("{"):
        try:
            return FixedKeys(key_set(text))
        except KeysUnusable as error:
            raise ValueError(f"{variable} {error}") from None
    if "://" in text:
        if not is_https(text) and not _is_local(text):
            raise ValueError(f"{variable} must be an https URL, the path of a file, or a JSON Web Key Set")
        return CachedKeys(shown(text), lambda: from_url(text))
    path = Path(text)
    if not path.is_file():
        raise ValueError(f"{variable} must be an https URL, a JSON Web Key Set or a file; there is no file {text!r}")
    return CachedKeys(text, lambda: from_file(path))


def is_https(url: str) -> bool:
    """Tell whether ``url`` is an https URL."""
    return _place(url)[0] == "https"


def _is_local(url: str) -> bool:
    scheme, host = _place(url)
    return scheme == "http" and host in _LOOPBACK


def _place(url: str) -> tuple[str, str]:
    try:
        parts = urlsplit(url)
        return (parts.scheme, parts.hostname) if parts.hostname and parts.port != 0 else ("", "")
    except ValueError:
        return "", ""


def shown(url: str) -> str:
    """Return ``url`` as logs may show it, without a password or a query."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


async def from_file(path: Path) -> KeySet:
    """Return the keys in a file; raises KeysUnusable."""
    try:
        return key_set(await asyncio.to_thread(path.read_bytes))
    except OSError as error:
        raise KeysUnusable(f"cannot be read: {error.strerror}") from None


async def from_url(url: str) -> KeySet:
    """Return the keys at a URL; raises KeysUnusable."""
    return key_set(await Fetcher().get(url))


async def discovered(url: str) -> KeySet:
    """Return the keys and the issuer of the OpenID provider whose configuration is at ``url``.

    Raises KeysUnusable, also where the configuration is not that of the issuer it names (Discovery section 4.3).
    """
    try:
        data = json.loads(await Fetcher().get(url))
    except (ValueError, RecursionError) as error:
        raise KeysUnusable(str(error) if isinstance(error, KeysUnusable) else "is no JSON") from None
    issuer, keys = (data.get("issuer"), data.get("jwks_uri")) if isinstance(data, dict) else (None, None)
    if not isinstance(issuer, str) or url != issuer.rstrip("/") + _WELL_KNOWN:
        raise KeysUnusable("is not the configuration of the issuer that it names")
    if not isinstance(keys, str) or not is_https(keys):
        raise KeysUnusable("names no https jwks_uri")
    return KeySet((await from_url(keys)).keys, issuer)


class Fetcher:
    """Gets a small document: bounded in size and time, no redirects. ``transport`` replaces the network in tests."""

    transport: httpx.AsyncBaseTransport | None = None

    async def get(self, url: str) -> bytes:
        """Return what is at ``url``; raises KeysUnusable."""
        try:
            async with asyncio.timeout(_TOTAL):
                # Reading the machine's certificates takes a while, which is not the event loop's to wait.
                client = await asyncio.to_thread(self._client)
                async with client, client.stream("GET", url) as response:
                    if response.status_code != 200:
                        raise KeysUnusable(f"answers {response.status_code}")
                    return (await whole(response, _LARGEST)).content
        except KeysUnusable:
            raise
        except Unreadable as error:
            raise KeysUnusable(str(error)) from None
        except (httpx.HTTPError, httpx.InvalidURL, OSError, TimeoutError, ValueError) as error:
            raise KeysUnusable(f"does not answer: {type(error).__name__}") from None

    def _client(self) -> httpx.AsyncClient:
        timeout = httpx.Timeout(_TOTAL, connect=_CONNECT)
        headers = {"Accept": "application/json, application/jwk-set+json", **PLAIN}
        return httpx.AsyncClient(timeout=timeout, headers=headers, transport=self.transport, follow_redirects=False)
