"""Printers: problems and verdicts as text for people, one JSON document for programs, or GitHub annotations."""

import json
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from enum import Enum, StrEnum
from typing import Protocol, TextIO

from rich.console import Console
from rich.text import Text

from fountaingen.model.problems import Note, Place, Problem, format_problem, in_order
from fountaingen.primitives.terminal import one_line


class Format(StrEnum):
    """How results are printed: for people, for programs, or as annotations of a pull request on GitHub."""

    TEXT = "text"
    JSON = "json"
    GITHUB = "github"


class TextOrJson(StrEnum):
    """The formats of results that are no findings: for people, or for programs."""

    TEXT = "text"
    JSON = "json"


class Row(Protocol):
    """One verdict on a generated path: ``verdict`` is an Enum of text, ``message`` one line for people."""

    @property
    def path(self) -> str: ...

    @property
    def verdict(self) -> Enum: ...

    @property
    def message(self) -> str: ...


def report(
    problems: Iterable[Problem], rows: Sequence[Row] | None = None, *, format_: Format = Format.TEXT, stream: TextIO
) -> None:
    """Print ``problems`` and, where they were looked for, the verdicts ``rows`` on ``stream``.

    As JSON it is always exactly one document: ``{"problems": […]}``, with ``"findings"`` beside it where ``rows`` is
    given. The other formats print nothing where there is nothing to say.
    """
    match format_:
        case Format.TEXT:
            _print_lines(text_lines(problems, rows or ()), stream)
        case Format.JSON:
            print(json_document(problems, rows), file=stream, flush=True)
        case Format.GITHUB:
            for line in github_lines(problems, rows or ()):
                print(line, file=stream, flush=True)


def diagnose(problems: Iterable[Problem]) -> None:
    """Print ``problems`` as text on standard error, where a command's result is something else."""
    report(problems, stream=sys.stderr)


def console_for(stream: TextIO) -> Console:
    """Return a console that colours only a terminal, honours NO_COLOR and never takes text for markup."""
    return Console(file=stream, markup=False, emoji=False, highlight=False, soft_wrap=True)


def seen(*lines: str, style: str = "") -> Text:
    """Return ``lines`` for a console, with what a terminal would obey as escapes: a ``Text`` by itself passes it on."""
    return Text("\n".join(map(one_line, lines)), style=style)


def text_lines(problems: Iterable[Problem], rows: Sequence[Row] = ()) -> Iterator[str]:
    """Yield the lines of ``problems`` and ``rows`` for people, without colours: ``file:line:col: error[FG104]: …``."""
    for problem in in_order(problems):
        yield from format_problem(problem).split("\n")
    for row in rows:
        yield f"{one_line(row.path)}: {_word(row)}: {one_line(row.message)}"


def json_document(problems: Iterable[Problem], rows: Sequence[Row] | None = None) -> str:
    """Return one JSON document of ASCII: ``problems``, and ``findings`` where ``rows`` is given."""
    document: dict[str, object] = {"problems": [problem_values(problem) for problem in in_order(problems)]}
    if rows is not None:
        document["findings"] = [{"path": row.path, "verdict": _word(row), "message": row.message} for row in rows]
    return json.dumps(document, indent=2)


def github_lines(problems: Iterable[Problem], rows: Sequence[Row] = ()) -> Iterator[str]:
    """Yield the workflow commands of GitHub Actions that annotate the files of a pull request."""
    for problem in in_order(problems):
        extra = [f"help: {one_line(problem.remedy)}"] if problem.remedy else []
        extra += [f"{_place(note.place)}: note: {one_line(note.message)}" for note in problem.notes]
        yield _annotation(problem.severity.value, problem.place, problem.code, [one_line(problem.message), *extra])
    for row in rows:
        yield _annotation("error", Place(row.path), _word(row), [one_line(row.message)])


def _place(place: Place) -> str:
    return one_line(str(place))


def _word(row: Row) -> str:
    return one_line(str(row.verdict.value))


def _place_values(place: Place) -> dict[str, object]:
    return {"path": place.path, "line": place.line, "column": place.column}


def _note_values(note: Note) -> dict[str, object]:
    return {**_place_values(note.place), "message": note.message}


def problem_values(problem: Problem) -> dict[str, object]:
    """Return ``problem`` as the values of a JSON object."""
    return {
        "code": problem.code,
        "severity": problem.severity.value,
        "message": problem.message,
        **_place_values(problem.place),
        "help": problem.remedy,
        "notes": [_note_values(note) for note in problem.notes],
    }


def _annotation(level: str, place: Place, title: str, lines: Sequence[str]) -> str:
    properties = {"file": one_line(place.path)}
    if place.line:
        properties |= {"line": str(place.line), "col": str(place.column)}
    properties["title"] = one_line(title)
    written = ",".join(f"{name}={_github_property(value)}" for name, value in properties.items())
    return f"::{level} {written}::{_github_data(chr(10).join(lines))}"


def _github_data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _github_property(text: str) -> str:
    return _github_data(text).replace(":", "%3A").replace(",", "%2C")


# The label of a line is the first word it could be: a message that holds another one keeps its own colour.
_LABEL = re.compile(r"^(?P<place>.*?): (?P<label>(?P<kind>error|warning|note|[a-z]+)(?:\[[^\]]*\])?): ")
_STYLES = {"error": "bold red", "warning": "bold yellow", "note": "bold cyan"}


def _print_lines(lines: Iterable[str], stream: TextIO) -> None:
    console = console_for(stream)
    for line in lines:
        console.print(_coloured(line))


def _coloured(line: str) -> Text:
    text = Text(line)
    if line.startswith("  help: "):
        text.stylize("green", 2, 7)
    elif found := _LABEL.match(line):
        text.stylize("bold", *found.span("place"))
        text.stylize(_STYLES.get(found["kind"], "bold magenta"), *found.span("label"))
    return text
