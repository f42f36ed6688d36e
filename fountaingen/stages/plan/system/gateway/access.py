"""Who may pass the gateway: what security requirements come to as plugins, and what they leave to the service.

The service checks everything by itself, so that the gateway may ask for less; it never asks for more. Only schemes that
the contract leaves to the gateway (``x-fountaingen-security: gateway``) are in its hands alone.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fountaingen.model.security import SchemeKind, kind_of
from fountaingen.model.service import Operation, Service

PLUGINS = ("jwt", "key-auth", "basic-auth")
"""What checks credentials, in the order in which Kong runs them: the last one says who calls."""

NOBODY = "nobody"
"""The consumer of who has shown nothing good where something must be shown: refused with 401."""
ANYONE = "anyone"
"""The consumer of who has shown nothing good where nothing need be shown; without a name, so that none is passed on."""


@dataclass(frozen=True)
class Demand:
    """Credentials that a plugin of Kong can ask for; ``trusted`` where the service checks nothing itself."""

    plugin: str
    scheme: str
    scopes: tuple[str, ...]
    trusted: bool


@dataclass(frozen=True)
class Left:
    """What is left to the service: of which scheme, and why."""

    scheme: str
    why: str
    trusted: bool = False


@dataclass(frozen=True)
class Group:
    """A group of consumers: those with all of ``scopes``, only of one ``scheme`` where that is not empty."""

    scheme: str
    scopes: tuple[str, ...]

    @property
    def name(self) -> str:
        return f"{self.scheme}:{' '.join(self.scopes)}" if self.scheme else " ".join(self.scopes)


@dataclass(frozen=True)
class Access:
    """The configurations of plugins by name, what is left to the service, and ``fault``: why that cannot be."""

    configs: Mapping[str, Mapping[str, Any]]
    demands: tuple[Demand, ...] = ()
    left: tuple[Left, ...] = ()
    groups: tuple[Group, ...] = ()
    anonymous: str = ""
    fault: str = ""

    @property
    def is_trusted(self) -> bool:
        """Whether the service takes the word of the gateway for who calls."""
        return any(each.trusted for each in self.demands) or any(each.trusted for each in self.left)


@dataclass(frozen=True)
class Rules:
    """The schemes of a service; ``has_hook`` where its own code checks passwords and tokens; ``left`` are plugins."""

    service: Service
    has_hook: bool
    left: frozenset[str]

    def part(self, name: str, scopes: Iterable[str]) -> Demand | Left:
        """Return what a scheme of a requirement comes to."""
        scheme = self.service.security_schemes.get(name, {})
        kind = kind_of(scheme)
        trusted = kind is SchemeKind.GATEWAY
        plugin, why = _plugin(scheme, kind, self.has_hook)
        if plugin and plugin in self.left and not trusted:
            plugin, why = "", f"the setting 'gateway.left-to-services' names {plugin}"
        if not plugin:
            return Left(name, why, trusted)
        return Demand(plugin, name, tuple(sorted(set(map(str, scopes)))), trusted)


def _plugin(scheme: Mapping[str, Any], kind: SchemeKind, has_hook: bool) -> tuple[str, str]:
    """Return the plugin that asks for a scheme, or why none does."""
    trusted = kind is SchemeKind.GATEWAY
    http = str(scheme.get("scheme", "")).lower()
    names_jwt = str(scheme.get("bearerFormat", "")).upper() == "JWT"
    rules = (
        (scheme.get("type") == "apiKey", "key-auth", scheme.get("in") == "cookie", "key-auth reads no cookies"),
        (http == "basic", "basic-auth", has_hook and not trusted, _HOOK),
        (http == "bearer" and names_jwt, "jwt", has_hook and not trusted, _HOOK),
        (http == "bearer", "jwt", not trusted, "its tokens are not said to be JWT (bearerFormat)"),
        (scheme.get("type") in ("oauth2", "openIdConnect"), "jwt", not trusted, _FETCHED),
        (kind is SchemeKind.CERTIFICATE, "", True, _CERTIFICATES),
    )
    for fits, plugin, is_left, why in rules:
        if fits:
            return ("", why) if is_left else (plugin, "")
    return "", "open-source Kong has no plugin for it"


_FETCHED = "the keys of its tokens are fetched from their issuer"
_CERTIFICATES = "open-source Kong checks no certificates of clients: nobody can pass by it"
_HOOK = "the hook authenticate knows who may call"


def access(operation: Operation, rules: Rules) -> Access:
    """Return what the gateway asks of callers of an operation."""
    written = [alternative for alternative in operation.security if alternative]
    if not written:
        return Access({})
    parted = [[rules.part(name, scopes) for name, scopes in alternative.items()] for alternative in written]
    kept = [_each_plugin_once(parts) for parts in parted]
    demands = [[part for part in parts if isinstance(part, Demand)] for parts in kept]
    left = [part for parts in kept for part in parts if isinstance(part, Left)]
    plugins = [name for name in PLUGINS if any(each.plugin == name for alternative in demands for each in alternative)]
    is_optional = {} in operation.security or not all(demands)
    anonymous = "" if not plugins else ANYONE if is_optional else NOBODY if len(plugins) > 1 < len(written) else ""
    if len(written) > 1:
        left += [Left(each.scheme, _ONE) for some in demands if len(some) > 1 for each in some]
    groups, ungrouped = _groups([some for some in demands if some], is_optional)
    asked = tuple(each for some in demands for each in some)
    return Access(
        {name: _config(name, asked, rules.service) for name in plugins} | _acl(groups, anonymous),
        asked,
        tuple(dict.fromkeys((*left, *ungrouped))),
        groups,
        anonymous,
        _fault(demands, left),
    )


def _each_plugin_once(parts: Sequence[Demand | Left]) -> list[Demand | Left]:
    """Leave to the service what Kong would ask for by the same plugin twice: a route has one of each."""
    found: list[Demand | Left] = []
    for part in parts:
        again = isinstance(part, Demand) and any(isinstance(e, Demand) and e.plugin == part.plugin for e in found)
        found.append(Left(part.scheme, _ONE, part.trusted) if again else part)
    return found


_ONE = "Kong asks for one of several"


def _groups(demands: Sequence[Sequence[Demand]], is_optional: bool) -> tuple[tuple[Group, ...], tuple[Left, ...]]:
    """Return the groups that may pass, none where all may, and the scopes that are left to the service."""
    bound = any(each.trusted for some in demands for each in some)
    groups: list[Group] = []
    left: list[Left] = []
    for some in demands:
        last = max(some, key=lambda each: PLUGINS.index(each.plugin))
        left += [Left(each.scheme, _TOKENS) for each in some if each.scopes and each.plugin == "jwt"]
        left += [Left(each.scheme, _ONE) for each in some if each.scopes and each.plugin != "jwt" and each != last]
        if last.plugin != "jwt" or bound:
            groups.append(Group(last.scheme if bound else "", last.scopes if last.plugin != "jwt" else ()))
    several = len(demands) > 1 and len({each.scheme for some in demands for each in some}) > 1
    if any(not group.name for group in groups) or ((is_optional or several) and not bound):
        # Kong takes the first credentials that it finds: who lacks a scope by these may have it by others.
        return (), (
            *left,
            *(Left(each.scheme, _SCOPES) for some in demands for each in some if each.scopes and each.plugin != "jwt"),
        )
    return tuple(dict.fromkeys(groups)), tuple(left)


_SCOPES = "who lacks its scopes may pass another way"
_TOKENS = "Kong does not read the scopes of tokens"


def _acl(groups: Sequence[Group], anonymous: str) -> dict[str, Mapping[str, Any]]:
    allowed = [*(group.name for group in groups), *([anonymous] if anonymous else [])]
    return {"acl": {"allow": allowed, "hide_groups_header": True}} if groups else {}


def _config(plugin: str, demands: Iterable[Demand], service: Service) -> Mapping[str, Any]:
    if plugin == "basic-auth":
        return {"hide_credentials": False}
    if plugin == "jwt":
        return {"key_claim_name": "iss", "claims_to_verify": ["exp"], "uri_param_names": []}
    schemes = [service.security_schemes[each.scheme] for each in demands if each.plugin == plugin]
    return {
        "key_names": list(dict.fromkeys(str(scheme.get("name")) for scheme in schemes)),
        "key_in_header": any(scheme.get("in") == "header" for scheme in schemes),
        "key_in_query": any(scheme.get("in") == "query" for scheme in schemes),
        "key_in_body": False,
        "hide_credentials": False,
    }


def _fault(demands: Sequence[Sequence[Demand]], left: Sequence[Left]) -> str:
    """Return why a scheme that is left to the gateway is not safe there, empty where none is or it is."""
    return next(_faults(demands, left), "")


def _faults(demands: Sequence[Sequence[Demand]], left: Sequence[Left]) -> Iterator[str]:
    if not any(each.trusted for each in left) and not any(each.trusted for some in demands for each in some):
        return
    for each in left:
        if each.trusted:
            yield f"{each.scheme!r} is left to the gateway, where {each.why}"
    for some in demands:
        if any(each.trusted for each in some) and len(some) > 1:
            yield "a scheme that is left to the gateway cannot be required together with another one"
        if any(each.trusted and each.plugin == "jwt" and each.scopes for each in some):
            yield "a token's scopes, which Kong does not read, cannot be left to the gateway"
        for demand in some:
            if demand.plugin == "jwt" and not demand.trusted:
                # Kong names the issuer to the service, which takes that for what the other scheme has found.
                yield f"{demand.scheme!r} would do instead, of whose tokens Kong reads neither audience nor scopes"
    for each in left:
        yield f"{each.scheme!r} is left to the service beside a scheme that is left to the gateway: {each.why}"
