"""Bearer tokens: what forgers try, what a token must say, and where its keys come from."""

import asyncio
import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm
from security_kit import AUDIENCE, ISSUER, Door, Issuer, request

from fountaingen.runtime.credentials.fetching import Fetcher, discovered
from fountaingen.runtime.credentials.identity import Identity
from fountaingen.runtime.credentials.keysets import CachedKeys, KeySet, KeysUnusable, key_set
from fountaingen.runtime.errors import ApiError, ServiceUnavailable, Unauthorized
from fountaingen.runtime.security import Security

BEARER = {"token": {"type": "http", "scheme": "bearer"}}
GOOD = Issuer()
SECRET = "a secret of thirty-two bytes or more"
RSA_KEY = rsa.generate_private_key(65537, 2048)


def admit(token: str, environment: Mapping[str, str] | None = None) -> Identity:
    """Return whose token it is."""
    found = Door(BEARER, {"token": ()}, **(environment or GOOD.settings())).admit(("Authorization", f"Bearer {token}"))
    assert found is not None
    return found


def refused(token: str, environment: Mapping[str, str] | None = None) -> str:
    """Return the challenge with which a token is refused."""
    with pytest.raises(Unauthorized) as caught:
        admit(token, environment)
    assert token not in str(caught.value)
    challenge = caught.value.headers["WWW-Authenticate"]
    assert challenge.startswith('Bearer realm="Orders", error="invalid_token"')
    return challenge


def claims(**changes: Any) -> dict[str, Any]:
    return {"iss": ISSUER, "aud": AUDIENCE, "sub": "ann", "exp": int(time.time()) + 300, **changes}


def jwks(*keys: Mapping[str, Any]) -> dict[str, str]:
    return {**GOOD.settings(), "JWT_JWKS": json.dumps({"keys": keys})}


@pytest.mark.supports("security/http/bearer")
def test_a_good_token_tells_who_calls() -> None:
    found = admit(GOOD.token(scope="read write", email="ann@a.test"))
    assert (found.subject, found.scopes, found.schemes) == ("ann", {"read", "write"}, ("token",))
    assert (found.claims["email"], found.claims["iss"]) == ("ann@a.test", ISSUER)


@pytest.mark.parametrize(
    ("held", "scopes"),
    [
        ({"scope": "a b"}, {"a", "b"}),
        ({"scp": "a b"}, {"a", "b"}),
        ({"scp": ["a", "b c"]}, {"a", "b c"}),
        ({"scopes": ["a"]}, {"a"}),
        ({"roles": ["a"], "scp": "b"}, {"a", "b"}),
        ({"scope": 5, "roles": {"a": 1}, "scopes": [1, None]}, set()),
    ],
)
def test_scopes_by_whatever_name(held: dict[str, Any], scopes: set[str]) -> None:
    assert admit(GOOD.token(**held)).scopes == scopes


def test_a_program_is_known_by_its_client_id() -> None:
    assert admit(GOOD.token(sub=None, client_id="reports")).subject == "reports"
    assert admit(GOOD.token(sub=None)).subject == "token"


