"""What forged and oversized credentials must not bring about: a fetch, an opened file, a search for a key, a pass."""

import base64
import json
import socket
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jwt
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from security_kit import AUDIENCE, ISSUER, Door, Issuer, request

from fountaingen.runtime.credentials.authorization import quoted
from fountaingen.runtime.errors import Unauthorized

BEARER = {"token": {"type": "http", "scheme": "bearer"}}
GOOD, STRANGER = Issuer(), Issuer()
KNOWN: Mapping[str, Any] = GOOD.settings()
DOOR = Door(BEARER, {"token": ()}, **KNOWN)


def encoded(value: Any) -> str:
    """Return a part of a token."""
    content = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def refused(token: str) -> None:
    """Assert that nobody gets in with a token."""
    with pytest.raises(Unauthorized) as caught:
        DOOR.admit(("Authorization", f"Bearer {token}"))
    assert token[:20] not in f"{caught.value}{caught.value.headers}" or not token


@pytest.fixture
def nothing_is_fetched(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Whatever is opened or connected to."""
    touched: list[str] = []

    def opened(path: Any, *_arguments: Any, **_keywords: Any) -> Any:
        touched.append(str(path))
        raise OSError

    monkeypatch.setattr(socket, "getaddrinfo", opened)
    monkeypatch.setattr(socket.socket, "connect", lambda _socket, address: opened(address))
    monkeypatch.setattr(Path, "open", opened)
    monkeypatch.setattr(Path, "read_text", opened)
    return touched


@pytest.mark.parametrize(
    "header",
    [
        {"jku": "https://evil.test/keys"},
        {"x5u": "https://evil.test/certificate"},
        {"jwk": STRANGER.jwk},
        {"x5c": [base64.b64encode(b"certificate").decode()]},
        {"kid": "../../../../dev/null"},
        {"kid": "/proc/self/environ"},
        {"kid": "one' OR '1'='1"},
        {"kid": "one\x00"},
        {"kid": "https://evil.test/keys"},
        {"kid": "x" * 4000},
        {"crit": ["exp"], "exp": 1},
        {"crit": ["b64"], "b64": False},
        {"cty": "JWT"},
        {"zip": "DEF"},
    ],
    ids=lambda header: next(iter(header)),
)
def test_a_header_names_no_key(header: Mapping[str, Any], nothing_is_fetched: list[str]) -> None:
    refused(STRANGER.token(header))
    assert nothing_is_fetched == []


def test_a_public_key_signs_nothing_whatever_the_form() -> None:
    public = json.dumps(GOOD.jwk).encode()
    claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": "ann", "exp": 2**40}
    for secret in (public, b"", b"\x00" * 64):
        for algorithm in ("HS256", "HS512"):
            header = {"alg": algorithm, "kid": GOOD.kid}
            signing = f"{encoded(header)}.{encoded(claims)}"
            signature = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256).sign(signing.encode(), secret)
            refused(f"{signing}.{encoded(signature)}")


def test_what_is_compressed_encrypted_or_nested_is_no_token() -> None:
    head, body, signature = GOOD.token().split(".")
    bomb = zlib.compress(b" " * 1_000_000)
    refused(f"{encoded({'alg': 'ES256', 'kid': GOOD.kid, 'zip': 'DEF'})}.{encoded(bomb)}.{signature}")
    refused(".".join([encoded({"alg": "dir", "enc": "A256GCM"}), "", encoded(b"x" * 12), body, encoded(b"x" * 16)]))
    refused(f"{head}.{encoded(GOOD.token().encode())}.{signature}")
    for depth in (1_000, 2_500):
        refused(f"{head}.{encoded(b'[' * depth)}.{signature}")
        refused(f"{encoded(b'[' * depth)}.{body}.{signature}")


def test_what_is_longer_than_any_credential_is_not_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    def looked_at(*_arguments: Any) -> Any:
        raise AssertionError

    monkeypatch.setattr(jwt, "get_unverified_header", looked_at)
    refused("a" * 1_000_000)
    refused(f"{encoded({'alg': 'ES256'})}.{'a' * 1_000_000}.a")
    key = Door({"key": {"type": "apiKey", "in": "header", "name": "k"}}, {"key": ()}, API_KEYS="one")
    monkeypatch.setattr("fountaingen.runtime.credentials.keys.hashlib.sha256", looked_at)
    for given_key in ("k" * 1_000_000, "one" + "\x00" * 9_000):
        with pytest.raises(Unauthorized):
            key.admit(("k", given_key))


@settings(max_examples=60)
@example(["one", "one"])
@given(st.lists(st.text(max_size=12) | st.sampled_from(["one", "One", "one ", "one\x00"]), max_size=3))
def test_only_the_key_itself_once_is_let_in(sent: list[str]) -> None:
    door = Door({"key": {"type": "apiKey", "in": "header", "name": "k"}}, {"key": ()}, API_KEYS="one")
    headers = [("k", each.encode("utf-8", "replace")) for each in sent]
    if sent == ["one"]:
        assert door.admit(*headers) is not None
    else:
        with pytest.raises(Unauthorized):
            door.admit(*headers)


def test_a_key_in_another_place_is_no_key() -> None:
    schemes = {
        "header": {"type": "apiKey", "in": "header", "name": "k"},
        "query": {"type": "apiKey", "in": "query", "name": "k"},
    }
    door = Door(schemes, {"header": ()}, {"query": ()}, API_KEYS="one")
    assert door.admit(("k", "one")) is not None
    assert door.admit(query=b"k=one") is not None
    for headers, query in (([("k", "two")], b""), ([], b"k=two"), ([("cookie", "k=one")], b"")):
        with pytest.raises(Unauthorized):
            door.admit(*headers, query=query)


@given(st.text(max_size=60))
def test_a_realm_is_one_quoted_string_whatever_the_title(title: str) -> None:
    inside = quoted(title)
    assert inside.isascii() and inside.isprintable()
    assert '"' not in inside and "\\" not in inside


def test_a_challenge_is_one_header_whatever_the_title() -> None:
    assert request().scope["headers"] == []
    assert quoted('Vault "A"\r\nX-Evil: 1 \\ é') == "Vault %22A%22%0D%0AX-Evil: 1 %5C %C3%A9"
