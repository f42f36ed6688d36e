"""The plugin that obtains certificates."""

from collections.abc import Mapping
from typing import Any

from fountaingen.kong.plugins.plugin import plugin
from fountaingen.kong.schema import checks, rules, typedefs
from fountaingen.kong.schema.checks import Match
from fountaingen.kong.schema.fields import Check, Integer, Number, Record, Shorthand, Text

_LETS_ENCRYPT = ("https://acme-v02.api.letsencrypt.org", "https://acme-staging-v02.api.letsencrypt.org")


def _storage_fault(plugin_entry: Mapping[str, Any]) -> str | None:
    stored = checks.member(plugin_entry, "config.storage")
    return '"kong" storage can\'t be used with dbless mode' if stored == "kong" else None


def _acme_redis() -> Record:
    redis = typedefs.redis()
    extra = Record(
        required=True,
        fields={"namespace": Text(required=True, shortest=0, default=""), "scan_count": Number(default=10)},
    )
    moved = {
        "auth": Shorthand(Text(shortest=0), lambda value: {"password": value}, deprecated=True),
        "ssl_server_name": Shorthand(Text(), lambda value: {"server_name": value}, deprecated=True),
        "namespace": Shorthand(
            Text(shortest=0), lambda value: {"extra_options": {"namespace": value}}, deprecated=True
        ),
        "scan_count": Shorthand(Integer(), lambda value: {"extra_options": {"scan_count": value}}, deprecated=True),
    }
    return Record(required=True, fields={**redis.fields, "extra_options": extra}, shorthands=moved)


_SECURE = {"https": typedefs.flag(False), "host": typedefs.host(), "port": typedefs.port(), "kv_path": Text()}
_ACME_STORAGE = Record(
    required=True,
    fields={
        "shm": Record(required=True, fields={"shm_name": typedefs.text(default="kong")}),
        "kong": Record(required=True, fields={}),
        "redis": _acme_redis(),
        "consul": Record(required=True, fields={**_SECURE, "timeout": Number(), "token": typedefs.secret()}),
        "vault": Record(
            required=True,
            fields={
                **_SECURE,
                "timeout": Number(),
                "token": typedefs.secret(),
                "tls_verify": typedefs.flag(True),
                "tls_server_name": Text(),
                "auth_method": typedefs.option("token", "kubernetes", default="token"),
                "auth_path": Text(),
                "auth_role": Text(),
                "jwt_path": Text(),
            },
        ),
    },
)


def _needs_redis(name: str) -> Check:
    is_redis = Match(rules=(rules.equal("redis"),))
    return checks.conditional("config.storage", is_redis, f"config.storage_config.redis.{name}", Match(required=True))


ACME = plugin(
    {
        "account_email": Text(required=True, referenceable=True, rules=(rules.matches("@"),)),
        "account_key": Record(fields={"key_id": Text(required=True), "key_set": Text()}),
        "api_uri": typedefs.url(default="https://acme-v02.api.letsencrypt.org/directory"),
        "tos_accepted": typedefs.flag(False),
        "eab_kid": typedefs.secret(),
        "eab_hmac_key": typedefs.secret(),
        "cert_type": typedefs.option("rsa", "ecc", default="rsa"),
        "rsa_key_size": Number(rules=(rules.one_of(2048, 3072, 4096),), default=4096),
        "renew_threshold_days": Number(default=14),
        "domains": typedefs.hosts(),
        "allow_any_domain": typedefs.flag(False),
        "fail_backoff_minutes": Number(default=5),
        "storage": typedefs.option("kong", "shm", "redis", "consul", "vault", default="shm"),
        "storage_config": _ACME_STORAGE,
        "preferred_chain": Text(),
        "enable_ipv4_common_name": typedefs.flag(True),
    },
    checks.conditional(
        "config.api_uri",
        Match(rules=(rules.one_of(*_LETS_ENCRYPT),)),
        "config.tos_accepted",
        Match(rules=(rules.equal(True),)),
        "terms of service must be accepted, see https://letsencrypt.org/repository/",
    ),
    _needs_redis("host"),
    _needs_redis("port"),
    checks.custom(_storage_fault, "config"),
    never_on=("consumer", "service", "route"),
)
