"""Requirements: alternatives, several schemes at once, nobody, and what is said to those who are not let in."""

import base64
import logging
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from security_kit import Door, Issuer, Requirement, contract

from fountaingen.runtime.credentials.identity import Check, Identity, Insufficient, Refused
from fountaingen.runtime.errors import ApiError, Forbidden, Unauthorized
from fountaingen.runtime.parameters.binder import Sources
from fountaingen.runtime.security import Credentials, Guard, Security

SCHEMES: Mapping[str, Mapping[str, Any]] = {
    "key": {"type": "apiKey", "in": "header", "name": "X-Key"},
    "token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "deprecated": True},
    "oauth": {"type": "oauth2", "flows": {"deviceAuthorization": {}}, "oauth2MetadataUrl": "https://a.test"},
}
ISSUER = Issuer()
ENVIRONMENT = {"API_KEYS": "program:one;scopes=", **ISSUER.settings()}
KEY = ("X-Key", "one")
WRONG_KEY = ("X-Key", "two")
TOKEN = ("Authorization", f"Bearer {ISSUER.token(scope='read list')}")
MUTUAL = {"mutual": {"type": "mutualTLS"}}
LEFT = {"digest": {"type": "http", "scheme": "digest", "x-fountaingen-security": "gateway"}}
VERIFIED = (("ssl-client-verify", "SUCCESS"), ("ssl-client-subject-dn", "CN=ann"))
WRONG_TOKEN = ("Authorization", "Bearer wrong")


def _door(*alternatives: Requirement) -> Door:
    return Door(SCHEMES, *alternatives, **ENVIRONMENT)


@pytest.mark.supports("security/requirement/and")
def test_several_schemes_at_once_must_all_be_met() -> None:
    door = _door({"key": (), "token": ("read",)})
    found = door.admit(KEY, TOKEN)
    assert found is not None
    assert (found.subject, found.scopes, found.schemes) == ("ann", {"read", "list"}, ("key", "token"))
    assert found.claims["sub"] == "ann"
    for headers in ([KEY], [TOKEN], [WRONG_KEY, TOKEN], [KEY, WRONG_TOKEN], []):
        with pytest.raises(Unauthorized):
            door.admit(*headers)


@pytest.mark.supports("security/requirement/or")
def test_one_alternative_is_enough() -> None:
    door = _door({"key": ()}, {"token": ()})
    subjects = [door.admit(*headers) for headers in ([KEY], [TOKEN], [KEY, WRONG_TOKEN], [WRONG_KEY, TOKEN])]
    assert [each.subject for each in subjects if each] == ["program", "ann", "program", "ann"]
    for headers in ([], [WRONG_KEY], [WRONG_TOKEN]):
        with pytest.raises(Unauthorized):
            door.admit(*headers)


@pytest.mark.supports("security/requirement/optional")
@pytest.mark.parametrize("alternatives", [({}, {"key": ()}), ({"key": ()}, {})])
def test_the_caller_is_known_wherever_the_open_alternative_stands(alternatives: tuple[Requirement, ...]) -> None:
    door = _door(*alternatives)
    assert door.admit(KEY) == Identity("program", schemes=("key",))
    assert door.admit() is None
    # For another scheme than the operation's, and so nothing that it can be wrong about.
    assert door.admit(WRONG_TOKEN) is None
    with pytest.raises(Unauthorized):
        door.admit(WRONG_KEY)


def test_who_lacks_a_scope_is_nobody_where_anybody_is_let_in() -> None:
    assert _door({}, {"token": ("write",)}).admit(TOKEN) is None


@pytest.mark.supports("security/oauth2")
@pytest.mark.supports("security/http/bearer")
def test_a_missing_scope_is_told() -> None:
    for scheme in ("token", "oauth"):
        with pytest.raises(Forbidden) as caught:
            _door({scheme: ("read", "write")}).admit(TOKEN)
        challenge = 'Bearer realm="Orders", error="insufficient_scope", scope="read write"'
        assert caught.value.headers == {"WWW-Authenticate": challenge}


def test_a_scope_that_could_end_the_header_is_not_told() -> None:
    with pytest.raises(Forbidden) as caught:
        _door({"token": ('a"', "b\r\nX: y", "plain")}).admit(TOKEN)
    assert caught.value.headers["WWW-Authenticate"].endswith('error="insufficient_scope", scope="plain"')


