"""Files are opened in few places: what people or strangers wrote is read by ``stages/files.py`` and by nothing else."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import fountaingen

_PACKAGE = Path(fountaingen.__file__).parent
_APART = ("runtime", "testkit")

_MAY = {
    "stages/files.py": "it is the reader",
    "stages/drift/disk.py": "reads what was generated, by handle, without following links",
    "stages/write/": "opens what it writes, by handle, without following links",
    "guard/budget.py": "reads what the kernel says of this process",
    "guard/worker.py": "opens /dev/null",
    "certificates/": "reads and writes keys, by handle",
    "supervisor/ports.py": "reads what the kernel says of ports",
    "commands/app.py": "opens /dev/null",
    "commands/support.py": "reads fountaingen's own table",
    "starter/contract.py": "reads fountaingen's own contract",
    "pipeline.py": "reads fountaingen's own runtime",
    "inputs.py": "reads fountaingen's own modules and templates, to know their digest",
    "remote/pinning.py": "reads what it has staged itself",
    "stages/reread/data.py": "reads texts, no files",
    "stages/reread/vocabulary.py": "reads fountaingen's own templates",
    "verification/worker.py": "writes to its own output",
    "stages/plan/tests/__init__.py": "reads fountaingen's own testkit",
}
_MODULES = frozenset({"fileinput", "linecache", "shelve", "dbm", "tarfile", "zipfile", "urllib.request"})
_LOADERS = frozenset({("tomllib", "load"), ("json", "load"), ("pickle", "load"), ("yaml", "load"), ("io", "open")})


def _sources() -> list[Path]:
    return [path for path in sorted(_PACKAGE.rglob("*.py")) if path.relative_to(_PACKAGE).parts[0] not in _APART]


def _openings(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id="open")):
                yield "open"
            case ast.Call(func=ast.Attribute(value=ast.Name(id="os" | "io"), attr="open" | "fdopen" as name)):
                yield name
            case ast.Call(func=ast.Attribute(attr="read_bytes" | "read_text" as name)):
                yield name
            case ast.Call(func=ast.Attribute(value=ast.Name(id=module), attr=name)) if (module, name) in _LOADERS:
                yield f"{module}.{name}"
            case ast.Import(names=names):
                yield from (each.name for each in names if each.name in _MODULES)
            case ast.ImportFrom(module=str() as module) if module in _MODULES:
                yield module


def _may(name: str) -> bool:
    return any(name == place or (place.endswith("/") and name.startswith(place)) for place in _MAY)


@pytest.mark.parametrize("path", _sources(), ids=lambda path: path.relative_to(_PACKAGE).as_posix())
def test_only_the_listed_modules_open_files(path: Path) -> None:
    if not _may(path.relative_to(_PACKAGE).as_posix()):
        assert list(_openings(ast.parse(path.read_text("utf-8")))) == []


def test_every_listed_module_still_opens_files() -> None:
    for place in _MAY:
        home = _PACKAGE / place
        paths = sorted(home.rglob("*.py")) if home.is_dir() else [home]
        assert any(list(_openings(ast.parse(path.read_text("utf-8")))) for path in paths), place


def test_the_search_finds_each_way() -> None:
    ways = ("open('a')", "os.open('a', 0)", "Path('a').read_text()", "tomllib.load(f)", "from urllib.request import x")
    assert all(list(_openings(ast.parse(way))) for way in ways)
