"""Which URLs are fetched at all, in which one spelling they are known, and which addresses are of the internet."""

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fountaingen.primitives.internet import is_public
from fountaingen.primitives.urls import is_remote, join, parse_address, shown


@pytest.mark.parametrize(
    ("written", "known"),
    [
        ("https://Docs.Example", "https://docs.example/"),
        ("HTTPS://docs.example:443/a?b=c&d#e", "https://docs.example/a?b=c&d"),
        ("https://docs.example:/a", "https://docs.example/a"),
        ("https://docs.example./a", "https://docs.example/a"),
        ("https://docs.example?a", "https://docs.example/?a"),
        ("https://docs.example:8443/a", "https://docs.example:8443/a"),
        ("https://xn--bcher-kva.example/a", "https://xn--bcher-kva.example/a"),
        ("https://docs.example/a#/components/schemas/Two words", "https://docs.example/a"),
    ],
)
def test_a_url_has_one_spelling(written: str, known: str) -> None:
    assert parse_address(written).url == known
    assert parse_address(known).url == known


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("http://docs.example/", "is no https URL"),
        ("file:///etc/passwd", "is no https URL"),
        ("//docs.example/", "is no https URL"),
        ("https:docs.example", "is no https URL"),
        ("https:/docs.example", "is no https URL"),
        ("jar:https://docs.example/a.jar!/b", "is no https URL"),
        ("javascript:alert(1)", "is no https URL"),
        ("https:///x", "names no host"),
        ("https://", "names no host"),
        ("https://:443/", "names no host"),
        ("https://user:pass@docs.example/", "holds a user's name or password"),
        ("https://@docs.example/", "holds a user's name or password"),
        ("https://docs.example:443@10.0.0.1/", "holds a user's name or password"),
        ("https://127.0.0.1/", "names a host by its number"),
        ("https://127.0.0.1./", "names a host by its number"),
        ("https://127.1/", "names a host by its number"),
        ("https://2130706433/", "names a host by its number"),
        ("https://017700000001/", "names a host by its number"),
        ("https://0177.0.0.01/", "names a host by its number"),
        ("https://0x7f000001/", "names a host by its number"),
        ("https://0x7F.0x0.0x0.0x1/", "names a host by its number"),
        ("https://docs.example.0x/", "names a host by its number"),
        ("https://[::1]/", "names a host by its number"),
        ("https://[::ffff:10.0.0.1]:443/", "names a host by its number"),
        ("https://[fe80::1%25eth0]/", "names a host by its number"),
        ("https://localhost/", "does not name a host of the internet"),
        ("https://metadata/", "does not name a host of the internet"),
        ("https://*.example/", "does not name a host of the internet"),
        ("https://docs.example:0/", "names a port that is none"),
        ("https://docs.example:65536/", "names a port that is none"),
        ("https://docs.example:a/", "is an address, not a name"),
        ("https://docs.example:443:443/", "is an address, not a name"),
        ("https://docs%2eexample/", "does not name a host|has a label"),
        ("https://docs..example/", "has an empty label"),
        ("https://-docs.example/", "has a label that DNS does not take"),
        ("https://xn--a.example/", "has a label that no registry takes"),
        ("https://d\u00f6cs.example/", "holds a character"),
        ("https://\uff11\uff12\uff17.0.0.1/", "holds a character"),
        ("https://docs\u3002example/", "holds a character"),
        ("https://docs.example\\@10.0.0.1/", "holds a character"),
        ("https://docs.example/a b", "holds a character"),
        ("https://docs.example/a\r\nHost: x", "holds a character"),
        ("https://docs.example/\x00", "holds a character"),
        (" https://docs.example/", "holds a character"),
        ("ht\ntps://docs.example/", "holds a character"),
        ("https://docs.example/" + "a" * 2048, "is longer than 2048 characters"),
    ],
)
def test_what_is_never_fetched_says_why(written: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        parse_address(written)


_PIECES = [
    "https://",
    "HTTPS:",
    "//",
    "a.example",
    "@",
    ":",
    "443",
    "[",
    "]",
    "::1",
    "/",
    "..",
    "?",
    "\\",
    "\n",
    "0x7f",
    "%",
]


@given(st.one_of(st.text(), st.lists(st.sampled_from([*_PIECES, "#", "é", "1"])).map("".join)))
def test_what_is_known_is_known_by_itself_and_nothing_else_is_raised(text: str) -> None:
    try:
        address = parse_address(text)
    except ValueError as error:
        assert str(error)
        return
    assert parse_address(address.url) == address
    assert is_remote(address.url)
    assert address.url.isascii()
    assert address.url.isprintable()
    assert not set(' "<>\\^`{|}#') & set(address.url)


@given(st.text())
def test_joining_makes_nothing_of_what_is_no_reference(text: str) -> None:
    found = join("https://docs.example/a/b.yaml", text)
    try:
        assert parse_address(found).url
    except ValueError as error:
        assert str(error)


def test_users_and_passwords_are_not_told() -> None:
    assert shown("https://user:pass@docs.example/a@b") == "https://…@docs.example/a@b"


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",
        "10.1.2.3",
        "100.64.0.1",
        "100.127.255.255",
        "127.0.0.1",
        "127.255.255.255",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.170",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.0.1",
        "198.18.0.1",
        "198.19.255.255",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::127.0.0.1",
        "::ffff:8.8.8.8",
        "::ffff:127.0.0.1",
        "64:ff9b::8.8.8.8",
        "64:ff9b:1::1",
        "100::1",
        "2001::1",
        "2001:0:4136:e378:8000:63bf:3fff:fdd2",
        "2001:10::1",
        "2001:20::1",
        "2001:db8::1",
        "2002:7f00:1::1",
        "3fff::1",
        "5f00::1",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fe80::1%eth0",
        "fec0::1",
        "ff02::1",
        "8.8.8.8%1",
        "text",
        "1",
        "127.1",
        "0x7f.0.0.1",
        "2606:4700::1111%eth0",
    ],
)
def test_addresses_nearby_are_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "1.1.1.1", "100.63.255.255", "172.32.0.1", "2606:4700::1111", "2a00::1"]
)
def test_addresses_of_the_internet_are_public(address: str) -> None:
    assert is_public(address)


@given(st.ip_addresses())
def test_what_is_public_is_so_by_the_registries_that_python_knows(address: object) -> None:
    found = ip_address(str(address))
    if is_public(str(found)):
        assert found.is_global
        assert not (found.is_multicast or found.is_reserved or found.is_link_local or found.is_loopback)
