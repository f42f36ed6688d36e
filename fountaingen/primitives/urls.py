"""Addresses of documents on the internet: the few spellings of a URL that are ever fetched."""

import re
from dataclasses import dataclass
from urllib.parse import urljoin

from fountaingen.primitives.hosts import ascii_host

PORT = 443
"""Where https is served when a URL does not say (RFC 9110 section 4.2.2)."""

LONGEST = 2048

_SCHEME = "https://"
_PLAIN = re.compile(r"[!$-;=?-Z\[\]_a-z~]*")
"""What RFC 3986 lets a URL hold: no space, no quote, no backslash, nothing outside of ASCII."""
_WRITTEN = re.compile(r"(?i:https)://([^/?]*)(.*)")
_AUTHORITY = re.compile(r"(.*?)(?::([0-9]{0,5}))?")
_NUMBER = re.compile(r"[0-9]+|0[xX][0-9a-fA-F]*")


@dataclass(frozen=True)
class Address:
    """The URL of a document in parts: the host in lower case, the port, and what a request asks for: path and query."""

    host: str
    port: int
    target: str

    @property
    def origin(self) -> str:
        """Scheme, host and port, the last only where it is not the usual one."""
        return _SCHEME + self.authority

    @property
    def authority(self) -> str:
        """What a request's ``Host`` says (RFC 9110 section 7.2)."""
        return self.host if self.port == PORT else f"{self.host}:{self.port}"

    @property
    def url(self) -> str:
        """The one spelling of the URL, by which it is known."""
        return self.origin + self.target


def is_remote(name: str) -> bool:
    """Return whether the name of a document is a URL; no name of a file begins so, since they are normal paths."""
    return name.startswith(_SCHEME)


def parse_address(text: str) -> Address:
    """Read a URL; what follows ``#`` is left out.

    Raises:
        ValueError: why the URL is never fetched, in words that follow its name.
    """
    text = text.partition("#")[0]
    if len(text) > LONGEST:
        raise ValueError(f"is longer than {LONGEST} characters")
    if not _PLAIN.fullmatch(text):
        raise ValueError("holds a character that has no place in a URL")
    found = _WRITTEN.fullmatch(text)
    if found is None:
        raise ValueError("is no https URL")
    authority, target = found.groups()
    if "@" in authority:
        raise ValueError("holds a user's name or password")
    parts = _AUTHORITY.fullmatch(authority)
    if parts is None:
        raise ValueError("does not name a host and a port")
    return Address(_host(parts[1]), _port(parts[2]), target if target.startswith("/") else f"/{target}")


def join(base: str, reference: str) -> str:
    """Return the URL that ``reference`` means in the document ``base`` (RFC 3986 section 5).

    What follows ``#`` is left out; what is no reference is returned as it is.
    """
    reference = reference.partition("#")[0]
    # urljoin drops tabs and line breaks, which would make another URL of what is none.
    return urljoin(base, reference) if _PLAIN.fullmatch(reference) else reference


def shown(text: str) -> str:
    """Return a URL as it may be printed: without the user's name and password that it may hold."""
    return re.sub(r"//[^/?#]*@", "//…@", text)


def _host(written: str) -> str:
    if not written:
        raise ValueError("names no host")
    if written.startswith("[") or _NUMBER.fullmatch(written.rstrip(".").rpartition(".")[2]):
        # Numbers have many spellings (2130706433, 0x7f.1, 0177.0.0.1), and what TLS asks for is a name.
        raise ValueError("names a host by its number")
    try:
        host = ascii_host(written)
    except ValueError as error:
        raise ValueError(f"names a host that {error}") from error
    if "." not in host or "*" in host:
        raise ValueError("does not name a host of the internet")
    return host


def _port(written: str | None) -> int:
    port = int(written or PORT)
    if not 0 < port < 65536:
        raise ValueError("names a port that is none")
    return port