class TestForgeries:
    """Tokens that nobody of the issuer's signed."""

    def test_none_is_no_algorithm(self) -> None:
        for name in ("none", "None", "NONE", ""):
            header = base64.urlsafe_b64encode(json.dumps({"alg": name, "typ": "JWT"}).encode()).decode().rstrip("=")
            body = GOOD.token().split(".")[1]
            refused(f"{header}.{body}.")
            refused(f"{header}.{body}.{GOOD.token().split('.')[2]}")

    def test_a_public_key_is_no_secret(self) -> None:
        """RFC 8725 section 2.1: HS256 with what everybody knows, in each form that it could be read in."""
        public = GOOD.private.public_key()
        pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        der = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        for secret in (pem, pem.strip(), der, GOOD.jwks.encode(), json.dumps(GOOD.jwk).encode(), b""):
            refused(_hs256(secret, {"kid": GOOD.kid}))

    def test_a_symmetric_key_in_the_set_verifies_nothing(self) -> None:
        octets = {"kty": "oct", "k": base64.urlsafe_b64encode(SECRET.encode()).decode().rstrip("="), "kid": "shared"}
        refused(_hs256(SECRET.encode(), {"kid": "shared"}), jwks(octets, GOOD.jwk))

    def test_another_key_under_the_same_id(self) -> None:
        refused(Issuer(GOOD.kid).token())

    def test_a_key_that_comes_with_the_token(self) -> None:
        forger = Issuer(GOOD.kid)
        for header in ({"jwk": forger.jwk}, {"jku": "https://forger.test/jwks"}, {"x5u": "https://forger.test/x"}):
            refused(forger.token(header))

    def test_a_changed_claim(self) -> None:
        head, body, signature = GOOD.token(scope="read").split(".")
        changed = json.loads(base64.urlsafe_b64decode(body + "=="))
        changed["scope"] = "admin"
        forged = base64.urlsafe_b64encode(json.dumps(changed).encode()).decode().rstrip("=")
        refused(f"{head}.{forged}.{signature}")

    def test_a_weak_key_is_not_used(self) -> None:
        weak = rsa.generate_private_key(65537, 1024)
        with pytest.raises(ValueError, match="JWT_JWKS holds no public key"):
            admit("", jwks(RSAAlgorithm.to_jwk(weak.public_key(), as_dict=True)))

    def test_an_extension_that_must_be_understood(self) -> None:
        refused(GOOD.token({"crit": ["exp"], "exp": 1}))

    @given(st.text(max_size=80) | st.binary(max_size=80).map(lambda each: each.decode("latin-1")))
    def test_no_text_is_a_token_or_an_error_of_the_service(self, text: str) -> None:
        with pytest.raises(Unauthorized):
            admit(text)

    @settings(max_examples=40)
    @given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5), st.lists))
    def test_no_claim_or_header_is_an_error_of_the_service(self, value: Any) -> None:
        for name in ("exp", "nbf", "iat", "aud", "sub", "jti", "scope", "client_id"):
            with suppress(Unauthorized):
                admit(jwt.encode({**claims(), name: value}, GOOD.private, "ES256", {"kid": GOOD.kid}))
        for name in ("alg", "typ", "kid", "crit", "b64"):
            head = base64.urlsafe_b64encode(json.dumps({"alg": "ES256", name: value}).encode()).decode().rstrip("=")
            with pytest.raises(Unauthorized):
                admit(".".join([head, *Issuer().token().split(".")[1:]]))


def _hs256(secret: bytes, header: dict[str, Any]) -> str:
    """Sign by hand: the library refuses to use a public key as a secret."""
    parts = [json.dumps({"alg": "HS256", "typ": "JWT", **header}).encode(), json.dumps(claims()).encode()]
    signed = b".".join(base64.urlsafe_b64encode(part).rstrip(b"=") for part in parts)
    signature = base64.urlsafe_b64encode(hmac.digest(secret, signed, hashlib.sha256)).rstrip(b"=")
    return f"{signed.decode()}.{signature.decode()}"


