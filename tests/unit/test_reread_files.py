"""Files that are no Python, read back: data is what was dumped, and what is printed elsewhere is one word or value."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fountaingen.model.plan import FromData, FromTemplate, Plan, Verbatim
from fountaingen.model.problems import Rejected
from fountaingen.primitives import dockerfile, environment, markdown, shell, sql
from fountaingen.primitives.code import Code, comment, identifier, plain
from fountaingen.stages.render import render
from fountaingen.stages.reread import is_read, path_faults
from fountaingen.stages.reread.data import json_faults, same, yaml_faults

TEMPLATES = {
    "Dockerfile": "# It's the image.\nFROM {{ name }} AS it\n"
    "LABEL title={{ value }} \\\n      other={{ value }}\nRUN echo 'a'\n",
    "a.sh": "#!/bin/sh\nuse() {\n    cat <<'END'\nit's {{ name }}\nEND\n}\n"
    'all={{ value }}\nsay "it\'s $all" {{ value }}\n',
    ".env.example": "# {{ words }}\n\n{{ value }}\n",
    "a.sql": '-- It\'s a role.\nCREATE ROLE "{{ name }}";\n',
    "a.md": "# {{ value }}\n\n| a | b |\n|---|---|\n| {{ value }} | `{{ name }}` |\n",
    "a.txt": "# The same for everyone.\nname=={{ name }}\n",
}
HARMLESS: dict[str, Code] = {
    "Dockerfile": dockerfile.quoted('a "title" of $5 \\'),
    "a.sh": shell.quoted("it's $HOME"),
    ".env.example": environment.assignment("NAME", environment.text("it's #1 \"\\ $x")),
    "a.sql": sql.name("name"),
    "a.md": markdown.markdown("<b>*a*|[b](c)</b> `x` http://d"),
    "a.txt": plain("name"),
}


def written(folder: Path, path: str, value: Code, **more: Code) -> str:
    (folder / f"{path}.jinja").write_text(TEMPLATES[path])
    view = {"name": plain("name"), "words": comment("some words"), "value": value, **more}
    return render(Plan((FromTemplate(path, f"{path}.jinja", view),)), [folder])[path].decode()


@pytest.mark.parametrize("path", TEMPLATES)
def test_what_encoders_made_passes(tmp_path: Path, path: str) -> None:
    assert HARMLESS[path] in written(tmp_path, path, HARMLESS[path])


@given(st.text())
def test_whatever_the_text_is_it_passes(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    folder = tmp_path_factory.getbasetemp()
    written(folder, "Dockerfile", dockerfile.quoted(text))
    written(folder, "a.sh", shell.quoted(text))
    written(folder, ".env.example", environment.assignment("NAME", environment.text(text)), words=comment(text))
    written(folder, "a.md", markdown.markdown(text))
    written(folder, "a.md", markdown.code_span(text))


HOSTILE = [
    ("Dockerfile", '"a"\nRUN id'),
    ("Dockerfile", '"a" b="c"'),
    ("Dockerfile", '"a'),
    ("Dockerfile", '"$PATH"'),
    ("Dockerfile", "a b"),
    ("Dockerfile", "a\\"),
    ("a.sh", "a; id"),
    ("a.sh", "$(id)"),
    ("a.sh", "`id`"),
    ("a.sh", "'a'b'"),
    ("a.sh", "'a' id"),
    ("a.sh", "'a'\nid"),
    ("a.sh", '"$(id)"'),
    (".env.example", "NAME=a\nOTHER=b"),
    (".env.example", "NAME=a # b"),
    (".env.example", "NAME='a'b'"),
    (".env.example", "NAME=$(id)"),
    (".env.example", "export NAME"),
    (".env.example", "# NAME=a\u2028OTHER=b"),
    ("a.md", "<script>"),
    ("a.md", "[a](javascript:b)"),
    ("a.md", "![a](b)"),
    ("a.md", "a | b"),
    ("a.md", "a\n\n# b"),
    ("a.md", "`a"),
    ("a.md", "``a`"),
    ("a.md", "&lt;b&gt;"),
    ("a.md", "a\u202eb"),
]


@pytest.mark.parametrize(("path", "text"), HOSTILE)
def test_what_is_not_encoded_is_refused(tmp_path: Path, path: str, text: str) -> None:
    with pytest.raises(Rejected) as caught:
        written(tmp_path, path, Code(text))
    assert {(problem.code, problem.place.path) for problem in caught.value.problems} == {("FG303", path)}


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.sql", 'a"; DROP ROLE b; --'),
        ("a.txt", "a\n--index-url b"),
        ("a.txt", "a ; b"),
        ("a.sh", "a\nEND\nid"),
        ("Dockerfile", "a\nRUN id"),
        ("a.md", "a` <b>"),
    ],
)
def test_a_name_is_one_word_everywhere(tmp_path: Path, path: str, text: str) -> None:
    with pytest.raises(Rejected) as caught:
        written(tmp_path, path, HARMLESS[path], name=Code(text))
    assert {problem.code for problem in caught.value.problems} == {"FG303"}


def test_a_quoted_word_within_quotes_of_a_template_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.sh.jinja").write_text("say 'it is {{ value }}'\n")
    with pytest.raises(Rejected) as caught:
        render(Plan((FromTemplate("a.sh", "a.sh.jinja", {"value": shell.quoted("a b")}),)), [tmp_path])
    assert "outside of quotes" in caught.value.problems[0].message


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(_JSON)
def test_values_that_were_dumped_pass(value: Any) -> None:
    assert len(render(Plan((FromData("a.json", value), FromData("a.yaml", [value]))), [])) == 2


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("a: yes", {"a": "yes"}),
        ("a: 0o7", {"a": "0o7"}),
        ("a: 1e3", {"a": "1e3"}),
        ("a: 012", {"a": 12}),
        ("a: 12:30:45", {"a": "12:30:45"}),
        ("a: 2001-01-01", {"a": "2001-01-01"}),
        ("a: 1", {"a": True}),
        ("a: 1", {"a": 1.0}),
        ("a: b\nc: d", {"a": "b\nc: d"}),
        ("a: b\nb: c", {"b": "c", "a": "b"}),
        ("a: b #c", {"a": "b #c"}),
        ("a: [", {"a": "["}),
        ("a: !!python/name:os.system", {"a": "!!python/name:os.system"}),
        ("a: b\n--- c", {"a": "b"}),
        ("a: b\n<<: {c: d}", {"a": "b", "<<": {"c": "d"}}),
        ("a: b\na: c", {"a": "c"}),
    ],
)
def test_yaml_that_says_something_else_is_told(text: str, meant: Mapping[str, Any]) -> None:
    assert list(yaml_faults(text, meant))


@pytest.mark.parametrize(("text", "meant"), [('{"a": 1}', {"a": True}), ('{"1": 1}', {1: 1}), ("[1, 2]", [2, 1])])
def test_json_that_says_something_else_is_told(text: str, meant: Any) -> None:
    assert list(json_faults(text, meant))


def test_a_tuple_is_an_array_and_code_a_text() -> None:
    assert same([["a"]], [(Code("a"),)])
    assert not same([["a"]], [(Code("b"),)])


def test_a_dumper_that_does_not_quote_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "fountaingen.stages.render.as_yaml", lambda data: "".join(f"{key}: {data[key]}\n" for key in data)
    )
    assert render(Plan((FromData("a.yaml", {"a": "b"}),)), []) == {"a.yaml": b"a: b\n"}
    with pytest.raises(Rejected) as caught:
        render(Plan((FromData("a.yaml", {"a": "b\nc: d"}),)), [])
    assert [problem.code for problem in caught.value.problems] == ["FG303", "FG303"]


@pytest.mark.parametrize(
    "path",
    [
        "/a",
        "../a",
        "a/../b",
        "a//b",
        "a/",
        "",
        ".",
        "a/./b",
        "a\\b",
        "c:a",
        "a\nb",
        "a\x00b",
        "a\u202eb",
        "a" * 256,
        "ä" * 128,
    ],
)
def test_paths_that_lead_elsewhere_are_refused(path: str) -> None:
    with pytest.raises(Rejected) as caught:
        render(Plan((Verbatim(path, b""),)), [])
    assert {problem.code for problem in caught.value.problems} == {"FG303"}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a/B", "a/b"),
        ("a/ß", "a/SS"),
        ("a/\ufb01le", "a/file"),
        ("a/e\u0301", "a/\u00e9"),
        ("a/b", "A/B/c"),
        ("a", "a/b"),
    ],
)
def test_two_files_at_one_place_are_refused(one: str, other: str) -> None:
    (problem,) = path_faults([one, other, "z/c"])
    assert problem.code == "FG304"
    assert {problem.place.path, problem.notes[0].place.path} == {one, other}


def test_paths_of_their_own_pass() -> None:
    assert not list(path_faults(["a/b", "a/bc", "ab", ".env.example", "a/.gitignore", "a/ä"]))


def test_only_what_is_read_back_is_known() -> None:
    assert is_read("a/b.py") and is_read("a/Dockerfile") and is_read("a/.env.example") and is_read("kong.yml")
    assert not is_read("a.toml") and not is_read("a") and not is_read("a.html")


def test_identifiers_are_words_of_any_file(tmp_path: Path) -> None:
    assert "name==a_b" in written(tmp_path, "a.txt", HARMLESS["a.txt"], name=identifier("a_b"))
