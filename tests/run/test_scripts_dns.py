"""configure-dns.sh at work: the AWS command line and a server that answers as Route 53 does."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from support.aws import serving
from support.systems import system_of, written

from fountaingen.model.deployment import Deployment, Dns

# One worker runs them all, and so starts one server.
pytestmark = pytest.mark.xdist_group("route53")

_CONTRACT = """\
openapi: 3.1.0
info: {title: Shop, version: 1.0.0}
servers: [{url: 'https://api.shop.com'}, {url: 'https://*.eu.shop.com'}, {url: 'https://docs.shop.com'}]
paths:
  /things:
    get: {operationId: listThings, responses: {'204': {description: none}}}
"""
_DNS = Dns(addresses=("198.51.100.7",), hosts={"docs.shop.com": "pages.example.net"})
_SECRETS = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
}


@pytest.fixture
def server() -> Iterator[str]:
    """The URL of a server that answers as AWS does, on a port of its own, without any zone."""
    with serving() as url:
        yield url


@pytest.fixture
def client(server: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A client of that server, for what somebody else does there."""
    boto3 = pytest.importorskip("boto3", reason="boto3 is not installed")
    for name, value in _SECRETS.items():
        monkeypatch.setenv(name, value)
    client = boto3.client("route53", endpoint_url=server)
    for zone in client.list_hosted_zones()["HostedZones"]:
        for each in client.list_resource_record_sets(HostedZoneId=zone["Id"])["ResourceRecordSets"]:
            if each["Type"] not in ("NS", "SOA"):
                change(client, zone["Id"], "DELETE", each)
        client.delete_hosted_zone(Id=zone["Id"])
    return client


def change(client: Any, zone: str, action: str, record: Any) -> None:
    """Change one record set."""
    batch = {"Changes": [{"Action": action, "ResourceRecordSet": record}]}
    client.change_resource_record_sets(HostedZoneId=zone, ChangeBatch=batch)


def plain(name: str, kind: str, value: str) -> dict[str, Any]:
    """Return a record set of one value."""
    return {"Name": name, "Type": kind, "TTL": 300, "ResourceRecords": [{"Value": value}]}


def made(client: Any, name: str = "shop.com", *, private: bool = False) -> str:
    """Make a hosted zone and return its id."""
    config = {"Comment": "", "PrivateZone": private}
    answer = client.create_hosted_zone(Name=name, CallerReference=f"{name}{private}", HostedZoneConfig=config)
    return str(answer["HostedZone"]["Id"])


def records(client: Any, zone: str) -> Mapping[tuple[str, str], str]:
    """Return the values of a zone's record sets by name and type, without those that every zone has."""
    found = client.list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
    return {
        (each["Name"], each["Type"]): each["ResourceRecords"][0]["Value"]
        for each in found
        if each["Type"] not in ("NS", "SOA")
    }


_WANTED = {
    ("api.shop.com.", "A"): "198.51.100.7",
    ("\\052.eu.shop.com.", "A"): "198.51.100.7",
    ("docs.shop.com.", "CNAME"): "pages.example.net.",
}


def generate(folder: Path, settings: Dns = _DNS) -> Path:
    """Write what a build writes for the contract, and return the script."""
    (folder / "specs").mkdir(parents=True)
    (folder / "specs/shop.yaml").write_text(_CONTRACT, "utf-8")
    out = written(system_of(folder, Deployment(dns=settings)), folder / "generated")
    script = out / "scripts/configure-dns.sh"
    script.chmod(0o755)
    return script


@pytest.fixture
def script(tmp_path: Path) -> Path:
    return generate(tmp_path / "a place")


