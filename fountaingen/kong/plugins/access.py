"""Plugins that decide who may pass: authentication, groups, addresses, browsers of other origins, certificates."""

from collections.abc import Mapping

from fountaingen.kong.patterns import pcre
from fountaingen.kong.plugins.acme import ACME
from fountaingen.kong.plugins.plugin import configured, plugin
from fountaingen.kong.schema import checks, rules, typedefs
from fountaingen.kong.schema.checks import Match
from fountaingen.kong.schema.fields import (
    ArrayOf,
    Field,
    Number,
    SetOf,
    Shorthand,
    Specialisation,
    Text,
)

_METHODS = ("GET", "HEAD", "PUT", "PATCH", "POST", "DELETE", "OPTIONS", "TRACE", "CONNECT")
_HMACS = ("hmac-sha1", "hmac-sha256", "hmac-sha384", "hmac-sha512")
_SESSION_HEADERS = ("id", "audience", "subject", "timeout", "idling-timeout", "rolling-timeout", "absolute-timeout")
_NOT_CONSUMERS = ("consumer",)


def _credentials() -> dict[str, Field]:
    return {
        "hide_credentials": typedefs.flag(False, required=True),
        "anonymous": Text(),
        "realm": Text(),
    }


def _regex_fault(value: str) -> str | None:
    return f"not a valid regex: {value}" if pcre.fault(value) else None


def _renamed(field: str, name: str) -> Shorthand:
    kinds: dict[str, Field] = {"samesite": Text(), "httponly": typedefs.flag(), "persistent": typedefs.flag()}
    return Shorthand(kinds.get(field.removeprefix("cookie_"), Number()), lambda value: {name: value})


def _origin_fault(value: str) -> str | None:
    return f"'{value}' is not a valid regex" if value != "*" and pcre.fault(value) else None


_KEY_AUTH = plugin(
    {
        **_credentials(),
        "key_names": ArrayOf(required=True, elements=typedefs.header_name(), default=("apikey",)),
        "key_in_header": typedefs.flag(True, required=True),
        "key_in_query": typedefs.flag(True, required=True),
        "key_in_body": typedefs.flag(False, required=True),
        "run_on_preflight": typedefs.flag(True, required=True),
    },
    never_on=_NOT_CONSUMERS,
)

_JWT = plugin(
    {
        "uri_param_names": SetOf(elements=Text(), default=("jwt",)),
        "cookie_names": SetOf(elements=Text(), default=()),
        "key_claim_name": typedefs.text(default="iss"),
        "secret_is_base64": typedefs.flag(False, required=True),
        "claims_to_verify": SetOf(elements=typedefs.option("exp", "nbf")),
        "anonymous": Text(),
        "run_on_preflight": typedefs.flag(True, required=True),
        "maximum_expiration": Number(rules=(rules.between(0, 31536000),), default=0),
        "header_names": SetOf(elements=Text(), default=("authorization",)),
        "realm": Text(),
    },
    checks.conditional(
        "config.maximum_expiration",
        Match(rules=(rules.above(0),)),
        "config.claims_to_verify",
        Match(rules=(rules.contains("exp"),)),
    ),
    never_on=_NOT_CONSUMERS,
)

_OAUTH2 = plugin(
    {},
    never_on=_NOT_CONSUMERS,
    record=configured(
        {
            **_credentials(),
            "scopes": typedefs.words(),
            "provision_key": Text(),
            "token_expiration": Number(required=True, default=7200),
            **{
                name: typedefs.flag(False, required=True)
                for name in (
                    "mandatory_scope",
                    "enable_authorization_code",
                    "enable_implicit_grant",
                    "enable_client_credentials",
                    "enable_password_grant",
                    "accept_http_if_already_terminated",
                    "global_credentials",
                    "reuse_refresh_token",
                    "persistent_refresh_token",
                )
            },
            "auth_header_name": typedefs.text(default="authorization"),
            "refresh_token_ttl": Number(required=True, rules=(rules.between(0, 100000000),), default=1209600),
            "pkce": typedefs.option("none", "lax", "strict", default="lax"),
        },
        checks.conditional("mandatory_scope", Match(rules=(rules.equal(True),)), "scopes", Match(required=True)),
    ),
)

_LDAP_AUTH = plugin(
    {},
    never_on=_NOT_CONSUMERS,
    record=configured(
        {
            **_credentials(),
            "ldap_host": typedefs.host(required=True),
            "ldap_port": typedefs.port(389, required=True),
            "ldaps": typedefs.flag(False, required=True),
            "start_tls": typedefs.flag(False, required=True),
            "verify_ldap_host": typedefs.flag(False, required=True),
            "base_dn": Text(required=True),
            "attribute": Text(required=True),
            "cache_ttl": Number(required=True, default=60),
            "timeout": Number(default=10000),
            "keepalive": Number(default=60000),
            "header_type": typedefs.text(default="ldap"),
        },
        checks.conditional(
            "ldaps",
            Match(rules=(rules.equal(True),)),
            "start_tls",
            Match(rules=(rules.equal(False),)),
            "'ldaps' and 'start_tls' cannot be enabled simultaneously",
        ),
    ),
)

