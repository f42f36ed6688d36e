"""API keys and basic credentials: exact, in constant time, known by name, and never twice."""

import base64
import hashlib
import hmac
import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from security_kit import Door, request

from fountaingen.runtime.credentials import keys as keys_module
from fountaingen.runtime.credentials import passwords
from fountaingen.runtime.credentials.keys import ApiKey
from fountaingen.runtime.credentials.passwords import Cost, User, hashed
from fountaingen.runtime.errors import Forbidden, Unauthorized
from fountaingen.runtime.security import Credentials, Identity

HEADER = {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}}
BASIC = {"basic": {"type": "http", "scheme": "Basic"}}
CHEAP = Cost(1024, 1, 1)


def _basic(username: str, password: str) -> tuple[str, str]:
    return "Authorization", f"Basic {base64.b64encode(f'{username}:{password}'.encode()).decode()}"


@pytest.mark.supports("security/apiKey/header")
@pytest.mark.supports("security/apiKey/query")
@pytest.mark.supports("security/apiKey/cookie")
@pytest.mark.parametrize(
    ("place", "headers", "query", "known"),
    [
        ("header", [("K", "one")], b"", True),
        ("header", [("K", "on")], b"", False),
        ("header", [("K", "one ")], b"", False),
        ("header", [("K", "ONE")], b"", False),
        ("header", [("K", "one"), ("K", "one")], b"", False),
        ("header", [("K", "one, one")], b"", False),
        ("header", [("K", b"\xff")], b"", False),
        ("header", [("K", "")], b"", False),
        ("header", [], b"k=one", False),
        ("query", [], b"k=one", True),
        ("query", [], b"k=%6Fne", True),
        ("query", [], b"k=one&k=one", False),
        ("query", [], b"k=%FF", False),
        ("query", [], b"\xff", False),
        ("query", [], b"K=one", False),
        ("cookie", [("cookie", "a=b; k=one")], b"", True),
        ("cookie", [("cookie", "k=one; k=one")], b"", False),
        ("cookie", [("cookie", "k=%6Fne")], b"", False),
        ("cookie", [("cookie", b"k=\xff")], b"", False),
    ],
)
def test_keys_wherever_they_stand(place: str, headers: list[tuple[str, Any]], query: bytes, known: bool) -> None:
    door = Door({"key": {"type": "apiKey", "in": place, "name": "k"}}, {"key": ()}, API_KEYS="two, one")
    if known:
        assert door.admit(*headers, query=query) is not None
    else:
        with pytest.raises(Unauthorized):
            door.admit(*headers, query=query)


def test_a_key_says_whose_it_is_and_what_it_may() -> None:
    digest = hashlib.sha256(b"secret").hexdigest()
    door = Door(HEADER, {"key": ("read",)}, API_KEYS=f"reports:sha256={digest};scopes=read list, ann:a:b;c, plain")
    assert door.admit(("X-Key", "secret")) == Identity("reports", frozenset({"read", "list"}), schemes=("key",))
    assert door.admit(("X-Key", "a:b;c")) == Identity("ann", frozenset({"read"}), schemes=("key",))
    assert door.admit(("X-Key", "plain")) == Identity("key", frozenset({"read"}), schemes=("key",))


def test_a_key_without_the_scope_is_known_and_forbidden() -> None:
    door = Door(HEADER, {"key": ("write",)}, API_KEYS="reports:one;scopes=read")
    with pytest.raises(Forbidden):
        door.admit(("X-Key", "one"))


def test_a_schemes_own_keys_take_the_place_of_the_shared_ones() -> None:
    schemes = {"appKey": HEADER["key"], "other": {"type": "apiKey", "in": "header", "name": "X-Other"}}
    door = Door(schemes, {"appKey": (), "other": ()}, API_KEYS="shared", API_KEYS_APP_KEY="own")
    found = door.admit(("X-Key", "own"), ("X-Other", "shared"))
    assert found is not None and found.schemes == ("appKey", "other")
    for headers in ([("X-Key", "shared"), ("X-Other", "shared")], [("X-Key", "own"), ("X-Other", "own")]):
        with pytest.raises(Unauthorized):
            door.admit(*headers)


def test_keys_come_from_a_file_too(tmp_path: Any) -> None:
    file = tmp_path / "keys"
    file.write_text("# of the reports\nreports:one\n\nann:two, bob:three\n", encoding="utf-8")
    door = Door(HEADER, {"key": ()}, API_KEYS_FILE=str(file))
    assert [door.admit(("X-Key", key)).subject for key in ("one", "two", "three")] == ["reports", "ann", "bob"]
    with pytest.raises(ValueError, match="API_KEYS and API_KEYS_FILE"):
        Door(HEADER, {"key": ()}, API_KEYS_FILE=str(file), API_KEYS="x")
    with pytest.raises(ValueError, match="API_KEYS_FILE cannot be read"):
        Door(HEADER, {"key": ()}, API_KEYS_FILE=str(tmp_path / "nothing"))


@pytest.mark.parametrize("entry", ["reports:sha256=abc", "sha256=00", "ann:;scopes=a", "ann:"])
def test_an_entry_that_makes_no_sense_stops_the_start_without_being_shown(entry: str) -> None:
    with pytest.raises(ValueError, match="API_KEYS has an entry") as caught:
        Door(HEADER, {"key": ()}, API_KEYS=entry)
    assert entry not in str(caught.value)


