"""The loader's words: what Kong Gateway 3.9 said of configurations, and what its schemas say of others."""

import json
from pathlib import Path

import pytest

from fountaingen.kong.loader import check, read, written

_OBSERVED = Path(__file__).parents[3] / "shared" / "kong" / "verdicts.json"

_SERVICE = "services:\n- name: a\n  url: http://a\n"
_ROUTE = _SERVICE + "  routes:\n  - {name: r, %s}\n"
_PLUGIN = "plugins:\n- %s\n"
_UPSTREAM = "upstreams:\n- {name: u, %s}\n"
_IN_ROUTE = "in 'services':\n  - in entry 1 of 'services':\n    in 'routes':\n      - in entry 1 of 'routes':\n        "
_IN_SERVICE = "in 'services':\n  - in entry 1 of 'services':\n    "
_IN_PLUGIN = "in 'plugins':\n  - in entry 1 of 'plugins':\n    "
_IN_UPSTREAM = "in 'upstreams':\n  - in entry 1 of 'upstreams':\n    "
_ENTITY = "in '@entity':\n%s  - in entry 1 of '@entity': "
_PROTOCOLS = "grpc, grpcs, http, https, tcp, tls, tls_passthrough, udp"


def _said(body: str) -> str:
    return written(check(read(f"_format_version: '3.0'\n{body}")))


def _entity(indent: int) -> str:
    return _ENTITY % (" " * indent)


