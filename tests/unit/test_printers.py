"""Problems and verdicts in three formats; nothing in them can steer a terminal, break a line or end an annotation."""

import io
import json
from dataclasses import dataclass
from enum import Enum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fountaingen.commands.printers import Format, Row, diagnose, github_lines, json_document, report, text_lines
from fountaingen.model.problems import Note, Place, Problem, Severity

PROBLEM = Problem(
    "FG104",
    "'#/components/schemas/Pett' does not exist; did you mean 'Pet'?",
    Place("specs/pet.yaml", 14, 9),
    "use a name, that exists: 100% sure",
    notes=(Note(Place("specs/pet.yaml", 3, 5), "first defined here"),),
)
WARNING = Problem("FG205", "twice", Place("specs/a.yaml"), severity=Severity.WARNING)


class Colour(Enum):
    STALE = "stale"


@dataclass(frozen=True)
class Verdict:
    path: str
    verdict: Colour
    message: str


ROW = Verdict("orders/app/main.py", Colour.STALE, "is out of date; a build rewrites it")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def printed(format_: Format, problems: list[Problem], rows: list[Row] | None = None) -> str:
    stream = io.StringIO()
    report(problems, rows, format_=format_, stream=stream)
    return stream.getvalue()


def test_text_is_sorted_by_place_and_says_where_what_and_what_to_do() -> None:
    assert printed(Format.TEXT, [PROBLEM, WARNING], [ROW]).splitlines() == [
        "specs/a.yaml: warning[FG205]: twice",
        "specs/pet.yaml:14:9: error[FG104]: '#/components/schemas/Pett' does not exist; did you mean 'Pet'?",
        "specs/pet.yaml:3:5: note: first defined here",
        "  help: use a name, that exists: 100% sure",
        "orders/app/main.py: stale: is out of date; a build rewrites it",
    ]


def test_a_long_line_stays_one_line() -> None:
    assert len(printed(Format.TEXT, [Problem("FG1", "x " * 500, Place("a"))]).splitlines()) == 1


def test_json_is_one_document_with_findings_only_where_they_were_looked_for() -> None:
    assert json.loads(printed(Format.JSON, [])) == {"problems": []}
    assert json.loads(printed(Format.JSON, [PROBLEM], [ROW])) == {
        "problems": [
            {
                "code": "FG104",
                "severity": "error",
                "message": "'#/components/schemas/Pett' does not exist; did you mean 'Pet'?",
                "path": "specs/pet.yaml",
                "line": 14,
                "column": 9,
                "help": "use a name, that exists: 100% sure",
                "notes": [{"path": "specs/pet.yaml", "line": 3, "column": 5, "message": "first defined here"}],
            }
        ],
        "findings": [
            {"path": "orders/app/main.py", "verdict": "stale", "message": "is out of date; a build rewrites it"}
        ],
    }


def test_github_annotations_escape_what_would_end_them() -> None:
    odd = Problem("FG1", "50%\nnext", Place("a,b:c.yaml", 1, 2))
    assert printed(Format.GITHUB, [odd, WARNING], [ROW]).splitlines() == [
        "::error file=a%2Cb%3Ac.yaml,line=1,col=2,title=FG1::50%25\\nnext",
        "::warning file=specs/a.yaml,title=FG205::twice",
        "::error file=orders/app/main.py,title=stale::is out of date; a build rewrites it",
    ]
    (annotation,) = github_lines([PROBLEM])
    assert annotation.endswith(
        "%0Ahelp: use a name, that exists: 100%25 sure%0Aspecs/pet.yaml:3:5: note: first defined here"
    )


def test_nothing_to_say_prints_nothing_but_a_json_document() -> None:
    assert printed(Format.TEXT, []) == printed(Format.GITHUB, []) == ""


@pytest.mark.parametrize(("no_color", "coloured"), [(None, True), ("1", False)])
def test_only_a_terminal_is_coloured_unless_no_color(
    monkeypatch: pytest.MonkeyPatch, no_color: str | None, coloured: bool
) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)
    if no_color:
        monkeypatch.setenv("NO_COLOR", no_color)
    terminal, file = Terminal(), io.StringIO()
    for stream in (terminal, file):
        report([PROBLEM], stream=stream)
    assert ("\x1b[1;31m" in terminal.getvalue()) is coloured
    assert "\x1b" not in file.getvalue()


def test_diagnostics_go_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    diagnose([WARNING])
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "specs/a.yaml: warning[FG205]: twice\n")


@given(st.text(), st.text(), st.text())
def test_no_text_steers_the_terminal_or_adds_a_line(path: str, message: str, remedy: str) -> None:
    problem = Problem("FG1", message, Place(path, 1, 1), remedy)
    row = Verdict(path, Colour.STALE, message)
    plain = list(text_lines([problem], [row]))
    assert len(plain) == (3 if remedy else 2)
    annotations = list(github_lines([problem], [row]))
    assert len(annotations) == 2
    for line in [*plain, *annotations]:
        assert len(line.splitlines()) == 1
        assert not any(ord(char) < 32 or 0x7F <= ord(char) <= 0x9F or 0x202A <= ord(char) <= 0x202E for char in line)
    assert json.loads(json_document([problem], [row]))["problems"][0]["message"] == message
