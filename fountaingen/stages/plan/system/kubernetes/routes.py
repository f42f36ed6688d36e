"""How requests come in: an HTTPRoute of the Gateway API for each host, by the paths of the contracts there.

Every implementation knows exact paths and prefixes of whole segments, no more; a prefix ends before the first segment
with a variable, and what a contract does not have below it the service itself refuses.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from fountaingen.model.problems import Note, Place, Problem, Severity
from fountaingen.model.system import PORT, System
from fountaingen.primitives.hosts import ascii_host
from fountaingen.stages.plan.system.gateway.addresses import Places
from fountaingen.stages.plan.system.gateway.pages import hidden
from fountaingen.stages.plan.system.kubernetes.cluster import Workload
from fountaingen.stages.plan.system.kubernetes.objects import Object, short

_SEGMENT = re.compile(r"(?:[-A-Za-z0-9._~!$&'()*+,;=:@]|%(?!2[Ff])[0-9A-Fa-f]{2})+")
_LONGEST_PATH = 1024
_MATCHES_A_RULE = 64
_MATCHES_A_ROUTE = 128
_RULES_A_ROUTE = 16
_HOST = re.compile(r"(?:\*\.)?[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?")


class Match(NamedTuple):
    """A path that is matched: ``Exact``, or as a ``PathPrefix`` of whole segments."""

    kind: str
    path: str

    def covers(self, other: "Match") -> bool:
        """Tell whether every path that ``other`` matches is matched by this one."""
        if self == other:
            return True
        return self.kind == "PathPrefix" and f"{other.path}/".startswith(f"{self.path.rstrip('/')}/")


@dataclass(frozen=True)
class Claim:
    """A path that a service is reached by at a host, with the place of the operation that says so."""

    host: str
    match: Match
    label: str
    place: Place


def http_routes(found: Sequence[Workload]) -> Iterator[Object | Problem]:
    """Yield the routes of every host, sorted, with what stands in their way (FG842, FG843)."""
    by_host: dict[str, list[Claim]] = {}
    for claim in (claim for workload in found for claim in _claims(workload)):
        by_host.setdefault(claim.host, []).append(claim)
    for host, claims in sorted(by_host.items()):
        if not _HOST.fullmatch(host):
            message = f"the host '{host}' is one that the Gateway API does not take; it is given no HTTPRoute"
            yield Problem("FG842", message, claims[0].place, "use letters, digits and hyphens", Severity.WARNING)
            continue
        yield from _shared(host, claims)
        yield from _routes(host, claims, found)


def match_of(template: str) -> Match:
    """Return how the paths of a template are matched: by the segments before its first variable, or exactly."""
    literal: list[str] = []
    for segment in re.sub("/{2,}", "/", template).split("/")[1:]:
        if "{" in segment or segment in (".", "..") or (segment and not _SEGMENT.fullmatch(segment)):
            return Match("PathPrefix", _fitting(literal))
        literal.append(segment)
    path = "/" + "/".join(literal)
    return Match("Exact", path) if len(path) <= _LONGEST_PATH else Match("PathPrefix", _fitting(literal))


def _fitting(segments: Sequence[str]) -> str:
    """Return the longest path of ``segments`` that the API takes."""
    kept = list(segments)
    while len("/".join(kept)) >= _LONGEST_PATH:
        kept.pop()
    return "/" + "/".join(kept)


def _claims(workload: Workload) -> Iterator[Claim]:
    system: System = workload.system
    places = Places(workload.service, f"{workload.label}.{system.deployment.gateway.domain}")
    for operation in workload.service.operations:
        place = workload.service.spec.place(operation.pointer)
        for address in places.of(operation):
            for host in address.hosts:
                for base in address.bases:
                    yield Claim(_ascii(host), match_of(f"{base}{operation.path}"), workload.label, place)


def _ascii(host: str) -> str:
    try:
        return ascii_host(host)
    except ValueError:
        return host


def _shared(host: str, claims: Sequence[Claim]) -> Iterator[Problem]:
    """Yield a warning for each path that two services are reached by at the same host."""
    first: dict[Match, Claim] = {}
    seen: set[tuple[str, str]] = set()
    for claim in claims:
        other = first.setdefault(claim.match, claim)
        if other.label != claim.label and (claim.match.path, claim.label) not in seen:
            seen.add((claim.match.path, claim.label))
            message = f"at the host '{host}' paths of two services begin with '{claim.match.path}': one HTTPRoute"
            message += f" cannot tell them apart, and '{other.label}' gets them all"
            remedy = "give the services hosts or base paths of their own"
            notes = (Note(other.place, "the other service"),)
            yield Problem("FG843", message, claim.place, remedy, Severity.WARNING, notes=notes)


def _routes(host: str, claims: Sequence[Claim], found: Sequence[Workload]) -> Iterator[Object]:
    wanted: dict[str, list[Match]] = {}
    given: set[Match] = set()
    for claim in claims:
        if claim.match not in given:
            given.add(claim.match)
            wanted.setdefault(claim.label, []).append(claim.match)
    rules = [_rule(label, part) for label, matches in wanted.items() for part in _parts(_least(matches))]
    if closed := _closed(given, [each for each in found if each.label in wanted]):
        # What leads nowhere is answered with 500 (Gateway API, HTTPRouteRule.backendRefs), whatever covers it.
        rules.append({"matches": [{"path": {"type": each.kind, "value": each.path}} for each in closed]})
    settings = found[0].settings
    base = short(host.replace("*", "any", 1))
    for number, group in enumerate(_grouped(rules), start=1):
        name = short(f"{base}-{number}") if number > 1 else base
        yield {
            "apiVersion": "gateway.networking.k8s.io/v1",
            "kind": "HTTPRoute",
            "metadata": {"name": name, "namespace": settings.namespace},
            "spec": {
                "parentRefs": [{"name": settings.gateway, "namespace": settings.gateway_namespace}],
                "hostnames": [host],
                "rules": group,
            },
        }


def _closed(given: set[Match], found: Sequence[Workload]) -> list[Match]:
    """Return the services' own pages that a prefix would publish and that no contract means by it."""
    if Match("PathPrefix", "/") not in given:
        return []
    pages = [set(hidden(workload.service)) for workload in found]
    return [Match("Exact", page) for page in sorted(set.intersection(*pages))]


def _least(matches: Sequence[Match]) -> list[Match]:
    """Return those of ``matches`` that no other one covers."""
    return [each for each in matches if not any(other.covers(each) for other in matches if other != each)]


def _parts(matches: Sequence[Match]) -> Iterator[Sequence[Match]]:
    for start in range(0, len(matches), _MATCHES_A_RULE):
        yield matches[start : start + _MATCHES_A_RULE]


def _rule(label: str, matches: Sequence[Match]) -> Mapping[str, Any]:
    return {
        "matches": [{"path": {"type": each.kind, "value": each.path}} for each in matches],
        "backendRefs": [{"name": label, "port": PORT}],
    }


def _grouped(rules: Sequence[Mapping[str, Any]]) -> Iterator[list[Mapping[str, Any]]]:
    """Yield the rules of one route after another, each within the bounds of the API."""
    group: list[Mapping[str, Any]] = []
    for rule in rules:
        matches = sum(len(each["matches"]) for each in (*group, rule))
        if group and (matches > _MATCHES_A_ROUTE or len(group) == _RULES_A_ROUTE):
            yield group
            group = []
        group.append(rule)
    if group:
        yield group
