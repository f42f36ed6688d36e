"""A few rounds of kill_rounds.py; FOUNTAINGEN_KILL_ROUNDS says how many, where there is time for more."""

import os
from pathlib import Path

import pytest
from kill_rounds import databases, options_of, run, table

ROUNDS = int(os.environ.get("FOUNTAINGEN_KILL_ROUNDS", "2"))

pytestmark = pytest.mark.xdist_group("killed")


def test_whatever_was_acknowledged_is_there_after_a_kill(killable: Path, tmp_path: Path) -> None:
    with databases(tmp_path, server=False) as urls:
        figures = run(killable, urls, options_of(["--rounds", str(ROUNDS), "--workers", "1", "--clients", "4"]))
    print(table(figures))
    assert [fault for row in figures.values() for fault in row.faults] == []
    assert sum(row.rounds for row in figures.values()) == ROUNDS
    assert all(row.acknowledged for row in figures.values() if row.rounds)
