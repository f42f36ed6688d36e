"""The sample service, put together the way the generator does: its own files and a copy of the runtime."""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

HERE = Path(__file__).parent
RUNTIME = HERE.parent.parent / "fountaingen" / "runtime"


def assemble(folder: Path) -> Path:
    """Write the sample service into ``folder`` and return it."""
    shutil.copytree(HERE / "sample", folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(RUNTIME, folder / "app" / "runtime", ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def forget_app() -> None:
    """Forget every module of a service that was imported as ``app``."""
    for name in [name for name in sys.modules if name == "app" or name.startswith("app.")]:
        del sys.modules[name]


@pytest.fixture(scope="session")
def sample_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the sample service."""
    return assemble(tmp_path_factory.mktemp("sample"))


@pytest.fixture
def sample(sample_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """The sample's ``app.main``, imported afresh on a database of its own."""
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path}/data/studio.db")
    monkeypatch.setenv("API_KEYS", "one, two")
    monkeypatch.syspath_prepend(str(sample_folder))
    forget_app()
    import app.main

    yield app.main
    forget_app()
