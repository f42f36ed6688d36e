"""Plugins as the development gateway enforces them: the status, body and headers that callers of Kong see."""

import base64
import json
from typing import Any

import jwt
import pytest
from gateway_proxy_kit import NOON, Front, Plugins, configuration

SECRET = "a-secret-that-is-long-enough-for-hs256"
CONSUMERS: list[dict[str, Any]] = [
    {
        "username": "ada",
        "custom_id": "7",
        "keyauth_credentials": [{"key": "ada-key"}],
        "basicauth_credentials": [{"username": "ada", "password": "pass:word"}],
        "jwt_secrets": [{"key": "issuer", "algorithm": "HS256", "secret": SECRET}],
        "acls": [{"group": "writers"}, {"group": "readers"}],
    },
    {"username": "bob", "keyauth_credentials": [{"key": "bob-key"}], "acls": [{"group": "readers"}]},
    {"username": "nobody"},
]
KEYS: dict[str, Any] = {"name": "key-auth", "config": {"key_names": ["X-API-KEY"], "key_in_query": False}}
PASSWORDS: dict[str, Any] = {"name": "basic-auth"}
TOKENS: dict[str, Any] = {"name": "jwt", "config": {"claims_to_verify": ["exp"]}}


def front(*plugins: dict[str, Any], **more: Any) -> Front:
    return Front(configuration(list(plugins), consumers=CONSUMERS, **more))


def message(body: bytes) -> Any:
    return json.loads(body)["message"]


def with_config(plugin: dict[str, Any], **config: Any) -> dict[str, Any]:
    return {**plugin, "config": {**plugin.get("config", {}), **config}}


def basic(text: str) -> dict[str, str]:
    return {"Authorization": f"Basic {base64.b64encode(text.encode()).decode()}"}


def bearer(claims: dict[str, Any], secret: str = SECRET, algorithm: str = "HS256") -> dict[str, str]:
    return {"Authorization": f"Bearer {jwt.encode(claims, secret, algorithm)}"}


def test_a_key_lets_its_consumer_in_and_the_service_is_told_who_it_is() -> None:
    gateway = front(KEYS)
    assert gateway.ask("GET", "/orders", {"X-API-KEY": "ada-key", "X-Consumer-Username": "root"}).status == 200
    assert gateway.told("x-consumer-username") == ["ada"]
    assert gateway.told("x-consumer-custom-id") == ["7"]
    assert gateway.told("x-api-key") == ["ada-key"]
    assert len(gateway.told("x-consumer-id")) == len(gateway.told("x-credential-identifier")) == 1
    assert gateway.told("x-anonymous-consumer") == []


@pytest.mark.parametrize(
    ("headers", "said"),
    [
        ([], "No API key found in request"),
        ([("X-API-KEY", "")], "No API key found in request"),
        ([("X-API-KEY", "eve-key")], "Unauthorized"),
        ([("X-API-KEY", "ada-key"), ("x-api-key", "ada-key")], "Duplicate API key found"),
    ],
)
def test_without_a_right_key_nobody_gets_in(headers: list[tuple[str, str]], said: str) -> None:
    gateway = front(KEYS)
    answer = gateway.ask("GET", "/orders?X-API-KEY=ada-key", headers)
    assert (answer.status, message(answer.body), answer["www-authenticate"]) == (401, said, "Key")
    assert json.loads(answer.body)["request_id"] == answer["x-kong-request-id"]
    assert answer["content-type"] == "application/json; charset=utf-8"
    assert gateway.sent is None


def test_a_key_in_the_query_can_be_hidden_and_the_rest_of_the_query_stays_as_it_was() -> None:
    gateway = front(with_config(KEYS, key_in_query=True, hide_credentials=True))
    assert gateway.ask("GET", "/a%2Fb?q=%20+x&X-API-KEY=ada%2Dkey&z&q=2").status == 200
    assert gateway.sent is not None
    assert gateway.sent.target == b"/a%2Fb?q=%20+x&z&q=2"
    assert gateway.ask("GET", "/", {"X-API-KEY": "ada-key"}).status == 200
    assert gateway.told("x-api-key") == []


