"""The variables of ``.env``: what each service must be told, by its contract, and what it may be told."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from fountaingen.model.security import SchemeKind, kind_of
from fountaingen.model.service import Service
from fountaingen.model.system import System
from fountaingen.primitives.compose import Filled, demanded
from fountaingen.stages.plan import security
from fountaingen.stages.plan.system.credentials import variables as read_by_gateway
from fountaingen.stages.plan.system.gateway import configuration

_NEEDED = frozenset({"API_KEYS", "BASIC_USERS", "JWT_ISSUER", "JWT_AUDIENCE"})
_USERS = "GATEWAY_BASIC_USERS"
_REMEDY = "set it in .env, see .env.example"
_SETTINGS = (
    ("LOG_LEVEL", "DEBUG, INFO, WARNING or ERROR; INFO by default"),
    ("ACCESS_LOG", "true for a line of the log for every request"),
    ("METRICS", "false to count nothing and show no /metrics"),
    ("LOG_TRACEBACKS", "true to log all that Python tells of an exception, with the values in it"),
    ("DOCS", "false to show no /docs"),
    ("OPENAPI", "false to show neither /docs nor the contract"),
    ("MAX_BODY_BYTES", "the most that a body may hold; 10485760 by default"),
    ("MAX_UPLOAD_BYTES", "the most that an upload may hold; 104857600 by default"),
    ("MAX_BUFFERED_BYTES", "the most that all bodies together may hold while they are read; 268435456 by default"),
    ("MAX_UNSENT_BYTES", "the most that answers together may hold that are not taken yet; 268435456 by default"),
    ("MAX_PAGE_ROWS", "the most rows of a list that has pages, whatever is asked for; 10000 by default"),
    ("MAX_PAGE_BYTES", "the most that the rows of a list hold together, with or without pages; 33554432 by default"),
    ("MAX_CONCURRENT_REQUESTS", "how many requests may be under way at once; 1000 by default"),
    ("MAX_CONNECTIONS", "how many connections may be open at once; 4096 by default"),
    ("QUEUE_TIMEOUT", "how many seconds a request may wait for its turn, 0 for ever; 3 by default"),
    ("REQUEST_TIMEOUT", "how many seconds an operation may take, 0 for ever; 30 by default"),
    ("HEADER_TIMEOUT", "how many seconds the head of a request may take to come; 10 by default"),
    ("BODY_TIMEOUT", "how many seconds a body is waited for, and one more for each KiB of it; 30 by default"),
    ("SEND_TIMEOUT", "how many seconds a caller may leave an answer untaken; 30 by default"),
    ("DATABASE_POOL_SIZE", "how many connections to PostgreSQL each container has at most; 10 by default"),
    ("DATABASE_POOL_TIMEOUT", "how many seconds a request waits for the database; 5 by default"),
    ("MAX_WAITING_WRITES", "how many writes of a process may wait for the database; 2000 by default"),
    ("PEER_TIMEOUT", "how many seconds a call of another service may take; 5 by default"),
    ("MAX_PEER_BYTES", "the most that an answer of another service may hold; 67108864 by default"),
    ("OTEL_EXPORTER_OTLP_ENDPOINT", "where traces are sent, a URL that containers reach; none by default"),
)
_CALLS = (
    ("CALLBACK_HOSTS", "hosts that callbacks may reach though their addresses are private, with commas between"),
    ("CALLBACK_ALLOW_PRIVATE", "true to let callbacks reach every private address"),
    ("CALLBACK_TIMEOUT", "the most that a callback may take, in seconds; 5 by default"),
)


@dataclass(frozen=True)
class Required:
    """A variable without which nothing starts."""

    name: str
    meaning: str


@dataclass(frozen=True)
class Optional:
    """A variable that a container is given where it is set."""

    name: str
    meaning: str


Variable = Required | Optional

PROXIES = (
    Optional(
        "KONG_TRUSTED_IPS",
        "where a load balancer stands before the gateway, its addresses, such as 10.0.0.0/8, with commas between: else "
        "all callers without credentials share one limit, that of the balancer",
    ),
    Optional(
        "KONG_REAL_IP_HEADER", "the header in which it says who calls, such as X-Forwarded-For; X-Real-IP by default"
    ),
)
"""What the gateway is told of those who stand before it."""
_LEFT_TO_IT = (
    Required("API_KEYS", "the keys that the gateway accepts, separated by commas: key, or name:key"),
    Required("JWT_ISSUER", "the iss that tokens must have for the gateway"),
    Optional("JWT_JWKS", "the key that the gateway verifies tokens with: a JSON Web Key Set"),
    Optional("JWT_SECRET", "a secret that tokens are signed with, instead of JWT_JWKS"),
    Optional("JWT_ALGORITHMS", "the algorithm that tokens are signed with"),
)
"""What services need not know of the schemes that their contracts leave to the gateway."""


def environment(variables: Iterable[Variable]) -> Mapping[str, str | None]:
    """Return the variables as a container is given them; one without a value is only there where it is set."""
    return {each.name: demanded([each.name], _REMEDY) if isinstance(each, Required) else None for each in variables}


def credentials(system: System, service: Service) -> tuple[Variable, ...]:
    """Return the variables that say who may call ``service``."""
    found: list[Variable] = []
    issuer_is_known = _discovers(service)
    for each in security.variables(service, system.hooks[service.name]):
        meaning = each.meaning.replace("`", "")
        if each.name in _NEEDED and not (each.name == "JWT_ISSUER" and issuer_is_known):
            found.append(Required(each.name, meaning))
        else:
            found.append(Optional(each.name, meaning))
        if each.name == "JWT_JWKS":
            found.append(Optional("JWT_SECRET", "a secret that tokens are signed with, instead of JWT_JWKS"))
    return (*found, *_of_one_scheme(service))


def peers(system: System, service: Service) -> tuple[Variable, ...]:
    """Return the variables by which ``service`` calls those that it uses."""
    if not service.uses:
        return ()
    by_name = {each.name: each for each in system.services}
    meaning = "the key that services show each other, one of API_KEYS, without its name"
    if any(_wants_keys(system, by_name[name]) for name in service.uses):
        return (Required("PEER_API_KEY", meaning),)
    return (Optional("PEER_API_KEY", meaning),)


def gateway(system: System) -> tuple[Variable, ...]:
    """Return the variables that the gateway alone is given."""
    asked = configuration(system)
    read = read_by_gateway(asked)
    found: list[Variable] = []
    if _USERS in read:
        found.append(Required(_USERS, "the users of BASIC_USERS, as name:password: Kong hashes passwords by itself"))
    told = {each.name for service in system.services for each in credentials(system, service)}
    found += [each for each in _LEFT_TO_IT if each.name in read]
    for name in sorted({each.scheme for each in asked.demands if each.trusted and each.plugin == "key-auth"}):
        own = f"API_KEYS_{security.variable(name)}"
        found.append(Optional(own, f"the keys of {security.variable(name)} alone, instead of API_KEYS"))
    return tuple(each for each in found if each.name not in told)


def settings(service: Service) -> tuple[Variable, ...]:
    """Return the variables that change how ``service`` works."""
    calls = [Optional(*each) for each in _CALLS] if service.outgoing else []
    hooks = [
        Optional(f"WEBHOOK_{call.call.name.upper()}_URLS", "the subscribers of a webhook, with commas between")
        for call in service.webhooks
    ]
    return (*(Optional(*each) for each in _SETTINGS), *calls, *hooks)


def checks(system: System) -> tuple[Filled, ...]:
    """Return what Compose fills in to find out whether one of several variables is set."""
    found: list[Filled] = []
    for service in system.services:
        if any(each.name == "JWT_JWKS" for each in credentials(system, service)):
            names = ["JWT_JWKS", "JWT_SECRET", *(["OIDC_DISCOVERY"] if _discovers(service) else [])]
            found.append(demanded(names, f"set {' or '.join(names)} in .env, see .env.example"))
    return tuple(dict.fromkeys(found))


def reaches_out(system: System, service: Service) -> bool:
    """Whether ``service`` calls what is outside of the system: subscribers, or whoever issues tokens."""
    return bool(service.outgoing) or any(each.name == "JWT_JWKS" for each in credentials(system, service))


def _wants_keys(system: System, service: Service) -> bool:
    return any(each.name == "API_KEYS" for each in credentials(system, service))


def _discovers(service: Service) -> bool:
    return any(scheme.get("type") == "openIdConnect" for scheme in security.schemes_in_use(service).values())


def _of_one_scheme(service: Service) -> Iterator[Variable]:
    """Yield the variables of single schemes, where a contract has several of a kind."""
    names = [name for name, each in security.schemes_in_use(service).items() if kind_of(each) is SchemeKind.KEY]
    if len(names) > 1:
        for name in names:
            own = f"API_KEYS_{security.variable(name)}"
            yield Optional(own, f"the keys of {security.variable(name)} alone, instead of API_KEYS")