def test_every_verdict_of_the_real_gateway_is_met() -> None:
    if not _OBSERVED.exists():
        pytest.skip("the verdicts of the real gateway are not part of the repository")
    verdicts = json.loads(_OBSERVED.read_text(encoding="utf-8"))
    said = {name: written(check(read(each["input"]))).replace("\n", " | ") or "ok" for name, each in verdicts.items()}
    assert said == {name: each["kong_3_9"] for name, each in verdicts.items()}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("nothing: []\n", "in 'nothing': unknown field"),
        ("consumer_groups: []\n", "in 'consumer_groups': unknown field"),
        ("x-more: 1\n", "in 'x-more': unknown field"),
        ("_transform: 'no'\n", "in '_transform': expected a boolean"),
        ("services: a\n", "in 'services': expected an array"),
        ("services: {a: 1}\n", "in 'services': expected an array"),
        ("services: [a]\n", "in 'services':\n  - in entry 1 of 'services': expected a record"),
    ],
)
def test_what_a_file_may_hold(body: str, expected: str) -> None:
    assert _said(body) == expected


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ("host: a, retries: '5'", "in 'retries': expected an integer"),
        ("host: a, retries: 5.5", "in 'retries': expected an integer"),
        ("host: a, retries: 40000", "in 'retries': value should be between 0 and 32767"),
        ("host: a, connect_timeout: 0", "in 'connect_timeout': value should be between 1 and 2147483646"),
        ("host: a, port: 70000", "in 'port': value should be between 0 and 65535"),
        ("host: a, port: true", "in 'port': expected an integer"),
        ("host: a, protocol: ftp", f"in 'protocol': expected one of: {_PROTOCOLS}"),
        ("host: 'a:1'", "in 'host': must not have a port"),
        ("host: 'a b'", "in 'host': invalid value: a b"),
        ("host: ''", "in 'host': length must be at least 1"),
        ("host: null", "in 'host': required field missing"),
        ("host: a, path: b", "in 'path': should start with: /"),
        ("host: a, path: //b", "in 'path': must not have empty segments"),
        ("host: a, path: /b%2", "in 'path': invalid url-encoded value: '%2'"),
        ("host: a, tags: ['b,c']", "in 'tags':\n      - in entry 1 of 'tags': invalid tag 'b,c': expected printable "
         "ascii (except `,` and `/`) or valid utf-8 sequences"),
        ("host: a, tags: b", "in 'tags': expected a set"),
        ("host: a, id: 5", "in 'id': expected a string"),
        ("host: a, colour: red", "in 'colour': unknown field"),
        ("host: a, enabled: 'yes'", "in 'enabled': expected a boolean"),
        ("url: 5", "in 'url': expected a string\n    in 'host': required field missing"),
        ("url: 'http://a:99999'", "in 'port': value should be between 0 and 65535"),
        ("url: 'http://a:b'", "in 'port': expected an integer"),
        ("url: 'ftp://a'", f"in 'protocol': expected one of: {_PROTOCOLS}"),
        ("url: /only/a/path", "in 'host': required field missing"),
        ("host: a, protocol: https, ca_certificates: [x]",
         "in 'ca_certificates':\n      - in entry 1 of 'ca_certificates': expected a valid UUID"),
        ("host: a, protocol: tcp, path: /b", "in 'path': value must be null\n    " + _entity(4)
         + "failed conditional validation given value of field 'protocol'"),
        ("host: a, tls_verify: true", "in 'tls_verify': value must be null\n    " + _entity(4)
         + "failed conditional validation given value of field 'protocol'"),
    ],
)  # fmt: skip
def test_services(fields: str, expected: str) -> None:
    assert _said(f"services:\n- {{{fields}}}\n") == _IN_SERVICE + expected


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ("strip_path: true", _entity(8)
         + "must set one of 'methods', 'hosts', 'headers', 'paths', 'snis' when 'protocols' is 'https'"),
        ("protocols: [http]", _entity(8)
         + "must set one of 'methods', 'hosts', 'headers', 'paths' when 'protocols' is 'http'"),
        ("protocols: [udp]", _entity(8)
         + "must set one of 'sources', 'destinations', 'snis' when 'protocols' is 'tcp', 'tls' or 'udp'"),
        ("protocols: [tls_passthrough]", _entity(8) + "must set snis when 'protocols' is 'tls_passthrough'"),
        ("protocols: [grpc], paths: [/], strip_path: true",
         "in 'strip_path': cannot set 'strip_path' when 'protocols' is 'grpc' or 'grpcs'"),
        ("protocols: [tls], snis: [a.b], paths: [/]",
         "in 'paths': cannot set 'paths' when 'protocols' is 'tcp', 'tls', 'tls_passthrough' or 'udp'"),
        ("protocols: [http, tcp], paths: [/]",
         "in 'protocols': these sets are mutually exclusive: ('http', 'https'), ('tcp', 'tls', 'udp')"),
        ("protocols: [], paths: [/]", "in 'protocols': unknown type: nil"),
        ("protocols: null, paths: [/]", "in 'protocols': required field missing"),
        ("paths: [a]",
         "in 'paths':\n          - in entry 1 of 'paths': should start with: / (fixed path) or ~/ (regex path)"),
        ("paths: ['~a']",
         "in 'paths':\n          - in entry 1 of 'paths': should start with: / (fixed path) or ~/ (regex path)"),
        ("paths: [/, //a]", "in 'paths':\n          - in entry 2 of 'paths': must not have empty segments"),
        ("paths: [/a/../b]",
         "in 'paths':\n          - in entry 1 of 'paths': non-normalized path, consider use '/b' instead"),
        ("paths: [/a%20b]",
         "in 'paths':\n          - in entry 1 of 'paths': non-normalized path, consider use '/a b' instead"),
        ("paths: [/a%zz]", "in 'paths':\n          - in entry 1 of 'paths': invalid url-encoded value: '%zz'"),
        ("paths: {a: /}", "in 'paths': expected an array"),
        ("paths: [1]", "in 'paths':\n          - in entry 1 of 'paths': expected a string"),
        ("paths: [null]", "in 'paths':\n          - in entry 1 of 'paths': required field missing"),
        ("methods: [GET, GET, get]", "in 'methods':\n          - in entry 2 of 'methods': invalid value: get"),
        ("methods: GET", "in 'methods': expected a set"),
        ("hosts: [a.*.b]",
         "in 'hosts':\n          - in entry 1 of 'hosts': invalid wildcard: must be placed at leftmost or rightmost "
         "label"),
        ("hosts: ['*.a.*']",
         "in 'hosts':\n          - in entry 1 of 'hosts': invalid wildcard: must have at most one wildcard"),
        ("hosts: ['a:99999']", "in 'hosts':\n          - in entry 1 of 'hosts': invalid port number"),
        ("hosts: [a-.b]", "in 'hosts':\n          - in entry 1 of 'hosts': invalid hostname: a-.b"),
        ("hosts: [1.2.3.400]", "in 'hosts':\n          - in entry 1 of 'hosts': invalid ipv4 address: 1.2.3.400"),
        ("headers: {Host: [a]}",
         "in 'headers': cannot contain 'host' header, which must be specified in the 'hosts' attribute"),
        ("headers: {'a b': [a]}",
         "in 'headers': bad header name 'a b', allowed characters are A-Z, a-z, 0-9, '_', and '-'"),
        ("headers: {a: b}", "in 'headers': expected an array"),
        ("headers: b", "in 'headers': expected a map"),
        ("paths: [/], regex_priority: high", "in 'regex_priority': expected an integer"),
        ("paths: [/], path_handling: v2", "in 'path_handling': expected one of: v0, v1"),
        ("paths: [/], https_redirect_status_code: 200",
         "in 'https_redirect_status_code': expected one of: 426, 301, 302, 307, 308"),
        ("paths: [/], protocols: [http], snis: [a.b]", "in 'snis': length must be 0\n        " + _entity(8)
         + "'snis' can only be set when 'protocols' is 'grpcs', 'https', 'tls' or 'tls_passthrough'"),
        ("snis: [1.2.3.4]", "in 'snis':\n          - in entry 1 of 'snis': must not be an IP"),
        ("paths: [/], sources: [{ip: 1.2.3.4}]",
         "in 'sources': cannot set 'sources' when 'protocols' is 'http' or 'https'"),
        ("protocols: [tcp], sources: [{ip: x}]",
         "in 'sources':\n          - in entry 1 of 'sources':\n            in 'ip': invalid ip or cidr range: 'x'"),
        ("protocols: [tcp], sources: [{}]", "in 'sources':\n          - in entry 1 of 'sources':\n            "
         + _entity(12) + "at least one of these fields must be non-empty: 'ip', 'port'"),
    ],
)  # fmt: skip
def test_routes(fields: str, expected: str) -> None:
    assert _said(_ROUTE % fields) == _IN_ROUTE + expected


