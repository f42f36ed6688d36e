"""Any value at any place of a contract ends in problems or in services, and never in an exception."""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fountaingen.model.problems import Rejected, errors, format_problem
from fountaingen.model.settings import Settings
from fountaingen.model.system import System
from fountaingen.project import Project, SpecSource
from fountaingen.reading import Read, read_one
from fountaingen.stages.load import load
from fountaingen.stages.plan import plan_service, plan_system

_GOLDEN = Path(__file__).parent.parent / "golden"
_CONTRACTS = ("later", "media", "security", "extensions", "outgoing", "streams", "keys", "hooks", "filters")
_WORDS = """
type format enum const multipleOf maximum exclusiveMaximum minimum maxLength minLength pattern maxItems minItems
uniqueItems contains maxContains required dependentRequired dependentSchemas title description default
deprecated readOnly writeOnly example examples allOf anyOf oneOf not if then else prefixItems items properties
patternProperties additionalProperties propertyNames unevaluatedProperties contentMediaType discriminator xml
nullable $ref $id $anchor $schema $defs name in schema style explode content encoding headers links callbacks
responses requestBody parameters security servers tags operationId summary get post webhooks components paths
info jsonSchemaDialect url variables flows scheme value itemSchema itemEncoding x-fountaingen-service
x-fountaingen-table x-fountaingen-column x-fountaingen-operation x-kong-name x-kong-route-defaults x-kong-
plugin-cors 200 default 2XX application/json multipart/form-data
"""
_KEYS = (
    *_WORDS.split(),
    *("", "None", "1", "a b", "名", "\n", "#", "/", "~1", "..", "../x", "{a}", "/{a}{b}", "\u202e", "x" * 2_000),
)
_VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1.5, 10**300, 1e308, 2**63, "", " ", "x", "\n", "(", "{", "{a}", "%zz", "//x", "\\"),
    *("object", "array", "string", "../x", "#", "#/", "#/paths", "nope.yaml", "http://[", "😀", "x" * 300),
    *([], {}, [None], [[]], [{}], ["a", "a"], [1, "a", None, True, {"x": 1}, [1]], {"": None}, {"$ref": 5}),
    *({"$ref": "#"}, {"$ref": "#/paths"}, {"allOf": []}, {"oneOf": {}}, {"items": []}, {"required": True}),
    *({"enum": {}}, {"enum": []}, {"discriminator": "x"}, {"patternProperties": {"(": {}}}, {"type": "object"}),
)
_ANY = st.sampled_from(_VALUES) | st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(_KEYS) | st.text(), inner, max_size=3),
    max_leaves=6,
)


@cache
def _contract(name: str) -> Any:
    (path,) = (_GOLDEN / name / "specs").iterdir()
    return json.loads(json.dumps(yaml.safe_load(path.read_text("utf-8")), default=str))


def _places(value: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield place
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, member in inner:
        yield from _places(member, (*place, key))


def _with(data: Any, place: tuple[Any, ...], value: Any) -> Any:
    """Return a copy of ``data`` with ``value`` at ``place``, of which the last part may be new."""
    if not place:
        return value
    copied = dict(data) if isinstance(data, dict) else list(data)
    known = place[0] in copied if isinstance(copied, dict) else True
    copied[place[0]] = _with(copied[place[0]] if known else None, place[1:], value)
    return copied


@st.composite
def _changed(draw: st.DrawFn) -> Any:
    data = _contract(draw(st.sampled_from(_CONTRACTS)))
    places = list(_places(data))
    if draw(st.booleans()):
        return _with(data, draw(st.sampled_from(places)), draw(_ANY))
    maps = [place for place in places if isinstance(_at(data, place), dict)]
    return _with(data, (*draw(st.sampled_from(maps)), draw(st.sampled_from(_KEYS))), draw(_ANY))


def _at(data: Any, place: tuple[Any, ...]) -> Any:
    for key in place:
        data = data[key]
    return data


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("reading")
    (root / "specs").mkdir()
    return root


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=_changed())
def test_any_value_at_any_place_ends_in_problems_or_a_service(folder: Path, data: Any) -> None:
    path = folder / "specs" / "a.json"
    path.write_text(json.dumps(data))
    project = Project(folder, Settings())
    # Without the guard: that would tell of an exception as a fault.
    found = read_one(project, SpecSource("a", path, "specs/a.json"))
    for problem in found.problems:
        assert all(line.isprintable() for line in format_problem(problem).split("\n"))
    if found.service is None or found.hooks is None or errors(found.problems):
        assert errors(found.problems)
        return
    try:
        _plan(project, found)
    except Rejected as rejected:
        assert errors(rejected.problems)


def _plan(project: Project, found: Read) -> None:
    assert found.service is not None
    assert found.hooks is not None
    plan_service(found.service, found.hooks, (), ())
    plan_system(System((found.service,), {found.service.name: found.hooks}, project.settings.deployment))


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(start=st.sampled_from(("", "openapi: 3.1.0\n", '{"openapi": "3.1.0"')), rest=st.binary(max_size=40))
@pytest.mark.parametrize("ending", ["yaml", "json"])
def test_any_bytes_end_in_problems_or_a_document(folder: Path, start: str, rest: bytes, ending: str) -> None:
    path = folder / f"bytes.{ending}"
    path.write_bytes(start.encode() + rest)
    try:
        load(path, path.name)
    except Rejected as rejected:
        assert errors(rejected.problems)
