"""Certificates, server names, keys and vaults."""

from collections.abc import Mapping
from typing import Any

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from fountaingen.kong import addresses
from fountaingen.kong.entities.entity import Entity
from fountaingen.kong.schema import checks, rules, typedefs
from fountaingen.kong.schema.fields import Anything, ArrayOf, Field, Kinds, Record, Rule, Specialisation, Text


def _certificate_fault(text: str) -> str | None:
    try:
        x509.load_pem_x509_certificate(text.encode())
    except ValueError:
        return "invalid certificate: x509.new: error parsing the text as a certificate"
    return None


def _key_fault(text: str) -> str | None:
    try:
        load_pem_private_key(text.encode(), None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return "invalid key: pkey.new:load_key: failed to load the text as a key"
    return None


def _pair_fault(entry: Mapping[str, Any], suffix: str = "") -> str | None:
    certificate, key = entry.get(f"cert{suffix}"), entry.get(f"key{suffix}")
    if certificate is None or key is None or rules.is_reference(certificate) or rules.is_reference(key):
        return None
    public = x509.load_pem_x509_certificate(certificate.encode()).public_key()
    own = load_pem_private_key(key.encode(), None).public_key()
    form = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return None if public.public_bytes(*form) == own.public_bytes(*form) else "certificate does not match key"


def _authority_fault(text: str) -> str | None:
    fault = _certificate_fault(text)
    if fault:
        return fault
    certificate = x509.load_pem_x509_certificate(text.encode())
    try:
        is_authority = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        is_authority = False
    missing = 'certificate does not appear to be a CA because it is missing the "CA" basic constraint'
    return None if is_authority else missing


def _stamps() -> dict[str, Field]:
    return {"created_at": typedefs.stamp(), "updated_at": typedefs.stamp(), "tags": typedefs.tags()}


def _pem(judge: Rule, *, required: bool = False) -> Text:
    return Text(rules=(judge,), required=required, referenceable=True)


_CERTIFICATES = Record(
    fields={
        "id": typedefs.uuid(),
        "cert": _pem(_certificate_fault, required=True),
        "key": _pem(_key_fault, required=True),
        "cert_alt": _pem(_certificate_fault),
        "key_alt": _pem(_key_fault),
        **_stamps(),
    },
    checks=(
        checks.mutually_required("cert_alt", "key_alt"),
        checks.custom(_pair_fault, "cert", "key"),
        checks.custom(lambda entry: _pair_fault(entry, "_alt"), "cert_alt", "key_alt"),
    ),
)

_KEYS = Record(
    fields={
        "id": typedefs.uuid(),
        "set": typedefs.reference("key_sets"),
        "name": Text(),
        "kid": Text(required=True),
        "jwk": typedefs.secret(),
        "pem": Record(
            fields={"private_key": typedefs.secret(), "public_key": typedefs.secret()},
            checks=(checks.at_least_one_of("private_key", "public_key"),),
        ),
        **_stamps(),
    },
    checks=(checks.mutually_exclusive("jwk", "pem"), checks.at_least_one_of("jwk", "pem")),
)

_VAULTS = Record(
    fields={
        "id": typedefs.uuid(),
        "prefix": typedefs.text(
            rules.not_one_of("env"), rules.matches(r"\A[a-z][a-z0-9-]*?[a-z0-9]+\Z"), required=True
        ),
        "name": Text(required=True),
        "description": Text(),
        "config": Record(fields={}),
        **_stamps(),
    },
    kinds=Kinds(
        key="name",
        unknown="vault '{}' is not installed",
        table={
            "env": Specialisation(
                fields={
                    "config": Record(
                        required=True, fields={"prefix": typedefs.text(rules.matches(r"\A[A-Za-z_][A-Za-z0-9_]*\Z"))}
                    )
                }
            )
        },
    ),
)

_WASM_FILTERS = ArrayOf(
    required=True,
    elements=Record(
        fields={
            "name": typedefs.text(lambda _: "no such filter", required=True),
            "enabled": typedefs.flag(True, required=True),
            "config": Anything(),
        }
    ),
    rules=(rules.at_least(1),),
)

ENTITIES = (
    Entity("certificates", _CERTIFICATES),
    Entity(
        "snis",
        Record(
            fields={
                "id": typedefs.uuid(),
                "name": typedefs.text(addresses.wildcard_fault, required=True),
                "certificate": typedefs.reference("certificates", required=True),
                **_stamps(),
            }
        ),
        endpoint_key="name",
    ),
    Entity(
        "ca_certificates",
        Record(
            fields={
                "id": typedefs.uuid(),
                "cert": typedefs.text(_authority_fault, required=True),
                "cert_digest": Text(),
                **_stamps(),
            }
        ),
    ),
    Entity("vaults", _VAULTS, endpoint_key="prefix", cache_key=("prefix",)),
    Entity("key_sets", Record(fields={"id": typedefs.uuid(), "name": Text(), **_stamps()}), endpoint_key="name"),
    Entity("keys", _KEYS, endpoint_key="name", cache_key=("kid", "set")),
    Entity(
        "filter_chains",
        Record(
            fields={
                "id": typedefs.uuid(),
                "name": typedefs.name(),
                "enabled": typedefs.flag(True, required=True),
                "route": typedefs.reference("routes"),
                "service": typedefs.reference("services"),
                "filters": _WASM_FILTERS,
                **_stamps(),
            }
        ),
        endpoint_key="name",
        cache_key=("route", "service"),
    ),
)
