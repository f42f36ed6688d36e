"""Reading files: values, keys, positions, limits."""

import json
import math
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fountaingen.model.document import Document
from fountaingen.model.problems import Rejected
from fountaingen.primitives import pointer as pointers
from fountaingen.stages import files, load
from fountaingen.stages.load import json_reader, limits, yaml_reader

_TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=8)
_SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | _TEXT
_DATA = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_TEXT, inner, max_size=4),
    max_leaves=20,
)


def _yaml(text: str) -> Any:
    return yaml_reader.read(text, "a.yaml")[0]


def _codes(rejected: Rejected) -> list[str]:
    return [problem.code for problem in rejected.problems]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("yes", "yes"),
        ("off", "off"),
        ("2020-01-01", "2020-01-01"),
        ("12:30:45", "12:30:45"),
        ("1_000", "1_000"),
        ("true", True),
        ("'true'", "true"),
        ("null", None),
        ("", None),
        ("~", None),
        ("012", 12),
        ("0o14", 12),
        ("0xC", 12),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("1.", 1.0),
        ("123456789012345678901234567890", 123456789012345678901234567890),
        ("!!str 12", "12"),
        ("!!float 1", 1.0),
        ("! 12", "12"),
        ('"\\u00e9"', "é"),
    ],
)
def test_yaml_scalars_are_of_the_core_schema(text: str, value: object) -> None:
    found = _yaml(f"a: {text}")["a"]
    assert found == value
    assert type(found) is type(value)


def test_keys_are_text_as_written() -> None:
    assert list(_yaml("200: a\ntrue: b\n1.0: c\n~: d\n'x': e\n")) == ["200", "true", "1.0", "~", "x"]


def test_merge_keys_fill_in_what_is_not_there() -> None:
    data = _yaml("a: &a {x: 1, y: 2}\nb: &b {z: 3, x: 4}\nc: {y: 5, <<: [*a, *b]}\n'<<': kept\n")
    assert data["c"] == {"y": 5, "x": 1, "z": 3}
    assert data["<<"] == "kept"


def test_an_alias_may_be_a_key() -> None:
    assert _yaml("a: &k name\n*k : b\n") == {"a": "name", "name": "b"}


def test_nothing_in_a_file_is_nothing() -> None:
    assert _yaml("") is None
    assert _yaml("# only a remark\n") is None


@given(_DATA)
def test_both_readers_read_what_json_writes(data: Any) -> None:
    text = json.dumps({"data": data})
    assert json_reader.read(text, "a.json")[0] == {"data": data}
    # YAML 1.2 is a superset of JSON; only astral escapes by surrogate pairs are read otherwise by libyaml.
    text = json.dumps({"data": data}, ensure_ascii=False)
    try:
        found = yaml_reader.read(text, "a.yaml")[0]
    except Rejected as rejected:
        assert set(_codes(rejected)) <= {"FG003"}
        return
    assert _close(found, {"data": data})


def _close(one: Any, other: Any) -> bool:
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_close(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_close, one, other))
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other)
    return bool(one == other) and type(one) is type(other)


@given(st.dictionaries(_TEXT, _DATA, max_size=5), st.sampled_from([None, 1, 4]))
def test_each_position_in_json_is_where_its_key_or_item_begins(data: dict[str, Any], indent: int | None) -> None:
    text = json.dumps(data, indent=indent)
    _, positions = json_reader.read(text, "a.json")
    lines = text.split("\n")
    expected = dict(_pointers(data, ""))
    assert set(positions) == {*expected, ""}
    for pointer, start in expected.items():
        line, column = positions[pointer]
        assert lines[line - 1][column - 1 :].startswith(start)


def _pointers(data: Any, pointer: str) -> list[tuple[str, str]]:
    if isinstance(data, dict):
        items = [(pointers.join(pointer, key), json.dumps(key), item) for key, item in data.items()]
    elif isinstance(data, list):
        items = [(pointers.join(pointer, index), _first(item), item) for index, item in enumerate(data)]
    else:
        return []
    found = [(child, start) for child, start, _ in items]
    return found + [pair for child, _, item in items for pair in _pointers(item, child)]


def _first(item: Any) -> str:
    return json.dumps(item)[:1] if isinstance(item, dict | list) else json.dumps(item)


def test_yaml_positions_are_of_keys_and_items() -> None:
    _, positions = yaml_reader.read("a:\n  - x\n  - {b: 1}\n'c d': 2\n", "a.yaml")
    assert positions == {"/a": (1, 1), "/a/0": (2, 5), "/a/1": (3, 5), "/a/1/b": (3, 6), "/c d": (4, 1)}


