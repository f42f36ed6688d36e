"""Operations as the tests see them: what they accept, and one request that they accept."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from fountaingen.model.behaviour import Create, Update, gap
from fountaingen.model.hookset import HookSet
from fountaingen.model.service import Operation, Parameter, Service
from fountaingen.primitives import pointer as pointers
from fountaingen.stages.build.media import (
    essence,
    is_form,
    is_json,
    is_multipart,
    is_range,
    is_text,
    is_xml,
    reads_as_text,
)
from fountaingen.stages.build.paths import Shape, shape_of
from fountaingen.stages.lower import Direction
from fountaingen.stages.plan.contract import ContractData
from fountaingen.stages.plan.tests.access import Access, access_of
from fountaingen.stages.plan.tests.judges import Accepts, Judges
from fountaingen.stages.plan.tests.wire import Unwritable, written
from fountaingen.stages.samples import NoSample, sample, samples

_ENOUGH = 6
_CONTENT = "binary content "
JSON = "application/json"
_OF_RANGES = {"text": "text/plain", "multipart": "multipart/form-data", "image": "image/png"}


@dataclass(frozen=True)
class Input:
    """A parameter: what it accepts, and its sample as a request carries it; none of them where none was found."""

    parameter: Parameter
    declared: Mapping[str, Any] = field(repr=False)
    accepts: Accepts = field(repr=False)
    sample: Mapping[str, Any] | None


@dataclass(frozen=True)
class Payload:
    """A body in one of its media types; ``samples`` are values that it accepts, the best first."""

    media_type: str
    accepts: Accepts = field(repr=False)
    samples: tuple[Any, ...]


@dataclass(frozen=True)
class Subject:
    """One operation; ``answers`` judges the value of a plain success, where that is JSON.

    ``impossible`` are declared errors whose schema nothing satisfies: problem+json stands in for them.
    """

    operation: Operation
    hooked: bool
    inputs: tuple[Input, ...]
    payload: Payload | None
    answers: Accepts | None = field(repr=False)
    access: Access = field(default_factory=Access)
    impossible: frozenset[str] = frozenset()

    @property
    def shape(self) -> Shape:
        """The path with the names of its parameters erased."""
        return shape_of(self.operation.path)

    @property
    def unfinished(self) -> bool:
        """Whether the operation answers 501 until a hook is written."""
        return not self.hooked and gap(self.operation.behaviour) is not None

    @property
    def needs_headers(self) -> bool:
        """Whether its success has to carry headers, which only a hook can give."""
        response = self.operation.response(self.operation.success)
        return response is not None and any(header.required for header in response.headers)

    @property
    def reachable(self) -> bool:
        """Whether the tests can make the credentials that it wants."""
        return self.access.reachable

    @property
    def secured(self) -> bool:
        """Whether nobody gets in without credentials."""
        return bool(self.operation.security) and {} not in self.operation.security

    def stored(self, body: Any) -> dict[str, Any]:
        """Return the members of ``body`` that the default behaviour stores."""
        behaviour = self.operation.behaviour
        if isinstance(behaviour, Create | Update) and behaviour.within is not None and isinstance(body, dict):
            body = body.get(behaviour.within)
        if not isinstance(body, dict) or not isinstance(behaviour, Create | Update):
            return {}
        return {name: value for name, value in body.items() if name in behaviour.fields}

    def declares(self, status: int) -> bool:
        """Tell whether the contract declares an answer of this status, and one that can be given."""
        response = self.operation.response(status)
        return response is not None and response.status not in self.impossible


def subjects_of(service: Service, hooks: HookSet, contract: ContractData) -> tuple[Subject, ...]:
    """Return every operation of ``service`` with what the tests need to know of it."""
    reader = _Reader(service, Judges(contract.schemas["request"]), Judges(contract.schemas["response"]))
    declared = contract.operations["operations"]
    return tuple(
        reader.subject(each, each.name in hooks.hooks, declared[each.operation_id]) for each in service.operations
    )


@dataclass(frozen=True)
class _Reader:
    service: Service
    requests: Judges
    responses: Judges

    def subject(self, operation: Operation, hooked: bool, declared: Mapping[str, Any]) -> Subject:
        return Subject(
            operation=operation,
            hooked=hooked,
            inputs=tuple(map(self._input, operation.parameters, declared["parameters"])),
            payload=self._payload(operation, declared),
            answers=self._answers(operation, declared),
            access=access_of(operation.security, self.service.security_schemes),
            impossible=frozenset(self._impossible(operation, declared)),
        )

    def _impossible(self, operation: Operation, declared: Mapping[str, Any]) -> Iterator[str]:
        for response in operation.responses:
            media_type = next(filter(is_json, response.content), None)
            if media_type is not None and response.status[0] in "45d":
                schema = declared["responses"][response.status]["content"][media_type]["schema"]
                pointer = pointers.join(response.pointer, "content", media_type)
                accepts = self.responses.accepts(schema)
                if isinstance(sample(self.service.spec.data, pointer, accepts, Direction.RESPONSE), NoSample):
                    yield response.status

    def _input(self, parameter: Parameter, declared: Mapping[str, Any]) -> Input:
        accepts = self.requests.accepts(declared["schema"])
        pointer = parameter.pointer
        if "content" in declared:
            pointer = pointers.join(pointer, "content", declared["content"])
        for value in samples(self.service.spec.data, pointer, accepts, Direction.REQUEST):
            try:
                return Input(parameter, declared, accepts, written(declared, value))
            except Unwritable:
                continue
        return Input(parameter, declared, accepts, None)

    def _payload(self, operation: Operation, declared: Mapping[str, Any]) -> Payload | None:
        if operation.body is None or not operation.body.content:
            return None
        media_type = min(operation.body.content, key=_preference)
        media = declared["body"]["content"][media_type]
        accepts = self.requests.accepts(media["schema"])
        if is_streamed(media_type, media):
            return Payload(_concrete(media_type), accepts, (_bytes(media),))
        pointer = pointers.join(operation.body.pointer, "content", media_type)
        found = samples(self.service.spec.data, pointer, accepts, Direction.REQUEST, full=True)
        usable = tuple(islice((value for value in found if _fits(media_type, media, value)), _ENOUGH))
        return Payload(_concrete(media_type), accepts, usable)

    def _answers(self, operation: Operation, declared: Mapping[str, Any]) -> Accepts | None:
        response = operation.response(operation.success)
        content = declared["responses"][response.status]["content"] if response else {}
        return next((self.responses.accepts(each["schema"]) for key, each in content.items() if is_json(key)), None)


def _preference(media_type: str) -> int:
    kind = essence(media_type)
    tests = (kind == "application/json", is_json(kind), is_form(kind), is_text(kind), is_multipart(kind))
    return next((index for index, holds in enumerate(tests) if holds), len(tests) + is_xml(kind))


def is_streamed(media_type: str, media: Mapping[str, Any]) -> bool:
    """Tell whether a body of ``media_type`` is binary content, handed over as it arrives."""
    if is_form(media_type) or is_multipart(media_type) or is_xml(media_type):
        return False
    if is_json(media_type) or reads_as_text(media_type) or (is_text(media_type) and not media.get("binary")):
        return False
    return bool(media.get("binary")) or "string" in media["shape"]["types"]


def _concrete(media_type: str) -> str:
    """Return a type of those that a range means."""
    kind = essence(media_type).partition("/")[0]
    if not is_range(media_type):
        return media_type
    return JSON if kind in ("*", "application") else _OF_RANGES.get(kind, f"{kind}/x-any")


def _bytes(media: Mapping[str, Any]) -> str:
    """Return binary content of a length that the contract allows, as text."""
    least: int = media.get("minLength", 0)
    most: int = max(least, media.get("maxLength", len(_CONTENT)))
    return (_CONTENT * (least // len(_CONTENT) + 1))[:most]


def _fits(media_type: str, media: Mapping[str, Any], value: Any) -> bool:
    """Tell whether the tests can write ``value`` in this media type."""
    if is_json(media_type):
        return True
    if is_form(media_type) or is_multipart(media_type):
        members = media.get("members", {})
        return isinstance(value, dict) and all(
            _can_be_sent(members.get(name, {}), each) for name, each in value.items()
        )
    return (is_text(media_type) or reads_as_text(media_type)) and isinstance(value, str)


def _can_be_sent(member: Mapping[str, Any], value: Any) -> bool:
    """Tell whether the tests can write a member of a form: no style but that of repeated names, no headers."""
    if member.get("style", "form") != "form" or not member.get("explode", True) or member.get("headers"):
        return False
    items = value if isinstance(value, list) else [value]
    if not items or any(isinstance(each, list) for each in items):
        return False
    return member.get("kind") == "json" or all(isinstance(each, str | int | float) for each in items)
