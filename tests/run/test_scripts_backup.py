"""backup.sh at work on real databases: a stand-in for Docker runs here what it is to run in a container."""

from pathlib import Path
from threading import Event, Thread

import pytest
from support.script_site import PEOPLE, SCRIPTS, STORED, Site, add, backups, beside, count, site_at


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """A deployment in which every service runs and has rows."""
    return site_at(tmp_path)


@pytest.mark.parametrize("runs", [True, False], ids=["running", "stopped"])
def test_a_backup_is_whole_and_leaves_nothing_behind(site: Site, runs: bool, tmp_path: Path) -> None:
    site.set(running=[*STORED] if runs else [])
    said = site.done("backup.sh", PEOPLE, SCRIPTS, folder=tmp_path)
    for service in (PEOPLE, SCRIPTS):
        (copy,) = backups(site, service)
        assert str(copy) in said
        assert count(copy) == 3
        assert copy.stat().st_mode & 0o077 == 0
        assert beside(site.database(service)) == {site.database(service).name}
    assert (site.root / "backups/.gitignore").read_text() == "*\n"
    assert {line.split()[0] for line in site.log} == ({"exec"} if runs else {"run"})


def test_a_backup_is_of_one_moment_while_others_write(site: Site) -> None:
    """A writer adds two rows a transaction; the copy never has one of them alone."""
    path, ended, written = site.database(SCRIPTS), Event(), Event()

    def write() -> None:
        while not ended.is_set():
            add(path, 2)
            written.set()

    writer = Thread(target=write)
    writer.start()
    try:
        assert written.wait(60)
        for _ in range(3):
            site.done("backup.sh", SCRIPTS)
    finally:
        ended.set()
        writer.join()
    counts = [count(copy) for copy in backups(site, SCRIPTS)]
    assert len(counts) == 3
    assert all(number > 3 and number % 2 == 1 for number in counts)
    assert not backups(site, PEOPLE)


def test_the_oldest_backups_go(site: Site) -> None:
    folder = site.root / "kept/here" / PEOPLE
    folder.mkdir(parents=True)
    for day in range(1, 6):
        (folder / f"2020010{day}T000000Z.db").touch()
    (folder / "before-20200101T000000Z.dump").touch()
    site.done("backup.sh", "--to", "kept/here", "--keep", "3", PEOPLE)
    names = sorted(each.name for each in folder.iterdir())
    assert names[:2] == ["20200104T000000Z.db", "20200105T000000Z.db"]
    assert len(names) == 4
    site.done("backup.sh", "--keep", "0", PEOPLE, BACKUPS=str(site.root / "kept/here"))
    assert len([*folder.iterdir()]) == 5


def test_a_backup_that_fails_leaves_no_file_and_the_others_are_made(site: Site) -> None:
    site.database(PEOPLE).write_bytes(b"SQLite format 3\0" + b"x" * 8192)
    said = site.refused("backup.sh", code=1)
    assert f"there is no new backup of: {PEOPLE}\n" in said
    assert backups(site, PEOPLE) == []
    assert len(backups(site, SCRIPTS)) == 1
    assert beside(site.database(PEOPLE)) == {site.database(PEOPLE).name}
    assert "no service 'nobody'" in site.refused("backup.sh", "nobody")


def test_a_copy_that_is_cut_short_on_its_way_is_no_backup(site: Site) -> None:
    docker = site.root / "bin/docker"
    docker.with_name("docker-whole").write_bytes(docker.read_bytes())
    docker.with_name("docker-whole").chmod(0o755)
    docker.write_text(
        '#!/bin/sh\ncase "$*" in *" send "*) docker-whole "$@" | head -c 4096 ;; *) docker-whole "$@" ;; esac\n'
    )
    assert "not received as it was sent" in site.refused("backup.sh", PEOPLE, code=1)
    assert beside(site.database(PEOPLE)) == {site.database(PEOPLE).name}
    assert backups(site, PEOPLE) == []
