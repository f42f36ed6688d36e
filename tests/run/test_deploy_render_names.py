"""Who is who after rendering: one caller is never taken for another, and no key of an authority gets to a gateway."""

import shutil
import subprocess
from pathlib import Path

import pytest
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


def test_the_key_of_an_authority_stays_where_it_is(deployment: _Deployment, tmp_path: Path) -> None:
    for host in ("ca", "shop.example.org"):
        files = ("-keyout", str(tmp_path / f"{host}.key"), "-out", str(tmp_path / f"{host}.crt"))
        kind = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={host}")
        subprocess.run(["openssl", "req", "-x509", *kind, *files], check=True, capture_output=True)
    data = deployment.loaded(_GOOD, "--certificates", str(tmp_path))
    assert [each["snis"] for each in data["certificates"]] == [[{"name": "shop.example.org"}]]
    for kind in ("crt", "key"):
        shutil.copy(tmp_path / f"shop.example.org.{kind}", tmp_path / f"SHOP.example.org.{kind}")
    told = deployment.refused(_GOOD, "--certificates", str(tmp_path))
    assert "is for a host that another file is for too" in told
