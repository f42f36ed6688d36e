"""What prints views is given types and names alone, and what it printed is read back."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import datamodel_code_generator
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fountaingen.model.plan import FromViews, Plan
from fountaingen.model.problems import Rejected
from fountaingen.model.service import Views
from fountaingen.stages.render import render
from fountaingen.stages.views import _module
from fountaingen.stages.views.conjunction import Schemas
from fountaingen.stages.views.printer import _config, print_classes
from fountaingen.stages.views.verify import Unfaithful, verify, verify_layout

HEADER = "# Generated."
ALLOWED = {"$ref", "additionalProperties", "anyOf", "customTypePath", "enum", "items", "properties", "required", "type"}
UPLOAD = "app.runtime.uploads.RuntimeUpload"
WELL_KNOWN = ("$id", "$anchor", "$dynamicRef", "$schema", "title", "default", "description", "discriminator", "format")
CANARY = "os.system.canary"


@cache
def obeyed() -> tuple[str, ...]:
    """Return every keyword beyond the standard's that the library's source speaks of."""
    folder = Path(datamodel_code_generator.__file__).parent
    source = "".join(path.read_text(encoding="utf-8") for path in sorted(folder.rglob("*.py")))
    found = set(re.findall(r"""["'](x-[A-Za-z-]+|custom[A-Za-z]+|default_factory)["']""", source))
    return (*sorted(found), *WELL_KNOWN)


def test_the_library_still_obeys_what_it_did() -> None:
    assert {"customTypePath", "customBasePath", "default_factory", "x-python-type", "x-enum-varnames"} <= set(obeyed())


_PLAIN = st.recursive(
    st.sampled_from(
        [
            {"type": "string"},
            {"type": "integer"},
            {"enum": ["a", "b"]},
            {"$ref": "#/$defs/Other"},
            {"type": ["string", "null"]},
        ]
    ),
    lambda inner: st.one_of(
        st.fixed_dictionaries(
            {"type": st.just("object"), "properties": st.dictionaries(st.sampled_from("abc"), inner)}
        ),
        st.fixed_dictionaries({"type": st.just("array"), "items": inner}),
        st.fixed_dictionaries({"type": st.just("object"), "additionalProperties": inner}),
        st.fixed_dictionaries({"oneOf": st.lists(inner, min_size=1, max_size=2)}),
        st.fixed_dictionaries({"allOf": st.lists(inner, min_size=1, max_size=2)}),
    ),
    max_leaves=6,
)
_CANARIES = st.sampled_from([CANARY, [CANARY], {"name": CANARY, "type": CANARY, "module": CANARY, "import": CANARY}])


@st.composite
def decorated(draw: st.DrawFn) -> dict[str, Any]:
    """Draw schemas in which many have keywords that the library would obey."""

    def decorate(schema: Any) -> Any:
        if isinstance(schema, list):
            return [decorate(each) for each in schema]
        if not isinstance(schema, dict):
            return schema
        inner = {key: decorate(value) for key, value in schema.items() if key != "properties"}
        if "properties" in schema:
            inner["properties"] = {name: decorate(value) for name, value in schema["properties"].items()}
        extra = draw(st.dictionaries(st.sampled_from(obeyed()), _CANARIES, max_size=2))
        return {**inner, **extra}

    return {
        "Root": decorate(draw(_PLAIN)),
        "Other": decorate({"type": "object", "properties": {"x": {"type": "integer"}}}),
    }


def schemas_in(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield every schema that a printed document holds."""
    yield schema
    for inner in (*schema.get("properties", {}).values(), *schema.get("anyOf", ())):
        yield from schemas_in(inner)
    for keyword in ("items", "additionalProperties"):
        if isinstance(schema.get(keyword), dict):
            yield from schemas_in(schema[keyword])


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(decorated())
def test_no_keyword_that_the_library_obeys_reaches_it(schemas: dict[str, Any]) -> None:
    document = _module(Schemas(schemas), None, None).document()
    assert document.keys() == {"openapi", "info", "paths", "components"}
    assert document["info"] == {"title": "", "version": ""} and document["paths"] == {}
    assert document["components"].keys() == {"schemas"}
    for schema in (inner for whole in document["components"]["schemas"].values() for inner in schemas_in(whole)):
        assert schema.keys() <= ALLOWED
        assert schema.get("customTypePath", UPLOAD) == UPLOAD
        assert schema.get("$ref", "#/components/schemas/").startswith("#/components/schemas/")
    assert CANARY not in repr(document)


def test_the_library_is_to_fetch_and_read_nothing() -> None:
    config = _config(_module(Schemas({"A": {"type": "string"}}), None, None))
    assert config.allow_remote_refs is False
    assert config.formatters == []
    assert config.input_filename is None
    assert config.output is None


SCHEMAS = {"A": {"type": "object", "properties": {"someName": {"enum": ["a", "b"]}, "b": {"type": "integer"}}}}


@pytest.mark.parametrize(
    ("printed", "instead"),
    [
        ("int", "int or pwn()"),
        ("int", "Annotated[int, Field(default_factory=int)]"),
        ("int", "Annotated[int, Field(description='int')]"),
        ("int", "pwn.int"),
        ("int", "Literal['pwn']"),
        ("'someName'", "'pwn'"),
        ("'a'", "'c'"),
        ("class A(BaseModel):", "class A(BaseModel, pwn):"),
        ("class A(BaseModel):", "@pwn\nclass A(BaseModel):"),
        ("class A(BaseModel):", "import pwn\nclass A(BaseModel):"),
        ("extra='allow'", "extra='ignore'"),
        ("int", "(lambda: int)()"),
        ("int", "int[[int for int in int]]"),
        ("int", "int if int else int"),
    ],
)
def test_what_was_not_meant_is_refused(printed: str, instead: str) -> None:
    module = _module(Schemas(SCHEMAS), None, None)
    classes = print_classes(module)
    assert verify(classes, module)
    assert printed in classes
    with pytest.raises(Unfaithful):
        verify(classes.replace(printed, instead, 1), module)


@pytest.mark.parametrize(
    "source",
    [
        '"""Views."""\nfrom os import system\nclass A:\n    a: int\n',
        '"""Views."""\nsystem()\nclass A:\n    a: int\n',
        '"""Views."""\nclass A:\n    a: str\n',
        '"""Views."""\nclass A:\n    a: int\n\n\nclass B:\n    a: int\n',
        'system()\n"""Views."""\nclass A:\n    a: int\n',
    ],
)
def test_a_layout_that_says_something_else_is_refused(source: str) -> None:
    with pytest.raises(Unfaithful):
        verify_layout(source, "class A:\n    a: int")


def test_an_unfaithful_view_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fountaingen.stages.views.lay_out", lambda classes: f"{classes}\n\n\nclass B:\n    pass\n")
    plan = Plan((FromViews("a/app/schemas.py", Views(SCHEMAS, frozenset(), frozenset()), HEADER),))
    with pytest.raises(Rejected) as caught:
        render(plan, [])
    assert [(each.code, each.place.path) for each in caught.value.problems] == [("FG303", "a/app/schemas.py")]


def test_a_header_is_a_comment() -> None:
    plan = Plan((FromViews("a/app/schemas.py", Views(SCHEMAS, frozenset(), frozenset()), f"{HEADER}\npwn()"),))
    with pytest.raises(Rejected):
        render(plan, [])
