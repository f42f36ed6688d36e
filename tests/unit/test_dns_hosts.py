"""Host names: one form in ASCII, and what is no host name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fountaingen.primitives.hosts import ascii_host, is_address


@pytest.mark.parametrize(
    ("written", "host"),
    [
        ("Api.Example.COM", "api.example.com"),
        ("api.example.com.", "api.example.com"),
        ("*.example.com", "*.example.com"),
        ("bücher.example.com", "xn--bcher-kva.example.com"),
        ("BÜCHER.example.com", "xn--bcher-kva.example.com"),
        ("XN--BCHER-KVA.example.com", "xn--bcher-kva.example.com"),
        ("*.bücher.example", "*.xn--bcher-kva.example"),
        ("straße.example", "xn--strae-oqa.example"),
        ("my_api.example.com", "my_api.example.com"),
        ("a" * 63 + ".example", "a" * 63 + ".example"),
        ("orders", "orders"),
        ("3com.example", "3com.example"),
    ],
)
def test_a_host_has_one_form(written: str, host: str) -> None:
    assert ascii_host(written) == host


@pytest.mark.parametrize(
    ("written", "fault"),
    [
        ("", "empty label"),
        ("a..b", "empty label"),
        (".example.com", "empty label"),
        ("*", "not its whole first label"),
        ("a.*.example", "not its whole first label"),
        ("a*.example.com", "not its whole first label"),
        ("**.example.com", "not its whole first label"),
        ("-a.example", "does not take"),
        ("a-.example", "does not take"),
        ("a b.example", "does not take"),
        ("a/b.example", "does not take"),
        ("a\n.example", "does not take"),
        ("a" * 64 + ".example", "64 characters"),
        (".".join(["a" * 49] * 5) + ".example", "257 characters"),
        ("ü" * 60 + ".example", "no registry takes"),
        ("xn--a-b-c.example", "no registry takes"),
        ("192.0.2.1", "is an address"),
        ("2001:db8::1", "is an address"),
    ],
)
def test_what_is_no_host_is_told(written: str, fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        ascii_host(written)


@given(st.text(max_size=80) | st.from_regex(r"[*]?[.]?[A-Za-zäß_-]{1,9}([.][a-z0-9ü-]{1,9}){0,3}[.]?", fullmatch=True))
def test_the_form_of_a_host_is_its_own(text: str) -> None:
    try:
        host = ascii_host(text)
    except ValueError:
        return
    assert ascii_host(host) == host
    assert host.isascii()
    assert host == host.lower()
    assert len(host) <= 253
    assert all(0 < len(label) <= 63 for label in host.split("."))


def test_addresses_are_told_from_names() -> None:
    assert [each for each in ("10.0.0.1", "::1", "a.b", "1.2.3.4.", "a.1") if is_address(each)] == [
        "10.0.0.1",
        "::1",
        "1.2.3.4.",
        "a.1",
    ]
