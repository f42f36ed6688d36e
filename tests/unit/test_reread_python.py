"""Generated Python, read back: one token for each text of a contract, and nothing called but what is ours."""

import ast
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fountaingen.model.plan import FromTemplate, Plan
from fountaingen.model.problems import Problem, Rejected
from fountaingen.primitives.code import Code, comment, docstring, identifier, literal
from fountaingen.primitives.origin import Sink
from fountaingen.stages.render import render
from fountaingen.stages.reread import lexer
from fountaingen.stages.reread.trees import parsed, same

TEMPLATE = '''\
# {{ header }}
"""A module."""

from app.runtime import thing


class {{ name }}(thing.Base):
    {{ doc }}

    title = {{ title }}
    made = thing.make({{ title }}, it={{ other }})


def first(it: int) -> str:
    """Return what it is."""
    return f"it is {it}" if it else "nothing"
'''
VALUES: dict[str, str] = {"header": "words", "name": "Name", "doc": "What it is.", "title": "a title", "other": "b"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("templates")
    (folder / "module.py.jinja").write_text(TEMPLATE)
    return folder


def view(**changes: Code) -> dict[str, Any]:
    encoders = {"header": comment, "name": identifier, "doc": docstring, "title": literal, "other": literal}
    return {name: encoders[name](value) for name, value in VALUES.items()} | changes


def printed(folder: Path, **changes: Code) -> str:
    plan = Plan((FromTemplate("a/module.py", "module.py.jinja", view(**changes)),))
    return render(plan, [folder])["a/module.py"].decode()


def problems(folder: Path, **changes: Code) -> tuple[Problem, ...]:
    with pytest.raises(Rejected) as caught:
        printed(folder, **changes)
    return caught.value.problems


@given(st.text(), st.text(), st.text())
def test_whatever_encoders_made_passes(folder: Path, header: str, doc: str, title: str) -> None:
    tree = ast.parse(printed(folder, header=comment(header), doc=docstring(doc), title=literal(title)))
    assert title in {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists, max_leaves=4))
def test_whatever_has_a_literal_passes(folder: Path, value: Any) -> None:
    assert repr(value) in {ast.unparse(node) for node in ast.walk(ast.parse(printed(folder, other=literal(value))))}


def test_a_long_text_in_several_parts_passes(folder: Path) -> None:
    text = "a'b\"c\\d\n" * 40
    constants = {
        node.value
        for node in ast.walk(ast.parse(printed(folder, title=literal(text))))
        if isinstance(node, ast.Constant)
    }
    assert text in constants


def test_a_name_may_stand_in_a_string_of_a_template(tmp_path: Path) -> None:
    (tmp_path / "a.py.jinja").write_text("made = {'the {{ name }} of it': '{{ name }}'}\n")
    plan = Plan((FromTemplate("a.py", "a.py.jinja", {"name": identifier("thing")}),))
    assert render(plan, [tmp_path])["a.py"] == b'made = {"the thing of it": "thing"}\n'


UNENCODED = {
    "a second string": ("title", "'a', 'b'"),
    "a call": ("title", "'a' + thing.make('b')"),
    "a call of what is not ours": ("title", "exec('b')"),
    "an import in an expression": ("title", "__import__('os').system('b')"),
    "an attribute": ("title", "thing.__globals__"),
    "a lambda": ("title", "(lambda: thing)()"),
    "a formatted string": ("title", "f'{thing}'"),
    "a comprehension": ("title", "[it for it in thing]"),
    "a statement": ("title", "'a'; thing.make()"),
    "a line of its own": ("title", "'a'\n    thing.make()"),
    "an open string": ("title", "'a"),
    "an open docstring": ("doc", '"""a'),
    "an open docstring that a later one ends": ("doc", '"""a""" + """'),
    "a statement after a docstring": ("doc", '"""a"""; thing.make("""b""")'),
    "no docstring": ("doc", "thing.make()"),
    "a comment that takes the rest of its line": ("title", "'a' #"),
    "a line after a comment": ("header", "words\nthing.make()"),
    "a line feed of another kind after a comment": ("header", "words\rthing.make()"),
    "a comment that says how the file is encoded": ("header", "coding: utf-7"),
    "a comment that type checkers obey": ("header", "words # type: ignore"),
    "a comment that formatters obey": ("header", "fmt: off"),
    "a name and a base": ("name", "Name(object), Other"),
    "a keyword": ("name", "class"),
    "a name of another alphabet": ("name", "N\u0430me"),
    "a decorator": ("name", "Name:\n    pass\n\n\n@thing.make\nclass Other"),
}


