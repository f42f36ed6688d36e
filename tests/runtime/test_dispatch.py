"""Dispatch: tricky templates by hand, all others against brute force."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fountaingen.runtime.serving.dispatch import Mixed, Table


def scope(path: str, root: str = "") -> dict[str, Any]:
    """Return the scope of a request for a path as it is sent."""
    from urllib.parse import unquote

    return {"path": unquote(path), "raw_path": path.encode(), "root_path": root}


def find(templates: list[str], path: str, method: str = "GET", root: str = "") -> tuple[str, dict[str, str]] | None:
    """Return the template that a path is dispatched to, and the values of its variables."""
    table = Table(("GET", template, template) for template in templates)
    match = table.find(scope(path, root), method)
    if match is None or match.route is None:
        return None
    return match.route.handler, dict(zip(match.route.names, match.values, strict=True))


TRICKY: list[tuple[list[str], str, str | None, dict[str, str]]] = [
    (["/a/{id}", "/a/latest"], "/a/latest", "/a/latest", {}),
    (["/a/{id}", "/a/latest"], "/a/7", "/a/{id}", {"id": "7"}),
    (["/a/{id}", "/a/latest"], "/a/", None, {}),
    (["/a/{id}", "/a/"], "/a/", "/a/", {}),
    (["/a", "/a/"], "/a", "/a", {}),
    (["/a"], "/a/", None, {}),
    (["/a/{id}"], "/a/b%2Fc", "/a/{id}", {"id": "b%2Fc"}),
    (["/a/b", "/{x}"], "/a%2Fb", "/{x}", {"x": "a%2Fb"}),
    (["/a/{x-id}.{ext}"], "/a/b.tar.gz", "/a/{x-id}.{ext}", {"x-id": "b", "ext": "tar.gz"}),
    (["/a/{x-id}.{ext}", "/a/{id}"], "/a/b", "/a/{id}", {"id": "b"}),
    (["/a/{x-id}.{ext}"], "/a/.gz", None, {}),
    (["/größe-{id}"], "/gr%C3%B6%C3%9Fe-7", "/größe-{id}", {"id": "7"}),
    (["/a%20b-{id}"], "/a%20b-7", "/a%20b-{id}", {"id": "7"}),
    (["/q?x={y}"], "/q%3Fx=1", "/q?x={y}", {"y": "1"}),
    (["/q?x={y}"], "/q", None, {}),
    (["/#list"], "/%23list", "/#list", {}),
    (["/a/{id}:verb", "/a/{id}"], "/a/7:verb", "/a/{id}:verb", {"id": "7"}),
    (["/a/{id}:verb", "/a/{id}"], "/a/7:noun", "/a/{id}", {"id": "7:noun"}),
    (["/a/{id}/b", "/a/latest/c"], "/a/latest/b", "/a/{id}/b", {"id": "latest"}),
    (["/a/{id}/b", "/a/latest/c"], "/a/latest/c", "/a/latest/c", {}),
    (["/{a}/x/{b}", "/{a}/{b}/y"], "/1/x/y", "/{a}/x/{b}", {"a": "1", "b": "y"}),
    (["/caf%C3%A9", "/naïve"], "/caf%C3%A9", "/caf%C3%A9", {}),
    (["/naïve"], "/na%C3%AFve", "/naïve", {}),
    (["/"], "/", "/", {}),
    (["/{a}"], "/", None, {}),
    (["/a(b)/{c}"], "/a(b)/1", "/a(b)/{c}", {"c": "1"}),
    (["/{a}{b}"], "/xyz", "/{a}{b}", {"a": "x", "b": "yz"}),
    (["/a%2Fb"], "/a%2Fb", "/a%2Fb", {}),
    (["/a%2Fb"], "/a/b", None, {}),
]


@pytest.mark.parametrize(("templates", "path", "template", "values"), TRICKY)
@pytest.mark.supports("operation/path-templating")
@pytest.mark.supports("operation/overlapping-paths")
@pytest.mark.supports("operation/several-parameters-in-a-segment")
@pytest.mark.supports("operation/trailing-slash")
def test_tricky(templates: list[str], path: str, template: str | None, values: dict[str, str]) -> None:
    expected = None if template is None else (template, values)
    assert find(templates, path) == expected
    assert find(templates[::-1], path) == expected


def test_behind_a_root_path() -> None:
    assert find(["/a/{id}"], "/root/a/7", root="/root") == ("/a/{id}", {"id": "7"})


def test_without_a_raw_path() -> None:
    table = Table([("GET", "/a/{id}", 1)])
    match = table.find({"path": "/a/b%c", "raw_path": None, "root_path": ""}, "GET")
    assert match is not None
    assert list(match.values) == ["b%25c"]


def test_the_path_is_found_before_the_method() -> None:
    table = Table([("GET", "/a/latest", "get"), ("PUT", "/a/{id}", "put"), ("DELETE", "/a/{key}", "delete")])
    put = table.find(scope("/a/latest"), "PUT")
    assert put is not None
    assert put.route is None
    assert put.methods == {"GET"}
    delete = table.find(scope("/a/7"), "DELETE")
    assert delete is not None
    assert delete.route is not None
    assert delete.route.names == ("key",)


def test_a_literal_below_a_variable_is_none() -> None:
    table = Table([("POST", "/a/{id}/order", "order"), ("PUT", "/a/{id}/{part}", "put"), ("GET", "/a/b/{part}", "get")])
    put = table.find(scope("/a/7/order"), "PUT")
    assert put is not None
    assert put.route is None
    assert put.methods == {"POST"}
    beside = table.find(scope("/a/b/order"), "POST")
    assert beside is not None
    assert beside.route is None
    assert beside.methods == {"GET"}


def test_texts_around_variables_leave_the_method_to_decide() -> None:
    table = Table([("GET", "/a/{id}.json", "get"), ("PUT", "/a/{id}", "put"), ("DELETE", "/a/{id}/{part}", "delete")])
    put = table.find(scope("/a/b.json"), "PUT")
    assert put is not None
    assert put.route is not None
    assert put.route.handler == "put"
    post = table.find(scope("/a/b.json"), "POST")
    assert post is not None
    assert post.route is None
    assert post.methods == {"GET", "PUT"}


def test_a_long_segment_costs_no_more_than_its_length() -> None:
    mixed = Mixed(("", "-", "-", "-", "x"))
    assert mixed.values("-" * 100_000) is None


SEGMENT = st.sampled_from(["a", "b", "{x}", "{y}", "a{x}", "{x}.{y}", "{x}-b", ""])
TEMPLATE = st.lists(SEGMENT, min_size=1, max_size=3).map(lambda parts: "/" + "/".join(parts))
PATH = st.lists(st.sampled_from(["a", "b", "ab", "a.b", "a-b", "", "."]), min_size=1, max_size=3).map(
    lambda parts: "/" + "/".join(parts)
)


def matches(template: str, path: str) -> bool:
    """Say by a regular expression whether a template matches."""
    pattern = "".join(
        "[^/]+" if part.startswith("{") else re.escape(part) for part in re.split(r"(\{[^{}]*\})", template)
    )
    return re.fullmatch(pattern, path) is not None


def rank(template: str) -> list[tuple[int, int]]:
    """Rank a template that matches: literal segments first, then those with more text, from the left."""
    ranks = []
    for segment in template.split("/")[1:]:
        text = len(re.sub(r"\{[^{}]*\}", "", segment))
        ranks.append((0, 0) if "{" not in segment else (1, -text))
    return ranks


@given(
    templates=st.lists(TEMPLATE, min_size=1, max_size=6, unique_by=lambda each: re.sub(r"\{.\}", "{}", each)), path=PATH
)
def test_as_brute_force_finds_it(templates: list[str], path: str) -> None:
    fitting = [template for template in templates if matches(template, path)]
    found = find(templates, path)
    if not fitting:
        assert found is None
    else:
        assert found is not None
        assert rank(found[0]) == min(map(rank, fitting))