class TestClaims:
    """What a token must say."""

    @pytest.mark.parametrize(
        ("changes", "told"),
        [
            ({"exp": int(time.time()) - 60}, "the token has expired"),
            ({"nbf": int(time.time()) + 86_400}, "the token is not valid yet"),
            ({"iat": int(time.time()) + 86_400}, "the token is not valid yet"),
            ({"exp": None}, "the token is not valid"),
            ({"iss": None}, "the token is not valid"),
            ({"aud": None}, "the token is not valid"),
            ({"iss": "https://other.test"}, "the token is not valid"),
            ({"iss": f"{ISSUER}/"}, "the token is not valid"),
            ({"aud": "other"}, "the token is not valid"),
            ({"aud": []}, "the token is not valid"),
            ({"aud": ["other", "another"]}, "the token is not valid"),
            ({"sub": 5}, "the token is not valid"),
        ],
    )
    def test_what_does_not_hold_is_refused(self, changes: dict[str, Any], told: str) -> None:
        assert refused(GOOD.token(**changes)).endswith(f'error_description="{told}"')

    def test_clocks_may_differ_by_the_leeway(self) -> None:
        late = GOOD.token(exp=int(time.time()) - 30)
        refused(late)
        assert admit(late, {**GOOD.settings(), "JWT_LEEWAY": "60"}).subject == "ann"

    @pytest.mark.parametrize("exp", [10**400, 2**63, 1e300])
    def test_a_token_may_be_good_for_ever(self, exp: float) -> None:
        assert admit(GOOD.token(exp=exp)).subject == "ann"

    def test_one_audience_of_several_is_enough(self) -> None:
        assert admit(GOOD.token(aud=["other", AUDIENCE])).subject == "ann"
        assert admit(GOOD.token(aud="b"), {**GOOD.settings(), "JWT_AUDIENCE": "a, b"}).subject == "ann"

    @pytest.mark.parametrize(("kind", "good"), [("JWT", True), ("at+jwt", True), ("dpop+jwt", False), (5, False)])
    def test_a_token_of_another_kind_is_none(self, kind: Any, good: bool) -> None:
        token = GOOD.token({"typ": kind})
        if good:
            assert admit(token).subject == "ann"
        else:
            refused(token)


class TestKeys:
    """Which keys verify what."""

    @pytest.mark.parametrize("algorithm", ["RS256", "RS512", "PS256", "PS384"])
    def test_one_rsa_key_for_its_family(self, algorithm: str) -> None:
        key = {**RSAAlgorithm.to_jwk(RSA_KEY.public_key(), as_dict=True), "kid": "rsa", "use": "sig"}
        token = jwt.encode(claims(), RSA_KEY, algorithm, {"kid": "rsa"})
        assert admit(token, jwks(key)).subject == "ann"
        assert admit(token, jwks({**key, "alg": algorithm})).subject == "ann"
        refused(token, jwks({**key, "alg": "RS384"}))
        refused(token, {**jwks(key), "JWT_ALGORITHMS": "ES256, RS384"})

    def test_elliptic_curves(self) -> None:
        p384, edwards = ec.generate_private_key(ec.SECP384R1()), ed25519.Ed25519PrivateKey.generate()
        keys = [
            {**ECAlgorithm.to_jwk(p384.public_key(), as_dict=True), "kid": "p384"},
            {**json.loads(OKPAlgorithm.to_jwk(edwards.public_key())), "kid": "ed", "alg": "Ed25519"},
        ]
        assert admit(jwt.encode(claims(), p384, "ES384", {"kid": "p384"}), jwks(*keys)).subject == "ann"
        assert admit(jwt.encode(claims(), edwards, "EdDSA", {"kid": "ed"}), jwks(*keys)).subject == "ann"

    def test_a_token_without_an_id_is_tried_with_each_key(self) -> None:
        others = [Issuer(str(number)).jwk for number in range(3)]
        token = jwt.encode(claims(), GOOD.private, "ES256")
        assert admit(token, jwks(*others, GOOD.jwk)).subject == "ann"
        refused(token, jwks(*others))
        refused(GOOD.token({"kid": "2"}), jwks(*others, GOOD.jwk))

    def test_private_members_are_left_out_and_keys_for_encryption_too(self) -> None:
        private = {**ECAlgorithm.to_jwk(GOOD.private, as_dict=True), "kid": GOOD.kid}
        (key,) = key_set(json.dumps({"keys": [private, {**GOOD.jwk, "use": "enc"}, "?", {"kty": "EC"}]})).keys
        assert isinstance(key.value, ec.EllipticCurvePublicKey)
        assert "secp256r1" not in repr(key)

    @pytest.mark.parametrize("text", ["{", "[]", "{}", '{"keys": {}}', '{"keys": []}', '{"keys": [{}]}', "[" * 9999])
    def test_what_is_no_key_set_is_unusable(self, text: str) -> None:
        with pytest.raises(KeysUnusable):
            key_set(text)


