"""What documents may hold: so many values, under keys of such length, numbers within doubles, so much in all."""

import json
from pathlib import Path
from typing import Any

import pytest

from fountaingen.commands.printers import github_lines, json_document
from fountaingen.model.problems import Place, Problem, Rejected, format_problem
from fountaingen.stages import load
from fountaingen.stages.load import json_reader, limits, yaml_reader

_READERS = pytest.mark.parametrize("reader", [json_reader, yaml_reader], ids=["json", "yaml"])


def _codes(reader: Any, text: str) -> list[str]:
    try:
        reader.read(text, "a")
    except Rejected as rejected:
        assert all(problem.place.line for problem in rejected.problems)
        return [problem.code for problem in rejected.problems]
    return []


@_READERS
@pytest.mark.parametrize(
    ("number", "codes"),
    [
        ("1" * 308, []),
        ("1" + "0" * 309, ["FG009"]),
        ("-1" + "0" * 400, ["FG009"]),
        ("9" * 6000, ["FG009"]),
        ("1e999", ["FG009"]),
        ("1e100000000", ["FG009"]),
        ("1." + "0" * 2000, ["FG009"]),
        ("1e-400", []),
        ("12345678901234567890123456789012345678901234567890", []),
    ],
    ids=lambda value: value[:12] if isinstance(value, str) else "",
)
def test_a_number_is_one_that_a_double_comes_near(reader: Any, number: str, codes: list[str]) -> None:
    assert _codes(reader, f'{{"a": {number}}}') == codes
    # As a key it is text, of which libyaml takes 1,024 characters where no "?" is before it.
    assert _codes(reader, f'{{"{number[:1_000]}": 1}}') == []


@pytest.mark.parametrize("number", ["0x" + "f" * 300, "0o" + "7" * 400, "0x" + "f" * 100_000])
def test_numbers_of_other_bases_are_measured_too(number: str) -> None:
    assert _codes(yaml_reader, f"a: {number}\n") == ["FG009"]


@pytest.mark.parametrize(("reader", "start"), [(json_reader, "{"), (yaml_reader, "{? ")])
def test_keys_have_an_end(reader: Any, start: str) -> None:
    assert _codes(reader, f'{start}"{"k" * limits.MAX_KEY}": 1}}') == []
    assert _codes(reader, f'{start}"{"k" * (limits.MAX_KEY + 1)}": 1}}') == ["FG011"]


@_READERS
def test_values_are_counted(reader: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "MAX_VALUES", 100)
    monkeypatch.setattr(yaml_reader, "MAX_ALIASED", 0)
    assert _codes(reader, json.dumps([0] * 98)) == []
    assert _codes(reader, json.dumps([[0] * 50, {str(number): 0 for number in range(60)}])) == ["FG011"]


@_READERS
def test_long_keys_above_many_values_are_refused(reader: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "MAX_POINTERS", 1_000_000)
    data = {"k" * 1_000: {str(number): 0 for number in range(900)}}
    assert _codes(reader, json.dumps(data)) == []
    assert _codes(reader, json.dumps({"k": data, "l": data})) == ["FG011"]


def test_the_files_of_a_contract_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load, "MAX_FILES", 3)
    for number in range(4):
        (tmp_path / f"{number}.yaml").write_text("a: 1\n")
    read = load.reader(tmp_path, "specs")
    for number in range(3):
        read(f"specs/{number}.yaml")
    with pytest.raises(Rejected) as caught:
        read("specs/3.yaml")
    assert caught.value.problems[0].code == "FG010"


def test_the_files_of_a_contract_are_weighed_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load, "MAX_BYTES_OF_ALL", 9)
    for number in range(2):
        (tmp_path / f"{number}.yaml").write_text("a: 1\n")
    read = load.reader(tmp_path, "specs")
    read("specs/0.yaml")
    with pytest.raises(Rejected) as caught:
        read("specs/1.yaml")
    assert caught.value.problems[0].code == "FG010"


def test_a_problem_quotes_a_little_and_obeys_nothing() -> None:
    text = "::error file=x::\r\n\x1b[2J%0A\u202e" * 10_000
    problem = Problem("FG104", f"{text!r} does not exist: {text}", Place(f"specs/{text[:50]}", 1, 1), text)
    printed = format_problem(problem)
    assert len(printed) < 2_000
    assert all(line.isprintable() for line in printed.split("\n"))
    (line,) = github_lines([problem])
    assert line.startswith("::error ")
    assert line.isprintable()
    assert "%0A" not in line.replace("%250A", "").replace("%0A", "", 1)
    document = json_document([problem])
    assert document.isascii()
    assert len(document) < 2_000