def test_a_password_lets_its_user_in() -> None:
    gateway = front(with_config(PASSWORDS, realm="shop"))
    assert gateway.ask("GET", "/", basic("ada:pass:word")).status == 200
    assert gateway.told("x-credential-identifier") == ["ada"]
    wrongs: list[dict[str, str]] = [{}, basic("ada:x"), basic("eve:x"), basic("ada"), {"Authorization": "Basic ?"}]
    for wrong in [*wrongs, {"Authorization": "Basic //86//8="}]:
        answer = gateway.ask("GET", "/", wrong)
        assert (answer.status, message(answer.body)) == (401, "Unauthorized")
        assert answer["www-authenticate"] == 'Basic realm="shop"'


def test_a_token_lets_its_issuer_in() -> None:
    gateway = front(TOKENS)
    assert gateway.ask("GET", "/", bearer({"iss": "issuer", "exp": NOON + 1})).status == 200
    assert gateway.told("x-consumer-username") == ["ada"]


@pytest.mark.parametrize(
    ("headers", "said"),
    [
        ({}, {"message": "Unauthorized"}),
        ({"Authorization": "Bearer x"}, {"message": "Bad token; invalid JSON"}),
        ({"Authorization": "Bearer a.b.c"}, {"message": "Bad token; invalid JSON"}),
        (bearer({"exp": NOON + 1}), {"message": "No mandatory 'iss' in claims"}),
        (bearer({"iss": "other", "exp": NOON + 1}), {"message": "No credentials found for given 'iss'"}),
        (bearer({"iss": "issuer", "exp": NOON + 1}, SECRET + "x"), {"message": "Invalid signature"}),
        (bearer({"iss": "issuer", "exp": NOON + 1}, SECRET * 2, "HS512"), {"message": "Invalid algorithm"}),
        (bearer({"iss": "issuer", "exp": NOON}), {"exp": "token expired"}),
        (bearer({"iss": "issuer"}), {"exp": "must be a number"}),
    ],
)
def test_a_token_that_is_not_right_does_not(headers: dict[str, str], said: dict[str, str]) -> None:
    answer = front(TOKENS).ask("GET", "/", headers)
    assert (answer.status, json.loads(answer.body)) == (401, said)
    assert answer["www-authenticate"] == ('Bearer error="invalid_token"' if headers else "Bearer")


def test_an_unsigned_token_is_not_taken() -> None:
    parts = [base64.urlsafe_b64encode(json.dumps(each).encode()).decode().rstrip("=") for each in ({"alg": "none"}, {})]
    answer = front(TOKENS).ask("GET", "/", {"Authorization": f"Bearer {'.'.join(parts)}."})
    assert json.loads(answer.body) == {"message": "Bad token; invalid alg"}


def test_only_consumers_of_a_group_pass() -> None:
    gateway = front(KEYS, {"name": "acl", "config": {"allow": ["writers"]}})
    assert gateway.ask("GET", "/", {"X-API-KEY": "ada-key"}).status == 200
    assert gateway.told("x-consumer-groups") == ["writers, readers"]
    refused = gateway.ask("GET", "/", {"X-API-KEY": "bob-key"})
    assert (refused.status, message(refused.body)) == (403, "You cannot consume this service")
    denying = front(KEYS, {"name": "acl", "config": {"deny": ["writers"], "hide_groups_header": True}})
    assert denying.ask("GET", "/", {"X-API-KEY": "ada-key"}).status == 403
    assert denying.ask("GET", "/", {"X-API-KEY": "bob-key"}).status == 200
    assert denying.told("x-consumer-groups") == []


def alternatives() -> Plugins:
    return [with_config(KEYS, anonymous="nobody"), with_config(PASSWORDS, anonymous="nobody")]


def test_with_an_anonymous_consumer_any_of_several_ways_in_is_enough() -> None:
    ending = {"name": "request-termination", "consumer": "nobody", "config": {"status_code": 401, "message": "No."}}
    data = configuration(alternatives(), consumers=CONSUMERS)
    gateway = Front({**data, "plugins": [ending]})
    for way in ({"X-API-KEY": "ada-key"}, basic("ada:pass:word"), {"X-API-KEY": "bad", **basic("ada:pass:word")}):
        assert gateway.ask("GET", "/", way).status == 200
        assert gateway.told("x-anonymous-consumer") == []
    answer = gateway.ask("GET", "/", {"X-API-KEY": "bad"})
    assert (answer.status, json.loads(answer.body)) == (401, {"message": "No."})


