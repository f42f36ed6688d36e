"""A sample of the points that ``python -m faults`` tries, the same one each time, from every scene.

The points of a scene are taken with a stride that has no factor in common with their number, so that all kinds of
faults and all parts of a run come up.
"""

import os
from itertools import islice
from pathlib import Path

import pytest
from faults.building import BUILDING, OURS, Building, Recovering
from faults.commands import warm
from faults.disk import put
from faults.injector import run
from faults.meddling import ACTS, SCENES, last_moments, met
from faults.pinning import PINNING
from faults.ptrace import why_not
from faults.scenes import Scene
from faults.sweep import KINDS, changes_of, points, tried
from faults.writing import WRITING

from fountaingen.commands.app import app

pytestmark = pytest.mark.skipif(bool(why_not()), reason=why_not())

STRIDE = 307
ALL: tuple[Scene, ...] = (
    *BUILDING,
    *WRITING,
    *PINNING,
    Recovering("build again, exchange", killed=44),
    Recovering("build again, beside strays", strays={"a/mine": b"mine\n"}, killed=60),
)


@pytest.fixture(scope="module", autouse=True)
def _warm() -> None:
    warm()


@pytest.mark.parametrize("scene", ALL, ids=lambda scene: scene.name)
def test_old_or_new_and_the_next_run_mends_it(scene: Scene, tmp_path: Path) -> None:
    first = ALL.index(scene) * 7 % STRIDE
    chosen = list(islice(points(scene, KINDS, tmp_path), first, None, STRIDE))
    assert [str(failure) for point in chosen for failure in tried(point, tmp_path)] == []


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("scene", [each for each in SCENES if each.name in ("build, exchange", "build, beside strays")])
def test_what_somebody_writes_while_a_build_is_at_work_is_never_lost(scene: Building, act: str, tmp_path: Path) -> None:
    """It is written at the last moment: when the process has looked, and is about to rename."""
    at = last_moments(changes_of(scene, tmp_path), act)[-1]
    killed = bool((list(ACTS).index(act) + SCENES.index(scene)) % 2)
    assert [str(failure) for failure in met(scene, act, at, killed, tmp_path / "met")] == []


def test_the_stand_in_for_compiling_changes_no_more_than_compiling(tmp_path: Path) -> None:
    """Outside the output, and where a build works, the real command changes nothing below the project at all."""
    put(tmp_path, {"specs/x.yaml": b"openapi: 3.1.0\ninfo: {title: x, version: '1'}\npaths: {}\n", **OURS})
    (tmp_path / "hooks/x.py").unlink()

    def build() -> int:
        os.chdir(tmp_path)
        try:
            app(["build"])
        except SystemExit as end:
            return int(end.code or 0)
        return 0

    outcome = run(build, tmp_path)
    assert outcome.status == 0, outcome.said
    elsewhere = {path for change in outcome.changes for path in change.paths}
    elsewhere = {path for path in elsewhere if not path.startswith((".generated.fountaingen", "generated"))}
    assert elsewhere == {"."}  # which is made to last


def test_every_command_that_writes_has_a_scene() -> None:
    assert {scene.name.partition(",")[0] for scene in (*BUILDING, *WRITING)} == {"build", "new", "init", "certs"}
