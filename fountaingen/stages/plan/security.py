"""Who may call a service, in the words of its README and of ``explain``: its schemes, and the variables they need."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fountaingen.model.hookset import HookSet
from fountaingen.model.security import SchemeKind, kind_of
from fountaingen.model.service import Service
from fountaingen.primitives.code import Code, identifier
from fountaingen.primitives.markdown import code_span
from fountaingen.primitives.names import words
from fountaingen.stages.hooks import AUTHENTICATE

_PLACES = {"header": "header", "query": "query parameter", "cookie": "cookie"}
_NONE = Code.of("none")


@dataclass(frozen=True)
class Scheme:
    """A security scheme in use: ``sent`` is what callers show, ``by`` what it is held against, as Markdown of our own.

    ``carrier`` is the contract's own name of a key's header, parameter or cookie, empty for other schemes.
    """

    name: str
    sent: str
    carrier: str
    by: Code


@dataclass(frozen=True)
class Variable:
    """A variable of the environment that a contract's schemes call for; ``meaning`` is Markdown of our own."""

    name: str
    meaning: Code
    default: Code = _NONE


def schemes_in_use(service: Service) -> Mapping[str, Mapping[str, Any]]:
    """Return the security schemes that operations require, in the order of the contract."""
    used = {name for operation in service.operations for each in operation.security for name in each}
    return {name: scheme for name, scheme in service.security_schemes.items() if name in used}


def schemes(service: Service, hooks: HookSet) -> tuple[Scheme, ...]:
    """Return what each scheme in use comes to."""
    hook = Code.of("`authenticate` in `hooks/{}.py`", identifier(service.name)) if AUTHENTICATE in hooks.hooks else None
    return tuple(_scheme(name, scheme, hook) for name, scheme in schemes_in_use(service).items())


def _scheme(name: str, scheme: Mapping[str, Any], hook: Code | None) -> Scheme:
    own = variable(name)
    match kind_of(scheme):
        case SchemeKind.KEY:
            place = _PLACES.get(str(scheme.get("in")), "header")
            variables = _either("API_KEYS", f"API_KEYS_{own}")
            return Scheme(name, f"a key in the {place}", str(scheme.get("name", "")), variables)
        case SchemeKind.BASIC:
            return Scheme(name, "Authorization: Basic", "", hook or _either("BASIC_USERS", f"BASIC_USERS_{own}"))
        case SchemeKind.TOKEN:
            return Scheme(name, "Authorization: Bearer", "", hook or _either("JWT_*", f"{own}_JWT_*"))
        case SchemeKind.CERTIFICATE:
            trust = Code.of("the gateway, once `TRUST_GATEWAY_MTLS` is true")
            return Scheme(name, "a certificate, to the gateway", "", trust)
        case SchemeKind.GATEWAY:
            trust = Code.of("the gateway, once `TRUST_GATEWAY_AUTH` is true")
            return Scheme(name, "what the gateway asks for", "", trust)
        case _:
            return Scheme(name, "nothing that the service knows", "", Code.of("nobody can pass"))


def _either(common: str, own: str) -> Code:
    return Code.of("{}, or {}", code_span(common), code_span(own))


def variable(scheme: str) -> str:
    """Return a scheme's name as its own variables hold it: ``apiKeyAuth`` is ``API_KEY_AUTH``."""
    return "_".join(words(scheme)).upper() or "SCHEME"


def variables(service: Service, hooks: HookSet) -> tuple[Variable, ...]:
    """Return the variables that the schemes in use call for, those of the ``authenticate`` hook's business left out."""
    used = schemes_in_use(service).values()
    kinds = {kind_of(scheme) for scheme in used}
    if AUTHENTICATE in hooks.hooks:
        kinds -= {SchemeKind.BASIC, SchemeKind.TOKEN}
    discovers = any(scheme.get("type") == "openIdConnect" for scheme in used)
    found = [variable for kind in SchemeKind if kind in kinds for variable in _VARIABLES[kind]]
    return (*found, *([_DISCOVERY] if discovers and SchemeKind.TOKEN in kinds else []))


_OTHERS = Code.of(
    "; the generated gateway removes another one than this from what comes from outside only where the setting "
    "`gateway.strip-headers` names it"
)
_VARIABLES: Mapping[SchemeKind, tuple[Variable, ...]] = {
    SchemeKind.KEY: (
        Variable(
            "API_KEYS",
            Code.of(
                "the keys that are accepted, separated by commas: `key`, `name:key` or `name:sha256=<hex>`, where the "
                "name says who calls; `;scopes=a b` after one says what it may, else it may all. `API_KEYS_FILE` "
                "names a file of them, one a line"
            ),
        ),
    ),
    SchemeKind.BASIC: (
        Variable(
            "BASIC_USERS",
            Code.of(
                "the users, separated by commas: `name:hash`, the hash made by "
                "`python -m app.runtime.credentials.passwords`; `;scopes=a b` after one says what the user may. "
                "`BASIC_USERS_FILE` names a file of them, one a line"
            ),
        ),
    ),
    SchemeKind.TOKEN: (
        Variable("JWT_ISSUER", Code.of("the `iss` that tokens must have")),
        Variable(
            "JWT_AUDIENCE", Code.of("the `aud` that tokens must have; of several, separated by commas, one is enough")
        ),
        Variable(
            "JWT_JWKS",
            Code.of(
                "the keys that tokens are signed with: an https URL, a file, or a JSON Web Key Set. Instead of public "
                "keys `JWT_SECRET` (or `JWT_SECRET_FILE`) holds a shared one, for HS256"
            ),
        ),
        Variable(
            "JWT_ALGORITHMS",
            Code.of("the algorithms that are accepted, separated by commas"),
            Code.of("RS, PS and ES in 256, 384 and 512 bits, EdDSA"),
        ),
        Variable("JWT_LEEWAY", Code.of("by how many seconds clocks may differ"), Code.of("10")),
    ),
    SchemeKind.CERTIFICATE: (
        Variable(
            "TRUST_GATEWAY_MTLS",
            Code.of(
                "`true` where the service is reached through a gateway only, which ends TLS, checks certificates, and "
                "removes these headers from what comes from outside"
            ),
        ),
        Variable(
            "GATEWAY_MTLS_HEADER",
            Code.of("the header by which it says so{}", _OTHERS),
            Code.of("`ssl-client-verify: SUCCESS`"),
        ),
        Variable(
            "GATEWAY_MTLS_SUBJECT",
            Code.of("the header that names the certificate's subject{}", _OTHERS),
            Code.of("`ssl-client-subject-dn`"),
        ),
    ),
    SchemeKind.GATEWAY: (
        Variable(
            "TRUST_GATEWAY_AUTH",
            Code.of(
                "`true` where the service is reached through a gateway only, which checks credentials, and removes "
                "this header from what comes from outside"
            ),
        ),
        Variable(
            "GATEWAY_AUTH_USER",
            Code.of("the header that names whom it let in{}", _OTHERS),
            Code.of("`X-Consumer-Username`"),
        ),
    ),
    SchemeKind.UNKNOWN: (),
}
_DISCOVERY = Variable(
    "OIDC_DISCOVERY",
    Code.of("`true` to take issuer and keys from the contract's openIdConnectUrl where `JWT_JWKS` is not set"),
    Code.of("`false`"),
)