def test_without_an_ending_the_anonymous_consumer_passes_and_the_service_is_told() -> None:
    gateway = front(*alternatives())
    assert gateway.ask("GET", "/", {"X-Credential-Identifier": "root"}).status == 200
    assert gateway.told("x-anonymous-consumer") == ["true"]
    assert gateway.told("x-consumer-username") == ["nobody"]
    assert gateway.told("x-credential-identifier") == []


def test_without_one_every_way_in_must_be_taken() -> None:
    gateway = front(KEYS, PASSWORDS)
    assert gateway.ask("GET", "/", {"X-API-KEY": "ada-key"}).status == 401
    assert gateway.ask("GET", "/", basic("ada:pass:word")).status == 401
    assert gateway.ask("GET", "/", {"X-API-KEY": "ada-key", **basic("ada:pass:word")}).status == 200


def test_a_limit_counts_each_consumer_by_itself_until_its_calendar_minute_is_over() -> None:
    gateway = front(KEYS, {"name": "rate-limiting", "config": {"minute": 2, "hour": 3, "policy": "local"}})
    gateway.clock.now = NOON + 18
    ada, bob = {"X-API-KEY": "ada-key"}, {"X-API-KEY": "bob-key"}
    first, second, third = (gateway.ask("GET", "/", ada) for _ in range(3))
    assert [first["x-ratelimit-remaining-minute"], first["x-ratelimit-remaining-hour"]] == ["1", "2"]
    assert [second["ratelimit-limit"], second["ratelimit-remaining"], second["ratelimit-reset"]] == ["2", "0", "42"]
    assert (third.status, message(third.body), third["retry-after"]) == (429, "API rate limit exceeded", "42")
    assert gateway.sent is None
    assert gateway.ask("GET", "/", bob).status == 200
    gateway.clock.now = NOON + 60
    assert gateway.ask("GET", "/", ada).status == 200
    last = gateway.ask("GET", "/", ada)
    assert (last.status, last["retry-after"]) == (429, "3540")
    gateway.clock.now = NOON + 3600
    assert gateway.ask("GET", "/", ada).status == 200


def test_callers_that_are_not_known_are_told_apart_by_address_and_hidden_limits_are_not_told() -> None:
    gateway = front({"name": "rate-limiting", "config": {"second": 1, "policy": "local", "hide_client_headers": True}})
    assert gateway.ask("GET", "/")["ratelimit-limit"] is None
    refused = gateway.ask("GET", "/")
    assert (refused.status, refused["retry-after"], refused["x-ratelimit-limit-second"]) == (429, None, None)


def test_a_body_that_says_it_is_too_long_is_refused_unread() -> None:
    gateway = front({"name": "request-size-limiting", "config": {"allowed_payload_size": 1, "size_unit": "kilobytes"}})
    assert gateway.ask("POST", "/", {"Content-Length": "1024"}, b"x" * 1024).status == 200
    answer = gateway.ask("POST", "/", {"Content-Length": "1025"}, b"x" * 1025)
    assert (answer.status, message(answer.body)) == (413, "Request size limit exceeded")
    assert gateway.ask("POST", "/", {"Content-Length": "1025", "Expect": "100-continue"}).status == 417
    chunked = gateway.ask("POST", "/", {"Transfer-Encoding": "chunked"}, b"x" * 1025)
    assert (chunked.status, message(chunked.body)) == (413, "Request size limit exceeded")


def cors(**config: Any) -> Front:
    return front({"name": "cors", "config": config}, KEYS)


def preflight(origin: str = "https://shop.test") -> dict[str, str]:
    return {"Origin": origin, "Access-Control-Request-Method": "PUT", "Access-Control-Request-Headers": "x-a"}