class TestSecrets:
    """HS256 is for a secret that two programs share, never beside public keys."""

    SHARED = ("JWT_ISSUER", ISSUER), ("JWT_AUDIENCE", AUDIENCE), ("JWT_SECRET", SECRET)

    def test_a_shared_secret_signs(self) -> None:
        token = jwt.encode(claims(), SECRET, "HS256")
        assert admit(token, dict(self.SHARED)).subject == "ann"
        refused(jwt.encode(claims(), SECRET[::-1], "HS256"), dict(self.SHARED))
        refused(GOOD.token(), dict(self.SHARED))

    def test_a_secret_is_read_from_a_file(self, tmp_path: Path) -> None:
        (tmp_path / "secret").write_text(f"{SECRET}\n", encoding="utf-8")
        environment = {**dict(self.SHARED), "JWT_SECRET": "", "JWT_SECRET_FILE": str(tmp_path / "secret")}
        assert admit(jwt.encode(claims(), SECRET, "HS256"), environment).subject == "ann"


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"JWT_SECRET": SECRET}, "JWT_JWKS and JWT_SECRET exclude each other"),
        ({"JWT_JWKS": "", "JWT_SECRET": "short"}, "JWT_SECRET must be 32 bytes"),
        ({"JWT_JWKS": ""}, "JWT_JWKS must be set too"),
        ({"JWT_ISSUER": "", "JWT_AUDIENCE": ""}, "JWT_ISSUER and JWT_AUDIENCE must be set too"),
        ({"JWT_ALGORITHMS": "none"}, "JWT_ALGORITHMS cannot hold 'none'"),
        ({"JWT_ALGORITHMS": "ES256,HS256"}, "JWT_ALGORITHMS cannot hold 'HS256'"),
        ({"JWT_JWKS": "", "JWT_SECRET": SECRET, "JWT_ALGORITHMS": "RS256"}, "JWT_ALGORITHMS cannot hold 'RS256'"),
        ({"JWT_JWKS": "http://issuer.test/jwks"}, "JWT_JWKS must be an https URL"),
        ({"JWT_JWKS": "file:///etc/passwd"}, "JWT_JWKS must be an https URL"),
        ({"JWT_JWKS": "https://"}, "JWT_JWKS must be an https URL"),
        ({"JWT_JWKS": "/nothing/is/here"}, "JWT_JWKS must be .* there is no file"),
        ({"JWT_JWKS": "{}"}, "JWT_JWKS is no JSON Web Key Set"),
        ({"JWT_LEEWAY": "-1"}, "JWT_LEEWAY"),
        ({"JWT_LEEWAY": "nan"}, "JWT_LEEWAY"),
        ({"TOKEN_JWT_ISSUER": "https://other.test"}, "TOKEN_JWT_AUDIENCE and TOKEN_JWT_JWKS must be set too"),
    ],
)
def test_settings_that_make_no_sense_stop_the_start(changes: dict[str, str], told: str) -> None:
    with pytest.raises(ValueError, match=told) as caught:
        Door(BEARER, {"token": ()}, **{**GOOD.settings(), **changes})
    assert SECRET not in str(caught.value)


def test_a_scheme_with_settings_of_its_own_takes_no_others() -> None:
    own = Issuer()
    environment = {**GOOD.settings(), **own.settings("TOKEN_")}
    assert admit(own.token(), environment).subject == "ann"
    refused(GOOD.token(), environment)


def test_schemes_that_go_by_the_same_variables_share_their_keys() -> None:
    oidc = {"type": "openIdConnect", "openIdConnectUrl": f"{ISSUER}/.well-known/openid-configuration"}
    schemes = {**BEARER, "oauth": {"type": "oauth2"}, "oidc": oidc, "own": {"type": "oauth2"}}
    named = {"JWT_JWKS": f"{ISSUER}/jwks", **Issuer().settings("OWN_")}
    environment = {**GOOD.settings(), **named, "OIDC_DISCOVERY": "true"}
    assert len(Door(schemes, *({name: ()} for name in schemes), **environment).security.sources) == 2