_SESSION = plugin(
    {},
    never_on=_NOT_CONSUMERS,
    protocols=typedefs.all_protocols(),
    record=configured(
        {
            "secret": typedefs.secret(),
            "storage": typedefs.option("cookie", "kong", default="cookie"),
            "audience": typedefs.text(default="default"),
            "idling_timeout": Number(default=900),
            "rolling_timeout": Number(default=3600),
            "absolute_timeout": Number(default=86400),
            "stale_ttl": Number(default=10),
            "cookie_name": typedefs.text(default="session"),
            "cookie_path": typedefs.text(default="/"),
            "cookie_domain": Text(),
            "cookie_same_site": typedefs.option("Strict", "Lax", "None", "Default", default="Strict"),
            "cookie_http_only": typedefs.flag(True),
            "cookie_secure": typedefs.flag(True),
            "remember": typedefs.flag(False),
            "remember_cookie_name": typedefs.text(default="remember"),
            "remember_rolling_timeout": Number(default=604800),
            "remember_absolute_timeout": Number(default=2592000),
            "response_headers": SetOf(elements=typedefs.option(*_SESSION_HEADERS)),
            "request_headers": SetOf(elements=typedefs.option(*_SESSION_HEADERS)),
            "read_body_for_logout": typedefs.flag(False),
            "logout_methods": SetOf(elements=typedefs.option("GET", "POST", "DELETE"), default=("POST", "DELETE")),
            "logout_query_arg": typedefs.text(default="session_logout"),
            "logout_post_arg": typedefs.text(default="session_logout"),
        },
        shorthands={
            old: _renamed(old, new)
            for old, new in (
                ("cookie_lifetime", "rolling_timeout"),
                ("cookie_idletime", "idling_timeout"),
                ("cookie_renew", "stale_ttl"),
                ("cookie_discard", "stale_ttl"),
                ("cookie_samesite", "cookie_same_site"),
                ("cookie_httponly", "cookie_http_only"),
                ("cookie_persistent", "remember"),
            )
        },
    ),
)


PLUGINS: Mapping[str, Specialisation] = {
    "key-auth": _KEY_AUTH,
    "jwt": _JWT,
    "basic-auth": plugin(
        {**_credentials(), "realm": typedefs.text(required=True, default="service")}, never_on=_NOT_CONSUMERS
    ),
    "hmac-auth": plugin(
        {
            **_credentials(),
            "clock_skew": Number(rules=(rules.above(0),), default=300),
            "validate_request_body": typedefs.flag(False, required=True),
            "enforce_headers": typedefs.words(default=()),
            "algorithms": ArrayOf(elements=typedefs.option(*_HMACS), default=_HMACS),
        },
        never_on=_NOT_CONSUMERS,
    ),
    "oauth2": _OAUTH2,
    "ldap-auth": _LDAP_AUTH,
    "session": _SESSION,
    "acme": ACME,
    "acl": plugin(
        {
            "allow": typedefs.words(),
            "deny": typedefs.words(),
            "hide_groups_header": typedefs.flag(False, required=True),
            "include_consumer_groups": typedefs.flag(False),
            "always_use_authenticated_groups": typedefs.flag(False, required=True),
        },
        checks.only_one_of("config.allow", "config.deny"),
        checks.at_least_one_of("config.allow", "config.deny"),
        never_on=_NOT_CONSUMERS,
    ),
    "ip-restriction": plugin(
        {"allow": typedefs.ips(), "deny": typedefs.ips(), "status": Number(), "message": Text()},
        checks.at_least_one_of("config.allow", "config.deny"),
        protocols=SetOf(
            elements=typedefs.option(*typedefs.PROTOCOLS),
            required=True,
            default=("http", "https", "tcp", "tls", "grpc", "grpcs"),
        ),
    ),
    "bot-detection": plugin(
        {name: ArrayOf(elements=typedefs.text(_regex_fault), default=()) for name in ("allow", "deny")},
        never_on=_NOT_CONSUMERS,
    ),
    "cors": plugin(
        {
            "origins": ArrayOf(elements=typedefs.text(_origin_fault)),
            "headers": typedefs.words(),
            "exposed_headers": typedefs.words(),
            "methods": ArrayOf(elements=typedefs.option(*_METHODS), default=_METHODS),
            "max_age": Number(),
            "credentials": typedefs.flag(False, required=True),
            "private_network": typedefs.flag(False, required=True),
            "preflight_continue": typedefs.flag(False, required=True),
            "allow_origin_absent": typedefs.flag(True, required=True),
        },
        never_on=_NOT_CONSUMERS,
    ),
}
