"""Paths as regular expressions, and their priorities, against what a service itself takes for its operations."""

import re
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fountaingen.kong.patterns.pcre import fault
from fountaingen.kong.patterns.rust import compiled, refusal
from fountaingen.kong.uris import normalized
from fountaingen.runtime.serving.dispatch import Table
from fountaingen.stages.plan.system.gateway.paths import Target, priorities, regex

_NAMES = st.text(min_size=1, max_size=40).filter(lambda name: not set(name) & set("{}/"))
_TEXTS = st.text("abc.-_~!$&'()*+,;=:@ äß<>^[]|", max_size=4)
_PLAIN = st.sampled_from(["a", "b", "a.b", "{x}", "{x}.{y}", "{x}:v", "v{x}", "c"])


def _takes(pattern: str, path: str) -> bool:
    return compiled("^" + pattern.removeprefix("~").replace("?<", "?P<")).search(normalized(path)) is not None


@pytest.mark.supports("document/servers/path")
@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("/", "~/$"),
        ("/characters/{id}", "~/characters/(?<id>[^#?/]+)$"),
        ("/a/{x}.{y}", r"~/a/(?<x>[^#?/]+)\.(?<y>[^#?/]+)$"),
        ("/a/{item-id}/{item_id}", "~/a/(?<item_id>[^#?/]+)/(?<item_id_2>[^#?/]+)$"),
        ("/a/{1st}/{ä}", "~/a/(?<p1st>[^#?/]+)/(?<value>[^#?/]+)$"),
        ("/v1//a/", "~/v1/a/$"),
        ("/a:b", "~/a(?::|%3A)b$"),
        ("/a%2Fb/%41", "~/a%2Fb/A$"),
        ("/a?<b", r"~/a%3F\x3Cb$"),
    ],
)
def test_a_template_is_written_as_a_regular_expression(template: str, expected: str) -> None:
    assert regex(template) == expected


@given(st.lists(st.tuples(_TEXTS, _NAMES), min_size=1, max_size=4))
def test_whatever_a_template_holds_both_engines_read_it(parts: list[tuple[str, str]]) -> None:
    pattern = regex("".join(f"/{text}{{{name}}}" for text, name in parts))
    assert not fault(pattern[1:])
    assert not refusal("^" + pattern[1:].replace("?<", "?P<"))
    groups = re.findall(r"\(\?<(\w+)>", pattern)
    assert len(groups) == len(set(groups)) == len(parts)
    assert all(len(group) < 32 and group.isascii() for group in groups)


@given(st.lists(_TEXTS.filter(str.strip), min_size=1, max_size=3))
def test_literal_text_is_taken_as_clients_send_it(texts: list[str]) -> None:
    path = "/" + "/".join(f"x{text}" for text in texts)
    assert _takes(regex(path), quote(path, safe="/"))
    assert not _takes(regex(path), quote(path, safe="/") + "x")
    assert not _takes(regex(path), "/x" + quote(path, safe="/"))


@pytest.mark.parametrize("value", ["1", "a%2Fb", "a%20b", "%3F", "ä", "a.b"])
def test_a_value_is_one_segment(value: str) -> None:
    assert _takes(regex("/a/{x}"), f"/a/{value}")
    assert not _takes(regex("/a/{x}"), f"/a/{value}/b")
    assert not _takes(regex("/a/{x}"), f"/a/{value}/")
    assert not _takes(regex("/a/{x}"), "/a/")


@given(st.lists(st.lists(_PLAIN, min_size=1, max_size=3), min_size=1, max_size=8), st.data())
def test_the_router_finds_what_the_service_finds(paths: list[list[str]], data: st.DataObject) -> None:
    templates = list({re.sub(r"\{\w\}", "{}", f"/{'/'.join(path)}"): f"/{'/'.join(path)}" for path in paths}.values())
    ranks = priorities([Target.of(["a.example"], [template]) for template in templates])
    segment = st.sampled_from(["a", "b", "c", "a.b", "z", "z.y", "q:v", "vz", "a:v", "v.v"])
    path = "/" + "/".join(data.draw(st.lists(segment, min_size=1, max_size=3)))
    table = Table([("GET", template, template) for template in templates])
    match = table.find({"path": path, "raw_path": path.encode()}, "GET")
    found = [(rank, template) for rank, template in zip(ranks, templates, strict=True) if _takes(regex(template), path)]
    best = [template for rank, template in found if rank == max(found)[0]]
    if match is None or match.route is None:
        assert best == []
    else:
        assert match.route.handler in best
        assert len(best) == 1 or all("{x}" in each for each in best)


def test_priorities_stay_small_and_only_compare_what_one_request_may_take() -> None:
    targets = [Target.of(["a"], [path]) for path in ("/a/{x}", "/a/latest", "/b/{x}", "/{x}/latest", "/c")]
    assert priorities(targets) == [1, 2, 1, 0, 0]
    apart = [Target.of(["a"], ["/a/{x}"]), Target.of(["b"], ["/a/latest"])]
    assert priorities(apart) == [0, 0]
