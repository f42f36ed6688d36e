"""Who is who after rendering: one caller is never taken for another, and no key of an authority gets to a gateway."""

import os
import shutil
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from test_deploy_render import _GOOD, _consumers, _Deployment, deployment

__all__ = ["deployment"]


@pytest.mark.parametrize("entries", ["a-2:k1,a:k2", "a:k2,a-2:k1"])
def test_a_name_that_ends_in_a_number_is_somebody_elses(deployment: _Deployment, entries: str) -> None:
    found = _consumers(deployment.loaded({**_GOOD, "API_KEYS": entries}))
    keys = {name: [each["key"] for each in found[name]["keyauth_credentials"]] for name in ("a", "a-2")}
    assert keys == {"a": ["k2"], "a-2": ["k1"]}


@pytest.mark.parametrize(
    ("entries", "name"),
    [("a:k1,a:k2;scopes=read,a-2:k3", "a-2"), ("k1,key:k2", "key"), ("k1,k2,key-2:k3", "key-2")],
)
def test_a_number_does_not_make_one_caller_another(deployment: _Deployment, entries: str, name: str) -> None:
    told = deployment.refused({**_GOOD, "API_KEYS": entries})
    assert f"two callers would be known as '{name}'" in told


def test_nobody_is_given_the_place_of_those_who_show_nothing(deployment: _Deployment) -> None:
    found = deployment.loaded({**_GOOD, "API_KEYS": "anyone:k1,nobody:k2"})
    unknown = [each for each in found["consumers"] if "rendered" not in each["tags"]]
    assert len({each["id"] for each in found["consumers"]}) == len(found["consumers"])
    assert all("keyauth_credentials" not in each for each in unknown)


def test_bytes_that_are_no_text_are_refused(deployment: _Deployment) -> None:
    assert "entry 1 of API_KEYS is not UTF-8" in deployment.refused({**_GOOD, "API_KEYS": "a:k\udcff"})


def _certificate(folder: Path, host: str, end: datetime = datetime(2999, 1, 1, tzinfo=UTC)) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    begun = x509.CertificateBuilder(name, name, key.public_key(), 7, datetime(2000, 1, 1, tzinfo=UTC), end)
    (folder / f"{host}.crt").write_bytes(begun.sign(key, SHA256()).public_bytes(Encoding.PEM))
    (folder / f"{host}.key").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


def test_the_key_of_an_authority_stays_where_it_is(deployment: _Deployment, tmp_path: Path) -> None:
    for host in ("ca", "shop.example.org"):
        _certificate(tmp_path, host)
    data = deployment.loaded(_GOOD, "--certificates", str(tmp_path))
    assert [each["snis"] for each in data["certificates"]] == [[{"name": "shop.example.org"}]]
    for kind in ("crt", "key"):
        shutil.copy(tmp_path / f"shop.example.org.{kind}", tmp_path / f"SHOP.example.org.{kind}")
    told = deployment.refused(_GOOD, "--certificates", str(tmp_path))
    assert "is for a host that another file is for too" in told


def test_what_clients_will_not_take_is_said_and_rendered(deployment: _Deployment, tmp_path: Path) -> None:
    _certificate(tmp_path, "other.example.org")
    done = deployment.render(_GOOD, "--certificates", str(tmp_path))
    assert (done.returncode, done.stderr.count("\n")) == (0, 1)
    assert "there is no certificate for shop.example.org" in done.stderr
    _certificate(tmp_path, "*.example.org", datetime(2001, 2, 3, tzinfo=UTC))
    done = deployment.render(_GOOD, "--certificates", str(tmp_path))
    assert (done.returncode, done.stderr.count("\n")) == (0, 1)
    assert "the certificate for *.example.org expired on 2001-02-03" in done.stderr


def test_the_output_belongs_to_whom_it_is_for(deployment: _Deployment) -> None:
    done = deployment.render(_GOOD, "--owner", str(os.geteuid()))
    assert (done.returncode, deployment.output.stat().st_uid) == (0, os.geteuid())
    assert stat.S_IMODE(deployment.output.stat().st_mode) == 0o600
    if os.geteuid() == 0:
        deployment.render(_GOOD, "--owner", "10001")
        assert (deployment.output.stat().st_uid, deployment.output.stat().st_gid) == (10001, 10001)
