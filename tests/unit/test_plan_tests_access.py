"""What a service's tests do about security: credentials for every scheme, refusals for each way to be wrong."""

import asyncio
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fountaingen.runtime.contract import Contract, Operation
from fountaingen.runtime.errors import ApiError
from fountaingen.runtime.judge import Judges
from fountaingen.runtime.parameters.binder import Sources
from fountaingen.runtime.security import Identity, Security
from fountaingen.stages.plan.tests.access import access_of
from fountaingen.stages.plan.tests.probes import Probe, Stranger
from fountaingen.testkit.callers import Caller, Way, credentials, environment

SCHEMES: dict[str, Any] = {
    "key": {"type": "apiKey", "in": "header", "name": "X-Key"},
    "other key": {"type": "apiKey", "in": "query", "name": "key"},
    "basic": {"type": "http", "scheme": "Basic"},
    "bearer": {"type": "http", "scheme": "Bearer"},
    "oauth": {"type": "oauth2"},
    "oidc": {"type": "openIdConnect", "openIdConnectUrl": "https://a.test"},
    "mutual": {"type": "mutualTLS"},
    "digest": {"type": "http", "scheme": "digest", "x-fountaingen-security": "gateway"},
    "unknown": {"type": "http", "scheme": "digest"},
}
SHORTEST = Way()
KNOWN = [name for name in SCHEMES if name != "unknown"]


def _admitted(caller: Caller, *alternatives: dict[str, tuple[str, ...]], way: Way = SHORTEST) -> Identity | None:
    """Return who is let in with what the kit sends, by a service in the kit's environment."""
    operation = Operation("x", "GET", "/", 200, (), None, {}, alternatives, "x")
    contract = Contract("Test", "1", {"x": operation}, SCHEMES, b"", b"", Judges({}), Judges({}))
    sent = credentials(caller, alternatives, SCHEMES, way)
    headers = [(name.lower().encode(), value.encode()) for name, value in sent.headers.items()]
    guard = Security.of(contract, None, environment()).guards["x"]
    query = urlencode(sent.query).encode()
    return asyncio.run(guard.admit(Sources({"type": "http", "headers": headers, "query_string": query}, {})))


@pytest.mark.parametrize("scheme", KNOWN)
def test_the_kit_and_the_service_agree_on_every_scheme(scheme: str) -> None:
    found = _admitted(Caller.KNOWN, {scheme: ("a b", "c")})
    assert found is not None and found.schemes == (scheme,) and found.scopes >= {"a b", "c"}
    assert access_of([{scheme: []}], SCHEMES).reachable


@pytest.mark.parametrize(
    ("scheme", "caller"),
    [
        *((scheme, caller) for scheme in KNOWN for caller in (Caller.UNKNOWN, Caller.NOBODY)),
        *((scheme, Caller.EXPIRED) for scheme in ("bearer", "oauth", "oidc")),
    ],
)
def test_who_is_not_known_is_refused_by_every_scheme(scheme: str, caller: Caller) -> None:
    with pytest.raises(ApiError) as caught:
        _admitted(caller, {scheme: ()})
    assert caught.value.status == 401


def test_a_token_without_scopes_is_refused() -> None:
    with pytest.raises(ApiError) as caught:
        _admitted(Caller.UNSCOPED, {"oauth": ("read",)})
    assert caught.value.status == 403


@pytest.mark.parametrize(
    ("alternatives", "reachable", "by_key", "by_token", "ways"),
    [
        ([], True, False, False, ()),
        ([{}], True, False, False, ()),
        ([{"key": []}], True, True, False, ()),
        ([{"oauth": []}], True, False, True, ()),
        ([{"oauth": ["a"]}, {"key": []}], True, True, True, (0, 1)),
        ([{"key": []}, {"oauth": ["a"]}], True, True, False, (0, 1)),
        ([{"key": [], "oauth": ["a"]}], True, True, True, ()),
        ([{"unknown": []}], False, False, False, ()),
        ([{"missing": []}], False, False, False, ()),
        ([{"unknown": []}, {"oauth": ["a"]}], True, False, True, ()),
        ([{"basic": [], "bearer": []}], False, False, False, ()),
    ],
)
def test_how_an_operation_is_called(
    alternatives: list[dict[str, list[str]]], reachable: bool, by_key: bool, by_token: bool, ways: tuple[int, ...]
) -> None:
    found = access_of(alternatives, SCHEMES)
    assert (found.reachable, found.by_key, found.by_token, found.ways) == (reachable, by_key, by_token, ways)


NOBODY, UNKNOWN, EXPIRED, UNSCOPED = Stranger.NOBODY, Stranger.UNKNOWN, Stranger.EXPIRED, Stranger.UNSCOPED


@pytest.mark.parametrize(
    ("alternatives", "probes"),
    [
        ([], []),
        ([{}], []),
        ([{"key": []}], [Probe(NOBODY, 401), Probe(UNKNOWN, 401)]),
        ([{}, {"key": []}], [Probe(UNKNOWN, 401, 1)]),
        ([{"unknown": []}], [Probe(NOBODY, 401)]),
        (
            [{"oauth": ["a"]}],
            [Probe(NOBODY, 401), Probe(UNKNOWN, 401), Probe(EXPIRED, 401), Probe(UNSCOPED, 403)],
        ),
        # A token that reaches less far is enough for the other alternative.
        (
            [{"oauth": ["a"]}, {"oidc": []}],
            [
                Probe(NOBODY, 401),
                *(Probe(caller, 401, way) for way in (0, 1) for caller in (UNKNOWN, EXPIRED)),
            ],
        ),
        (
            [{"key": [], "basic": []}, {"basic": []}],
            [
                Probe(NOBODY, 401),
                Probe(UNKNOWN, 401, 0),
                # The key alone is too little; name and password alone are enough.
                Probe(NOBODY, 401, 0, "basic"),
                Probe(UNKNOWN, 401, 0, "basic"),
                Probe(UNKNOWN, 401, 1),
            ],
        ),
        # Nobody is named by a gateway that does not know him, which is how everybody gets in here.
        ([{}, {"digest": []}], []),
    ],
)
def test_who_is_refused(alternatives: list[dict[str, list[str]]], probes: list[Probe]) -> None:
    assert [*access_of(alternatives, SCHEMES).probes] == probes


_schemes = st.sampled_from([*SCHEMES, "other key"])
_alternatives = st.lists(st.dictionaries(_schemes, st.sampled_from([[], ["a"], ["a", "b"]]), max_size=3), max_size=4)


@settings(max_examples=25)
@given(_alternatives)
@example([{}, {"bearer": ["a"]}, {"key": [], "bearer": []}])
def test_the_service_answers_every_probe_as_foretold(alternatives: list[dict[str, list[str]]]) -> None:
    asked = [{name: tuple(scopes) for name, scopes in each.items()} for each in alternatives]
    access = access_of(alternatives, SCHEMES)
    for probe in access.probes:
        with pytest.raises(ApiError) as caught:
            _admitted(Caller[probe.caller.value], *asked, way=Way(probe.way, probe.at))
        assert caught.value.status == probe.status
    for number in access.ways:
        assert _admitted(Caller.KNOWN, *asked, way=Way(number)) is not None


@settings(max_examples=25)
@given(_alternatives)
def test_whoever_is_kept_out_by_an_operation_is_probed(alternatives: list[dict[str, list[str]]]) -> None:
    assert bool(access_of(alternatives, SCHEMES).probes) or {} in alternatives or not alternatives
