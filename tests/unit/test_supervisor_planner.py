"""What should run follows from what was built: which services, where, in which environment, and what changed."""

import json
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fountaingen.model.problems import Rejected
from fountaingen.supervisor.development import Development, Keys, environment_of
from fountaingen.supervisor.planner import Planner, Surroundings, UnknownService, Wish
from fountaingen.supervisor.ports import FromContracts, Machine
from fountaingen.supervisor.units import ServiceUnit, ServiceView, SystemView, with_peers

KEYS = Keys("first, second", is_development_key=False)


class System:
    """A project whose generated services lie in a folder, and whose view can be changed between builds."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.views: dict[str, ServiceView] = {}

    def add(self, name: str, port: int | None = None, uses: tuple[str, ...] = ()) -> None:
        folder = self.root / name
        (folder / "app").mkdir(parents=True, exist_ok=True)
        (folder / "app/main.py").write_text("1")
        self.views[name] = ServiceView(name, f"{name} API", folder, port, uses)

    def build(self) -> SystemView:
        return SystemView(tuple(self.views[name] for name in sorted(self.views)))

    def planner(self, *wanted: str, outer: dict[str, str] | None = None) -> Planner:
        machine = Machine(lambda port: port != 8100, lambda: 0)
        surroundings = Surroundings(Development(self.root / ".fountaingen"), KEYS, machine, outer or {})
        return Planner(self.build, Wish(wanted, FromContracts()), surroundings)


@pytest.fixture
def system(tmp_path: Path) -> System:
    system = System(tmp_path)
    system.add("factory", 8005, ("scripts", "sequence"))
    system.add("scripts", 8003, ("sequence",))
    system.add("sequence", None)
    return system


def names(units: tuple[ServiceUnit, ...]) -> list[str]:
    return [unit.name for unit in units]


def test_everything_runs_and_the_called_come_before_their_callers(system: System) -> None:
    rebuilt = system.planner().plan()
    assert names(rebuilt.units) == ["sequence", "scripts", "factory"]
    assert rebuilt.changed == {"sequence", "scripts", "factory"}
    assert [unit.port for unit in rebuilt.units] == [8101, 8003, 8005]
    assert rebuilt.units[0].docs_url == "http://127.0.0.1:8101/docs"


def test_a_service_brings_the_peers_it_calls_but_not_its_callers(system: System) -> None:
    assert names(system.planner("scripts").plan().units) == ["sequence", "scripts"]


def test_a_peer_with_a_url_in_the_environment_runs_elsewhere(system: System) -> None:
    outer = {"SEQUENCE_URL": "http://sequence.test"}
    (unit,) = system.planner("scripts", outer=outer).plan().units
    assert unit.name == "scripts"
    assert "SEQUENCE_URL" not in unit.environment
    assert names(system.planner("sequence", outer=outer).plan().units) == ["sequence"]
    both = system.planner("scripts", "sequence", outer=outer).plan().units
    assert {unit.name: unit.environment.get("SEQUENCE_URL") for unit in both} == {
        "scripts": "http://sequence.test",
        "sequence": None,
    }


def test_a_services_environment_holds_its_database_keys_and_peers(system: System) -> None:
    factory = system.planner().plan().units[-1]
    assert dict(factory.environment) == {
        "LOG_TRACEBACKS": "true",
        "DATABASE_URL": f"sqlite:///{system.root}/.fountaingen/factory.db",
        "API_KEYS": "first, second",
        "PEER_API_KEY": "first",
        "SCRIPTS_URL": "http://127.0.0.1:8003",
        "SEQUENCE_URL": "http://127.0.0.1:8101",
    }


def test_only_what_was_rewritten_counts_as_changed(system: System) -> None:
    planner = system.planner()
    first = planner.plan()
    assert planner.plan().changed == frozenset()
    (system.root / "scripts/app/main.py").write_text("2")
    cache = system.root / "factory/app/__pycache__"
    cache.mkdir()
    (cache / "main.pyc").write_text("3")
    system.add("extra")
    again = planner.plan()
    assert again.changed == {"scripts", "extra"}
    assert set(first.units) < set(again.units)


def test_an_unknown_service_is_refused_with_the_nearest_name(system: System) -> None:
    with pytest.raises(UnknownService) as caught:
        system.planner("sequnce", "scripts", "zzz").plan()
    assert [problem.message for problem in caught.value.problems] == [
        "there is no service 'sequnce'; did you mean 'sequence'?",
        "there is no service 'zzz'",
    ]


def test_a_build_that_fails_changes_nothing_of_the_plan(system: System) -> None:
    planner = system.planner()
    planner.plan()
    (system.root / "scripts/app/main.py").write_text("2")
    system.add("busy", 8100)
    with pytest.raises(Rejected):
        planner.plan()
    del system.views["busy"]
    assert planner.plan().changed == {"scripts"}


@given(st.dictionaries(st.sampled_from("abcdef"), st.lists(st.sampled_from("abcdefx"), max_size=4), max_size=6))
def test_any_peers_even_in_circles_give_each_service_once(uses: dict[str, list[str]]) -> None:
    views = {name: ServiceView(name, name, Path("/"), None, tuple(peers)) for name, peers in uses.items()}
    assert sorted(with_peers(views, views, ())) == sorted(views)
    for name in views:
        order = with_peers([name], views, ())
        assert order[-1] == name and len(set(order)) == len(order)


class TestDevelopment:
    def test_the_folder_is_kept_out_of_version_control(self, tmp_path: Path) -> None:
        development = Development.of(tmp_path)
        Development.of(tmp_path)
        assert (development.folder / ".gitignore").read_text() == "*\n"

    def test_the_development_key_is_made_once_and_private(self, tmp_path: Path) -> None:
        development = Development.of(tmp_path)
        keys = development.keys({})
        path = development.folder / "dev-key"
        assert keys.is_development_key and len(keys.first) > 30 and "," not in keys.first
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert Development.of(tmp_path).keys({"API_KEYS": " , "}) == keys
        assert keys.first not in repr(keys)

    def test_keys_of_the_environment_come_first(self, tmp_path: Path) -> None:
        development = Development.of(tmp_path)
        assert development.keys({"API_KEYS": "a, b"}) == Keys("a, b", is_development_key=False)
        assert development.keys({"API_KEYS": "a, b"}).first == "a"
        assert not (development.folder / "dev-key").exists()

    @pytest.mark.parametrize("content", [b"", b" \n", b"\xff"])
    def test_a_key_that_is_none_is_a_problem(self, tmp_path: Path, content: bytes) -> None:
        development = Development.of(tmp_path)
        (development.folder / "dev-key").write_bytes(content)
        with pytest.raises(Rejected):
            development.keys({})

    def test_a_folder_that_cannot_be_made_is_a_problem(self, tmp_path: Path) -> None:
        (tmp_path / ".fountaingen").write_text("a file")
        with pytest.raises(Rejected) as caught:
            Development.of(tmp_path)
        assert caught.value.problems[0].place.path == ".fountaingen"

    def test_what_runs_is_announced_privately_and_withdrawn(self, tmp_path: Path) -> None:
        development = Development.of(tmp_path)
        development.announce([ServiceUnit("a", tmp_path, 8001, {}, "A")], "k")
        path = development.folder / "up.json"
        document = json.loads(path.read_text())
        assert document["key"] == "k"
        assert document["services"] == {"a": {"url": "http://127.0.0.1:8001", "docs": "http://127.0.0.1:8001/docs"}}
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        development.withdraw()
        assert sorted(found.name for found in development.folder.iterdir()) == [".gitignore"]

    @pytest.mark.parametrize("content", ['{"process": 1}', "[]", "{", ""])
    def test_what_another_process_announced_stays(self, tmp_path: Path, content: str) -> None:
        development = Development.of(tmp_path)
        (development.folder / "up.json").write_text(content)
        development.withdraw()
        assert (development.folder / "up.json").exists()

    def test_a_key_for_peers_can_be_given(self, tmp_path: Path) -> None:
        view = ServiceView("a", "A", tmp_path, None, ())
        environment = environment_of(view, {}, Development(tmp_path), KEYS, {"PEER_API_KEY": "other"})
        assert environment["PEER_API_KEY"] == "other"
