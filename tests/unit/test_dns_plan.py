"""What is written about hosts: record sets by hosted zone, for Route 53 and for CloudFormation."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
import yaml
from building import operation, service
from hypothesis import given
from hypothesis import strategies as st

from fountaingen.model.deployment import Deployment, Dns, Gateway
from fountaingen.model.plan import FromData, Plan
from fountaingen.model.problems import Problem
from fountaingen.model.service import Service
from fountaingen.model.system import System
from fountaingen.stages.plan.system import dns
from fountaingen.stages.plan.system.dns import zoning
from fountaingen.stages.render import render

_ADDRESS = "198.18.0.7"


def serving(*hosts: str, **more: Any) -> Service:
    """Return a service whose contract names ``hosts`` as its servers."""
    return service({"/health": {"get": operation()}}, servers=[{"url": f"https://{host}"} for host in hosts], **more)


def planned(settings: Dns, *services: Service) -> tuple[Mapping[str, Any], list[str]]:
    """Return the data of the files below ``dns/`` by name, and the codes of the problems."""
    items = list(dns.plan(System(services, {}, Deployment(dns=settings))))
    files = render(Plan(tuple(each for each in items if not isinstance(each, Problem))), ())
    data = {
        name.removeprefix("dns/"): (json.loads if name.endswith("json") else yaml.safe_load)(content)
        for name, content in files.items()
    }
    return data, [each.code for each in items if isinstance(each, Problem)]


def sets(data: Mapping[str, Any], zone: str) -> list[tuple[str, str, Any]]:
    """Return the name, the type and the values or the alias of each set in the batch of ``zone``."""
    changes = data[f"{zone}.route53.json"]["Changes"]
    assert all(change["Action"] == "UPSERT" for change in changes)
    found = [change["ResourceRecordSet"] for change in changes]
    return [(each["Name"], each["Type"], _values(each)) for each in found]


def _values(record: Mapping[str, Any]) -> Any:
    if "AliasTarget" in record:
        assert not {"TTL", "ResourceRecords"} & set(record)
        return record["AliasTarget"]
    return record["TTL"], [each["Value"] for each in record["ResourceRecords"]]


def test_nothing_is_written_and_nothing_told_until_it_is_decided_where_hosts_lead() -> None:
    assert planned(Dns(), serving("api.example.co.uk", "orders.local")) == ({}, [])
    assert planned(Dns(hosts={"api.example.com": ""}), serving("api.example.com")) == ({}, [])


def test_a_host_that_cannot_be_stops_a_build_only_where_records_are_written() -> None:
    for settings, is_error in ((Dns(), False), (Dns(addresses=("9.9.9.9",)), True)):
        items = dns.plan(System((serving("a..b.com", "shop.com"),), {}, Deployment(dns=settings)))
        assert [(each.code, each.is_error) for each in items if isinstance(each, Problem)] == [("FG831", is_error)]


def test_addresses_become_records_of_both_families() -> None:
    settings = Dns(addresses=("198.18.0.7", "198.18.0.8"), addresses6=("2A00:0::1",), ttl=60)
    data, codes = planned(settings, serving("api.shop.com"))
    assert sets(data, "shop.com") == [
        ("api.shop.com.", "A", (60, ["198.18.0.7", "198.18.0.8"])),
        ("api.shop.com.", "AAAA", (60, ["2a00::1"])),
    ]
    assert codes == ["FG836", "FG836"]  # those of 198.18.0.0/15 are for benchmarks


def test_a_canonical_name_ends_in_a_dot() -> None:
    data, codes = planned(Dns(cname="Edge.Example.NET"), serving("api.shop.com"))
    assert sets(data, "shop.com") == [("api.shop.com.", "CNAME", (300, ["edge.example.net."]))]
    assert codes == []


@pytest.mark.parametrize(("ipv6", "types"), [(False, ["A"]), (True, ["A", "AAAA"])])
def test_an_alias_has_no_time_to_live_and_may_stand_at_the_apex(ipv6: bool, types: list[str]) -> None:
    settings = Dns(alias_dns_name="lb-1.eu-west-1.elb.amazonaws.com", alias_zone_id="Z32O12XQLNTSW2", alias_ipv6=ipv6)
    data, codes = planned(settings, serving("shop.com"))
    target = {
        "HostedZoneId": "Z32O12XQLNTSW2",
        "DNSName": "lb-1.eu-west-1.elb.amazonaws.com.",
        "EvaluateTargetHealth": False,
    }
    assert sets(data, "shop.com") == [("shop.com.", kind, target) for kind in types]
    assert codes == []


def test_single_hosts_lead_elsewhere_or_nowhere() -> None:
    hosts = {
        "b.shop.com": "8.8.4.4, 2a00::1",
        "c.shop.com": "edge.example.net",
        "d.shop.com": "alias d111.cloudfront.net Z2FDTNDATAQYW2",
        "e.shop.com": "",
        "BÜCHER.shop.com": "8.8.8.8",
    }
    settings = Dns(addresses=("9.9.9.9",), hosts=hosts)
    names = ("a.shop.com", "b.shop.com", "c.shop.com", "d.shop.com", "e.shop.com", "bücher.shop.com")
    data, codes = planned(settings, serving(*names))
    alias = {"HostedZoneId": "Z2FDTNDATAQYW2", "DNSName": "d111.cloudfront.net.", "EvaluateTargetHealth": False}
    assert sets(data, "shop.com") == [
        ("a.shop.com.", "A", (300, ["9.9.9.9"])),
        ("b.shop.com.", "A", (300, ["8.8.4.4"])),
        ("b.shop.com.", "AAAA", (300, ["2a00::1"])),
        ("c.shop.com.", "CNAME", (300, ["edge.example.net."])),
        ("d.shop.com.", "A", alias),
        ("xn--bcher-kva.shop.com.", "A", (300, ["8.8.8.8"])),
    ]
    assert codes == []


def test_hosts_of_several_contracts_are_merged_and_local_ones_left_out() -> None:
    one = serving("API.shop.com", "localhost:8001", "127.0.0.1", "[::1]")
    two = serving("api.shop.com:8443/v1", "*.shop.com", **{"x-fountaingen-service": {"host": "Main.shop.com"}})
    data, codes = planned(Dns(addresses=("9.9.9.9",)), one, two)
    assert [name for name, *_ in sets(data, "shop.com")] == ["\\052.shop.com.", "api.shop.com.", "main.shop.com."]
    assert codes == []


def test_hosts_go_to_the_nearest_zone_that_the_settings_name() -> None:
    zones = {"shop.com": "Z0SHOP", "eu.shop.com": "", "Bücher.example": "Z0BOOKS", "corp.internal": ""}
    settings = Dns(addresses=("9.9.9.9",), zones=zones)
    hosts = ("shop.com", "a.shop.com", "eu.shop.com", "x.eu.shop.com", "neu.shop.com", "bücher.example")
    data, codes = planned(settings, serving(*hosts, "api.corp.internal"))
    assert {zone.removesuffix(".route53.json"): [name for name, *_ in sets(data, zone.removesuffix(".route53.json"))]
            for zone in data if zone.endswith("json")} == {
        "shop.com": ["a.shop.com.", "neu.shop.com.", "shop.com."],
        "eu.shop.com": ["eu.shop.com.", "x.eu.shop.com."],
        "xn--bcher-kva.example": ["xn--bcher-kva.example."],
        "corp.internal": ["api.corp.internal."],
    }  # fmt: skip
    assert codes == []
    parameters = data["cloudformation.yaml"]["Parameters"]
    assert {name: each.get("Default") for name, each in parameters.items()} == {
        "HostedZoneIdCorpInternal": None,
        "HostedZoneIdEuShopCom": None,
        "HostedZoneIdShopCom": "Z0SHOP",
        "HostedZoneIdXnBcherKvaExample": "Z0BOOKS",
    }


@pytest.mark.parametrize(
    ("host", "zone"),
    [
        ("fountain.coach", "fountain.coach"),
        ("a.b.fountain.coach", "fountain.coach"),
        ("api.shop.de", "shop.de"),
        ("api.shop.io", "shop.io"),
        ("co.uk", "co.uk"),
        ("web.de", "web.de"),
        ("*.shop.com", "shop.com"),
        ("api.com.shop", "com.shop"),
    ],
)
def test_a_zone_is_most_likely_the_last_two_labels(host: str, zone: str) -> None:
    assert zoning.likely(host) == zone


@pytest.mark.parametrize("host", ["api.shop.co.uk", "shop.com.au", "*.co.uk", "x.ac.jp", "com", "*.com"])
def test_a_zone_below_a_shared_suffix_is_no_guess(host: str) -> None:
    with pytest.raises(zoning.Unclear):
        zoning.likely(host)


def test_a_host_beyond_its_zone_by_letters_alone_is_not_in_it() -> None:
    assert zoning.within("myshop.com", ["shop.com"]) is None


def test_both_forms_say_the_same() -> None:
    hosts = {"c.shop.com": "edge.example.net", "d.shop.com": "alias d111.cloudfront.net Z2FDTNDATAQYW2"}
    settings = Dns(addresses=("9.9.9.9",), addresses6=("2a00::1",), hosts=hosts, alias_ipv6=True)
    data, _ = planned(settings, serving("*.shop.com", "c.shop.com", "d.shop.com", "shop.net"))
    written = data["cloudformation.yaml"]
    groups = {each["Properties"]["HostedZoneId"]["Ref"]: each["Properties"] for each in written["Resources"].values()}
    assert set(groups) == set(written["Parameters"]) == {"HostedZoneIdShopCom", "HostedZoneIdShopNet"}
    for zone, parameter in (("shop.com", "HostedZoneIdShopCom"), ("shop.net", "HostedZoneIdShopNet")):
        found = [_of_cloudformation(each) for each in groups[parameter]["RecordSets"]]
        assert found == sets(data, zone)


def _of_cloudformation(record: Mapping[str, Any]) -> tuple[str, str, Any]:
    value = record["AliasTarget"] if "AliasTarget" in record else (int(record["TTL"]), record["ResourceRecords"])
    return record["Name"], record["Type"], value


def test_zones_whose_logical_names_would_be_the_same_are_numbered() -> None:
    data, _ = planned(Dns(addresses=("9.9.9.9",)), serving("my-shop.com", "x.my-shop.com", "a.shop.com", "myshop.com"))
    assert list(data["cloudformation.yaml"]["Resources"]) == ["MyShopCom", "MyshopCom", "ShopCom"]
    data, _ = planned(
        Dns(addresses=("9.9.9.9",), zones={"my-shop.com": "", "my.shop.com": ""}), serving("my-shop.com", "my.shop.com")
    )
    assert list(data["cloudformation.yaml"]["Resources"]) == ["MyShopCom", "MyShopComZone2"]


def test_an_address_for_examples_is_pointed_out_to_who_applies_it() -> None:
    data, codes = planned(Dns(addresses=("192.0.2.1",), addresses6=("2001:db8::1",)), serving("api.shop.com"))
    assert "192.0.2.1 is an address for examples" in data["shop.com.route53.json"]["Comment"]
    assert codes == []


def test_a_contract_without_public_hosts_has_no_records() -> None:
    assert planned(Dns(addresses=("9.9.9.9",)), serving("localhost:8001")) == ({}, [])


def test_a_host_that_the_gateway_gives_a_service_has_records() -> None:
    deployment = Deployment(dns=Dns(addresses=("9.9.9.9",)), gateway=Gateway(domain="api.shop.com"))
    items = dns.plan(System((serving("localhost:8001"),), {}, deployment))
    batch = next(each for each in items if isinstance(each, FromData))
    assert batch.data["Changes"][0]["ResourceRecordSet"]["Name"] == "test.api.shop.com."


def _cost(batch: Mapping[str, Any]) -> tuple[int, int]:
    """Return what Route 53 counts of a batch: records and characters of their values, an UPSERT's twice."""
    values = [
        each["Value"] for change in batch["Changes"] for each in change["ResourceRecordSet"].get("ResourceRecords", ())
    ]
    return 2 * len(values), 2 * sum(map(len, values))