class Server:
    """A provider whose answers change; counts what it is asked. ``clock`` is moved by hand."""

    def __init__(self, *keys: Mapping[str, Any]) -> None:
        self.keys: tuple[Mapping[str, Any], ...] = keys
        self.asked: list[str] = []
        self.down = False
        self.clock = 1000.0

    def __call__(self, asked: httpx.Request) -> httpx.Response:
        self.asked.append(str(asked.url))
        if self.down:
            raise httpx.ConnectError("down")
        if asked.url.path == "/.well-known/openid-configuration":
            return httpx.Response(200, json={"issuer": ISSUER, "jwks_uri": f"{ISSUER}/jwks"})
        return httpx.Response(200, json={"keys": self.keys})


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Server:
    made = Server(GOOD.jwk)
    monkeypatch.setattr(Fetcher, "transport", httpx.MockTransport(made))
    return made


class Session:
    """A door with a cached key set, asked on one event loop, by the server's clock."""

    def __init__(self, server: Server, **environment: str) -> None:
        settings = {**GOOD.settings(), "JWT_JWKS": f"{ISSUER}/jwks", **environment}
        self.security: Security = Door(BEARER, {"token": ()}, **settings).security
        for source in self.security.sources:
            assert isinstance(source, CachedKeys)
            source._clock = lambda: server.clock
        self.runner = asyncio.Runner()

    def status(self, token: str) -> int:
        """Return 200, or the status of the error."""

        async def ask() -> None:
            await self.security.guards["x"].admit(request(("Authorization", f"Bearer {token}")))
            await asyncio.sleep(0)

        try:
            self.runner.run(ask())
        except ApiError as error:
            return error.status
        return 200

    def settle(self) -> None:
        """Let what goes on in the background end."""

        async def wait() -> None:
            others = asyncio.all_tasks() - {asyncio.current_task()}
            await asyncio.gather(*others)

        self.runner.run(wait())

    def close(self) -> None:
        self.runner.run(self.security.aclose())
        self.runner.close()


@pytest.fixture
def open_session(server: Server) -> Iterator[Callable[..., Session]]:
    sessions: list[Session] = []

    def make(**environment: str) -> Session:
        sessions.append(Session(server, **environment))
        return sessions[-1]

    yield make
    for each in sessions:
        each.close()