def test_who_is_not_let_in_is_told_by_what_he_could_be() -> None:
    door = _door({"key": ()}, {"token": ()})
    with pytest.raises(Unauthorized) as caught:
        door.admit()
    assert caught.value.headers == {"WWW-Authenticate": 'Bearer realm="Orders"'}
    with pytest.raises(Unauthorized) as caught:
        door.admit(WRONG_TOKEN)
    assert 'Bearer realm="Orders", error="invalid_token"' in caught.value.headers["WWW-Authenticate"]


def test_a_key_that_is_missing_comes_before_a_scope_that_is() -> None:
    with pytest.raises(Unauthorized):
        _door({"key": (), "token": ("write",)}).admit(TOKEN)


@pytest.mark.parametrize("raised", [Forbidden("banned"), ApiError("too often", status=429)])
def test_what_the_hook_raises_is_answered(raised: ApiError) -> None:
    async def authenticate(credentials: Credentials) -> Identity | None:
        raise raised

    for alternatives in ([{"token": ()}], [{}, {"token": ()}]):
        with pytest.raises(type(raised)):
            Door(SCHEMES, *alternatives, authenticate=authenticate).admit(TOKEN)


def test_the_hook_sees_what_was_sent_and_what_is_required() -> None:
    seen: list[Credentials] = []

    async def authenticate(credentials: Credentials) -> Identity | None:
        seen.append(credentials)
        return Identity("ann", frozenset({"read"}))

    door = Door(SCHEMES, {"oauth": ("read",)}, authenticate=authenticate, **ENVIRONMENT)
    assert door.admit(("Authorization", "bEaReR  abc ")) == Identity("ann", frozenset({"read"}), schemes=("oauth",))
    assert seen == [Credentials("oauth", "bearer", token="abc", scopes=("read",))]


@pytest.mark.parametrize(
    "headers",
    [
        [TOKEN, TOKEN],
        [TOKEN, ("Authorization", "Basic YTpi")],
        [("Authorization", f"Bearer {'a' * 9000}")],
        [("Authorization", f"{TOKEN[1]}\x00")],
        [("Authorization", b"Bearer \xff\xfe")],
        [("Authorization", "Bearer")],
        [("Authorization", "Bearer ")],
        [("Authorization", "Bearer,")],
        [("Authorization", "")],
        [("Authorization", " ")],
        [("Authorization", TOKEN[1].replace(" ", "\t"))],
        [("Authorization", TOKEN[1].replace(" ", ":"))],
    ],
)
def test_authorization_that_is_malformed_oversized_or_repeated_is_refused(headers: list[tuple[str, Any]]) -> None:
    with pytest.raises(Unauthorized):
        _door({"token": ()}).admit(*headers)


@given(st.lists(st.binary(max_size=60), max_size=3))
def test_no_header_is_an_error_of_the_service(values: list[bytes]) -> None:
    door = _door({"token": ()}, {"key": ()})
    headers = [("Authorization", b"Bearer " + value) for value in values]
    with pytest.raises(Unauthorized):
        door.admit(*headers, ("X-Key", b"".join(values) + b"x"))


@given(st.text(max_size=60))
def test_no_basic_credentials_are_an_error_of_the_service(text: str) -> None:
    door = Door({"basic": {"type": "http", "scheme": "basic"}}, {"basic": ()})
    sent = base64.b64encode(text.encode("utf-8", "surrogatepass")).decode()
    with pytest.raises(Unauthorized):
        door.admit(("Authorization", f"Basic {sent}"))