def test_a_preflight_request_is_answered_without_a_key() -> None:
    gateway = cors(origins=["https://shop.test", "https://other.test"], methods=["GET", "PUT"], max_age=60)
    answer = gateway.ask("OPTIONS", "/orders", preflight())
    assert (answer.status, answer.body, answer["content-length"]) == (200, b"", "0")
    assert answer["access-control-allow-origin"] == "https://shop.test"
    assert answer["access-control-allow-methods"] == "GET,PUT"
    assert answer["access-control-allow-headers"] == "x-a"
    assert (answer["access-control-max-age"], answer["vary"]) == ("60", "Origin")
    assert (
        cors(origins=["https://other.test", "https://b.test"]).ask("OPTIONS", "/", preflight())[
            "access-control-allow-origin"
        ]
        is None
    )
    assert gateway.sent is None
    assert gateway.ask("OPTIONS", "/", {"Origin": "https://shop.test", "X-API-KEY": "ada-key"}).status == 200
    assert gateway.sent is not None


@pytest.mark.parametrize(
    ("config", "allowed"),
    [
        ({}, "*"),
        ({"origins": ["*"], "credentials": True}, "https://shop.test"),
        ({"origins": ["https://shop.test"]}, "https://shop.test"),
        ({"origins": ["https://shop.test:443", "https://x.test"]}, "https://shop.test"),
        ({"origins": [r"https://.*\.test"]}, "https://shop.test"),
        ({"origins": [r".*\.test", "https://x.test"]}, "https://shop.test"),
        ({"origins": ["https://a.test", "https://b.test"]}, None),
    ],
)
def test_every_answer_says_which_origin_may_read_it(config: dict[str, Any], allowed: str | None) -> None:
    answer = cors(**config).ask("GET", "/", {"Origin": "https://shop.test"})
    assert answer.status == 401
    assert answer["access-control-allow-origin"] == allowed
    assert answer["access-control-allow-credentials"] == ("true" if config.get("credentials") else None)


def test_a_request_gets_an_id_or_keeps_its_own() -> None:
    plugin = {"name": "correlation-id", "config": {"header_name": "X-Id", "generator": "uuid", "echo_downstream": True}}
    gateway = front(plugin, KEYS)
    made = gateway.ask("GET", "/", {"X-API-KEY": "ada-key"})["x-id"]
    assert made is not None
    assert gateway.told("x-id") == [made]
    assert gateway.ask("GET", "/", {"X-Id": "mine"})["x-id"] == "mine"
    counted = front({"name": "correlation-id"})
    ids = [gateway_id(counted) for _ in range(2)]
    assert [each.partition("#")[2] for each in ids] == ["1", "2"]


def gateway_id(gateway: Front) -> str:
    gateway.ask("GET", "/")
    return gateway.told("kong-request-id")[0]


def test_a_route_can_be_ended() -> None:
    ended = front({"name": "request-termination", "config": {"status_code": 503}}).ask("GET", "/")
    assert (ended.status, json.loads(ended.body)) == (503, {"message": "Service unavailable"})
    body = {"status_code": 418, "body": "<p>short</p>", "content_type": "text/html"}
    said = front({"name": "request-termination", "config": body}).ask("GET", "/")
    assert (said.status, said.body, said["content-type"]) == (418, b"<p>short</p>", "text/html")


def test_headers_can_be_kept_from_the_service_and_changed_for_it() -> None:
    config = {
        "remove": {"headers": ["SSL-Client-Verify", "host"]},
        "rename": {"headers": ["X-Old:X-New"]},
        "replace": {"headers": ["X-There:2", "X-Missing:2"]},
        "add": {"headers": ["ssl-client-verify:NONE", "X-Other:2"]},
        "append": {"headers": ["X-Other:a:b"]},
    }
    gateway = front({"name": "request-transformer", "config": config})
    gateway.ask("GET", "/", {"ssl-client-verify": "SUCCESS", "x-other": "1", "x-old": "o", "x-there": "1"})
    assert gateway.told("ssl-client-verify") == ["NONE"]
    assert (gateway.told("x-old"), gateway.told("x-new")) == ([], ["o"])
    assert (gateway.told("x-there"), gateway.told("x-missing")) == (["2"], [])
    assert gateway.told("x-other") == ["1", "a:b"]
    assert gateway.told("host") == ["api.test"]
    assert gateway.compiled.shortfalls == ()


