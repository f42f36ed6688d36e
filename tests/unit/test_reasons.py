"""What a plan says of each path: what ``check`` finds, what ``build`` does, and the inputs that can be why."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fountaingen.model.manifest import MANIFEST, Manifest, digest
from fountaingen.model.tree import Tree
from fountaingen.stages.drift import Disk, File, Survey, compare
from fountaingen.stages.drift.reasons import Action, Change, Input, inputs, planned
from fountaingen.stages.write import steps

OLD = {"specs/a.yaml": "1", "specs/b.yaml": "1", "hooks/a.py": "1", "settings": "1", "fountaingen": "1"}
CONTRACTS = {"a": frozenset({"specs/a.yaml"}), "b": frozenset({"specs/b.yaml", "specs/a.yaml"})}
FILES = {"a/x": b"old", "b/x": b"old", "c/x": b"old", "kong.yml": b"old"}


def surveyed(
    wanted: Mapping[str, bytes], recorded: Mapping[str, bytes] | None, disk: Mapping[str, bytes], now: Mapping[str, str]
) -> Survey:
    before = None if recorded is None else Manifest.of(Tree(recorded, _digests(OLD)))
    found = dict(disk) if before is None else {**disk, MANIFEST: before.to_bytes()}
    there = Disk({path: File(digest(data), data) for path, data in found.items()})
    tree = Tree(wanted, _digests(now))
    return Survey(tree, before, there, compare(tree, before, there))


def _digests(versions: Mapping[str, str]) -> dict[str, str]:
    return {name: digest(version.encode()) for name, version in versions.items()}


def told(survey: Survey) -> dict[str, tuple[Action, str]]:
    return {each.path: (each.action, each.why) for each in planned(survey, CONTRACTS)}


@pytest.mark.parametrize(
    ("now", "why"),
    [
        (OLD | {"specs/a.yaml": "2"}, {"a/x": "specs/a.yaml changed", "b/x": "specs/a.yaml changed"}),
        (OLD | {"specs/b.yaml": "2", "hooks/a.py": "2"}, {"a/x": "hooks/a.py changed", "b/x": "specs/b.yaml changed"}),
        (OLD | {"hooks/a/more.py": "1"}, {"a/x": "hooks/a/more.py is new"}),
        (OLD | {"settings": "2"}, {"a/x": "the settings have changed", "kong.yml": "the settings have changed"}),
        (
            OLD | {"templates/x.jinja": "1", "specs/b.yaml": "2"},
            {"a/x": "templates/x.jinja is new", "kong.yml": "specs/b.yaml changed, templates/x.jinja is new"},
        ),
        (
            {**dict.fromkeys(OLD, "2"), "hooks/b.py": "1"},
            {"kong.yml": "fountaingen changed, hooks/a.py changed, hooks/b.py is new, and 3 more"},
        ),
    ],
)
def test_the_inputs_that_changed_are_why(now: Mapping[str, str], why: Mapping[str, str]) -> None:
    survey = surveyed(dict.fromkeys(FILES, b"new"), FILES, FILES, now)
    found = told(survey)
    assert {path: found[path] for path in why} == {path: (Action.REPLACE, said) for path, said in why.items()}


def test_a_service_that_is_gone_goes_with_its_contract() -> None:
    now = {name: version for name, version in OLD.items() if name != "specs/b.yaml"} | {"specs/a.yaml": "2"}
    wanted = {path: data for path, data in FILES.items() if path != "c/x"}
    before = FILES | {"deploy/x": b"old"}
    found = told(surveyed(wanted | {"deploy/x": b"new"}, before, before, now))
    assert found["deploy/x"] == (Action.REPLACE, "specs/a.yaml changed, specs/b.yaml is gone")
    assert found["c/x"] == (Action.REMOVE, "specs/b.yaml is gone")
    assert found["a/x"] == (Action.KEEP, "")


def test_what_was_deleted_and_what_no_input_explains_are_told_as_that() -> None:
    lost = {path: data for path, data in FILES.items() if path != "a/x"}
    assert told(surveyed(FILES, FILES, lost, OLD))["a/x"] == (Action.WRITE, "it was built before, and is not there")
    survey = surveyed(FILES | {"b/x": b"new"}, FILES, FILES, OLD)
    assert told(survey)["b/x"] == (Action.REPLACE, "no input changed, and it is not what they give")


def test_a_first_build_has_no_changes() -> None:
    survey = surveyed(FILES, None, {}, OLD)
    assert inputs(survey) == ()
    assert {action for action, _ in told(survey).values()} == {Action.WRITE}


def test_the_changes_are_told_by_name() -> None:
    survey = surveyed(
        FILES, FILES, FILES, {"specs/a.yaml": "2", "specs/c.yaml": "1", "settings": "1", "fountaingen": "1"}
    )
    assert inputs(survey) == (
        Input("hooks/a.py", Change.GONE),
        Input("specs/a.yaml", Change.CHANGED),
        Input("specs/b.yaml", Change.GONE),
        Input("specs/c.yaml", Change.NEW),
    )


_FILES = st.dictionaries(st.sampled_from(["a/x", "a/y", "b/x", "z"]), st.sampled_from([b"1", b"2"]))


@given(_FILES, st.none() | _FILES, _FILES, st.sampled_from([OLD, OLD | {"settings": "2"}]))
def test_a_plan_is_what_check_finds_and_what_build_does(
    wanted: Mapping[str, bytes], recorded: Mapping[str, bytes] | None, disk: Mapping[str, bytes], now: Mapping[str, str]
) -> None:
    survey = surveyed(wanted, recorded, disk, now)
    found = planned(survey, CONTRACTS)
    assert {each.path for each in found if each.action.changes or each.action is Action.STOP} == {
        each.path for each in survey.drifted
    }
    if not steps.refusals(survey, "out", force=False):
        carried_out = steps.plan(survey)
        done = {Action.WRITE: carried_out.write, Action.REPLACE: carried_out.write}
        done |= {Action.REMOVE: carried_out.remove, Action.KEEP: carried_out.keep}
        assert all(each.path in done[each.action] for each in found if each.action is not Action.LEAVE)
        many = sum(each.action is not Action.LEAVE for each in found)
        assert many == len(carried_out.write) + len(carried_out.keep) + len(carried_out.remove)
