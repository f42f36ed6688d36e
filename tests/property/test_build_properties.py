"""What a build promises of any contract: the same bytes, the same names, nothing to do twice, every route reachable."""

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import quote, unquote

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from fountaingen.model.document import Document
from fountaingen.model.service import Service
from fountaingen.model.settings import Settings
from fountaingen.pipeline import compile_project
from fountaingen.project import Project, discover
from fountaingen.runtime.serving.dispatch import Table
from fountaingen.stages.build import build
from fountaingen.stages.drift import survey
from fountaingen.stages.resolve import resolve
from fountaingen.stages.write import write

_GOLDEN = Path(__file__).parents[1] / "golden"
_CONTRACTS = sorted(_GOLDEN.glob("*/specs/*.yaml"))
_DIGEST = """
import hashlib, sys
from pathlib import Path
from fountaingen.model.settings import Settings
from fountaingen.pipeline import compile_project
from fountaingen.project import Project, discover

project = Project(Path(sys.argv[1]), Settings())
for path, content in compile_project(project, discover(project, ())).tree.files.items():
    print(hashlib.sha256(content).hexdigest(), path)
"""


def _digests(folder: Path, seed: str) -> str:
    environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, "-c", _DIGEST, str(folder)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout


def test_the_same_bytes_under_two_seeds_and_from_two_folders(tmp_path: Path) -> None:
    found = set()
    for seed, folder in (("0", tmp_path / "a"), ("4242", tmp_path / "b" / "deeper")):
        (folder / "specs").mkdir(parents=True)
        for case in ("names", "children", "extensions"):
            for contract in (_GOLDEN / case / "specs").iterdir():
                (folder / "specs" / contract.name).write_bytes(contract.read_bytes())
        found.add(_digests(folder, seed))
    assert len(found) == 1
    assert found.pop().count("\n") > 100


def test_after_a_build_there_is_nothing_to_do(tmp_path: Path) -> None:
    project = Project(_GOLDEN / "hooks", Settings())
    tree = compile_project(project, discover(project, ())).tree
    first = write(tree, tmp_path / "out")
    assert survey(tree, tmp_path / "out").drifted == ()
    second = write(tree, tmp_path / "out")
    assert (second.written, second.removed) == ((), ())
    assert set(second.kept) == set(first.written)


def _service(data: Any) -> Service:
    return build(resolve("shuffled", Document("specs/shuffled.yaml", data, b"", {}), {}))


def _shuffled(value: Any, random: Random) -> Any:
    """Return ``value`` with the members of every object in another order; lists keep theirs."""
    match value:
        case dict():
            members = [(key, _shuffled(each, random)) for key, each in value.items()]
            random.shuffle(members)
            return dict(members)
        case list():
            return [_shuffled(each, random) for each in value]
        case _:
            return value


def _names(service: Service) -> Mapping[str, Any]:
    """Return every name that was given, by what it was given to."""
    return {
        "operations": {
            (each.method, each.path): (
                each.name,
                each.class_name,
                {(parameter.location, parameter.name): parameter.argument for parameter in each.parameters},
                each.body.type if each.body else None,
                each.result,
            )
            for each in service.operations
        },
        "tables": {
            each.table: (each.class_name, each.constant, each.key, {(part.name, part.wire) for part in each.columns})
            for each in service.entities
        },
        "views": set(service.views.schemas),
    }


@pytest.mark.parametrize("contract", _CONTRACTS, ids=lambda path: path.stem)
def test_the_order_of_keys_changes_no_name(contract: Path) -> None:
    data = yaml.safe_load(contract.read_text(encoding="utf-8"))
    wanted = _names(_service(data))
    for seed in range(8):
        assert _names(_service(_shuffled(data, Random(seed)))) == wanted


@pytest.mark.parametrize("contract", _CONTRACTS, ids=lambda path: path.stem)
def test_the_order_of_keys_changes_no_behaviour(contract: Path) -> None:
    data = yaml.safe_load(contract.read_text(encoding="utf-8"))
    wanted = {each.operation_id: type(each.behaviour) for each in _service(data).operations}
    for seed in range(8):
        found = _service(_shuffled(data, Random(seed)))
        assert {each.operation_id: type(each.behaviour) for each in found.operations} == wanted


def _own_path(template: str) -> str:
    """Return a path that only ``template`` is meant for: its variables hold what no literal is."""
    return re.sub(r"\{[^}]*\}", "7", template)


def _found(routes: list[tuple[str, str]], method: str, template: str) -> tuple[str, str] | None:
    table = Table((each_method, each, (each_method, each)) for each_method, each in routes)
    path = quote(_own_path(template), safe="/:@!$&'()*+,;=~%")
    match = table.find({"path": unquote(path), "raw_path": path.encode()}, method)
    return match.route.handler if match is not None and match.route is not None else None


@pytest.mark.parametrize("contract", _CONTRACTS, ids=lambda path: path.stem)
def test_every_operation_is_reached_by_its_own_path(contract: Path) -> None:
    data = yaml.safe_load(contract.read_text(encoding="utf-8"))
    routes = [(each.method, each.path) for each in _service(data).operations]
    for route in routes:
        assert _found(routes, *route) == route


_SEGMENTS = st.sampled_from(["a", "latest", "ä", "{id}", "{id}:print", "v{id}", "{name}.{ending}"])
_PATHS = st.lists(_SEGMENTS, min_size=1, max_size=3).map(lambda parts: "/" + "/".join(parts))


@given(st.lists(st.tuples(st.sampled_from(["GET", "PUT"]), _PATHS), unique=True, max_size=12))
def test_no_route_hides_another(routes: list[tuple[str, str]]) -> None:
    for route in routes:
        assert _found(routes, *route) == route
