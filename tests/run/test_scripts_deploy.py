"""deploy.sh and teardown.sh at work, and what all scripts have in common, with a stand-in for Docker."""

import shutil
from pathlib import Path

import pytest
from support.script_site import PEOPLE, SCRIPTS, Site, site_at

_ALL = ("backup.sh", "deploy.sh", "restore.sh", "teardown.sh")


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """A deployment in which every service runs and has rows."""
    return site_at(tmp_path)


@pytest.mark.parametrize("script", _ALL)
def test_help_is_given_anywhere_and_what_is_unknown_is_not_done(site: Site, script: str, tmp_path: Path) -> None:
    assert site.done(script, "--help", folder=tmp_path).startswith(f"usage: {script} ")
    assert "--wrong" in site.refused(script, "--wrong", folder=tmp_path)
    assert site.log == []


@pytest.mark.parametrize(("script", "arguments"), [("backup.sh", ()), ("deploy.sh", ()), ("teardown.sh", ("--yes",))])
def test_what_is_missing_is_told_with_what_to_do(site: Site, script: str, arguments: tuple[str, ...]) -> None:
    docker = site.root / "bin/docker"
    tools = site.root / "tools"
    tools.mkdir()
    for name in ("basename", "dirname", "cat", "date"):
        found = shutil.which(name)
        assert found is not None
        (tools / name).symlink_to(found)
    assert "docker is not installed" in site.refused(script, *arguments, PATH=str(tools))
    site.set(version="2.19.1")
    assert "2.19.1 is too old: 2.20" in site.refused(script, *arguments)
    docker.write_text("#!/bin/sh\nexit 1\n")
    docker.with_name("docker-compose").write_text("#!/bin/sh\necho 2.20.0\n")
    docker.with_name("docker-compose").chmod(0o755)
    assert "engine cannot be reached" in site.refused(script, *arguments)


@pytest.mark.parametrize("script", ["backup.sh", "deploy.sh"])
def test_settings_that_are_missing_are_told(site: Site, script: str) -> None:
    site.set(complaint="required variable API_KEYS is missing a value\n")
    assert "API_KEYS" in site.refused(script)
    (site.generated / ".env").unlink()
    assert "copy .env.example to .env" in site.refused(script)
    assert site.log == []


def certify(site: Site, folder: Path) -> None:
    """Put a certificate with its key into a folder."""
    folder.mkdir(parents=True)
    (folder / "shop.com.crt").touch()
    (folder / "shop.com.key").touch()


def test_a_deployment_builds_starts_waits_and_says_where(site: Site, tmp_path: Path) -> None:
    assert "fountaingen certs" in site.refused("deploy.sh")
    certify(site, site.root / ".fountaingen/certs")
    said = site.done("deploy.sh", "--profile", "postgres", "--profile", "observability", folder=tmp_path)
    assert "https://character.fountain.coach" in said
    profiles = "compose --profile postgres --profile observability"
    assert site.log == [
        f"{profiles} build".removeprefix("compose "),
        f"{profiles} up --detach --remove-orphans".removeprefix("compose "),
    ]
    site.done("deploy.sh", "--no-build")
    assert site.log[2:] == ["up --detach --remove-orphans"]
    assert "not 'all'" in site.refused("deploy.sh", "--profile", "all")


def test_certificates_are_looked_for_where_the_settings_say(site: Site) -> None:
    certify(site, site.root / "elsewhere")
    (site.generated / ".env").write_text('API_KEYS=k\nCERTIFICATES="../elsewhere"\n')
    site.done("deploy.sh")
    (site.root / "elsewhere/shop.com.key").unlink()
    assert "no certificate with its key in ../elsewhere" in site.refused("deploy.sh")


def test_a_deployment_that_does_not_get_well_says_what_is_not(site: Site) -> None:
    certify(site, site.root / ".fountaingen/certs")
    site.set(health={PEOPLE: "running 0 unhealthy", SCRIPTS: "exited 0 "})
    said = site.refused("deploy.sh", "--timeout", "0", code=1)
    assert f"running 0 unhealthy /{PEOPLE}" in said
    assert SCRIPTS not in said


def test_data_stay_unless_their_end_is_asked_for(site: Site) -> None:
    assert "use --yes" in site.refused("teardown.sh")
    site.done("teardown.sh", "--yes")
    site.done("teardown.sh", "--yes", "--volumes", "--images")
    profiles = "--profile postgres --profile observability"
    assert site.log == [
        f"{profiles} down --remove-orphans",
        f"{profiles} down --remove-orphans --volumes --rmi local",
    ]


def test_what_cannot_be_read_any_more_is_taken_down_by_its_name(site: Site) -> None:
    site.set(complaint="required variable API_KEYS is missing a value\n")
    (site.generated / ".env").unlink()
    site.done("teardown.sh", "--yes")
    assert site.log == ["--project-name fountain down --remove-orphans"]
