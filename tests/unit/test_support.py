"""The support table: made of the tests' marks, committed as they are, printed for people and programs."""

import json
from pathlib import Path

import pytest
from support.marks import Mark, Unreadable, marks, read
from support.table import COMMAND, FILE, catalogue, table, written
from typer.testing import CliRunner

from fountaingen.commands.app import app


def test_the_table_is_what_the_tests_show() -> None:
    assert FILE.read_text(encoding="ascii") == written(table(marks())), f"write it anew: {COMMAND}"


def test_no_feature_is_marked_by_a_test_that_is_gone() -> None:
    repository = Path(__file__).parents[2]
    for feature in json.loads(FILE.read_text(encoding="ascii"))["features"].values():
        for test in (*feature.get("tests", ()), *feature.get("limits", ())):
            path, *names = test.split("::")
            source = (repository / path).read_text(encoding="utf-8")
            assert all(f"{name}(" in source or f"class {name}" in source for name in names), test


def _found(folder: Path, source: str) -> list[Mark]:
    (folder / "tests").mkdir()
    (folder / "tests" / "test_a.py").write_text(f"import pytest\n{source}", encoding="utf-8")
    return list(marks(folder / "tests"))


def test_marks_are_found_where_they_can_stand(tmp_path: Path) -> None:
    source = """
@pytest.mark.parametrize("x", [pytest.param(x, marks=pytest.mark.supports(f"schema/{x}")) for x in "a"])
def test_zero(x): ...

@pytest.mark.supports("schema/b")
@pytest.mark.parametrize("x", [pytest.param(1, marks=pytest.mark.refuses("schema/c", waiver="x-w")), 2])
def test_one(x): ...

class TestTwo:
    @pytest.mark.supports("schema/b")
    async def test_three(self): ...
"""
    path = "tests/test_a.py"
    assert _found(tmp_path, source) == [
        Mark("schema/a", "supports", f"{path}::test_zero"),
        Mark("schema/b", "supports", f"{path}::TestTwo::test_three"),
        Mark("schema/b", "supports", f"{path}::test_one"),
        Mark("schema/c", "refuses", f"{path}::test_one", "x-w"),
    ]


@pytest.mark.parametrize(
    "mark",
    [
        pytest.mark.supports("a/b"),
        pytest.mark.supports("schema"),
        pytest.mark.refuses("schema/"),
        pytest.mark.refuses("schema/a", why="x"),
        pytest.mark.supports(),
        pytest.mark.supports("schema/a", "schema/b"),
    ],
)
def test_a_mark_that_says_nothing_is_told(mark: pytest.MarkDecorator) -> None:
    with pytest.raises(pytest.UsageError, match=r"tests/test_a\.py::test_one"):
        read(mark.mark, "tests/test_a.py::test_one")


def test_tests_that_cannot_be_collected_are_told(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="NameError"):
        _found(tmp_path, "@pytest.mark.supports(undefined)\ndef test_one(): ...\n")


def test_the_status_of_a_feature() -> None:
    made = table(
        [
            Mark("parameter/query/form/explode", "supports", "t1"),
            Mark("security/http/digest", "refuses", "t2"),
            Mark("schema/pattern", "supports", "t3"),
            Mark("schema/pattern", "refuses", "t4"),
            Mark("security/mutualTLS", "refuses", "t5", "x-w"),
        ]
    )["features"]
    assert made["parameter/query/form/explode"] == {"status": "supported", "section": "Style Values", "tests": ["t1"]}
    assert made["security/http/digest"]["status"] == "refused"
    assert made["schema/pattern"] == {
        "status": "supported",
        "section": "JSON Schema Validation",
        "tests": ["t3"],
        "limits": ["t4"],
    }
    assert (made["security/mutualTLS"]["status"], made["security/mutualTLS"]["waivers"]) == ("waived", ["x-w"])
    assert made["schema/const"] == {"status": "untested", "section": "JSON Schema Validation"}
    assert "parameter/query/form" not in made, "what is below it shows it"
    assert list(made) == sorted(made)


def test_the_catalogue_names_each_feature_once() -> None:
    assert len(catalogue()) > 150
    assert {name.partition("/")[0] for name in catalogue()} == {
        *("schema", "parameter", "request-body", "response", "security", "operation", "document")
    }


def test_the_command_prints_the_table() -> None:
    shown = CliRunner().invoke(app, ["support"])
    assert shown.exit_code == 0, shown.output
    assert "operation/callbacks" in shown.output
    printed = CliRunner().invoke(app, ["support", "--format", "json"])
    assert printed.output == FILE.read_text(encoding="ascii")
