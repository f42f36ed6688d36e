"""Rendering: templates print ``Code``, data is dumped, Python is formatted, and nothing else passes."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from fountaingen.model.plan import FromData, FromTemplate, Plan, Verbatim
from fountaingen.model.problems import Rejected
from fountaingen.primitives.code import Code, literal
from fountaingen.stages.render import render

_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "line.py.jinja").write_text("{{ line }}\n")
    (tmp_path / "text.md.jinja").write_text("# {{ line }}\n")
    return tmp_path


def _printed(folder: Path, path: str, line: Any) -> bytes:
    template = "line.py.jinja" if path.endswith(".py") else "text.md.jinja"
    return render(Plan((FromTemplate(path, template, {"line": line}),)), [folder])[path]


def test_code_is_printed_and_formatted(folder: Path) -> None:
    assert _printed(folder, "a.py", Code("x  =  'a'")) == b'x = "a"\n'


@pytest.mark.parametrize("line", ["x = 1", 1, None, True, ["x"], {"x": 1}, b"x"])
def test_nothing_but_code_is_printed(folder: Path, line: Any) -> None:
    with pytest.raises(Rejected) as caught:
        _printed(folder, "a.py", line)
    assert caught.value.problems[0].code == "FG301"
    assert "templates print Code" in caught.value.problems[0].message


def test_a_name_that_is_not_there_is_told(folder: Path) -> None:
    plan = Plan((FromTemplate("a.py", "line.py.jinja", {}),))
    with pytest.raises(Rejected) as caught:
        render(plan, [folder])
    assert "'line' is undefined" in caught.value.problems[0].message


@pytest.mark.parametrize(
    ("line", "code"),
    [(Code("x ="), "FG302"), (Code("x = 1\x00"), "FG302"), (Code("x = '\xf6'"), "FG303"), (Code("pwn()"), "FG303")],
)
def test_what_is_no_python_of_ours_is_refused(folder: Path, line: Code, code: str) -> None:
    with pytest.raises(Rejected) as caught:
        _printed(folder, "a.py", line)
    assert caught.value.problems[0].code == code


def test_a_template_of_the_first_folder_wins(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    own = tmp_path_factory.mktemp("own")
    (own / "text.md.jinja").write_text("own {{ line }}\n")
    plan = Plan((FromTemplate("a.md", "text.md.jinja", {"line": Code("x")}), Verbatim("b", b"\xff")))
    assert render(plan, [own, folder]) == {"a.md": b"own x\n", "b": b"\xff"}


@given(_JSON)
def test_data_is_dumped_as_it_is(value: Any) -> None:
    files = render(Plan((FromData("a.json", value), FromData("a.yaml", value))), [])
    assert repr(json.loads(files["a.json"])) == repr(value)
    assert files["a.json"].isascii() and files["a.yaml"].isascii()


@given(st.text())
def test_texts_survive_yaml(text: str) -> None:
    written = render(Plan((FromData("a.yaml", {text: text}),)), [])["a.yaml"]
    assert yaml.safe_load(written) == {text: text}


@given(st.text())
def test_a_literal_of_any_text_can_be_printed(text: str) -> None:
    assert literal(text).isascii()