class TestCachedKeys:
    """Keys from a URL: kept, fetched anew, and a provider that is down."""

    def test_keys_are_fetched_once(self, server: Server, open_session: Callable[..., Session]) -> None:
        session = open_session()
        assert [session.status(GOOD.token()) for _ in range(5)] == [200] * 5
        assert server.asked == [f"{ISSUER}/jwks"]

    def test_a_new_key_is_found_when_a_token_names_it(
        self, server: Server, open_session: Callable[..., Session]
    ) -> None:
        session, rotated = open_session(), Issuer("two")
        assert session.status(GOOD.token()) == 200
        server.keys = (rotated.jwk,)
        server.clock += 31
        assert session.status(rotated.token()) == 200
        assert session.status(GOOD.token()) == 401
        assert len(server.asked) == 2

    def test_unknown_ids_do_not_make_it_ask_often(self, server: Server, open_session: Callable[..., Session]) -> None:
        session = open_session()
        for number in range(20):
            assert session.status(Issuer(str(number)).token()) == 401
            server.clock += 1
        assert len(server.asked) == 1
        server.clock += 30
        assert [session.status(Issuer(str(number)).token()) for number in range(5)] == [401] * 5
        assert len(server.asked) == 2

    def test_a_token_that_cannot_be_good_makes_it_ask_nothing(
        self, server: Server, open_session: Callable[..., Session]
    ) -> None:
        session = open_session()
        for token in ("a.b.c", "x", jwt.encode(claims(), SECRET, "HS256"), GOOD.token({"typ": "dpop+jwt"})):
            assert session.status(token) == 401
        assert server.asked == []

    def test_while_the_provider_is_down_known_keys_go_on(
        self, server: Server, open_session: Callable[..., Session]
    ) -> None:
        session = open_session()
        assert session.status(GOOD.token()) == 200
        server.down = True
        server.clock += 3600
        assert session.status(GOOD.token()) == 200
        session.settle()
        assert session.status(GOOD.token()) == 200
        assert session.status(Issuer("two").token()) == 503
        server.clock += 24 * 3600
        assert session.status(GOOD.token()) == 503
        server.down = False
        server.clock += 6
        assert session.status(GOOD.token()) == 200

    def test_a_provider_that_was_never_there(self, server: Server, open_session: Callable[..., Session]) -> None:
        session = open_session()
        server.down = True
        assert [session.status(GOOD.token()) for _ in range(5)] == [503] * 5
        assert len(server.asked) == 1
        server.down = False
        server.clock += 6
        assert session.status(GOOD.token()) == 200

    def test_a_token_that_was_good_ends_with_its_key_and_its_time(
        self, server: Server, open_session: Callable[..., Session], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        session, rotated = open_session(), Issuer("two")
        token, short = GOOD.token(), GOOD.token(exp=int(time.time()) + 60)
        assert [session.status(each) for each in (token, token, short, short)] == [200] * 4
        late = time.time() + 100
        with monkeypatch.context() as patch:
            patch.setattr("fountaingen.runtime.credentials.tokens.time.time", lambda: late)
            assert session.status(token) == 200
            # The library reads another clock, by which the token is still good: it is asked, and so not remembered.
            patch.setattr(
                "fountaingen.runtime.credentials.tokens.jwt.decode", lambda *_, **__: pytest.fail("verified anew")
            )
            assert session.status(token) == 200
            with pytest.raises(pytest.fail.Exception):
                session.status(short)
        server.keys = (rotated.jwk,)
        server.clock += 31
        assert session.status(rotated.token()) == 200
        assert session.status(token) == 401

    def test_old_keys_are_fetched_anew_while_requests_go_on(
        self, server: Server, open_session: Callable[..., Session]
    ) -> None:
        session, rotated = open_session(), Issuer("two")
        assert session.status(GOOD.token()) == 200
        server.keys = (rotated.jwk,)
        server.clock += 601
        assert session.status(GOOD.token()) == 200
        session.settle()
        assert session.status(GOOD.token()) == 401
        assert session.status(rotated.token()) == 200

    def test_many_requests_at_once_ask_once(self, server: Server) -> None:
        session = Session(server)

        async def ask() -> list[Identity | None]:
            guard = session.security.guards["x"]
            token = ("Authorization", f"Bearer {GOOD.token()}")
            return await asyncio.gather(*(guard.admit(request(token)) for _ in range(20)))

        assert len(session.runner.run(ask())) == 20
        assert len(server.asked) == 1
        session.close()

    def test_a_request_that_is_given_up_does_not_stop_the_others(self) -> None:
        gate = asyncio.Event()

        async def load() -> KeySet:
            await gate.wait()
            return key_set(GOOD.jwks)

        async def ask() -> int:
            keys = CachedKeys("test", load)
            first, second = (asyncio.create_task(keys.matching(None)) for _ in range(2))
            await asyncio.sleep(0)
            first.cancel()
            await asyncio.sleep(0)
            gate.set()
            found, _ = await second
            return len(found)

        assert asyncio.run(ask()) == 1

    def test_an_error_that_nobody_foresaw_is_an_outage(self) -> None:
        async def load() -> KeySet:
            raise ZeroDivisionError

        async def ask() -> None:
            await CachedKeys("test", load).matching(None)

        with pytest.raises(ServiceUnavailable):
            asyncio.run(ask())

    def test_keys_from_a_file_that_is_replaced(
        self, server: Server, open_session: Callable[..., Session], tmp_path: Path
    ) -> None:
        file, rotated = tmp_path / "jwks.json", Issuer("two")
        file.write_text(GOOD.jwks, encoding="utf-8")
        session = open_session(JWT_JWKS=str(file))
        assert session.status(GOOD.token()) == 200
        file.write_text(rotated.jwks, encoding="utf-8")
        server.clock += 31
        assert session.status(rotated.token()) == 200
        assert server.asked == []


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(404),
        httpx.Response(302, headers={"Location": "http://issuer.test/jwks"}),
        httpx.Response(200, text="<html>"),
        httpx.Response(200, json={"keys": []}),
        httpx.Response(200, content=b" " * (600 * 1024)),
    ],
    ids=["missing", "redirect", "html", "empty", "huge"],
)
def test_an_answer_that_is_no_key_set_is_an_outage(answer: httpx.Response, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Fetcher, "transport", httpx.MockTransport(lambda _: answer))
    with pytest.raises(ServiceUnavailable):
        admit(GOOD.token(), {**GOOD.settings(), "JWT_JWKS": f"{ISSUER}/jwks"})