@pytest.mark.parametrize("where", UNENCODED)
def test_what_no_encoder_made_is_refused(folder: Path, where: str) -> None:
    member, text = UNENCODED[where]
    assert {problem.code for problem in problems(folder, **{member: Code(text)})} <= {"FG302", "FG303"}


SINKS = {"header": Sink.COMMENT, "name": Sink.IDENTIFIER, "doc": Sink.DOCSTRING, "title": Sink.LITERAL}


@pytest.mark.parametrize("where", UNENCODED)
def test_what_an_encoder_made_wrong_is_refused(folder: Path, where: str) -> None:
    member, text = UNENCODED[where]
    wrong = Code.encoded(text, SINKS[member], text)
    assert {problem.code for problem in problems(folder, **{member: wrong})} <= {"FG302", "FG303"}


def test_a_string_with_another_value_is_refused(folder: Path) -> None:
    (problem,) = problems(folder, title=Code.encoded("'a'", Sink.LITERAL, "a\u202e"), other=literal("a"))[:1]
    assert "not the one string" in problem.message


def test_a_problem_says_where(folder: Path) -> None:
    found = problems(folder, title=Code("'stray'"))
    assert [(each.code, each.place.path, each.place.line) for each in found] == [
        ("FG303", "a/module.py", 10),
        ("FG303", "a/module.py", 11),
    ]
    assert all(each.remedy == "report this as a fault of fountaingen" for each in found)


def test_every_file_is_read_before_any_is_refused(folder: Path) -> None:
    plan = Plan(
        tuple(FromTemplate(f"{name}.py", "module.py.jinja", view(title=Code("'stray'"))) for name in ("a", "b"))
    )
    with pytest.raises(Rejected) as caught:
        render(plan, [folder])
    assert {problem.place.path for problem in caught.value.problems} == {"a.py", "b.py"}


@pytest.mark.parametrize(
    ("source", "tokens"),
    [
        ("a = 'b'  # c", ["'b'", "# c"]),
        ("'#' \"'\" # '", ["'#'", '"\'"', "# '"]),
        ('"""a"b""c\n""" \'\'\'"""\'\'\'', ['"""a"b""c\n"""', "'''\"\"\"'''"]),
        (r"'\'' r'\\' '\\' b''", [r"'\''", r"r'\\'", r"'\\'", "b''"]),
    ],
)
def test_strings_and_comments_are_found(source: str, tokens: list[str]) -> None:
    lexed = lexer.lex(source)
    assert [lexed.of(token) for token in lexed.tokens] == tokens


@given(
    st.lists(
        st.text().map(ascii) | st.text().map(lambda text: f"{text!r}") | st.sampled_from(["#", "# a\n", " ", "\n"])
    )
)
def test_strings_are_found_as_the_parser_finds_them(parts: list[str]) -> None:
    source = "(" + " ".join(parts) + "\n)"
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return
    meant = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    assert list(lexer.constants(lexer.lex(source))) == meant


@pytest.mark.parametrize(
    ("left", "right", "are_same"),
    [
        ("a = 'b'", 'a = "b"', True),
        ("a = (1)", "a = 1", True),
        ('"""a  \n  b\n"""', '"""a\nb"""', True),
        ("a = 'b '", "a = 'b'", False),
        ("a = 1", "a = True", False),
        ("a = 1", "a = 1.0", False),
        ("f(a)", "f(a, b)", False),
        ("f(a=1)", "f(b=1)", False),
    ],
)
def test_trees_are_compared(left: str, right: str, are_same: bool) -> None:
    assert same(parsed(left), parsed(right)) is are_same


def test_what_a_formatter_changes_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "fountaingen.stages.render.formatting.format_str", lambda source, mode: source.replace("it=", "at=")
    )
    (problem,) = problems(folder)
    assert problem.code == "FG302"
    assert "black changed what it says" in problem.message
