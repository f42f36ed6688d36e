"""A run that ends in the middle of writing leaves a lock all of whose copies are there."""

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fountaingen.model.manifest import digest
from fountaingen.model.pins import Pin, Pins
from fountaingen.model.problems import Rejected
from fountaingen.model.settings import Settings
from fountaingen.project import Project
from fountaingen.remote import keeping
from fountaingen.remote.keeping import keep
from fountaingen.stages.write import single

_CALLS = frozenset({"open", "unlink", "fsync", "rename", "mkdir"})
_OLD = {"https://docs.example/a.yaml": b"a: 1\n", "https://docs.example/b.json": b"1"}
_NEW = {"https://docs.example/a.yaml": b"a: 2\n", "https://docs.example/b.json": b"2", "https://docs.example/c": b"c"}


def _pins(documents: dict[str, bytes]) -> Pins:
    return {url: Pin(digest(content), len(content), url) for url, content in documents.items()}


def _keep(project: Project, documents: dict[str, bytes], *, whole: bool = True) -> bool:
    pins = _pins(documents)
    contents = {pins[url].copy_of(url): content for url, content in documents.items()}
    return keep(project, pins, contents, whole=whole)


def _held(project: Project) -> dict[str, bytes]:
    copies = project.copies()
    return {url: copies.source(url) for url in copies.pins}


class _Ending:
    """The module ``os``, of which the call of that number raises: before it does anything, or when it is done."""

    def __init__(self, number: int, ending: BaseException, *, after: bool) -> None:
        self.left = number
        self._ending = ending
        self._after = after

    def __getattr__(self, name: str) -> Any:
        found = getattr(os, name)
        return self._counted(found) if name in _CALLS else found

    def _counted(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*args: Any, **keywords: Any) -> Any:
            self.left -= 1
            if self.left:
                return call(*args, **keywords)
            if self._after:
                call(*args, **keywords)
            raise self._ending

        return counted


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(
    "ending", [KeyboardInterrupt(), OSError(errno.ENOSPC, "No space left on device")], ids=["killed", "full"]
)
def test_wherever_a_run_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: BaseException, after: bool
) -> None:
    monkeypatch.setattr(os, "fsync", lambda _: None)  # takes its time, and shows nothing here
    number, went_through = 0, False
    while not went_through:
        number += 1
        project = Project(tmp_path / str(number), Settings())
        project.root.mkdir()
        assert _keep(project, _OLD)
        steps = _Ending(number, ending, after=after)
        with monkeypatch.context() as patched:
            for module in (keeping, single):
                patched.setattr(module, "os", steps)
            try:
                _keep(project, _NEW)
                went_through = steps.left > 0
            except KeyboardInterrupt:
                assert isinstance(ending, KeyboardInterrupt)
            except Rejected as rejected:
                assert [each.code for each in rejected.problems] == ["FG034"]
        assert _held(project) in (_OLD, _NEW)
        _keep(project, _NEW)
        assert _held(project) == _NEW
        assert len(list((project.specs / ".remote").iterdir())) == len(_NEW)
        assert [path.name for path in project.root.iterdir() if path.name.endswith(single.PART)] == []
    assert number > 15


def test_a_lock_that_holds_it_all_is_not_written_again(tmp_path: Path) -> None:
    project = Project(tmp_path, Settings())
    assert _keep(project, _OLD)
    before = project.lock.stat()
    assert not _keep(project, _OLD)
    assert project.lock.stat().st_ino == before.st_ino
    assert _keep(project, {"https://docs.example/d": b"d"}, whole=False)
    assert set(_held(project)) == {*_OLD, "https://docs.example/d"}


def test_a_project_without_remote_documents_gets_no_lock(tmp_path: Path) -> None:
    project = Project(tmp_path, Settings())
    assert not _keep(project, {})
    assert list(tmp_path.iterdir()) == []


def test_a_lock_that_is_a_link_is_replaced_and_not_followed(tmp_path: Path) -> None:
    project = Project(tmp_path, Settings())
    mine = tmp_path / "mine"
    mine.write_text('{"documents": {}}')
    project.lock.symlink_to(mine)
    assert _keep(project, _OLD)
    assert not project.lock.is_symlink()
    assert mine.read_text() == '{"documents": {}}'
