"""The records of hosts, applied by the AWS command line to a server that answers as Route 53 does, and read back."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from support.aws import serving

from fountaingen.model.problems import errors
from fountaingen.pipeline import compile_project
from fountaingen.project import discover, find_project

# One worker runs them all, and so starts one server.
pytestmark = pytest.mark.xdist_group("route53")

_CONTRACT = """\
openapi: 3.1.0
info: {title: Shop, version: 1.0.0}
servers:
  - {url: 'https://shop.com'}
  - {url: 'https://api.shop.com/v1'}
  - {url: 'https://*.eu.shop.com'}
  - {url: 'https://cdn.shop.com'}
  - {url: 'https://docs.shop.com'}
  - {url: 'https://bücher.shop.com'}
paths:
  /things:
    get: {operationId: listThings, responses: {'204': {description: none}}}
"""
_SETTINGS = """\
[dns]
addresses = ["198.51.100.7", "198.51.100.8"]
addresses6 = ["2001:db8::7"]

[dns.hosts]
"cdn.shop.com" = "alias d111111abcdef8.cloudfront.net Z2FDTNDATAQYW2"
"docs.shop.com" = "pages.example.net"
"""
_BOTH = [("A", ["198.51.100.7", "198.51.100.8"]), ("AAAA", ["2001:db8::7"])]
_EXPECTED = {
    **{
        (name, kind): values
        for name in ("shop.com.", "api.shop.com.", "\\052.eu.shop.com.", "xn--bcher-kva.shop.com.")
        for kind, values in _BOTH
    },
    ("cdn.shop.com.", "A"): "d111111abcdef8.cloudfront.net.",
    ("docs.shop.com.", "CNAME"): ["pages.example.net."],
}


def _installed(program: str) -> Path:
    path = Path(sys.executable).with_name(program)
    if not path.exists():
        pytest.skip(f"{program} is not installed beside Python")
    return path


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder ``dns`` as a build writes it."""
    root = tmp_path_factory.mktemp("shop")
    (root / "specs").mkdir()
    (root / "specs" / "shop.yaml").write_text(_CONTRACT, "utf-8")
    (root / "fountaingen.toml").write_text(_SETTINGS, "utf-8")
    project = find_project(root)
    compiled = compile_project(project, discover(project, ()))
    assert not errors(compiled.problems)
    (root / "dns").mkdir()
    for name, content in compiled.tree.files.items():
        if name.startswith("dns/"):
            (root / name).write_bytes(content)
    return root / "dns"


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The URL of a server that answers as AWS does, on a port of its own."""
    with serving() as url:
        yield url


def aws(server: str, *arguments: str) -> Any:
    """Run the AWS command line and return what it answers."""
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": os.devnull,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_ENDPOINT_URL": server,
    }
    command = [sys.executable, str(_installed("aws")), "--output", "json", *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout) if done.stdout.strip() else None


def records(server: str, zone: str) -> Mapping[tuple[str, str], Any]:
    """Return the records of a zone by name and type, without those that every zone has."""
    listed = aws(server, "route53", "list-resource-record-sets", "--hosted-zone-id", zone)["ResourceRecordSets"]
    return {(each["Name"], each["Type"]): _held(each) for each in listed if each["Type"] not in ("NS", "SOA")}


def _held(record: Mapping[str, Any]) -> Sequence[str] | str:
    if "AliasTarget" in record:
        assert record["AliasTarget"]["HostedZoneId"] == "Z2FDTNDATAQYW2"
        return str(record["AliasTarget"]["DNSName"])
    assert record["TTL"] == 300
    return [each["Value"] for each in record["ResourceRecords"]]


def test_a_batch_is_applied_as_often_as_one_likes(written: Path, server: str) -> None:
    zone = aws(server, "route53", "create-hosted-zone", "--name", "shop.com", "--caller-reference", "once")
    zone_id = zone["HostedZone"]["Id"]
    batch = f"file://{written / 'shop.com.route53.json'}"
    for _ in range(2):
        aws(server, "route53", "change-resource-record-sets", "--hosted-zone-id", zone_id, "--change-batch", batch)
    assert records(server, zone_id) == _EXPECTED


def test_cloudformation_finds_nothing_wrong(written: Path) -> None:
    command = [
        sys.executable,
        str(_installed("cfn-lint")),
        "--include-checks",
        "I",
        "--",
        str(written / "cloudformation.yaml"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stdout) == (0, ""), done.stdout + done.stderr


def test_cloudformation_makes_the_same_records(written: Path, server: str) -> None:
    zone = aws(server, "route53", "create-hosted-zone", "--name", "shop.com", "--caller-reference", "twice")
    zone_id = zone["HostedZone"]["Id"].rpartition("/")[2]
    parameter = f"ParameterKey=HostedZoneId,ParameterValue={zone_id}"
    body = f"file://{written / 'cloudformation.yaml'}"
    aws(
        server,
        "cloudformation",
        "create-stack",
        "--stack-name",
        "hosts",
        "--template-body",
        body,
        "--parameters",
        parameter,
    )
    assert records(server, zone_id) == _EXPECTED
