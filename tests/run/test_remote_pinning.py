"""Remote documents from the first fetch to builds without a network: the lock, the copies, and who tampers."""

import fcntl
import json
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tls_server import OTHER, Server, answer, redirect, serving
from typer.testing import CliRunner

from fountaingen.commands.app import app
from fountaingen.inputs import current
from fountaingen.model.manifest import Manifest, digest
from fountaingen.model.problems import Rejected
from fountaingen.pipeline import compile_project, understand
from fountaingen.project import Project, discover, find_project
from fountaingen.remote import pinning
from fountaingen.remote.pinning import Outcome, Wish, pinned
from fountaingen.stages.write import single

_CONTRACT = """openapi: 3.1.1
info: {title: Orders, version: 1.0.0}
paths:
  /orders:
    get:
      operationId: listOrders
      responses:
        '200':
          description: fine
          content:
            application/json:
              schema: {$ref: '%s'}
"""
_AT = "specs/orders.yaml:12:24"
_COMMON = "Order:\n  type: object\n  properties:\n    item: {$ref: 'parts/item.json#/Item'}\n"
_ITEM = '{"Item": {"type": "string", "maxLength": 7}}'


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("tls")) as found:
        yield found


@pytest.fixture
def server(running: Server) -> Server:
    running.answers.clear()
    running.asked.clear()
    running.put({"/common.yaml": _COMMON, "/parts/item.json": _ITEM})
    return running


@pytest.fixture
def project(server: Server, tmp_path: Path) -> Project:
    origins = json.dumps(server.origins)
    (tmp_path / "fountaingen.toml").write_text(f"[remote]\norigins = {origins}\n")
    (tmp_path / "specs").mkdir()
    _write(tmp_path, server.url("/common.yaml#/Order"))
    return find_project(tmp_path)


def _write(root: Path, reference: str, name: str = "orders") -> None:
    (root / f"specs/{name}.yaml").write_text(_CONTRACT % reference)


def _pin(project: Project, server: Server, wish: Wish | None = None) -> Outcome:
    return pinned(project, discover(project, ()), wish or Wish(), server.network())


def _told(project: Project, server: Server, wish: Wish | None = None) -> list[str]:
    with pytest.raises(Rejected) as caught:
        _pin(project, server, wish)
    return [f"{each.place} {each.code} {each.message}" for each in caught.value.problems]


def _refused(project: Project) -> list[str]:
    with pytest.raises(Rejected) as caught:
        understand(project, discover(project, ()))
    return [f"{each.place} {each.code} {each.message}" for each in caught.value.problems]


def _files(project: Project) -> dict[str, bytes]:
    paths = [project.lock, *(project.specs / ".remote").glob("*")]
    return {path.name: path.read_bytes() for path in paths if path.exists()}


def _lock(project: Project) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(project.lock.read_text())["documents"]
    return found


