"""Requests for an operation: examples that it must get, and near misses that it must not."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any
from urllib.parse import quote

from fountaingen.kong.router import Request
from fountaingen.model.service import Parameter, Service
from fountaingen.stages.lower import Direction
from fountaingen.stages.plan.contract import contract_data
from fountaingen.stages.plan.tests.judges import Judges
from fountaingen.stages.plan.tests.wire import Unwritable, text, written
from fountaingen.stages.samples import samples
from fountaingen.verification.gateway.addresses import Entry, Host, Reached, Segment

WRONG_HOST = "wrong host"
UPPER_CASE_HOST = "upper-case host"

_METHODS = ("DELETE", "PUT", "PATCH", "POST", "GET", "TRACE")
_STRANGER = "stranger.invalid"
_EXAMPLES = 3
_MOST_LITERALS = 5

Values = Mapping[str, tuple[str, ...]]
"""Texts for the variables of a path, encoded, by name."""


@dataclass(frozen=True)
class Trial:
    """A request, what it is to show, and what it may reach (None: no route)."""

    kind: str
    request: Request
    expected: frozenset[Reached | None]
    entry: Entry = field(repr=False)


def values(service: Service) -> Callable[[Entry], Values]:
    """Return what gives the values of an operation's path: some that its schemas accept."""
    contract = contract_data(service)
    judges = Judges(contract.schemas["request"])
    declared = contract.operations["operations"]

    def of(entry: Entry) -> Values:
        listed = zip(entry.operation.parameters, declared[entry.operation.operation_id]["parameters"], strict=True)
        return {
            parameter.name: tuple(islice(_values(service, parameter, each, judges), _EXAMPLES)) or ("value",)
            for parameter, each in listed
            if parameter.location == "path"
        }

    return of


def trials(entry: Entry, host: Host, given: Values) -> Iterator[Trial]:
    """Yield the requests for one operation at one host."""
    method = entry.operation.method
    most = max(map(len, given.values()), default=1)
    paths = [_path(entry, given, number) for number in range(most)]
    for path in dict.fromkeys(paths):
        yield _trial("example", entry, host, path, method)
    path = paths[0]
    if method == "GET":
        yield _trial("HEAD", entry, host, path, "HEAD")
    yield from _wrong_methods(entry, host, path)
    yield Trial(WRONG_HOST, _request(_STRANGER, method, path), frozenset({None}), entry)
    yield Trial(UPPER_CASE_HOST, _request(host.name.upper(), method, path), frozenset({None}), entry)
    for kind, other in _near(entry, host, path):
        yield _trial(kind, entry, host, other, method)


def _near(entry: Entry, host: Host, path: str) -> Iterator[tuple[str, str]]:
    """Yield paths that are nearly one of the operation."""
    yield "extra segment", f"{path.removesuffix('/')}/extra"
    if path.endswith("/"):
        yield "without trailing slash", path[:-1] or "/x"
    else:
        yield "trailing slash", f"{path}/"
    yield "prefix twin", f"{path}x"
    if entry.base:
        yield "without base path", path.removeprefix(entry.base) or "/"
    parts = path.split("/")[1:]
    for index, segment in enumerate(entry.segments):
        if segment.is_literal:
            yield "prefix twin", _with(parts, index, f"{parts[index]}x")
        else:
            yield "encoded slash", _with(parts, index, _slashed(segment))
            for literal in islice(_literals(host, parts, index), _MOST_LITERALS):
                yield "literal beside parameter", _with(parts, index, literal)
    if len(parts) > 1:
        yield "encoded slash", f"/{'/'.join(parts[:-1])}%2F{parts[-1]}"


def _slashed(segment: Segment) -> str:
    """Return a segment whose first variable holds an encoded slash."""
    first, *rest = segment.sent
    return first + "one%2Ftwo" + "y".join(rest)


def _literals(host: Host, parts: list[str], index: int) -> Iterator[str]:
    """Yield the literals that stand in the place of a variable in other paths that begin alike."""
    found = dict.fromkeys(host.literals(parts[:index]))
    return (literal for literal in found if literal and literal != parts[index])


def _wrong_methods(entry: Entry, host: Host, path: str) -> Iterator[Trial]:
    known = host.methods(path)
    wrong = next((method for method in _METHODS if method not in known), None)
    if wrong:
        yield _trial("wrong method", entry, host, path, wrong)


def _values(service: Service, parameter: Parameter, declared: Mapping[str, Any], judges: Judges) -> Iterator[str]:
    accepts = judges.accepts(declared["schema"])
    for value in samples(service.spec.data, parameter.pointer, accepts, Direction.REQUEST):
        try:
            sent = text(written(declared, value)[parameter.name])
        except Unwritable:
            continue
        if sent:
            yield quote(sent, safe="")


def _path(entry: Entry, given: Values, number: int) -> str:
    def segment(each: Segment) -> str:
        texts = iter(each.sent)
        chosen = (given.get(name, ("value",)) for name in each.names)
        return next(texts) + "".join(
            values[number % len(values)] + text for values, text in zip(chosen, texts, strict=True)
        )

    return "/" + "/".join(map(segment, entry.segments))


def _with(parts: list[str], index: int, part: str) -> str:
    return "/" + "/".join((*parts[:index], part, *parts[index + 1 :]))


def _request(host: str, method: str, path: str) -> Request:
    return Request("https", host, method, path, sni=host)


def _trial(kind: str, entry: Entry, host: Host, path: str, method: str) -> Trial:
    return Trial(kind, _request(host.name, method, path), host.find(path, method), entry)
