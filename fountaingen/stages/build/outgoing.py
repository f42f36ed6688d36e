"""The requests that a service makes by itself: its callbacks (OAS 3.1 section 4.8.18) and its webhooks."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from fountaingen.model import grammar
from fountaingen.model.service import Callbacks, Operation, Outgoing
from fountaingen.primitives import names
from fountaingen.primitives import pointer as pointers
from fountaingen.primitives.code import Code
from fountaingen.stages.build import reserved
from fountaingen.stages.build.found import Found
from fountaingen.stages.build.operations import Reader, ViewNames, operation

_UNSENT = ("multipart/", "application/xml", "text/xml")


@dataclass(frozen=True)
class _Wanted:
    found: Found
    name: str


@dataclass(frozen=True)
class _Owner:
    operation: Operation
    wanted: Mapping[str, _Wanted]

    @property
    def key(self) -> str:
        return pointers.join("/callbacks", self.operation.operation_id)


def read(
    declared: tuple[Operation, ...], views: ViewNames, reader: Reader
) -> tuple[tuple[Callbacks, ...], tuple[Outgoing, ...]]:
    """Return the callbacks of each of the ``declared`` operations that has any, and the webhooks, every name given."""
    owners = [_Owner(each, wanted) for each in declared if (wanted := dict(_callbacks(each, reader)))]
    webhooks = dict(_webhooks(reader))
    stems = {each.key: f"{each.operation.class_name}Callbacks" for each in owners}
    for owner in owners:
        stems |= {key: owner.operation.class_name + _cap(each.name) for key, each in owner.wanted.items()}
    stems |= {key: f"{_cap(each.name)}Webhook" for key, each in webhooks.items()}
    classes = names.allocate(stems, reserved.OUTGOING)
    callbacks = tuple(
        Callbacks(each.operation.operation_id, classes[each.key], _made(each.wanted, classes, views, reader))
        for each in owners
    )
    return callbacks, _made(webhooks, classes, views, reader)


def calls(callbacks: Iterable[Callbacks], webhooks: Iterable[Outgoing]) -> Iterator[Operation]:
    """Yield what is sent, of callbacks and webhooks alike."""
    for each in callbacks:
        yield from (outgoing.call for outgoing in each.calls)
    yield from (outgoing.call for outgoing in webhooks)


def can_send(content: Mapping[str, Any]) -> bool:
    """Tell whether a body can be sent in one of the media types of ``content``."""
    return not content or any(not media_type.strip().lower().startswith(_UNSENT) for media_type in content)


def _cap(name: str) -> str:
    return "".join(word.capitalize() for word in names.words(name))


def _callbacks(owner: Operation, reader: Reader) -> Iterator[tuple[str, _Wanted]]:
    data, pointer = reader.follow({"$ref": f"#{owner.pointer}"}, owner.pointer)
    for name, written in (data.get("callbacks") or {}).items():
        callback, place = reader.follow(written, pointers.join(pointer, "callbacks", name))
        found = [
            (pointers.join("/callbacks", owner.operation_id, name, expression, each.method), each)
            for expression, item in callback.items()
            if not expression.startswith("x-")
            for each in _calls(expression, item, pointers.join(place, expression), reader)
        ]
        for key, each in found:
            yield key, _Wanted(each, _name(each, name, alone=len(found) == 1))


def _webhooks(reader: Reader) -> Iterator[tuple[str, _Wanted]]:
    for name, item in (reader.data.get("webhooks") or {}).items():
        if not name.startswith("x-"):
            found = list(_calls(name, item, pointers.join("/webhooks", name), reader))
            for each in found:
                key = pointers.join("/webhooks", name, each.method)
                yield key, _Wanted(each, _name(each, name, alone=len(found) == 1))


def _calls(path: str, written: Any, pointer: str, reader: Reader) -> Iterator[Found]:
    item, place = reader.follow(written, pointer)
    for method, at, value in grammar.operations(item, place) if isinstance(item, dict) else ():
        if isinstance(value, dict):
            data, where = reader.follow(value, at)
            body, _ = reader.follow(data.get("requestBody") or {}, where)
            if can_send(body.get("content") or {}):
                yield Found(method, path, where, item, place, data)


def _name(found: Found, name: str, *, alone: bool) -> str:
    given = found.data.get("operationId")
    told = name if alone else given if isinstance(given, str) and given else f"{name} {found.method}"
    return names.snake(told, "call")


def _made(
    wanted: Mapping[str, _Wanted], classes: Mapping[str, Code], views: ViewNames, reader: Reader
) -> tuple[Outgoing, ...]:
    functions = names.allocate({key: each.name for key, each in wanted.items()})
    made = {key: operation(each.found, functions[key], classes[key], views, reader) for key, each in wanted.items()}
    return tuple(Outgoing(key, _called(each, key)) for key, each in made.items())


def _called(made: Operation, key: str) -> Operation:
    """Return an operation whose arguments leave room for those that every such call has."""
    wanted = {f"{each.location} {each.name}": each.argument for each in made.parameters}
    arguments = names.allocate(
        {place: names.beside(argument, reserved.OUTGOING_ARGUMENTS) for place, argument in wanted.items()},
        reserved.OUTGOING_ARGUMENTS,
    )
    renamed = tuple(replace(each, argument=arguments[f"{each.location} {each.name}"]) for each in made.parameters)
    return replace(made, operation_id=key, parameters=renamed, security=())