def test_a_document_is_read_from_its_file(tmp_path: Path) -> None:
    path = tmp_path / "pets.YAML"
    path.write_bytes(b"\xef\xbb\xbfopenapi: 3.1.1\r\npaths: {}\r\n")
    document = load.load(path, "specs/pets.yaml")
    assert document.data == {"openapi": "3.1.1", "paths": {}}
    assert document.path == "specs/pets.yaml"
    assert document.source == path.read_bytes()
    assert str(document.place("/paths/~1pets")) == "specs/pets.yaml:2:1"


def test_json_is_never_read_as_yaml(tmp_path: Path) -> None:
    path = tmp_path / "pets.json"
    path.write_text("openapi: 3.1.1\n")
    with pytest.raises(Rejected) as caught:
        load.load(path, "pets.json")
    assert _codes(caught.value) == ["FG003"]


@pytest.mark.parametrize("kind", ["absent", "folder", "pipe", "loop", "device"])
def test_only_regular_files_are_read(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "pets.yaml"
    match kind:
        case "folder":
            path.mkdir()
        case "pipe":
            os.mkfifo(path)
        case "loop":
            path.symlink_to(path)
        case "device":
            path.symlink_to("/dev/zero")
    with pytest.raises(Rejected) as caught:
        load.load(path, "pets.yaml")
    assert _codes(caught.value) == ["FG001"]
    assert str(caught.value.problems[0].place) == "pets.yaml"


def test_a_file_larger_than_the_limit_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "pets.yaml"
    path.write_bytes(b"a: 1")
    os.truncate(path, files.MAX_BYTES + 1)
    with pytest.raises(Rejected) as caught:
        load.load(path, "pets.yaml")
    assert _codes(caught.value) == ["FG010"]


@pytest.mark.parametrize("reader", [json_reader, yaml_reader])
@pytest.mark.parametrize("opening", ["[", '{"a":'])
def test_the_deepest_nesting_allowed_is_read_and_one_more_is_not(reader: Any, opening: str) -> None:
    closing = "]" if opening == "[" else "}"

    def nested(depth: int) -> str:
        return opening * depth + "1" + closing * depth

    reader.read(nested(limits.MAX_DEPTH), "a")
    for depth in (limits.MAX_DEPTH + 1, 20_000):
        with pytest.raises(Rejected) as caught:
            reader.read(nested(depth), "a")
        assert _codes(caught.value) == ["FG007"]


def test_aliases_add_to_the_depth() -> None:
    text = "a: &a " + "[" * 150 + "]" * 150 + "\nb: " + "[" * 51 + "*a" + "]" * 51 + "\n"
    with pytest.raises(Rejected) as caught:
        _yaml(text)
    assert _codes(caught.value) == ["FG007"]


def test_every_key_that_stands_twice_is_told() -> None:
    for reader, text in ((json_reader, '{"a": {"b": 1, "b": 2}, "a": 3}'), (yaml_reader, "a: {b: 1, b: 2}\na: 3\n")):
        with pytest.raises(Rejected) as caught:
            reader.read(text, "a")
        assert _codes(caught.value) == ["FG004", "FG004"]
        assert all(problem.notes for problem in caught.value.problems)


@pytest.mark.parametrize(
    ("data", "meant"),
    [
        ({"openapi": "3.1.1"}, True),
        ({"swagger": "2.0"}, True),
        ({"info": {}, "paths": {}}, True),
        ({"components": {}}, False),
        ([], False),
        (None, False),
    ],
)
def test_what_counts_as_a_contract(data: Any, meant: bool) -> None:
    assert load.is_openapi(Document("a.yaml", data, b"", {})) is meant


def test_a_reader_stays_in_its_folder(tmp_path: Path) -> None:
    specs = tmp_path / "specs"
    (specs / "common").mkdir(parents=True)
    (specs / "common" / "pet.yaml").write_text("a: 1\n")
    (tmp_path / "secret.yaml").write_text("a: 2\n")
    (specs / "link.yaml").symlink_to(tmp_path / "secret.yaml")
    (specs / "inside.yaml").symlink_to(specs / "common" / "pet.yaml")
    read = load.reader(specs, "project/specs")
    assert read("project/specs/common/pet.yaml").data == {"a": 1}
    assert read("project/specs/inside.yaml").path == "project/specs/inside.yaml"
    for name in ("project/secret.yaml", "project/specs/link.yaml", "/etc/passwd", "../specs/common/pet.yaml"):
        with pytest.raises(Rejected) as caught:
            read(name)
        assert _codes(caught.value) == ["FG022"]
    with pytest.raises(Rejected) as caught:
        read("project/specs/a\0b.yaml")
    assert _codes(caught.value) == ["FG001"]