@pytest.mark.supports("document/$ref/https, pinned")
def test_what_was_fetched_is_read_without_a_network(
    project: Project, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    _pin(project, server)
    assert [request.split()[1] for request in server.asked] == [b"/common.yaml", b"/parts/item.json"]
    held = {server.url("/common.yaml"): _COMMON.encode(), server.url("/parts/item.json"): _ITEM.encode()}
    assert _lock(project) == {url: {"sha256": digest(text), "size": len(text)} for url, text in held.items()}
    copies = {f"{digest(text)}{url[-5:]}": text for url, text in held.items()}
    assert _files(project) == {"fountaingen.lock": project.lock.read_bytes(), **copies}

    monkeypatch.setattr(socket, "create_connection", None)
    monkeypatch.setattr(socket, "getaddrinfo", None)
    sources = discover(project, ())
    compiled = compile_project(project, sources)
    (service,) = compiled.understood.services
    assert service.spec.data["components"]["schemas"]["Item"] == {"type": "string", "maxLength": 7}
    manifest = Manifest.of(compiled.tree)
    assert {name: manifest.inputs[name] for name in held} == {url: digest(text) for url, text in held.items()}
    assert current(project, sources, manifest) == dict(manifest.inputs)
    (project.specs / ".remote" / f"{digest(_ITEM.encode())}.json").write_text(_ITEM.replace("7", "8"))
    assert current(project, sources, manifest) != dict(manifest.inputs)


def test_nothing_is_fetched_unless_it_is_asked_for(project: Project, server: Server) -> None:
    url = server.url("/common.yaml#/Order")
    assert _refused(project) == [f"{_AT} FG021 '{url}' is a URL: nothing is fetched"]
    assert not server.asked


def test_what_is_pinned_is_not_fetched_again(project: Project, server: Server) -> None:
    _pin(project, server)
    before = _files(project)
    server.put({"/common.yaml": "Order: {type: 'null'}\n"})
    _pin(project, server)
    assert len(server.asked) == 2
    assert _files(project) == before


def test_a_refresh_pins_what_there_is_now(project: Project, server: Server) -> None:
    _pin(project, server)
    server.put({"/common.yaml": "Order: {type: boolean}\n"})
    _pin(project, server, Wish(refresh=True))
    assert list(_lock(project)) == [server.url("/common.yaml")]
    assert set(_files(project).values()) == {project.lock.read_bytes(), b"Order: {type: boolean}\n"}


def test_pins_of_other_contracts_stay_where_some_are_named(project: Project, server: Server) -> None:
    _pin(project, server)
    _write(project.root, server.url("/parts/other.yaml#/Other"), "others")
    server.put({"/parts/other.yaml": "Other: {type: string}\n"})
    pinned(project, discover(project, [project.specs / "others.yaml"]), Wish(whole=False), server.network())
    assert sorted(_lock(project)) == [
        server.url(target) for target in ("/common.yaml", "/parts/item.json", "/parts/other.yaml")
    ]
    (project.specs / "orders.yaml").unlink()
    _pin(project, server)
    assert list(_lock(project)) == [server.url("/parts/other.yaml")]


def test_one_document_that_is_refused_leaves_everything_as_it_was(project: Project, server: Server) -> None:
    _pin(project, server)
    before = _files(project)
    server.put(
        {"/more.yaml": f"More: {{$ref: 'gone.yaml'}}\nB: 1\nC: {{$ref: '{server.url('/b', 'none.example')}'}}\n"}
    )
    _write(project.root, server.url("/more.yaml#/More"), "more")
    url = server.url("/more.yaml")
    assert _told(project, server) == [
        f"{url}:1:8 FG033 '{server.url('/gone.yaml')}' is not fetched: its server answers 404"
    ]
    assert _files(project) == before


@pytest.mark.parametrize(
    ("reference", "told"),
    [
        ("../../specs/secret.yaml#/A", "FG033 '{base}/specs/secret.yaml' is not fetched: its server answers 404"),
        ("/etc/passwd", "FG033 '{base}/etc/passwd' is not fetched: its server answers 404"),
        ("file:///etc/passwd", "FG021 'file:///etc/passwd' is never fetched: it is no https URL"),
        ("FILE:specs/orders.yaml", "FG021 'FILE:specs/orders.yaml' is never fetched: it is no https URL"),
        ("\\\\host\\a", "FG021 '\\\\\\\\host\\\\a' is never fetched: it holds a character that has no place in a URL"),
        ("//10.0.0.1/a", "FG021 '//10.0.0.1/a' is never fetched: it names a host by its number"),
        ("http://docs.example/a", "FG021 'http://docs.example/a' is never fetched: it is no https URL"),
    ],
)
def test_a_remote_document_leads_to_no_file(project: Project, server: Server, reference: str, told: str) -> None:
    (project.specs / "secret.yaml").write_text("A: {type: string}\n")
    server.put({"/common.yaml": f"Order: {{$ref: '{reference}'}}\n"})
    at = f"{server.url('/common.yaml')}:1:9"
    assert _told(project, server) == [f"{at} {told.format(base=server.url(''))}"]
    assert not project.lock.exists()


def test_references_start_from_where_redirects_led_to(project: Project, server: Server) -> None:
    server.answers["/common.yaml"] = redirect(server.url("/v2/common.yaml", OTHER))
    server.put({"/v2/common.yaml": _COMMON, "/v2/parts/item.json": _ITEM})
    _pin(project, server)
    assert _lock(project)[server.url("/common.yaml")]["base"] == server.url("/v2/common.yaml", OTHER)
    assert server.url("/v2/parts/item.json", OTHER) in _lock(project)
    understand(project, discover(project, ()))


def test_problems_are_told_where_they_stand_in_what_was_fetched(project: Project, server: Server) -> None:
    server.put({"/common.yaml": "Order:\n  type: object\n  properties:\n    a: {$ref: '#/Nothing'}\n"})
    _pin(project, server)
    assert _refused(project) == [f"{server.url('/common.yaml')}:4:9 FG104 '#/Nothing' does not exist"]
    server.put({"/common.yaml": "Order: [\n"})
    (problem,) = _told(project, server, Wish(refresh=True))
    assert problem.startswith(f"{server.url('/common.yaml')}:2:1 FG003")


def test_a_chain_of_documents_ends(project: Project, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pinning, "MOST", 3)
    for number in range(5):
        server.put({f"/{number}": f"A: {{$ref: '{number + 1}#/A'}}\n"})
    _write(project.root, server.url("/0#/A"))
    assert _told(project, server) == [
        f"{server.url('/2')}:1:5 FG033 '{server.url('/3')}' is not fetched: the contracts need more than 3 documents"
    ]
    monkeypatch.setattr(pinning, "MOST", 10)
    monkeypatch.setattr(pinning, "MAX_BYTES_OF_ALL", 20)
    assert "larger than" in _told(project, server)[0]


def test_a_copy_that_was_changed_is_not_read(project: Project, server: Server) -> None:
    _pin(project, server)
    name = f"{digest(_COMMON.encode())}.yaml"
    copy = project.specs / ".remote" / name
    copy.write_text(_COMMON.replace("object", "xbject"))
    told = f"specs/.remote/{name} FG032 the copy of '{server.url('/common.yaml')}' is not what was pinned"
    assert _refused(project) == [told]
    assert _told(project, server) == [told]
    _pin(project, server, Wish(refresh=True))
    assert copy.read_text() == _COMMON


def test_a_copy_that_was_lost_is_fetched_again_if_it_is_the_same(project: Project, server: Server) -> None:
    _pin(project, server)
    before = _files(project)
    name = f"{digest(_COMMON.encode())}.yaml"
    (project.specs / ".remote" / name).unlink()
    assert _refused(project) == [f"specs/.remote/{name} FG032 the copy of '{server.url('/common.yaml')}' is not there"]
    _pin(project, server)
    assert _files(project) == before
    (project.specs / ".remote" / name).unlink()
    server.put({"/common.yaml": _COMMON + " "})
    url = server.url("/common.yaml")
    assert _told(project, server) == [f"{_AT} FG032 '{url}' no longer holds what was pinned, and the copy is lost"]


def test_a_link_in_place_of_a_copy_is_not_followed(project: Project, server: Server) -> None:
    _pin(project, server)
    copy = project.specs / ".remote" / f"{digest(_COMMON.encode())}.yaml"
    copy.rename(project.root / "elsewhere.yaml")
    copy.symlink_to(project.root / "elsewhere.yaml")
    assert "FG032" in _refused(project)[0]
    _pin(project, server)
    assert not copy.is_symlink()
    assert (project.root / "elsewhere.yaml").read_text() == _COMMON


def test_what_a_killed_run_left_is_cleared_away_and_what_is_not_ours_stays(project: Project, server: Server) -> None:
    store = project.specs / ".remote"
    store.mkdir()
    (store / f".{'a' * 16}{single.PART}").write_text("half")
    (store / f"{'b' * 64}.json").write_text("old")
    (store / "README.md").write_text("mine")
    _pin(project, server)
    assert sorted(path.suffix for path in store.iterdir()) == [".json", ".md", ".yaml"]


@pytest.mark.parametrize("kind", ["file", "link", "full"])
def test_a_folder_of_copies_that_cannot_be_one_is_told(
    project: Project, server: Server, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = project.specs / ".remote"
    outside = project.root / "outside"
    outside.mkdir()
    if kind == "file":
        store.write_text("mine")
    elif kind == "link":
        store.symlink_to(outside)
    else:
        monkeypatch.setattr(os, "fsync", _no_space)
    assert [each.partition(" FG034 ")[0] for each in _told(project, server)] == ["specs/.remote"]
    assert not project.lock.exists()
    assert not list(outside.iterdir())
    assert store.is_file() or not list(store.iterdir())


def _no_space(_: int) -> None:
    raise OSError(28, "No space left on device")


def test_a_lock_is_kept_by_one_process_at_a_time(
    project: Project, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project.specs / ".remote").mkdir()
    monkeypatch.setattr(single, "WAIT_SECONDS", 0.1)
    handle = os.open(project.specs / ".remote", os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    (told,) = _told(project, server)
    assert told.startswith("specs/.remote FG034") and "another run of fountaingen is writing there" in told
    os.close(handle)
    _pin(project, server)


def test_the_command_line_pins_and_builds(project: Project, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project.root)
    run = CliRunner()
    alone = run.invoke(app, ["build"])
    assert (alone.exit_code, "FG021" in alone.output) == (1, True)
    assert "--allow-remote" in alone.output
    assert run.invoke(app, ["build", "--refresh"]).exit_code == 2
    monkeypatch.setattr("fountaingen.remote.network.Network", server.network)
    linted = run.invoke(app, ["lint", "--allow-remote"])
    assert linted.exit_code == 0
    assert "2 remote documents are pinned in fountaingen.lock: commit it and specs/.remote" in linted.output
    assert len(server.asked) == 2
    monkeypatch.undo()
    monkeypatch.chdir(project.root)
    built = run.invoke(app, ["build"])
    assert built.exit_code == 0, built.output
    assert "up to date" in run.invoke(app, ["build"]).output
    assert run.invoke(app, ["check"]).exit_code == 0
    server.answers["/common.yaml"] = answer(_COMMON.replace("item:", "thing:").encode())
    monkeypatch.setattr("fountaingen.remote.network.Network", server.network)
    assert run.invoke(app, ["lint", "--allow-remote", "--refresh"]).exit_code == 0
    drifted = run.invoke(app, ["check"])
    assert (drifted.exit_code, "stale" in drifted.output) == (1, True)
