"""The manifest: the same bytes for the same build, and nothing believed when it is read back."""

import json

import pytest

from fountaingen.model import manifest as module
from fountaingen.model.manifest import Manifest, ancestors, digest, path_fault
from fountaingen.model.problems import Rejected
from fountaingen.model.tree import Tree

A = digest(b"a")
B = digest(b"b")


def document(**members: object) -> bytes:
    return json.dumps({"inputs": {}, "outputs": {}, **members}).encode()


def message_of(data: bytes) -> str:
    with pytest.raises(Rejected) as caught:
        Manifest.parse(data, "generated/manifest.json")
    (problem,) = caught.value.problems
    assert problem.place.path == "generated/manifest.json"
    assert "--force" in problem.remedy
    return problem.message


def test_one_entry_a_line_in_order() -> None:
    tree = Tree({"b/x.py": b"b", "a.py": b"a"}, {"specs/ü.yaml": B, "settings": A})
    assert Manifest.of(tree).to_bytes().decode() == (
        "{\n"
        '  "inputs": {\n'
        f'    "settings": "{A}",\n'
        f'    "specs/\\u00fc.yaml": "{B}"\n'
        "  },\n"
        '  "outputs": {\n'
        f'    "a.py": "{A}",\n'
        f'    "b/x.py": "{B}"\n'
        "  },\n"
        '  "digest": "22cd749f7d891d35c7a1f1a4758ec67874cb8ccf589cc11e771084c92106f63e"\n'
        "}\n"
    )


def test_reads_back_what_it_wrote() -> None:
    manifest = Manifest.of(Tree({"a/b.py": b"a", "c": b"b"}, {"specs/x\n\udc80.yaml": A}))
    assert Manifest.parse(manifest.to_bytes()) == manifest
    assert Manifest.parse(Manifest({}, {}).to_bytes()) == Manifest({}, {})


def test_entry_order_means_nothing() -> None:
    assert Manifest({"b": B, "a": A}, {}).to_bytes() == Manifest({"a": A, "b": B}, {}).to_bytes()


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/etc/passwd",
        "../x",
        "a/../b",
        "a/..",
        "./a",
        "a/./b",
        "a//b",
        "a/",
        "a\\b",
        "a\0b",
        "a\nb",
        "a\x1b[0mb",
        "a\u2028b",
        "a\udc80b",
        "a\u202eb",
        "manifest.json",
        "manifest.json/x",
        "a/__pycache__/b.py",
        "a/b.pyc",
        ".DS_Store",
        "x" * 256,
        "ü" * 128,
        "/".join(["abc"] * 300),
    ],
)
def test_bad_paths_are_refused(path: str) -> None:
    assert path_fault(path)
    # Long texts are cut in what is told of them.
    assert repr(path)[:100] in message_of(document(outputs={path: A}))
    with pytest.raises(Rejected):
        Manifest.of(Tree({path: b""}, {}))


@pytest.mark.parametrize(
    "path", ["a", "a/b.py", "a b", "ü/é.txt", ".dockerignore", "...", "a/manifest.json", "x" * 255]
)
def test_good_paths_are_taken(path: str) -> None:
    assert not path_fault(path)
    assert Manifest.parse(document(outputs={path: A})).outputs == {path: A}


@pytest.mark.parametrize("value", ["", "0" * 63, "0" * 65, A.upper(), f"{A}\n", "g" * 64, "\u0660" * 64])
@pytest.mark.parametrize("side", ["inputs", "outputs"])
def test_bad_digests_are_refused(side: str, value: str) -> None:
    assert "sha256" in message_of(document(**{side: {"a": value}}))


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "not JSON"),
        (b"<<<<<<< HEAD\n", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b"[]", "must hold"),
        (b"null", "must hold"),
        (b"{}", "must hold"),
        (b'{"inputs": {}}', "must hold"),
        (b'{"inputs": {}, "outputs": []}', "must hold"),
        (b'{"inputs": {}, "outputs": {}, "more": 1}', "must hold"),
        (b'{"inputs": {}, "outputs": {"a": 1}}', "must be a text"),
        (b'{"inputs": {}, "inputs": {}, "outputs": {}}', "appears twice"),
        (b"[" * 100_000, "nested too deeply"),
        (b"1" * 10_000, "not JSON"),
    ],
)
def test_bad_documents_are_refused(data: bytes, said: str) -> None:
    assert said in message_of(data)


def test_syntax_error_is_placed() -> None:
    with pytest.raises(Rejected) as caught:
        Manifest.parse(b'{"inputs": {},\n  oops', "m.json")
    assert str(caught.value.problems[0].place) == "m.json:2:3"


def test_size_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_BYTES", 10)
    assert "larger than 10 bytes" in message_of(document())


def test_a_file_below_a_file_is_refused() -> None:
    assert "'a/b/c' lies below another file" in message_of(document(outputs={"a": A, "a/b/c": B}))


def test_every_fault_is_told() -> None:
    with pytest.raises(Rejected) as caught:
        Manifest.parse(document(outputs={"/a": A, "../b": B, "c": "no"}))
    assert len(caught.value.problems) == 3


def test_ancestors_are_the_folders_outermost_first() -> None:
    assert ancestors("a/b/c.py") == ("a", "a/b")
    assert ancestors("c.py") == ()
