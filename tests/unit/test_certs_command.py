"""``fountaingen certs``: which hosts get a certificate, what is said about it, and how it ends."""

import contextlib
from pathlib import Path

import pytest
from typer.testing import CliRunner

from fountaingen.commands.app import app

_CONTRACT = """\
openapi: 3.1.0
info: {{title: Shop, version: 1.0.0}}
servers: [{servers}]
paths:
  /things:
    get: {{operationId: listThings, responses: {{'204': {{description: none}}}}}}
"""


def run(folder: Path, *arguments: str) -> tuple[int, str, str]:
    """Run the command as if from ``folder``; returns the exit code and what it printed."""
    with contextlib.chdir(folder):
        result = CliRunner().invoke(app, ["certs", *arguments], env={"NO_COLOR": "1", "TERM": "dumb", "COLUMNS": "300"})
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout, result.stderr


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "specs").mkdir()
    (tmp_path / "fountaingen.toml").touch()
    write(
        tmp_path, "shop", "https://shop.com", "https://*.eu.shop.com", "https://bücher.shop.com", "http://localhost:1"
    )
    return tmp_path


def write(project: Path, name: str, *urls: str) -> None:
    """Write a contract with these servers."""
    servers = ", ".join(f"{{url: '{url}'}}" for url in urls)
    (project / "specs" / f"{name}.yaml").write_text(_CONTRACT.format(servers=servers), "utf-8")


def test_every_host_of_every_contract_gets_its_files_and_people_are_told_how_to_trust_them(project: Path) -> None:
    write(project, "toys", "https://toys.com", "https://SHOP.com")
    code, out, err = run(project)
    assert (code, err) == (0, "")
    assert out.splitlines() == [
        "*.eu.shop.com           issued",
        "shop.com                issued",
        "toys.com                issued",
        "xn--bcher-kva.shop.com  issued",
        "the certificates are in .fountaingen/certs; clients trust them by .fountaingen/certs/ca.crt:",
        "  curl --cacert .fountaingen/certs/ca.crt --resolve any.eu.shop.com:443:127.0.0.1 https://any.eu.shop.com/",
    ]
    hosts = ("*.eu.shop.com", "shop.com", "toys.com", "xn--bcher-kva.shop.com")
    wanted = {f"{host}{ending}" for host in hosts for ending in (".crt", ".key")}
    assert {path.name for path in (project / ".fountaingen" / "certs").iterdir()} == {*wanted, "ca.crt", ".gitignore"}
    assert {path.name for path in (project / ".fountaingen" / "ca").iterdir()} == {"ca.crt", "ca.key"}


def test_a_folder_that_is_named_gets_certificates_of_the_same_authority(project: Path, tmp_path: Path) -> None:
    run(project)
    code, out, _ = run(project, "specs/shop.yaml", "--out", str(tmp_path / "elsewhere"))
    assert code == 0
    assert "the certificates are in elsewhere" in out
    made = (tmp_path / "elsewhere" / "ca.crt").read_bytes()
    assert made == (project / ".fountaingen" / "certs" / "ca.crt").read_bytes()


def test_a_second_run_keeps_what_is_there(project: Path) -> None:
    run(project)
    code, out, _ = run(project)
    assert code == 0
    assert out.count("kept") == 3


def test_a_file_of_somebody_else_ends_it(project: Path) -> None:
    (project / "certs").mkdir()
    (project / "certs" / "shop.com.crt").write_text("mine")
    code, out, err = run(project, "--out", "certs")
    assert (code, out) == (2, "")
    assert "certs/shop.com.crt: error[FG641]: 'certs/shop.com.crt' is in the way" in err
    assert (project / "certs" / "shop.com.crt").read_text() == "mine"


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("https://*.com", "no client accepts a certificate of '*.com'"),
        ("https://a..com", "the host 'a..com' has an empty label"),
    ],
)
def test_a_host_that_no_certificate_can_name_is_told_at_its_place(project: Path, url: str, said: str) -> None:
    write(project, "odd", url)
    code, out, err = run(project)
    assert (code, out) == (1, "")
    assert f"specs/odd.yaml:3:12: error[FG831]: {said}" in err
    assert not (project / ".fountaingen").exists()


def test_a_contract_without_hosts_gets_a_certificate_of_the_one_that_the_gateway_gives_it(project: Path) -> None:
    write(project, "shop", "http://localhost:8001")
    code, out, _ = run(project)
    assert (code, out.splitlines()[0]) == (0, "shop.localhost  issued")
