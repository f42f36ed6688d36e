"""What a service's tests do about security: credentials for every scheme, refusals for each way to be wrong."""

import asyncio
from typing import Any

import pytest

from fountaingen.runtime.contract import Contract, Operation
from fountaingen.runtime.errors import ApiError
from fountaingen.runtime.judge import Judges
from fountaingen.runtime.parameters.binder import Sources
from fountaingen.runtime.security import Identity, Security
from fountaingen.stages.plan.tests.access import Access, access_of
from fountaingen.testkit.callers import Caller, credentials, environment

SCHEMES: dict[str, Any] = {
    "key": {"type": "apiKey", "in": "header", "name": "X-Key"},
    "basic": {"type": "http", "scheme": "Basic"},
    "bearer": {"type": "http", "scheme": "Bearer"},
    "oauth": {"type": "oauth2"},
    "oidc": {"type": "openIdConnect", "openIdConnectUrl": "https://a.test"},
    "mutual": {"type": "mutualTLS"},
    "digest": {"type": "http", "scheme": "digest", "x-fountaingen-security": "gateway"},
    "unknown": {"type": "http", "scheme": "digest"},
}
KNOWN = [name for name in SCHEMES if name != "unknown"]


def _admitted(caller: Caller, *alternatives: dict[str, tuple[str, ...]]) -> Identity | None:
    """Return who is let in with what the kit sends, by a service in the kit's environment."""
    operation = Operation("x", "GET", "/", 200, (), None, {}, alternatives, "x")
    contract = Contract("Test", "1", {"x": operation}, SCHEMES, b"", b"", Judges({}), Judges({}))
    sent = credentials(caller, alternatives, SCHEMES)
    headers = [(name.lower().encode(), value.encode()) for name, value in sent.headers.items()]
    guard = Security.of(contract, None, environment()).guards["x"]
    return asyncio.run(guard.admit(Sources({"type": "http", "headers": headers, "query_string": b""}, {})))


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
    ("alternatives", "expected"),
    [
        ([], Access()),
        ([{}], Access()),
        ([{"key": []}], Access(by_key=True)),
        ([{"oauth": []}], Access(by_token=True)),
        ([{"oauth": ["a"]}], Access(by_token=True, by_scope=True)),
        ([{"oauth": ["a"]}, {"oidc": []}], Access(by_token=True)),
        ([{"oauth": ["a"]}, {"key": []}], Access(by_key=True, by_token=True)),
        ([{"key": []}, {"oauth": ["a"]}], Access(by_key=True)),
        ([{"key": [], "oauth": ["a"]}], Access(by_key=True, by_token=True, by_scope=True)),
        ([{"unknown": []}], Access(reachable=False)),
        ([{"missing": []}], Access(reachable=False)),
        ([{"unknown": []}, {"oauth": ["a"]}], Access(by_token=True, by_scope=True)),
        ([{"basic": [], "bearer": []}], Access(reachable=False)),
    ],
)
def test_how_an_operation_is_called(alternatives: list[dict[str, list[str]]], expected: Access) -> None:
    assert access_of(alternatives, SCHEMES) == expected
