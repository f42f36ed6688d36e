"""Error bodies in the error schema that an operation declares.

Members are filled by what their names say (message, code, status, details, …) and by their types; required members that
say nothing get the contract's own const, enum, default or example, or the least value of their type. What comes out is
judged by the schema; if it is refused, a plainer candidate is tried, and RFC 9457 problem+json is the last resort.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from ..errors import ApiError, Invalid, Violation, title_of
from ..judge import Judge, Judges
from ..values import JsonObject, JsonValue
from .minimal import minimal
from .schemas import merged, types_of

_DEEPEST = 4


@dataclass(frozen=True, slots=True)
class Incident:
    """An error together with the request that met it."""

    error: ApiError
    status: int
    request_id: str
    path: str
    violations: tuple[Violation, ...] = field(default=())

    @staticmethod
    def of(error: ApiError, status: int, request_id: str, path: str) -> "Incident":
        """Return the incident of ``error``, answered as ``status``."""
        return Incident(error, status, request_id, path, error.violations if isinstance(error, Invalid) else ())


Fill = Callable[[Incident], JsonValue]
Members = tuple[tuple[str, Fill], ...]


class Composer:
    """Makes bodies of one schema; what a member means is worked out once."""

    def __init__(self, schema: Any, judge: Judge, judges: Judges) -> None:
        self._accepts = judge.accepts
        planner = _Planner(judges)
        self._candidates = tuple(planner.candidates(schema))

    def compose(self, incident: Incident) -> tuple[bool, JsonValue]:
        """Return the first candidate that the schema accepts, or False."""
        for candidate in self._candidates:
            value = candidate(incident)
            if self._accepts(value):
                return True, value
        return False, None


def problem(incident: Incident) -> JsonObject:
    """Return the error as RFC 9457 problem details."""
    body: JsonObject = {
        "type": "about:blank",
        "title": title_of(incident.status),
        "status": incident.status,
        "detail": incident.error.message,
        "instance": incident.path,
        "requestId": incident.request_id,
    }
    if incident.violations:
        body["errors"] = [{"detail": str(each), "pointer": each.pointer} for each in incident.violations]
    return body


@dataclass(frozen=True, slots=True)
class _Planner:
    judges: Judges

    def candidates(self, schema: Any) -> Iterator[Fill]:
        for branch in self._branches(schema):
            for optional, own in ((True, False), (False, False), (False, True)):
                yield self._value("", branch, (optional, own), 0)
        yield problem

    def _branches(self, schema: Any) -> Iterator[Any]:
        whole = merged(schema, self.judges)
        choices = [part for keyword in ("oneOf", "anyOf") for part in whole.get(keyword, ())]
        rest = {keyword: value for keyword, value in whole.items() if keyword not in ("oneOf", "anyOf")}
        for choice in choices:
            yield merged({"allOf": [rest, choice]}, self.judges)
        yield rest

    def _value(self, name: str, schema: Any, mode: tuple[bool, bool], depth: int) -> Fill:
        whole = merged(schema, self.judges)
        if (choices := whole.get("oneOf") or whole.get("anyOf")) and "type" not in whole and "properties" not in whole:
            whole = merged(next((each for each in choices if types_of(each) != ("null",)), choices[0]), self.judges)
        fixed = minimal(whole, self.judges)
        if "const" in whole or (mode[1] and name not in _ESSENTIAL):
            return lambda _incident: fixed
        if "enum" in whole:
            return _chosen_of(whole["enum"], name)
        kinds = types_of(whole) or (("object",) if "properties" in whole else ())
        if "object" in kinds and depth < _DEEPEST:
            return self._object(whole, mode, depth)
        if "array" in kinds and depth < _DEEPEST:
            return self._array(name, whole, mode, depth)
        return _leaf(_meaning(name), kinds, whole, fixed)

    def _object(self, whole: Mapping[str, Any], mode: tuple[bool, bool], depth: int) -> Fill:
        required = set(whole.get("required", ()))
        properties = whole.get("properties", {})
        chosen = [name for name in properties if name in required or (mode[0] and _meaning(name) in _KNOWN)]
        chosen += sorted(required.difference(properties))
        members: Members = tuple(
            (name, self._value(name, properties.get(name, whole.get("additionalProperties", True)), mode, depth + 1))
            for name in chosen
        )
        if mode[0]:
            members = tuple((name, _or_details(fill) if _plain(name) in _DETAILS else fill) for name, fill in members)
        if not members and not properties and whole.get("additionalProperties", True) is not False:
            members = _OPEN_OBJECT
        return lambda incident: {
            name: value for name, fill in members if (value := fill(incident)) != [] or name in required
        }

    def _array(self, name: str, whole: Mapping[str, Any], mode: tuple[bool, bool], depth: int) -> Fill:
        items = merged(whole.get("items", True), self.judges)
        least = whole.get("minItems", 0)
        if "object" in types_of(items) or "properties" in items:
            members = self._violation_members(items, mode, depth)
            return lambda incident: [
                {member: fill(each, incident) for member, fill in members} for each in _violations(incident, least)
            ]
        if "string" in types_of(items) or not types_of(items):
            return lambda incident: [str(each) for each in _violations(incident, least)]
        one = self._value(name, items, mode, depth + 1)
        return lambda incident: [one(incident)] * least

    def _violation_members(
        self, items: Mapping[str, Any], mode: tuple[bool, bool], depth: int
    ) -> tuple[tuple[str, Callable[[Violation, Incident], JsonValue]], ...]:
        required = items.get("required", ())
        properties = items.get("properties", {})
        members: list[tuple[str, Callable[[Violation, Incident], JsonValue]]] = []
        for name in dict.fromkeys((*properties, *required)):
            schema = merged(properties.get(name, True), self.judges)
            kinds = types_of(schema)
            known = _OF_A_VIOLATION.get(_plain(name))
            if known is not None and ("array" in kinds) == (_plain(name) in _LISTED) and "enum" not in schema:
                members.append((name, _from_violation(known)))
            elif known is not None and (not kinds or "string" in kinds) and "enum" not in schema:
                members.append((name, _from_violation(known, as_text=True)))
            elif name in required:
                members.append((name, _from_incident(self._value(name, schema, mode, depth + 1))))
        return tuple(members)


def _or_details(fill: Fill) -> Fill:
    return lambda incident: fill(incident) if incident.error.details is None else incident.error.details


def _from_violation(read: Callable[[Violation], JsonValue], *, as_text: bool = False) -> Callable[..., JsonValue]:
    if as_text:
        return lambda violation, _incident: (
            ".".join(map(str, value)) if isinstance(value := read(violation), list) else value
        )
    return lambda violation, _incident: read(violation)


def _from_incident(fill: Fill) -> Callable[..., JsonValue]:
    return lambda _violation, incident: fill(incident)


def _violations(incident: Incident, least: int) -> tuple[Violation, ...]:
    found = incident.violations
    if len(found) < least:
        whole = Violation("request", (), incident.error.message, incident.error.code)
        found += (whole,) * (least - len(found))
    return found


def _chosen_of(values: list[JsonValue], name: str) -> Fill:
    by_text = {_plain(str(value)): value for value in reversed(values)}

    def fill(incident: Incident) -> JsonValue:
        wanted = (incident.error.code, title_of(incident.status), str(incident.status), "error", "failure")
        return next((by_text[_plain(each)] for each in wanted if _plain(each) in by_text), values[0])

    return fill


def _leaf(name: str, kinds: tuple[str, ...], whole: Mapping[str, Any], fixed: JsonValue) -> Fill:
    if "string" in kinds or not kinds:
        text = _TEXTS.get(name, _message if name == "" else None)
        if whole.get("format") in ("date-time",) and name in _TIMES:
            text = _now
        if text is not None and whole.get("format") in _FITTING.get(name, (None,)):
            longest, least = whole.get("maxLength"), whole.get("minLength", 0)
            return lambda incident: (text(incident)[:longest]).ljust(least, ".")
    if ("integer" in kinds or "number" in kinds) and name in _STATUSES:
        return lambda incident: incident.status
    if ("integer" in kinds or "number" in kinds) and name in _TIMES:
        return lambda _incident: int(datetime.now(UTC).timestamp())
    return lambda _incident: fixed


def _plain(name: str) -> str:
    return "".join(letter for letter in name.lower() if letter.isalnum())


def _meaning(name: str) -> str:
    """Return what a member is known by: all of its name, or a last word that tells, as in ``fault_message``."""
    plain = _plain(name)
    last = _WORDS.findall(name)[-1:]
    return last[0].lower() if plain not in _KNOWN and last and last[0].lower() in _TELLING else plain


def _message(incident: Incident) -> str:
    return incident.error.message


def _now(_incident: Incident) -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _details(incident: Incident) -> str:
    if isinstance(incident.error.details, str):
        return incident.error.details
    return "; ".join(map(str, incident.violations)) or incident.error.message


_MESSAGES = (
    "message msg errormessage detail description errordescription reason text error cause userMessage info".lower()
)
_TEXTS: Mapping[str, Callable[[Incident], str]] = {
    **dict.fromkeys(_MESSAGES.split(), _message),
    **dict.fromkeys(["details", "moreinfo"], _details),
    **dict.fromkeys(["code", "errorcode", "key", "name", "kind"], lambda incident: incident.error.code),
    **dict.fromkeys(["title", "summary", "statustext"], lambda incident: title_of(incident.status)),
    **dict.fromkeys(["status", "statuscode", "httpstatus", "httpcode"], lambda incident: str(incident.status)),
    **dict.fromkeys(["requestid", "traceid", "correlationid", "xrequestid"], lambda incident: incident.request_id),
    **dict.fromkeys(["instance", "path", "uri", "url", "resource"], lambda incident: incident.path),
    **dict.fromkeys(["timestamp", "time", "datetime", "date", "occurredat"], _now),
    "type": lambda _incident: "about:blank",
}
_TIMES = frozenset(["timestamp", "time", "datetime", "date", "occurredat"])
_STATUSES = frozenset(["status", "statuscode", "httpstatus", "httpcode", "code", "errorcode"])
# Formats under which a member's text is still right.
_FITTING: Mapping[str, tuple[str | None, ...]] = {
    "type": (None, "uri", "uri-reference"),
    "instance": (None, "uri-reference"),
    "path": (None, "uri-reference"),
    **{name: (None, "date-time") for name in _TIMES},
}
_DETAILS = frozenset({"details", "data", "context"})
_KNOWN = (
    frozenset(_TEXTS)
    | _STATUSES
    | _DETAILS
    | frozenset(["errors", "violations", "fielderrors", "validationerrors", "issues"])
)
_ESSENTIAL = frozenset({""})
_TELLING = frozenset({"message", "msg", "description", "detail", "text", "reason"})
_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+")
_OF_A_VIOLATION: Mapping[str, Callable[[Violation], JsonValue]] = {
    **dict.fromkeys(
        ["message", "msg", "detail", "details", "description", "reason", "error", "text"], lambda each: each.message
    ),
    **dict.fromkeys(
        ["field", "path", "name", "property", "parameter", "param", "key", "source", "target"], lambda each: each.field
    ),
    **dict.fromkeys(["loc", "location"], lambda each: [each.place, *each.path]),
    "pointer": lambda each: each.pointer,
    "in": lambda each: each.place,
    **dict.fromkeys(["code", "type", "rule", "keyword", "constraint"], lambda each: each.rule),
}
_LISTED = frozenset({"loc", "location"})
_OPEN_OBJECT: Members = (
    ("message", _message),
    ("code", lambda incident: incident.error.code),
    ("requestId", lambda incident: incident.request_id),
)