class TestGateway:
    """What a gateway decides: nobody passes until it is trusted."""

    @pytest.mark.supports("security/mutualTLS")
    def test_a_certificate_counts_where_the_gateway_is_trusted(self) -> None:
        with pytest.raises(Unauthorized):
            Door(MUTUAL, {"mutual": ()}).admit(*VERIFIED)
        door = Door(MUTUAL, {"mutual": ()}, TRUST_GATEWAY_MTLS="true")
        assert door.admit(*VERIFIED) == Identity("CN=ann", schemes=("mutual",))
        assert door.admit(VERIFIED[0]) == Identity("mutual", schemes=("mutual",))
        for verified in ("NONE", "FAILED:expired", "success", ""):
            with pytest.raises(Unauthorized):
                door.admit(("ssl-client-verify", verified), VERIFIED[1])
        for headers in ([], [VERIFIED[1]], [VERIFIED[0], VERIFIED[0]]):
            with pytest.raises(Unauthorized):
                door.admit(*headers)

    def test_the_headers_are_the_gateways(self) -> None:
        names = {"GATEWAY_MTLS_HEADER": "X-Verified: yes", "GATEWAY_MTLS_SUBJECT": "X-Who"}
        door = Door(MUTUAL, {"mutual": ()}, TRUST_GATEWAY_MTLS="1", **names)
        assert door.admit(("X-Verified", "yes"), ("X-Who", "ann")) == Identity("ann", schemes=("mutual",))
        with pytest.raises(Unauthorized):
            door.admit(*VERIFIED)
        with pytest.raises(ValueError, match="GATEWAY_MTLS_HEADER"):
            Door(MUTUAL, {"mutual": ()}, GATEWAY_MTLS_HEADER="X-Verified")

    @pytest.mark.supports("security/x-fountaingen-security")
    def test_a_scheme_that_is_left_to_the_gateway(self) -> None:
        headers = [("X-Consumer-Username", "ann")]
        with pytest.raises(Unauthorized):
            Door(LEFT, {"digest": ()}).admit(*headers)
        door = Door(LEFT, {"digest": ("read",)}, TRUST_GATEWAY_AUTH="true")
        assert door.admit(*headers) == Identity("ann", frozenset({"read"}), schemes=("digest",))
        for wrong in (
            [],
            [("X-Consumer-Username", "")],
            [("X-Consumer-Username", "-")],
            headers * 2,
            [("Authorization", "Digest a")],
        ):
            with pytest.raises(Unauthorized):
                door.admit(*wrong)
        other = Door(LEFT, {"digest": ()}, TRUST_GATEWAY_AUTH="true", GATEWAY_AUTH_USER="X-User")
        assert other.admit(("X-User", "bob")) == Identity("bob", schemes=("digest",))

    def test_a_scheme_that_the_service_does_not_know_lets_nobody_in(self) -> None:
        digest = {"digest": {"type": "http", "scheme": "digest"}}
        for schemes in (digest, {"digest": {"type": "later"}}, {}):
            with pytest.raises(Unauthorized):
                Door(schemes, {"digest": ()}, TRUST_GATEWAY_AUTH="true").admit(*VERIFIED, KEY, TOKEN)


def test_the_start_says_once_what_has_to_be_set(caplog: pytest.LogCaptureFixture) -> None:
    schemes = {**SCHEMES, "mutual": {"type": "mutualTLS"}, "unused": {"type": "http", "scheme": "basic"}}
    with caplog.at_level(logging.WARNING):
        Door(schemes, {"key": (), "token": (), "mutual": ()}).security.open()
    (line,) = caplog.messages
    for variable in ("API_KEYS_KEY", "JWT_ISSUER", "JWT_AUDIENCE", "JWT_JWKS", "authenticate", "TRUST_GATEWAY_MTLS"):
        assert variable in line
    assert "unused" not in line
    caplog.clear()
    Door(SCHEMES, {"key": (), "token": ()}, **ENVIRONMENT).security.open()
    assert caplog.messages == []


class _Fixed:
    """A check with one answer."""

    challenge = ""
    personal = False

    def __init__(self, answer: Identity | ApiError | None) -> None:
        self._answer = answer

    async def identity(self, sources: Sources, scopes: tuple[str, ...]) -> Identity | None:
        if isinstance(self._answer, ApiError):
            raise self._answer
        return self._answer

    def insufficient(self, scopes: tuple[str, ...]) -> Insufficient:
        return Insufficient()


_ANSWERS = st.sampled_from(["good", "absent", "wrong", "narrow", "down"])


@given(st.lists(st.lists(_ANSWERS, max_size=3), min_size=1, max_size=4))
def test_nobody_is_let_in_unless_one_alternative_is_met_in_full(alternatives: list[list[str]]) -> None:
    made: dict[str, Check] = {
        "good": _Fixed(Identity("ann", frozenset({"read"}))),
        "absent": _Fixed(None),
        "wrong": _Fixed(Refused()),
        "narrow": _Fixed(Identity("ann")),
        "down": _Fixed(ApiError(status=503)),
    }
    schemes = [{f"{kind}{index}": ("read",) for index, kind in enumerate(each)} for each in alternatives]
    checks = {name: made[name.rstrip("012")] for each in schemes for name in each}
    door = Door({})
    door.security = Security({"x": Guard(contract({}, *schemes).operations["x"], checks)})
    met = any(each and set(each) == {"good"} for each in alternatives)
    try:
        found = door.admit()
    except ApiError as error:
        assert not met
        assert error.status in (401, 403, 503)
    else:
        assert met == (found is not None)
        assert met or [] in alternatives
