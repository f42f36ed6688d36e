"""The sample service, put together the way the generator does: its own files and a copy of the runtime."""

import importlib
import itertools
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import httpx
import pytest
from sample_client import Client

HERE = Path(__file__).parent
RUNTIME = HERE.parent.parent / "fountaingen" / "runtime"


def assemble(folder: Path) -> Path:
    """Write the sample service into ``folder`` and return it."""
    shutil.copytree(HERE / "sample", folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(RUNTIME, folder / "app" / "runtime", ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def of_app(name: str) -> bool:
    """Whether a module belongs to a service."""
    return name == "app" or name.startswith("app.")


@pytest.fixture(scope="session")
def sample_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the sample service."""
    return assemble(tmp_path_factory.mktemp("sample"))


@pytest.fixture(scope="session")
def sample_modules(sample_folder: Path) -> dict[str, ModuleType]:
    """The modules of the sample service, imported once: other services are called app too."""
    others = {name: sys.modules.pop(name) for name in list(sys.modules) if of_app(name)}
    sys.path.insert(0, str(sample_folder))
    importlib.import_module("app.main")
    sys.path.remove(str(sample_folder))
    modules = {name: sys.modules.pop(name) for name in list(sys.modules) if of_app(name)}
    sys.modules.update(others)
    return modules


@pytest.fixture
def sample(sample_modules: dict[str, ModuleType], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The sample's ``app.main``, with an application of its own on a database of its own."""
    for name in list(sys.modules):
        if of_app(name):
            monkeypatch.delitem(sys.modules, name)
    for name, module in sample_modules.items():
        monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path}/data/studio.db")
    monkeypatch.setenv("API_KEYS", "one, two")
    main = sample_modules["app.main"]
    metadata = sample_modules["app.models"].Base.metadata
    database = sample_modules["app.runtime.database"].Database.from_environment(metadata, default="sqlite://")
    hooks, clients = main.hooks, main.clients
    service = main.Service(main.CONTRACT, main.router, database, authenticate=hooks.authenticate, clients=clients)
    monkeypatch.setattr(main, "app", service)
    sample_modules["app.hooks.studio"].FAILURE.clear()
    return main


@pytest.fixture
def call(sample: ModuleType) -> Iterator[Client]:
    """A client of the sample service, its peer giving numbers from 1 on."""
    peers = sys.modules["app.runtime.peers"]
    numbers = itertools.count(1)
    peers.Peer.transport = httpx.MockTransport(lambda _: httpx.Response(201, json={"sequenceNumber": next(numbers)}))
    client = Client(sample.app)
    yield client
    client.close()