@pytest.mark.parametrize(
    ("settings", "hosts", "files"),
    [
        (Dns(addresses=("9.9.9.9",)), 500, 1),
        (Dns(addresses=("9.9.9.9",)), 501, 2),
        (Dns(addresses=("9.9.9.9", "8.8.8.8", "8.8.4.4")), 334, 3),
        (Dns(cname=".".join(["a" * 60] * 4)), 200, 4),
        (Dns(alias_dns_name="a.b", alias_zone_id="Z1", alias_ipv6=True), 251, 2),
    ],
)
def test_a_batch_that_would_be_too_large_is_divided(settings: Dns, hosts: int, files: int) -> None:
    data, _ = planned(settings, serving(*(f"h{number:03}.shop.com" for number in range(hosts))))
    batches = {name: batch for name, batch in data.items() if name.endswith("json")}
    assert list(batches) == [
        f"shop.com{f'.{number}' if number > 1 else ''}.route53.json" for number in range(1, files + 1)
    ]
    costs = [_cost(batch) for batch in batches.values()]
    assert all(records <= 1000 and characters <= 32_000 for records, characters in costs)
    names = [change["ResourceRecordSet"]["Name"] for batch in batches.values() for change in batch["Changes"]]
    assert set(names) == {f"h{number:03}.shop.com." for number in range(hosts)}