class TestDiscovery:
    """openIdConnect: the contract's URL is asked only where the operator says so."""

    URL = f"{ISSUER}/.well-known/openid-configuration"

    def _door(self, url: str, **environment: str) -> Door:
        return Door({"oidc": {"type": "openIdConnect", "openIdConnectUrl": url}}, {"oidc": ("read",)}, **environment)

    @pytest.mark.supports("security/openIdConnect")
    def test_configured_keys_are_used_and_the_url_is_not(self, server: Server) -> None:
        for environment in (GOOD.settings(), {**GOOD.settings(), "OIDC_DISCOVERY": "true"}):
            found = self._door(self.URL, **environment).admit(("Authorization", f"Bearer {GOOD.token(scope='read')}"))
            assert found is not None and found.subject == "ann"
        with pytest.raises(Unauthorized):
            self._door(self.URL).admit(("Authorization", f"Bearer {GOOD.token(scope='read')}"))
        assert server.asked == []

    def test_discovery_finds_keys_and_issuer(self, server: Server) -> None:
        door = self._door(self.URL, OIDC_DISCOVERY="true", JWT_AUDIENCE=AUDIENCE)
        found = door.admit(("Authorization", f"Bearer {GOOD.token(scope='read')}"))
        assert found is not None and found.subject == "ann"
        assert server.asked == [self.URL, f"{ISSUER}/jwks"]
        with pytest.raises(Unauthorized):
            door.admit(("Authorization", f"Bearer {GOOD.token(scope='read', iss='https://other.test')}"))

    def test_discovery_needs_an_audience_and_https(self) -> None:
        with pytest.raises(ValueError, match="JWT_AUDIENCE must be set too"):
            self._door(self.URL, OIDC_DISCOVERY="true")
        for url in ("http://127.0.0.1/.well-known/openid-configuration", "file:///x", "https://", "relative"):
            with pytest.raises(ValueError, match="OIDC_DISCOVERY"):
                self._door(url, OIDC_DISCOVERY="true", JWT_AUDIENCE=AUDIENCE)

    @pytest.mark.parametrize(
        "said",
        [
            {"issuer": "https://other.test", "jwks_uri": f"{ISSUER}/jwks"},
            {"issuer": ISSUER, "jwks_uri": "http://issuer.test/jwks"},
            {"issuer": ISSUER},
            {"jwks_uri": f"{ISSUER}/jwks"},
            [],
        ],
    )
    def test_a_provider_that_says_something_else_is_not_believed(
        self, said: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def answer(asked: httpx.Request) -> httpx.Response:
            # Good keys wherever they are asked for: it is what the provider says of itself that is wrong.
            return httpx.Response(200, json={"keys": [GOOD.jwk]} if asked.url.path == "/jwks" else said)

        monkeypatch.setattr(Fetcher, "transport", httpx.MockTransport(answer))
        with pytest.raises(KeysUnusable):
            asyncio.run(discovered(self.URL))
