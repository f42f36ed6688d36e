"""Settings are few, checked, and every fault in them is shown where it stands."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fountaingen.model.problems import Place, Problem, Rejected
from fountaingen.model.settings import NAMES, Settings, SettingsFile, parse_settings


def parse(text: str) -> Settings:
    return parse_settings(tomllib.loads(text), SettingsFile("fountaingen.toml", text))


def refused(text: str) -> tuple[Problem, ...]:
    with pytest.raises(Rejected) as caught:
        parse(text)
    return caught.value.problems


def test_nothing_set_means_the_four_folders_of_the_layout() -> None:
    assert parse("") == Settings("specs", "generated", "hooks", "templates")


def test_each_folder_can_be_set() -> None:
    text = 'specs = "api/contracts"\nout = "./build/"\nhooks = "logic"\ntemplates = "tpl"\n'
    assert parse(text) == Settings("api/contracts", "build", "logic", "tpl")


def test_unknown_settings_are_all_named_where_they_stand() -> None:
    problems = refused('# mine\nspecs = "specs"\n  ouptut = "x"\n"hook" = "y"\n')
    assert [(problem.place, problem.message) for problem in problems] == [
        (Place("fountaingen.toml", 3, 3), "unknown setting 'ouptut'; did you mean 'out'?"),
        (Place("fountaingen.toml", 4, 1), "unknown setting 'hook'; did you mean 'hooks'?"),
    ]


def test_the_place_is_found_in_the_right_table_of_pyproject() -> None:
    text = '[tool.black]\nhokes = 1\n\n[tool.fountaingen]\nout = "g"\nhokes = "h"\n[tool.ruff]\nhokes = 2\n'
    file = SettingsFile("pyproject.toml", text, "tool.fountaingen")
    with pytest.raises(Rejected) as caught:
        parse_settings({"out": "g", "hokes": "h"}, file)
    assert caught.value.problems[0].place == Place("pyproject.toml", 6, 1)
    assert file.place("") == Place("pyproject.toml", 4, 1)


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        ('""', "is empty"),
        ('"  "', "is empty"),
        ("3", "must be a text"),
        ('["a"]', "must be a text"),
        ('"/etc"', "is not relative to the project's root"),
        ('"a/../../b"', "leaves the project"),
        ('"."', "is the project's root itself"),
        ('"a\\\\b"', "holds a control character or a backslash"),
        ('"a\\u0000b"', "holds a control character or a backslash"),
    ],
)
def test_a_folder_that_cannot_be_used_is_refused(value: str, fault: str) -> None:
    (problem,) = refused(f"\nout = {value}\n")
    assert (problem.message, problem.place) == (f"'out' {fault}", Place("fountaingen.toml", 2, 1))


def test_a_shared_folder_may_lie_outside_of_the_project() -> None:
    assert parse('shared = "../contracts/common"') == Settings(shared="../contracts/common")
    with pytest.raises(Rejected):
        parse('shared = "/etc"')


@pytest.mark.parametrize(
    "text",
    ['out = "specs"', 'out = "specs/generated"', 'specs = "generated/in"', 'hooks = "a"\ntemplates = "a"'],
)
def test_folders_inside_each_other_are_refused(text: str) -> None:
    (problem,) = refused(text)
    assert problem.code == "FG603"


@given(st.dictionaries(st.text(max_size=8), st.one_of(st.text(max_size=12), st.integers(), st.none()), max_size=5))
def test_any_table_gives_settings_below_the_root_or_problems(table: dict[str, object]) -> None:
    try:
        settings = parse_settings(table, SettingsFile("fountaingen.toml", ""))
    except Rejected as rejected:
        assert rejected.problems
        return
    assert set(table) <= set(NAMES)
    for name in NAMES[:4]:
        folder = getattr(settings, name)
        assert folder and not folder.startswith("/") and ".." not in folder.split("/")