def run(script: Path, server: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run the script from somewhere else, with the AWS command line that is installed beside Python."""
    if not Path(sys.executable).with_name("aws").exists():
        pytest.skip("aws is not installed beside Python")
    tools = script.parents[2] / "bin"
    if not tools.exists():
        tools.mkdir()
        (tools / "aws").write_text(
            f'#!/bin/sh\nexec "{sys.executable}" "{Path(sys.executable).with_name("aws")}" "$@"\n'
        )
        (tools / "aws").chmod(0o755)
    environment = {
        **_SECRETS,
        "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(tools),
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_ENDPOINT_URL": server,
    }
    return subprocess.run(
        [script, *arguments],
        cwd="/",
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


def done(script: Path, server: str, *arguments: str) -> str:
    """Run the script, which succeeds, and return what it says."""
    ended = run(script, server, *arguments)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def test_hosts_are_led_and_a_second_run_changes_nothing(script: Path, server: str, client: Any) -> None:
    zone = made(client)
    made(client, private=True)
    assert "create" in done(script, server, "--dry-run")
    assert records(client, zone) == {}
    refused = run(script, server)
    assert (refused.returncode, "use --yes" in refused.stderr) == (2, True)
    assert records(client, zone) == {}
    assert "every host leads where it should" in done(script, server, "--yes")
    assert records(client, zone) == _WANTED
    said = done(script, server)  # nobody has to be asked
    assert said.count("  same ") == len(_WANTED)
    assert "waiting" not in said


def test_what_is_in_the_way_and_what_may_be_left_is_told(script: Path, server: str, client: Any) -> None:
    zone = made(client)
    change(client, zone, "CREATE", plain("docs.shop.com.", "A", "192.0.2.1"))
    change(client, zone, "CREATE", plain("api.shop.com.", "A", "192.0.2.1"))
    change(client, zone, "CREATE", plain("api.shop.com.", "AAAA", "2001:db8::1"))
    change(client, zone, "CREATE", plain("old.shop.com.", "A", "198.51.100.7"))
    change(client, zone, "CREATE", plain("mail.shop.com.", "A", "192.0.2.9"))
    before = records(client, zone)
    refused = run(script, server, "--yes")
    assert refused.returncode == 1
    assert "CONFLICT docs.shop.com. A 192.0.2.1" in refused.stdout
    assert records(client, zone) == before
    said = done(script, server, "--yes", "--replace")
    assert "DELETE  docs.shop.com. A 192.0.2.1" in said
    assert "change  api.shop.com. A 198.51.100.7  (was 192.0.2.1)" in said
    assert "note    old.shop.com. A" in said
    assert "note    api.shop.com. AAAA" in said
    assert "mail" not in said
    kept = {key: before[key] for key in before if key[0] in ("old.shop.com.", "mail.shop.com.") or key[1] == "AAAA"}
    assert records(client, zone) == {**_WANTED, **kept}


def test_a_zone_that_cannot_be_told_is_asked_for(script: Path, server: str, client: Any) -> None:
    refused = run(script, server, "--yes")
    assert refused.returncode == 1
    assert "not one public hosted zone shop.com but 0" in refused.stderr
    private = made(client, private=True)
    done(script, server, "--yes", "--zone-id", f"shop.com={private.rpartition('/')[2]}")
    assert records(client, private) == _WANTED


def test_the_id_of_a_zone_may_stand_in_the_settings(server: str, client: Any, tmp_path: Path) -> None:
    private = made(client, private=True)
    settings = replace(_DNS, zones={"shop.com": private.rpartition("/")[2]})
    assert f"shop.com ({settings.zones['shop.com']})" in done(generate(tmp_path, settings), server, "--dry-run")


def test_what_is_missing_or_misused_is_told(script: Path, tmp_path: Path) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in ("basename", "dirname", "cat"):
        found = shutil.which(name)
        assert found is not None
        (tools / name).symlink_to(found)
    for arguments, complaint in (
        ((), "aws is not installed: see https://docs.aws.amazon.com/"),
        (("--zone-id", "shop.com"), "takes ZONE=ID"),
        (("--zone-id", "shop.com=$(reboot)"), "takes ZONE=ID"),
        (("--wrong",), "no '--wrong'"),
    ):
        ended = subprocess.run(
            [script, *arguments], env={"PATH": str(tools)}, capture_output=True, text=True, timeout=60, check=False
        )
        assert (ended.returncode, complaint in ended.stderr) == (2, True)
