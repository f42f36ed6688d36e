"""Routes found by the segments of their paths: never one too few, and few where there are many."""

from hypothesis import given
from hypothesis import strategies as st

from fountaingen.kong.candidates import Candidates
from fountaingen.kong.expressions import router_pattern
from fountaingen.kong.patterns import rust

_PIECES = (
    "a",
    "b",
    "a-b",
    r"a\.b",
    r"(?:\:|%3A)",
    "(?<x>[^#?/]+)",
    "(?<y>.+)",
    r"\/",
    "a*",
    "a|b",
    "(?:a/b)",
    "[ab/]",
    "",
)
_PATTERN = st.builds(
    lambda segments, end: f"~/{'/'.join(segments)}{end}",
    st.lists(st.sampled_from(_PIECES).flatmap(lambda one: st.sampled_from([one, f"{one}a", f"a{one}"])), max_size=4),
    st.sampled_from(["$", "", "/", "$|b"]),
)
_PREFIX = st.lists(st.sampled_from(("a", "b", "a-b")), max_size=3).map(lambda parts: "/" + "/".join(parts))
_PATH = st.lists(st.sampled_from(("a", "b", "aa", "ab", "a-b", "a.b", ":", "%3A", "a%2Fb", "")), max_size=4).map(
    lambda parts: "/" + "/".join(parts)
)


def _fits(path: str, sent: str) -> bool:
    if not path.startswith("~"):
        return sent.startswith(path)
    try:
        return rust.compiled(router_pattern(path)).search(sent) is not None
    except ValueError:
        return False


@given(st.lists(st.lists(_PATTERN | _PREFIX, max_size=3), max_size=6), _PATH)
def test_no_route_that_fits_is_left_out(routes: list[list[str]], sent: str) -> None:
    found = list(Candidates(routes).of(sent))
    assert found == sorted(set(found))
    fitting = {number for number, paths in enumerate(routes) if not paths or any(_fits(path, sent) for path in paths)}
    assert fitting <= set(found)


def test_routes_of_other_segments_are_not_tried() -> None:
    routes = [[f"~/repos/(?<owner>[^#?/]+)/part{number}$"] for number in range(1000)]
    found = Candidates([*routes, ["~/repos/(?<owner>[^#?/]+)/(?<other>[^#?/]+)$"]]).of("/repos/me/part7")
    assert list(found) == [7, 1000]
