"""``gateway test`` reads the hosts of a contract by itself: what the build loses of them is found."""

import contextlib
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from fountaingen.commands.app import app
from fountaingen.model.service import Operation
from fountaingen.stages.plan.system.gateway.addresses import Address, Places

_GET = {"responses": {"200": {"description": "It."}}}
_CONTRACT = {
    "openapi": "3.1.0",
    "info": {"title": "Shop", "version": "1"},
    "servers": [
        {"url": "https://{region}.example.com/v1", "variables": {"region": {"default": "eu", "enum": ["eu", "us"]}}},
        {"url": "https://bücher.example.com{base}", "variables": {"base": {"default": ""}}},
        {"url": "./v2/"},
    ],
    "paths": {
        "/a": {"get": {"operationId": "a", **_GET}},
        "/b": {"servers": [{"url": "https://b.example.org"}], "get": {"operationId": "b", **_GET}},
        "/c": {
            "servers": [{"url": "https://b.example.org"}],
            "get": {"operationId": "c", "servers": [{"url": "../v3"}], **_GET},
        },
        "/d": {"$ref": "#/components/pathItems/d"},
    },
    "components": {"pathItems": {"d": {"get": {"operationId": "d", "servers": [{"url": "//d.example.org/"}], **_GET}}}},
}


def _tested(folder: Path) -> tuple[int, str]:
    (folder / "specs").mkdir(exist_ok=True)
    (folder / "specs/shop.yaml").write_text(yaml.safe_dump(_CONTRACT), encoding="utf-8")
    with contextlib.chdir(folder):
        result = CliRunner().invoke(app, ["gateway", "test"], env={"NO_COLOR": "1", "COLUMNS": "200"})
    return result.exit_code, result.output


@pytest.mark.supports("document/servers/variables")
@pytest.mark.supports("document/servers/relative")
def test_every_server_of_a_contract_is_routed(tmp_path: Path) -> None:
    code, shown = _tested(tmp_path)
    assert code == 0, shown
    assert "│ right" in shown


@pytest.mark.parametrize("lost", ["us.example.com", "xn--bcher-kva.example.com", "b.example.org", "d.example.org"])
def test_a_host_that_is_lost_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lost: str) -> None:
    of = Places.of

    def forgetful(places: Places, operation: Operation) -> tuple[Address, ...]:
        kept = (
            Address(tuple(host for host in each.hosts if host != lost) or ("x.invalid",), each.bases, each.protocols)
            for each in of(places, operation)
        )
        return tuple(kept)

    monkeypatch.setattr(Places, "of", forgetful)
    code, shown = _tested(tmp_path)
    assert code == 1
    assert "error[FG829]" in shown
    assert f"https://{lost}/" in shown


def test_a_base_path_that_is_lost_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    of = Places.of

    def forgetful(places: Places, operation: Operation) -> tuple[Address, ...]:
        return tuple(Address(each.hosts, ("",), each.protocols) for each in of(places, operation))

    monkeypatch.setattr(Places, "of", forgetful)
    code, shown = _tested(tmp_path)
    assert code == 1
    assert "https://eu.example.com/v1/a" in shown
    assert "/v3/c" in shown


def test_one_route_a_host_takes_every_server(tmp_path: Path) -> None:
    (tmp_path / "fountaingen.toml").write_text('[gateway]\nroutes = "host"\n', encoding="utf-8")
    code, shown = _tested(tmp_path)
    assert code == 0, shown
