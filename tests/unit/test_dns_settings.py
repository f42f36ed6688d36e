"""The settings of TLS and DNS: what they may hold, and what is told of what they may not."""

import pytest

from fountaingen.model.deployment import Dns, Tls
from fountaingen.model.targets import Addresses, Alias, Canonical, is_documentation, is_private, target


def test_certificates_by_acme_need_an_account_and_an_agreement() -> None:
    assert [key for key, _ in Tls(certificates="acme").faults()] == ["acme_email", "acme_accept_terms"]
    assert not list(Tls().faults())
    assert not list(Tls("acme", "ops@shop.com", True, "https://acme.example/directory").faults())


@pytest.mark.parametrize(
    ("settings", "keys"),
    [
        (Dns(), []),
        (Dns(addresses=("198.18.0.1",), addresses6=("2a00::1",)), []),
        (Dns(addresses=("198.18.0.1", "198.18.0.1")), ["addresses"]),
        (Dns(addresses=("2a00::1",)), ["addresses"]),
        (Dns(addresses=("010.0.0.1",)), ["addresses"]),
        (Dns(addresses=("0.0.0.0",)), ["addresses"]),
        (Dns(addresses=("224.0.0.1",)), ["addresses"]),
        (Dns(addresses=("255.255.255.255",)), ["addresses"]),
        (Dns(addresses=("example.net",)), ["addresses"]),
        (Dns(addresses6=("198.18.0.1",)), ["addresses6"]),
        (Dns(addresses6=("::ffff:198.18.0.1",)), ["addresses6"]),
        (Dns(addresses6=("2a00::1", "2A00:0:0::1")), ["addresses6"]),
        (Dns(addresses6=("::",)), ["addresses6"]),
        (Dns(cname="edge.example.net"), []),
        (Dns(cname="198.18.0.1"), ["cname"]),
        (Dns(cname="2a00::1"), ["cname"]),
        (Dns(cname="*.example.net"), ["cname"]),
        (Dns(cname="edge"), ["cname"]),
        (Dns(cname="edge.example.net", addresses6=("2a00::1",)), ["addresses6"]),
        (Dns(cname="edge.example.net", alias_dns_name="lb.example.net", alias_zone_id="Z1"), ["cname"]),
        (Dns(alias_dns_name="lb.example.net"), ["alias_dns_name"]),
        (Dns(alias_zone_id="Z1"), ["alias_zone_id"]),
        (Dns(alias_dns_name="lb.example.net", alias_zone_id="/hostedzone/Z1"), ["alias_dns_name"]),
        (Dns(alias_dns_name="d.cloudfront.net", alias_zone_id="Z2FDTNDATAQYW2"), []),
        (
            Dns(alias_dns_name="d.cloudfront.net", alias_zone_id="Z2FDTNDATAQYW2", alias_evaluate_health=True),
            ["alias_dns_name"],
        ),
        (Dns(ttl=0), []),
        (Dns(ttl=2**31 - 1), []),
        (Dns(ttl=2**31), ["ttl"]),
        (Dns(zones={"shop.com": "Z1", "shop.net": "Z2", "shop.org": "", "shop.de": ""}), []),
        (Dns(zones={"shop.com": "Z1", "shop.net": "Z1"}), ["zones"]),
        (Dns(zones={"shop.com": "", "Shop.com.": ""}), ["zones"]),
        (Dns(zones={"192.0.2.0": ""}), ["zones"]),
        (Dns(hosts={"a.b": "", "*.b": "9.9.9.9"}), []),
        (Dns(hosts={"9.9.9.9": ""}), ["hosts"]),
        (Dns(hosts={"a.b": "9.9.9.9 9.9.9.9"}), ["hosts"]),
    ],
)
def test_what_cannot_be_is_told_of_its_key(settings: Dns, keys: list[str]) -> None:
    assert [key for key, _ in settings.faults()] == keys


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("", None),
        (" , ", None),
        ("9.9.9.9", Addresses(("9.9.9.9",))),
        ("2a00::2,9.9.9.9 8.8.8.8", Addresses(("9.9.9.9", "8.8.8.8"), ("2a00::2",))),
        ("Edge.Example.Net.", Canonical("edge.example.net")),
        ("alias lb.example.net Z1", Alias("lb.example.net", "Z1", ipv6=True)),
    ],
)
def test_the_words_of_a_target(words: str, found: object) -> None:
    assert target(words, evaluate_health=False, ipv6=True) == found


@pytest.mark.parametrize(
    "words", ["9.9.9.9 edge.example.net", "alias lb.example.net", "edge", "a.b c.d", "alias a.b z1"]
)
def test_words_that_are_no_target(words: str) -> None:
    with pytest.raises(ValueError, match="must"):
        target(words, evaluate_health=False, ipv6=False)


def test_kinds_of_addresses() -> None:
    addresses = (
        "127.0.0.1",
        "10.0.0.1",
        "100.64.0.1",
        "169.254.1.1",
        "::1",
        "fd00::1",
        "fe80::1",
        "9.9.9.9",
        "2a00::1",
    )
    assert [each for each in addresses if not is_private(each)] == ["9.9.9.9", "2a00::1"]
    examples = ("192.0.2.1", "198.51.100.1", "203.0.113.1", "2001:db8::1")
    assert all(is_documentation(each) and not is_private(each) for each in examples)