_LABEL = st.from_regex(r"[a-z0-9ü]([a-z0-9_-]{0,5}[a-z0-9])?", fullmatch=True)
_HOST = st.lists(_LABEL, min_size=1, max_size=4).map(".".join)
_TARGET = st.sampled_from(["", "9.9.9.9", "9.9.9.9 2a00::1", "edge.shop.com", "alias lb.shop.net Z1"])


@given(st.lists(_HOST, max_size=6), st.dictionaries(_HOST, _TARGET, max_size=3), st.sampled_from([(), ("9.9.9.9",)]))
def test_whatever_is_written_route_53_takes(hosts: Sequence[str], led: Mapping[str, str], to: tuple[str, ...]) -> None:
    settings = Dns(addresses=to, hosts=led)
    if list(settings.faults()):
        return
    data, _ = planned(settings, serving(*hosts))
    for name, batch in data.items():
        if name.endswith("json"):
            _assert_taken(name.removesuffix(".route53.json"), [each["ResourceRecordSet"] for each in batch["Changes"]])


def _assert_taken(zone: str, found: Sequence[Mapping[str, Any]]) -> None:
    by_name: dict[str, list[str]] = {}
    for record in found:
        by_name.setdefault(record["Name"], []).append(record["Type"])
        assert record["Name"] == f"{zone}." or record["Name"].endswith(f".{zone}.")
        assert ("TTL" in record) == ("ResourceRecords" in record) != ("AliasTarget" in record)
    for name, types in by_name.items():
        assert len(types) == len(set(types))
        assert "CNAME" not in types or (types == ["CNAME"] and name != f"{zone}.")
