"""Names and addresses of hosts, as Kong reads them (``kong/tools/ip.lua``)."""

import ipaddress
import re
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

Kind = Literal["ipv4", "ipv6", "name"]

_NAME = re.compile(r"[0-9A-Za-z\-._]+")
_IPV4 = re.compile(r"(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})(?::(\d+))?", re.ASCII)
_BRACKETS = re.compile(r"\[([^\]]*)\](?::(\d*))?", re.ASCII)
BAD_PORT = "invalid port number"


class InvalidAddress(ValueError):
    """No host; its text is Kong's complaint."""


@dataclass(frozen=True)
class Address:
    """A host, and the port where one is written."""

    kind: Kind
    host: str
    port: int | None


def kind_of(text: str) -> Kind:
    """Say what a text can only be; it need not be a right one."""
    if text.count(":") > 1:
        return "ipv6"
    return "ipv4" if re.fullmatch(r"[0-9.]+", text.replace(":", "")) else "name"


def parse(text: str) -> Address:
    """Read ``name``, ``name:port``, an IPv4 address with or without a port, or an IPv6 one (in brackets with a port).

    Raises:
        InvalidAddress: it is none of them.
    """
    kind = kind_of(text)
    reader = {"ipv4": _ipv4, "ipv6": _ipv6, "name": _name}[kind]
    host, port = reader(text)
    return Address(kind, host, port)


def is_ip(text: str) -> bool:
    """Say whether a text is an IP address and nothing else."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return "%" not in text


def is_ip_or_cidr(text: str) -> bool:
    """Say whether a text is an IP address or a range of them."""
    address, slash, prefix = text.partition("/")
    if not is_ip(address):
        return False
    bits = 32 if "." in address and ":" not in address else 128
    return not slash or prefix in map(str, range(bits + 1))


def hostname_fault(text: str) -> str | None:
    """Say why a text is no host, with a port or without."""
    try:
        parse(text)
    except InvalidAddress as error:
        return str(error)
    return None


def host_fault(text: str) -> str | None:
    """Say why a text is no host without a port."""
    try:
        address = parse(text)
    except InvalidAddress as error:
        return "must not have a port" if str(error) == BAD_PORT else f"invalid value: {text}"
    return None if address.port is None else "must not have a port"


def sni_fault(text: str) -> str | None:
    """Say why a text is no server name of TLS."""
    try:
        address = parse(text)
    except InvalidAddress as error:
        return "must not have a port" if str(error) == BAD_PORT else f"invalid value: {text}"
    if address.kind != "name":
        return "must not be an IP"
    return None if address.port is None else "must not have a port"


def wildcard_fault(text: str) -> str | None:
    """Say why a text is no server name of TLS, where its first or last label may be a wildcard."""
    if "*" in text:
        if text.index("*") not in {0, len(text) - 1}:
            return "wildcard must be leftmost or rightmost character"
        if text.count("*") > 1:
            return "only one wildcard must be specified"
        text = text.replace("*", "wildcard")
    return sni_fault(text)


def url_fault(text: str) -> str | None:
    """Say why a text is no URL with a scheme and a host."""
    try:
        parts = urlsplit(text)
        host = parts.hostname
    except ValueError:
        return "missing host in url"
    if not host:
        return "missing host in url"
    return None if parts.scheme else "missing scheme in url"


def target_fault(text: str) -> str | None:
    """Say why a text is no target of an upstream."""
    try:
        parse(text)
    except InvalidAddress:
        return f"Invalid target ('{text}'); not a valid hostname or ip address"
    return None


def _port(digits: str) -> int:
    if len(digits) > 9 or int(digits) > 65535:
        raise InvalidAddress(BAD_PORT)
    return int(digits)


def _ipv4(text: str) -> tuple[str, int | None]:
    match = _IPV4.fullmatch(text)
    if not match or any(int(part) > 255 for part in match.groups()[:4]):
        raise InvalidAddress(f"invalid ipv4 address: {text}")
    host = ".".join(str(int(part)) for part in match.groups()[:4])
    return host, None if match[5] is None else _port(match[5])


def _ipv6(text: str) -> tuple[str, int | None]:
    host, port = text, None
    match = _BRACKETS.fullmatch(text)
    if match:
        host = match[1]
        if match[2] == "":
            raise InvalidAddress("invalid ipv6 address")
        port = None if match[2] is None else _port(match[2])
    try:
        return ipaddress.IPv6Address(host).exploded, port
    except ValueError:
        raise InvalidAddress(f"invalid ipv6 address: {text}") from None


def _name(text: str) -> tuple[str, int | None]:
    match = re.search(r":([0-9]+)\Z", text)
    name = text[: match.start()] if match else text
    port = _port(match[1]) if match else None
    labels = name.split(".")
    last = len(labels) - 1
    if not _NAME.fullmatch(name) or any(
        label.endswith("-") or (not label and index < last) for index, label in enumerate(labels)
    ):
        raise InvalidAddress(f"invalid hostname: {text}")
    return name, port