def test_what_is_not_modelled_is_said() -> None:
    said = front(
        {"name": "ip-restriction", "config": {"allow": ["10.0.0.0/8"]}},
        {"name": "request-transformer", "config": {"add": {"querystring": ["a:b"]}}},
        with_config(KEYS, key_in_body=True),
        {"name": "prometheus"},
    ).compiled.shortfalls
    assert list(said) == [
        "not modelled: keys in bodies (key-auth, key_in_body)",
        "not modelled: the plugin ip-restriction",
        "not modelled: what request-transformer changes but headers, and its templates",
    ]


def test_services_that_do_not_speak_http_are_said_too() -> None:
    data = configuration([])
    data["services"][0]["protocol"] = "https"
    assert Front(data).compiled.shortfalls == ("not modelled: services that speak https",)


def test_an_unknown_host_is_no_route() -> None:
    answer = front().ask("GET", "/", {"Host": "other.test"})
    assert (answer.status, message(answer.body)) == (404, "no Route matched with those values")


def test_what_connections_need_stays_with_them_and_where_a_request_came_from_is_told() -> None:
    gateway = front()
    gateway.answered = ((b"connection", b"x-private"), (b"x-private", b"1"), (b"keep-alive", b"5"), (b"etag", b"e"))
    headers = {
        "Host": "api.test:8080",
        "Connection": "x-secret, host, close",
        "X-Secret": "1",
        "TE": "trailers",
        "Proxy-Connection": "keep-alive",
        "X-Forwarded-For": "203.0.113.9",
        "X-Forwarded-Proto": "ftp",
        "X-Forwarded-Prefix": "/x",
        "X-Real-IP": "203.0.113.9",
    }
    answer = gateway.ask("GET", "/a?b", headers)
    assert (answer["x-private"], answer["keep-alive"], answer["connection"], answer["etag"]) == (None, None, None, "e")
    assert answer["via"] == "1.1 fountaingen-development-gateway"
    for name in ("x-secret", "te", "proxy-connection", "connection", "x-forwarded-prefix"):
        assert gateway.told(name) == []
    assert gateway.told("host") == ["api.test:8080"]
    assert gateway.told("x-forwarded-for") == ["203.0.113.9, 192.0.2.7"]
    told = ("x-forwarded-proto", "x-forwarded-host", "x-forwarded-port", "x-forwarded-path", "x-real-ip")
    assert [gateway.told(name) for name in told] == [["http"], ["api.test"], ["8080"], ["/a"], ["192.0.2.7"]]


@pytest.mark.parametrize(
    ("method", "target", "headers", "status"),
    [
        ("CONNECT", "api.test:443", {}, 405),
        ("TRACE", "/", {}, 405),
        ("OPTIONS", "*", {}, 400),
        ("GET", "/", {"Host": "api.test,evil.test"}, 400),
        ("GET", "/", {"Host": "user@api.test"}, 400),
        ("GET", "/", {"Host": "api.test:port"}, 400),
        ("POST", "/", {"Content-Length": "3", "Transfer-Encoding": "chunked"}, 400),
        ("GET", "/", {"Connection": "upgrade", "Upgrade": "websocket"}, 501),
    ],
)
def test_what_the_server_before_kong_refuses_is_refused(
    method: str, target: str, headers: dict[str, str], status: int
) -> None:
    gateway = front()
    assert gateway.ask(method, target, headers).status == status
    assert gateway.sent is None


def test_the_host_of_an_absolute_target_is_the_one_that_counts() -> None:
    gateway = front()
    assert gateway.ask("GET", "http://api.test/a?b=1", {"Host": "other.test"}).status == 200
    assert gateway.sent is not None
    assert gateway.sent.target == b"/a?b=1"
    assert gateway.told("host") == ["api.test"]
    assert gateway.ask("GET", "http://other.test/a", {"Host": "api.test"}).status == 404


def test_routes_that_want_https_are_served_as_if_it_were() -> None:
    data = configuration([])
    data["services"][0]["routes"][0]["protocols"] = ["https"]
    gateway = Front(data)
    assert gateway.ask("GET", "/").status == 200
    assert gateway.told("x-forwarded-proto") == ["https"]
    assert gateway.compiled.shortfalls == ("routes that want https are served over plain http, as if it were https",)