def test_the_router_shows_where_it_stopped_in_the_expression_of_a_whole_route() -> None:
    said = _said(_ROUTE % "hosts: [a.b, '*.c'], methods: [GET, PUT], paths: ['~/u/{id}$']")
    expression = (
        '(http.method == r#"GET"# || http.method == r#"PUT"#) && (http.host == r#"a.b"# || http.host =^ r#".c"#)'
        ' && (http.path ~ r#"^/u/{id}$"#)'
    )
    column = expression.index('r#"^')
    assert said == (
        f"{_IN_ROUTE}{_entity(8)}Router Expression failed validation:  --> 1:{column + 1}\n  |\n1 | {expression}\n"
        f"  | {' ' * column}^------------^\n  |\n  = regex parse error:\n    ^/u/{{id}}$\n         ^\n"
        "error: repetition quantifier expects a valid decimal"
    )


@pytest.mark.parametrize(
    ("plugin", "expected"),
    [
        ("{config: {}}", "in 'name': required field missing"),
        ("{name: rate-limiting-advanced}", "in 'name': plugin 'rate-limiting-advanced' not enabled; add it to the "
         "'plugins' configuration property"),
        ("{name: key-auth, consumer: b}", "in 'consumer': value must be null"),
        ("{name: key-auth, protocols: [tcp]}",
         "in 'protocols':\n      - in entry 1 of 'protocols': expected one of: grpc, grpcs, http, https"),
        ("{name: key-auth, config: [a]}",
         "in 'config':\n      - in entry 1 of 'config': unknown field"),
        ("{name: key-auth, config: a}", "in 'config': expected a record"),
        ("{name: key-auth, config: {key_names: apikey}}", "in 'config':\n      in 'key_names': expected an array"),
        ("{name: key-auth, config: {hide_credentials: 1}}",
         "in 'config':\n      in 'hide_credentials': expected a boolean"),
        ("{name: rate-limiting, config: {minute: 10, hour: 5}}",
         "in 'config': The limit for hour(5.0) cannot be lower than the limit for minute(10.0)"),
        ("{name: rate-limiting, config: {minute: 0}}",
         "in 'config':\n      in 'minute': value must be greater than 0"),
        ("{name: rate-limiting, config: {minute: 5, sync_rate: 1}}",
         "in 'config': sync_rate can only be used with the redis policy"),
        ("{name: rate-limiting, config: {minute: 5, limit_by: header}}",
         "in 'config':\n      in 'header_name': required field missing\n    " + _entity(4)
         + "failed conditional validation given value of field 'config.limit_by'"),
        ("{name: rate-limiting, config: {minute: 5, policy: redis}}",
         "in 'config':\n      in 'redis':\n        in 'host': required field missing\n    " + _entity(4)
         + "failed conditional validation given value of field 'config.policy'"),
        ("{name: acl}", _entity(4) + "exactly one of these fields must be non-empty: 'config.allow', 'config.deny'\n"
         "      - in entry 2 of '@entity': at least one of these fields must be non-empty: 'config.allow', "
         "'config.deny'"),
        ("{name: acl, config: {allow: [a], deny: [b]}}", _entity(4)
         + "exactly one of these fields must be non-empty: 'config.allow', 'config.deny'"),
        ("{name: cors, config: {methods: [get]}}", "in 'config':\n      in 'methods':\n        - in entry 1 of "
         "'methods': expected one of: GET, HEAD, PUT, PATCH, POST, DELETE, OPTIONS, TRACE, CONNECT"),
        ("{name: cors, config: {origins: ['(']}}",
         "in 'config':\n      in 'origins':\n        - in entry 1 of 'origins': '(' is not a valid regex"),
        ("{name: ip-restriction, config: {allow: [10.0.0.0/33]}}", "in 'config':\n      in 'allow':\n        - in "
         "entry 1 of 'allow': invalid ip or cidr range: '10.0.0.0/33'"),
        ("{name: request-size-limiting, config: {size_unit: gigabytes}}",
         "in 'config':\n      in 'size_unit': expected one of: megabytes, kilobytes, bytes"),
        ("{name: request-termination, config: {message: a, body: b}}",
         "in 'config': message cannot be used with content_type or body"),
        ("{name: correlation-id, config: {generator: dice}}",
         "in 'config':\n      in 'generator': expected one of: uuid, uuid#counter, tracker"),
        ("{name: http-log}", "in 'config':\n      in 'http_endpoint': required field missing"),
        ("{name: http-log, config: {http_endpoint: 'invalid::#//url'}}",
         "in 'config':\n      in 'http_endpoint': missing host in url"),
        ("{name: tcp-log, config: {port: 1, deeply: {nested: 1}}}",
         "in 'config':\n      in 'deeply': unknown field\n      in 'host': required field missing"),
        ("{name: proxy-cache}", "in 'config':\n      in 'strategy': required field missing"),
        ("{name: opentelemetry}", "in 'config':\n      " + _entity(6)
         + "at least one of these fields must be non-empty: 'traces_endpoint', 'logs_endpoint'"),
        ("{name: acme, config: {account_email: a@b.co, api_uri: 'https://acme-v02.api.letsencrypt.org'}}",
         "in 'config':\n      in 'tos_accepted': value must be true\n    " + _entity(4)
         + "terms of service must be accepted, see https://letsencrypt.org/repository/"),
        ("{name: request-transformer, config: {add: {headers: ['a b:c']}}}",
         "in 'config':\n      in 'add':\n        in 'headers':\n          - in entry 1 of 'headers': 'a b' is not a "
         "valid header"),
        ("{name: request-transformer, config: {add: {body: ['a']}}}", "in 'config':\n      in 'add':\n        in "
         "'body':\n          - in entry 1 of 'body': key 'a' has no value"),
        ("{name: response-transformer, config: {rename: {json: ['a']}}}",
         "in 'config':\n      in 'rename':\n        in 'json':\n          - in entry 1 of 'json': invalid value: a"),
        ("{name: pre-function, config: {access: []}}", _entity(4) + "at least one of these fields must be non-empty: "
         "'config.certificate', 'config.rewrite', 'config.access', 'config.header_filter', 'config.body_filter', "
         "'config.log', 'config.ws_handshake', 'config.ws_client_frame', 'config.ws_upstream_frame', "
         "'config.ws_close'"),
        ("{name: aws-lambda, config: {aws_key: a}}", _entity(4)
         + "all or none of these fields must be set: 'config.aws_key', 'config.aws_secret'"),
    ],
)  # fmt: skip
def test_plugins(plugin: str, expected: str) -> None:
    assert _said(_PLUGIN % plugin) == _IN_PLUGIN + expected


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ("algorithm: least", "in 'algorithm': expected one of: consistent-hashing, least-connections, round-robin, "
         "latency"),
        ("slots: 5", "in 'slots': value should be between 10 and 65536"),
        ("host_header: 123", "in 'host_header': expected a string"),
        ("hash_on: header", "in 'hash_on_header': required field missing\n    " + _entity(4)
         + "failed conditional validation given value of field 'hash_on'"),
        ("hash_fallback: ip", "in 'hash_fallback': expected one of: none\n    " + _entity(4)
         + "failed conditional validation given value of field 'hash_on'"),
        ("healthchecks: {active: {concurrency: -1}}",
         "in 'healthchecks':\n      in 'active':\n        in 'concurrency': value should be between 1 and 2147483648"),
        ("healthchecks: {active: {healthy: {http_statuses: [99]}}}", "in 'healthchecks':\n      in 'active':\n        "
         "in 'healthy':\n          in 'http_statuses':\n            - in entry 1 of 'http_statuses': value should be "
         "between 100 and 999"),
        ("targets: [{target: 'a b'}]", "in 'targets':\n      - in entry 1 of 'targets':\n        in 'target': Invalid "
         "target ('a b'); not a valid hostname or ip address"),
        ("targets: [{target: 'a:80', weight: 70000}]",
         "in 'targets':\n      - in entry 1 of 'targets':\n        in 'weight': value should be between 0 and 65535"),
        ("targets: [{weight: 1}]",
         "in 'targets':\n      - in entry 1 of 'targets':\n        in 'target': required field missing"),
    ],
)  # fmt: skip
def test_upstreams(fields: str, expected: str) -> None:
    assert _said(_UPSTREAM % fields) == _IN_UPSTREAM + expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("upstreams: [{name: 1.2.3.4}]", _IN_UPSTREAM + "in 'name': Invalid name; no ip addresses allowed"),
        ("upstreams: [{name: 'a:1'}]", _IN_UPSTREAM + "in 'name': Invalid name; no port allowed"),
        ("consumers: [{username: a, keyauth_credentials: [{key: 5}]}]", "in 'consumers':\n  - in entry 1 of "
         "'consumers':\n    in 'keyauth_credentials':\n      - in entry 1 of 'keyauth_credentials':\n        in 'key': "
         "expected a string"),
        ("keyauth_credentials: [{key: k}]", "in 'keyauth_credentials':\n  - in entry 1 of 'keyauth_credentials':\n    "
         "in 'consumer': required field missing"),
        ("keyauth_credentials: [{key: k, consumer: c}]", "in 'keyauth_credentials':\n  in 'k':\n    - in entry 1 of "
         "'k': invalid reference 'consumer: c' (no such entry in 'consumers')"),
        ("consumers: [{username: a, jwt_secrets: [{algorithm: RS256}]}]", "in 'consumers':\n  - in entry 1 of "
         "'consumers':\n    in 'jwt_secrets':\n      - in entry 1 of 'jwt_secrets':\n        in 'rsa_public_key': "
         "required field missing\n        " + _entity(8)
         + "failed conditional validation given value of field 'algorithm'"),
        ("vaults: [{name: aws, prefix: mine}]",
         "in 'vaults':\n  - in entry 1 of 'vaults':\n    in 'name': vault 'aws' is not installed"),
        ("vaults: [{name: env, prefix: env}]",
         "in 'vaults':\n  - in entry 1 of 'vaults':\n    in 'prefix': must not be one of: env"),
        ("vaults: [{name: env, prefix: A}]",
         "in 'vaults':\n  - in entry 1 of 'vaults':\n    in 'prefix': invalid value: A"),
        ("certificates: [{cert: '', key: ''}]", "in 'certificates':\n  - in entry 1 of 'certificates':\n    in 'cert': "
         "length must be at least 1\n    in 'key': length must be at least 1"),
        ("snis: [{name: '*.a.*'}]", "in 'snis':\n  - in entry 1 of 'snis':\n    in 'name': only one wildcard must be "
         "specified\n    in 'certificate': required field missing"),
    ],
)  # fmt: skip
def test_other_entities(body: str, expected: str) -> None:
    assert _said(body) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("services: [{name: a, host: a}, {name: a, host: b}]", "in 'services':\n  - in entry 2 of 'services': "
         "uniqueness violation: 'services' entity with name set to 'a' already declared"),
        ("consumers: [{username: a, keyauth_credentials: [{key: k}]}, "
         "{username: b, keyauth_credentials: [{key: z}, {key: k}]}]", "in 'keyauth_credentials':\n  - in entry 2 of "
         "'keyauth_credentials': uniqueness violation: 'keyauth_credentials' entity with key set to 'k' already "
         "declared"),
        ("services: [{id: 769bdf51-16df-5476-9830-ef26800b5448, host: a}, "
         "{id: 769bdf51-16df-5476-9830-ef26800b5448, host: b}]", "in 'services':\n  - in entry 2 of 'services': "
         "uniqueness violation: 'services' entity with primary key set to '769bdf51-16df-5476-9830-ef26800b5448' "
         "already declared"),
    ],
)  # fmt: skip
def test_entries_told_twice(body: str, expected: str) -> None:
    assert _said(body) == expected