def test_keys_and_passwords_are_not_in_what_is_printed_of_them() -> None:
    assert "secret" not in repr(ApiKey.parse("ann:secret", "API_KEYS"))
    shown = repr(User.parse(f"ann:{hashed('secret', CHEAP)}", "BASIC_USERS"))
    assert "digest" not in shown and "salt" not in shown
    assert "secret" not in repr(Credentials("x", "basic", "ann", "secret", "secret"))


@given(st.text(min_size=1), st.text(min_size=1))
def test_a_key_fits_itself_and_nothing_else(key: str, other: str) -> None:
    held = ApiKey("", hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest(), None)
    assert hmac.compare_digest(held.digest, hashlib.sha256(other.encode("utf-8", "surrogatepass")).digest()) == (
        key == other
    )


def test_every_key_is_compared_in_constant_time(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[tuple[bytes, bytes]] = []

    def compare(one: bytes, other: bytes) -> bool:
        compared.append((one, other))
        return one == other

    monkeypatch.setattr(keys_module.hmac, "compare_digest", compare)
    door = Door(HEADER, {"key": ()}, API_KEYS="one, two, three")
    door.admit(("X-Key", "one"))
    assert len(compared) == 3
    assert {len(each) for pair in compared for each in pair} == {32}


class TestBasic:
    """HTTP basic, with users of the service's own."""

    @pytest.mark.supports("security/http/basic")
    def test_a_user_is_known_by_the_password(self) -> None:
        door = Door(BASIC, {"basic": ()}, BASIC_USERS=f"ann:{hashed('a:pässword', CHEAP)}, bob:{hashed('b', CHEAP)}")
        assert door.admit(_basic("ann", "a:pässword")) == Identity("ann", schemes=("basic",))
        for _ in range(2):
            assert door.admit(_basic("bob", "b")) == Identity("bob", schemes=("basic",))
        for username, password in [("ann", "b"), ("bob", "a:pässword"), ("cid", "b"), ("", ""), ("ann", "")]:
            with pytest.raises(Unauthorized) as caught:
                door.admit(_basic(username, password))
            assert caught.value.headers["WWW-Authenticate"] == 'Basic realm="Orders", charset="UTF-8"'

    def test_a_user_may_have_scopes(self) -> None:
        door = Door(BASIC, {"basic": ("write",)}, BASIC_USERS=f"ann:{hashed('a', CHEAP)};scopes=read")
        with pytest.raises(Forbidden):
            door.admit(_basic("ann", "a"))

    @pytest.mark.parametrize(
        "value",
        [
            "Basic",
            "Basic ",
            "Basic !!!",
            "Basic YQ==",
            "Basic /w==",
            "Basic YTpi YTpi",
            "Basic YTpi\x01",
            b"Basic \xff",
        ],
    )
    def test_what_is_malformed_is_refused(self, value: str | bytes) -> None:
        door = Door(BASIC, {"basic": ()}, BASIC_USERS=f"a:{hashed('b', CHEAP)}")
        with pytest.raises(Unauthorized):
            door.admit(("Authorization", value))

    def test_an_unknown_user_costs_what_a_known_one_does(self, monkeypatch: pytest.MonkeyPatch) -> None:
        door = Door(BASIC, {"basic": ()}, BASIC_USERS=f"ann:{hashed('a', CHEAP)}")
        costs: list[Cost] = []
        plain = Cost.hash

        def counted(self: Cost, password: str, salt: bytes) -> bytes:
            costs.append(self)
            return plain(self, password, salt)

        monkeypatch.setattr(passwords.Cost, "hash", counted)
        for name in ("ann", "nobody"):
            with pytest.raises(Unauthorized):
                door.admit(_basic(name, "wrong"))
        assert costs == [CHEAP, CHEAP]

    @pytest.mark.parametrize(
        "text",
        ["secret", "scrypt.1000.8.1.AAAAAAAAAAAAAAAA.AAAA", "scrypt.16.8.1.AAAAAAAAAAAAAAAA.AAAA", "md5.1.1.1.AA.AA"],
    )
    def test_a_password_that_is_not_hashed_stops_the_start(self, text: str) -> None:
        with pytest.raises(ValueError, match="BASIC_USERS holds no password hash for 'ann'") as caught:
            Door(BASIC, {"basic": ()}, BASIC_USERS=f"ann:{text}")
        assert text not in str(caught.value)

    def test_the_hook_decides_alone_where_there_is_one(self) -> None:
        async def authenticate(credentials: Credentials) -> Identity | None:
            return Identity("hooked") if credentials.password == "b" else None

        door = Door(BASIC, {"basic": ()}, authenticate=authenticate, BASIC_USERS=f"ann:{hashed('a', CHEAP)}")
        assert door.admit(_basic("ann", "b")) == Identity("hooked", schemes=("basic",))
        with pytest.raises(Unauthorized):
            door.admit(_basic("ann", "a"))

    def test_the_command_prints_what_the_variable_takes(self, monkeypatch: Any, capsys: Any) -> None:
        monkeypatch.setattr("sys.stdin", io.StringIO("secret\n"))
        passwords.main()
        user = User.parse(f"ann:{capsys.readouterr().out.strip()}", "BASIC_USERS")
        assert user.knows("secret") and not user.knows("secret\n")


def test_nothing_is_let_in_where_nothing_is_configured() -> None:
    for schemes, name in ((HEADER, "key"), (BASIC, "basic")):
        door = Door(schemes, {name: ()})
        for headers in ([], [("X-Key", "")], [_basic("a", "b")], [("X-Key", "a")]):
            with pytest.raises(Unauthorized):
                door.admit(*headers)


def test_a_request_without_headers_is_read() -> None:
    assert request().headers == {}
