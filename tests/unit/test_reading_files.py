"""Whatever lies where a file is expected is read, or told with its place: never waited for, never read past a limit."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fountaingen.model.problems import Rejected, format_problem
from fountaingen.pipeline import compile_project
from fountaingen.project import discover, find_project
from fountaingen.stages import files

_CONTRACT = """\
openapi: 3.1.0
info: {title: Things, version: '1'}
paths: {}
components: {schemas: {Thing: {$ref: 'parts/thing.yaml#/Thing'}}}
"""


def _folder(path: Path) -> None:
    path.mkdir()


def _dangling(path: Path) -> None:
    path.symlink_to("nowhere")


def _loop(path: Path) -> None:
    path.symlink_to(path.name)


def _device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def _large(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(files.MAX_BYTES + 1)


def _not_text(path: Path) -> None:
    path.write_bytes(b"a: \xff\xfe\n")


_KINDS = (os.mkfifo, _folder, _dangling, _loop, _device, _large, _not_text)
_PLACES = (
    "specs/things.yaml",
    "specs/parts/thing.yaml",
    "hooks/things.py",
    "hooks/things/helper.py",
    "fountaingen.toml",
    "templates/service/README.md.jinja",
    "fountaingen.lock",
)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    texts = {
        "specs/things.yaml": _CONTRACT,
        "specs/parts/thing.yaml": "Thing: {type: object}\n",
        "hooks/things.py": "",
    }
    for name, text in texts.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _build(root: Path) -> None:
    project = find_project(root)
    compile_project(project, discover(project, ()))


@pytest.mark.parametrize("place", _PLACES)
@pytest.mark.parametrize("kind", _KINDS, ids=lambda kind: kind.__name__.strip("_"))
def test_what_is_no_file_of_its_kind_is_told(project: Path, place: str, kind: Callable[[Path], None]) -> None:
    if kind is _folder and place == "specs/things.yaml":
        pytest.skip("a folder may be called so: contracts are sought in it")
    path = project / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    kind(path)
    with pytest.raises(Rejected) as caught:
        _build(project)
    problem = caught.value.problems[0]
    assert problem.code not in {"FG024", "FG025"}
    assert path.name in f"{problem.place} {problem.message}"


def test_a_hook_from_elsewhere_is_not_copied(project: Path) -> None:
    secret = project.parent / "secret.json"
    secret.write_text('{"password": "hunter2"}')
    (project / "hooks" / "things").mkdir()
    (project / "hooks" / "things" / "helper.py").symlink_to(secret)
    with pytest.raises(Rejected) as caught:
        _build(project)
    assert [problem.code for problem in caught.value.problems] == ["FG201"]


def test_names_of_any_bytes_are_shown_and_not_obeyed(project: Path) -> None:
    for name in (b"a\nb.yaml", b"\xff\xfec.yaml", b"\x1b[31md.yaml"):
        Path(os.fsdecode(os.fsencode(project / "specs") + b"/" + name)).write_text("openapi: 5\n")
    with pytest.raises(Rejected) as caught:
        _build(project)
    shown = [format_problem(problem) for problem in caught.value.problems]
    assert {problem.code for problem in caught.value.problems} == {"FG100"}
    assert all(line.isprintable() and line.isascii() for text in shown for line in text.split("\n"))
    assert [text.partition(":")[0] for text in shown] == [
        "specs/\\x1b[31md.yaml",
        "specs/a\\nb.yaml",
        "specs/\\udcff\\udcfec.yaml",
    ]


def test_what_grows_while_it_is_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"1234")
    real = os.fstat

    def fstat(handle: int) -> os.stat_result:
        found = real(handle)
        path.write_bytes(b"12345")
        return found

    monkeypatch.setattr(os, "fstat", fstat)
    with pytest.raises(files.TooLarge):
        files.read(path, most=4)


@pytest.fixture
def swapped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A file in ``home`` that becomes a link out of it after it was looked at and before it is opened, and back."""
    home, outside = tmp_path / "home", tmp_path / "outside"
    for folder, text in ((home, "fine"), (outside, "secret")):
        folder.mkdir()
        (folder / "a.yaml").write_text(text)
    path, kept = home / "a.yaml", home / "kept"
    real = os.open

    def swapping(name: str, flags: int) -> int:
        path.rename(kept)
        path.symlink_to(outside / "a.yaml")
        try:
            return real(name, flags)
        finally:
            path.unlink()
            kept.rename(path)

    monkeypatch.setattr(os, "open", swapping)
    yield path


def test_a_link_that_is_exchanged_leads_nowhere(swapped: Path) -> None:
    with pytest.raises(files.Outside):
        files.read(swapped, within=(swapped.parent,))
    assert files.read(swapped) == b"secret"


def test_a_folder_above_may_be_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "a").write_text("fine")
    (tmp_path / "link").symlink_to("real")
    assert files.read(tmp_path / "link" / "a", within=(tmp_path / "real",)) == b"fine"
    assert files.read(tmp_path / "link" / "a", within=(tmp_path / "link",)) == b"fine"


def test_what_lies_outside_is_not_even_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "a").write_text("secret")
    monkeypatch.delattr(os, "open")
    with pytest.raises(files.Outside):
        files.read(tmp_path / "home" / ".." / "a", within=(tmp_path / "home",))
