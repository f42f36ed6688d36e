"""Requests and calls of the kit, as code."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from fountaingen.primitives.code import Code, identifier, join, literal
from fountaingen.stages.plan.printing import mapping
from fountaingen.stages.plan.tests.subjects import Subject

JSON = "application/json"


@dataclass(frozen=True)
class Parts:
    """What a request carries, each value as code.

    ``way`` is the number of the alternative of the security that the caller takes, ``at_scheme`` the one scheme of it
    to which the caller is a stranger.
    """

    path: Mapping[str, Code] = field(default_factory=dict)
    query: Mapping[str, Code] = field(default_factory=dict)
    header: Mapping[str, Code] = field(default_factory=dict)
    cookie: Mapping[str, Code] = field(default_factory=dict)
    body: Code | None = None
    content: Code | None = None
    media_type: str = JSON
    caller: Code | None = None
    way: Code | None = None
    at_scheme: Code | None = None

    def at(self, place: str) -> Mapping[str, Code]:
        """Return what is carried in ``place``: path, query, header or cookie."""
        return {"path": self.path, "query": self.query, "header": self.header, "cookie": self.cookie}[place]

    def put(self, place: str, values: Mapping[str, Code]) -> "Parts":
        """Return these parts with everything in ``place`` replaced."""
        match place:
            case "path":
                return replace(self, path=values)
            case "query":
                return replace(self, query=values)
            case "header":
                return replace(self, header=values)
            case _:
                return replace(self, cookie=values)

    def keywords(self) -> list[Code]:
        """Return the keyword arguments of a call."""
        maps = {"path": self.path, "query": self.query, "headers": self.header, "cookies": self.cookie}
        parts = [Code.of("{}={}", identifier(name), mapping(value)) for name, value in maps.items() if value]
        who = {"caller": self.caller, "way": self.way, "at": self.at_scheme}
        values = {**who, "body": self.body, "content": self.content}
        parts += [Code.of("{}={}", identifier(name), value) for name, value in values.items() if value is not None]
        if self.media_type != JSON and (self.body is not None or self.content is not None):
            parts.append(Code.of("media_type={}", literal(self.media_type)))
        return parts


def parts_of(subject: Subject, path: Mapping[str, Code] | None = None, body: Code | None = None) -> Parts | None:
    """Return a request that ``subject`` accepts, None where no sample was found of something that it requires.

    ``path`` and ``body`` hold values that were arranged; the others are samples.
    """
    places: dict[str, dict[str, Code]] = {"path": {}, "query": {}, "header": {}, "cookie": {}}
    for each in subject.inputs:
        if not each.parameter.required:
            continue
        if each.sample is None:
            return None
        places[each.parameter.location] |= {name: literal(value) for name, value in each.sample.items()}
    path = {**places["path"], **(path or {})}
    plain = Parts(path, places["query"], places["header"], places["cookie"])
    payload = subject.payload
    if payload is None or not payload.samples:
        required = subject.operation.body is not None and subject.operation.body.required
        return None if required else plain
    return replace(plain, body=body or literal(payload.samples[0]), media_type=payload.media_type)


def expect(subject: Subject, status: int | Iterable[int], parts: Parts) -> Code:
    """Write a call that asserts ``status`` (or one of several) and that the answer is declared."""
    statuses: Any = status if isinstance(status, int) else _one_or_more(tuple(dict.fromkeys(status)))
    return _call("expect", subject, [literal(statuses)], parts)


def expect_undeclared(subject: Subject, status: int, parts: Parts) -> Code:
    """Write a call that asserts a status of which the contract says nothing."""
    return _call("expect_undeclared", subject, [literal(status)], parts)


def refuse(subject: Subject, status: int, parts: Parts) -> Code:
    """Write a call that asserts an error, in the contract's own words where it has any."""
    return (expect if subject.declares(status) else expect_undeclared)(subject, status, parts)


def admit(subject: Subject, parts: Parts) -> Code:
    """Write a call that asserts that whoever calls is let in."""
    return _call("admit", subject, [], parts)


def attempt(subject: Subject, parts: Parts) -> Code:
    """Write a call whose outcome the contract does not foretell."""
    return _call("attempt", subject, [], parts)


def expect_not_implemented(subject: Subject, hook: str, parts: Parts) -> Code:
    """Write a call that asserts a 501 which names the hook to write."""
    return _call("expect_not_implemented", subject, [literal(hook)], parts)


def _call(method: str, subject: Subject, arguments: list[Code], parts: Parts) -> Code:
    passed = [literal(subject.operation.operation_id), *arguments, *parts.keywords()]
    return Code.of("service.{}({})", identifier(method), join(", ", passed))


def _one_or_more(statuses: tuple[int, ...]) -> int | tuple[int, ...]:
    return statuses[0] if len(statuses) == 1 else statuses
