"""Consumers and their credentials."""

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from fountaingen.kong.addresses import url_fault
from fountaingen.kong.entities.entity import Entity
from fountaingen.kong.schema import checks, rules, typedefs
from fountaingen.kong.schema.checks import Match
from fountaingen.kong.schema.fields import Anything, ArrayOf, Field, Integer, Number, Record, Text

_SYMMETRIC = ("HS256", "HS384", "HS512")
_ASYMMETRIC = ("RS256", "RS384", "RS512", "ES256", "ES384", "ES512", "PS256", "PS384", "PS512", "EdDSA")
_YEARS = 100000000
"""The longest life of a credential, in seconds."""


def _public_key_fault(text: str) -> str | None:
    try:
        load_pem_public_key(text.encode())
    except (ValueError, UnsupportedAlgorithm):
        return "invalid key"
    return None


def _redirect_fault(uri: str) -> str | None:
    if url_fault(uri):
        return f"cannot parse '{uri}'"
    return f"fragment not allowed in '{uri}'" if "#" in uri else None


def _credential(**fields: Field) -> Record:
    return Record(
        fields={
            "id": typedefs.uuid(),
            "created_at": typedefs.stamp(),
            "consumer": typedefs.reference("consumers", required=True),
            **fields,
            "tags": typedefs.tags(),
        }
    )


def _life() -> Number:
    return Number(rules=(rules.between(0, _YEARS),))


_JWT = Record(
    fields={
        **_credential(
            key=Text(),
            secret=Text(),
            rsa_public_key=Text(),
            algorithm=typedefs.option(*_SYMMETRIC, *_ASYMMETRIC, default="HS256"),
        ).fields,
    },
    checks=tuple(
        checks.conditional(
            "algorithm",
            Match(rules=(rules.equal(algorithm),)),
            "rsa_public_key",
            Match(required=True, rules=(_public_key_fault,)),
        )
        for algorithm in _ASYMMETRIC
    ),
)

_OAUTH2 = _credential(
    name=Text(required=True),
    client_id=Text(),
    client_secret=Text(),
    hash_secret=typedefs.flag(False, required=True),
    redirect_uris=ArrayOf(elements=typedefs.text(_redirect_fault)),
    client_type=typedefs.option("confidential", "public", default="confidential", required=True),
)


def _grant(**fields: Field) -> Record:
    return Record(
        fields={
            "id": typedefs.uuid(),
            "created_at": typedefs.stamp(),
            "service": typedefs.reference("services"),
            "credential": typedefs.reference("oauth2_credentials", required=True),
            "authenticated_userid": Text(),
            "scope": Text(),
            "ttl": _life(),
            **fields,
        }
    )


_CONSUMER = Record(
    fields={
        "id": typedefs.uuid(),
        "created_at": typedefs.stamp(),
        "updated_at": typedefs.stamp(),
        "username": Text(),
        "custom_id": Text(),
        "tags": typedefs.tags(),
    },
    checks=(checks.at_least_one_of("custom_id", "username"),),
)

_TOKENS = _grant(
    token_type=typedefs.option("bearer", default="bearer", required=True),
    expires_in=Integer(required=True),
    access_token=Text(),
    refresh_token=Text(),
)

ENTITIES = (
    Entity("consumers", _CONSUMER, endpoint_key="username"),
    Entity("acls", _credential(group=Text(required=True)), cache_key=("consumer", "group")),
    Entity("keyauth_credentials", _credential(key=Text(), ttl=_life()), endpoint_key="key", cache_key=("key",)),
    Entity(
        "basicauth_credentials",
        _credential(username=Text(required=True), password=Text(required=True)),
        endpoint_key="username",
        cache_key=("username",),
    ),
    Entity(
        "hmacauth_credentials",
        _credential(username=Text(required=True), secret=Text()),
        endpoint_key="username",
        cache_key=("username",),
    ),
    Entity("jwt_secrets", _JWT, endpoint_key="key", cache_key=("key",)),
    Entity("oauth2_credentials", _OAUTH2, endpoint_key="client_id", cache_key=("client_id",)),
    Entity(
        "oauth2_authorization_codes",
        _grant(code=Text(), challenge=Text(), challenge_method=typedefs.option("S256")),
    ),
    Entity("oauth2_tokens", _TOKENS, endpoint_key="access_token", cache_key=("access_token",)),
    Entity(
        "sessions",
        Record(
            fields={
                "id": typedefs.uuid(),
                "session_id": Text(required=True),
                "expires": Integer(),
                "data": Anything(),
                "created_at": typedefs.stamp(),
                "ttl": _life(),
            }
        ),
        cache_key=("session_id",),
    ),
    Entity(
        "acme_storage",
        Record(
            fields={
                "id": typedefs.uuid(),
                "key": Text(required=True),
                "value": Text(required=True),
                "created_at": typedefs.stamp(),
                "ttl": _life(),
            }
        ),
        cache_key=("key",),
    ),
)