@pytest.mark.parametrize(
    ("body", "table"),
    [
        ("upstreams: [{name: u, targets: [{target: 'a:1'}, {target: 'a:1'}]}]", "targets"),
        ("services: [{name: s, host: a, plugins: [{name: cors}, {name: cors}]}]", "plugins"),
        ("consumers: [{username: c, acls: [{group: g}, {group: g}]}]", "acls"),
    ],
)
def test_entries_that_come_to_one_id(body: str, table: str) -> None:
    said = _said(body)
    assert said.startswith(f"in '{table}':\n  - in entry 2 of '{table}': uniqueness violation: '{table}' entity with ")
    assert "primary key set to '" in said


@pytest.mark.parametrize(
    "body",
    [
        "upstreams: [{name: u, targets: [{target: 'a:1'}]}, {name: v, targets: [{target: 'a:1'}]}]",
        "plugins: [{name: cors}]\nservices: [{name: a, host: a, plugins: [{name: cors}]}]",
        "services: [{name: a, host: a, routes: [{name: r, paths: [/], service: a}]}]",
        "consumers: [{username: c}]\nservices: [{name: a, host: a, plugins: [{name: cors, consumer: null}]}]",
        "services: [{name: a, host: a, plugins: [{name: rate-limiting, consumer: c, config: {minute: 1}}]}]\n"
        "consumers: [{username: c}]",
        "services: [{host: a, id: 769bdf51-16df-5476-9830-ef26800b5448}]\n"
        "routes: [{name: r, paths: [/], service: {id: 769bdf51-16df-5476-9830-ef26800b5448}}]",
        "plugins: [{name: jwt, config: {maximum_expiration: 5}}]",
        "consumers: [{username: a, acls: [{group: g}], basicauth_credentials: [{username: u, password: p}]}]",
        "consumers: {}\nservices: []\n",
        "services: [{name: größe, host: a}]",
    ],
)  # fmt: skip
def test_what_may_look_wrong_and_is_not(body: str) -> None:
    assert _said(body) == ""


def test_what_must_not_be_there_is_told_beside_other_faults_only() -> None:
    said = _said("services: [{name: a, host: a, routes: [{name: r, paths: [/], service: nosuch}]}]")
    assert said == _IN_ROUTE + "in 'service': value must be null"
    beside = _said("services: [{name: a, host: a, routes: [{name: r, paths: [/], service: a}]}, {name: b}]")
    assert beside == (
        "in 'services':\n  - in entry 2 of 'services':\n    in 'host': required field missing\n"
        "  - in entry 1 of 'services':\n    in 'routes':\n      - in entry 1 of 'routes':\n        in 'service': "
        "value must be null"
    )
