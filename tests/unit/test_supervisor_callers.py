"""Who may call in development: tokens and a user that the services know, and nothing where people say it themselves."""

import asyncio
import base64
import stat
from pathlib import Path
from typing import Any

import pytest
from building import operation, service

from fountaingen.runtime.contract import Contract, Operation
from fountaingen.runtime.judge import Judges
from fountaingen.runtime.parameters.binder import Sources
from fountaingen.runtime.security import Identity, Security
from fountaingen.supervisor.callers import Callers, callers_of
from fountaingen.supervisor.development import Development, Keys, environment_of
from fountaingen.supervisor.units import ServiceUnit, ServiceView

SCHEMES: dict[str, Any] = {
    "key": {"type": "apiKey", "in": "header", "name": "X-Key"},
    "basic": {"type": "http", "scheme": "basic"},
    "oauth": {"type": "oauth2", "flows": {}},
}


def _callers(*alternatives: dict[str, list[str]]) -> Callers:
    made = service({"/a": {"get": operation(security=list(alternatives))}}, components={"securitySchemes": SCHEMES})
    return callers_of(made)


def _environment(callers: Callers, tmp_path: Path, keys: Keys, **outer: str) -> dict[str, str]:
    view = ServiceView("a", "A", tmp_path, None, (), callers)
    return environment_of(view, {}, Development.of(tmp_path), keys, outer)


def _admitted(environment: dict[str, str], scheme: str, value: str) -> Identity | None:
    contract_operation = Operation("x", "GET", "/", 200, (), None, {}, ({scheme: ("a b",)},), "x")
    contract = Contract("A", "1", {"x": contract_operation}, SCHEMES, b"", b"", Judges({}), Judges({}))
    headers = [(b"authorization", value.encode())]
    guard = Security.of(contract, None, environment).guards["x"]
    return asyncio.run(guard.admit(Sources({"type": "http", "headers": headers, "query_string": b""}, {})))


def test_a_contract_says_what_its_callers_need() -> None:
    assert _callers({"key": []}) == Callers()
    assert _callers({"key": []}, {"basic": []}) == Callers(passwords=True)
    found = _callers({"oauth": ["b"]}, {"oauth": ["a"], "basic": ["role"]}, {})
    assert found == Callers(tokens=True, passwords=True, scopes=frozenset({"a", "b"}))


def test_the_token_that_is_handed_out_is_good_and_private(tmp_path: Path) -> None:
    environment = _environment(Callers(tokens=True), tmp_path, Keys("k", True))
    development = Development.of(tmp_path)
    token = development.hand_out(["a b", "c"])
    found = _admitted(environment, "oauth", f"Bearer {token}")
    assert found is not None and (found.subject, found.scopes) == ("dev", {"a b", "c"})
    for name in ("dev-token", "dev-secret"):
        assert stat.S_IMODE((development.folder / name).stat().st_mode) == 0o600
    assert (development.folder / "dev-token").read_text("utf-8") == f"{token}\n"
    assert development.issuer() == development.issuer()
    assert development.issuer().secret not in repr(development.issuer())
    development.announce([ServiceUnit("a", tmp_path, 8001, {}, "A")], "k", token)
    assert f'"token": "{token}"' in (development.folder / "up.json").read_text("utf-8")


def test_the_user_of_development_has_the_key_as_password(tmp_path: Path) -> None:
    environment = _environment(Callers(passwords=True), tmp_path, Keys("secret", True))
    pair = base64.b64encode(b"dev:secret").decode()
    found = _admitted(environment, "basic", f"Basic {pair}")
    assert found is not None and found.subject == "dev"
    assert "secret" not in environment["BASIC_USERS"]


def test_what_people_set_themselves_stays(tmp_path: Path) -> None:
    callers = Callers(tokens=True, passwords=True)
    given = _environment(callers, tmp_path, Keys("", False), JWT_ISSUER="https://a.test", BASIC_USERS_FILE="users")
    assert sorted(given) == ["DATABASE_URL", "LOG_TRACEBACKS", "PEER_API_KEY"]
    assert not (tmp_path / ".fountaingen" / "dev-secret").exists()
    assert Development.of(tmp_path).keys({"API_KEYS_FILE": "keys"}) == Keys("", False)
    assert set(_environment(Callers(), tmp_path, Keys("k", True))) == {
        "API_KEYS",
        "DATABASE_URL",
        "LOG_TRACEBACKS",
        "PEER_API_KEY",
    }


@pytest.mark.parametrize(
    ("accepted", "first"),
    [
        ("a, b", "a"),
        ("ann:secret;scopes=read write, b", "secret"),
        ("ann:sha256=00, bob:b", "b"),
        ("sha256=00", ""),
        ("ann:a:b", "a:b"),
        ("", ""),
    ],
)
def test_the_first_key_is_one_that_can_be_sent(accepted: str, first: str) -> None:
    assert Keys(accepted, False).first == first
