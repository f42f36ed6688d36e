"""Collections: the paths that hold resources, what is done at them, and the schema that represents one resource."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from fountaingen.model.service import Operation, Response
from fountaingen.primitives import names
from fountaingen.primitives import pointer as pointers
from fountaingen.stages.build.media import is_form, is_json
from fountaingen.stages.build.objects import ObjectSchema, Schemas
from fountaingen.stages.build.paths import Shape, names_resource, segments, shape_of

_MANNERS = frozenset(
    {"status", "success", "ok", "message", "msg", "code", "error", "version", "timestamp", "requestid", "traceid"}
)
"""What envelopes say beside the row that they hold."""


@dataclass(frozen=True)
class Listed:
    """What a list answers: the item schema, and the member that holds the rows where they stand in an object."""

    item: ObjectSchema
    rows: str | None
    envelope: ObjectSchema | None


@dataclass(frozen=True)
class Collection:
    """A path that ends in a literal, such as ``/scripts/{}/sections``, and the operations at it and at its items.

    ``request`` is what rows are created with; ``creates`` tells whether the resource shows what it sends, ``is_open``
    whether its requests say outright that they may hold members which they do not name, and no answer forbids those.
    """

    shape: Shape
    at: Mapping[str, Operation]
    item: Mapping[str, Operation]
    representation: ObjectSchema
    messages: tuple[ObjectSchema, ...]
    request: ObjectSchema | None
    creates: bool
    is_open: bool = False

    @property
    def literal(self) -> str:
        return self.shape[-1]

    @property
    def name(self) -> str:
        """The name of the resource: its component's, else the collection's in the singular."""
        return self.representation.component or names.cap_words(names.singular(self.literal))


class Messages:
    """Reads the object schemas of an operation's messages."""

    def __init__(self, schemas: Schemas) -> None:
        self.schemas = schemas

    def request(self, operation: Operation) -> ObjectSchema | None:
        """Return the object that the request body is, or None."""
        if operation.body is None:
            return None
        picked = _pick(operation.body.content, operation.body.pointer, forms=True)
        return self.schemas.object(*picked) if picked else None

    def sent(self, operation: Operation, representation: ObjectSchema) -> ObjectSchema | None:
        """Return what a request sends of a resource: its body, or the object that is all that its body holds."""
        request = self.request(operation)
        if request is None or len(request.members) > 1 or _shows(representation, request):
            return request
        ((name, member),) = request.members.items()
        inner = self.schemas.object(member.schema, member.pointer) if member.types == {"object"} else None
        return replace(inner, within=name) if inner is not None and _shows(representation, inner) else request

    def takes_any_object(self, operation: Operation) -> bool:
        """Tell whether the request body is an object of which nothing else is said."""
        body = operation.body
        picked = _pick(body.content, body.pointer, forms=False) if body else None
        return picked is not None and self.schemas.types(picked[0]) == {"object"}

    def answer(self, operation: Operation) -> ObjectSchema | None:
        """Return the object that the successful answer is, or None."""
        picked = self._answer(operation)
        return self.schemas.object(*picked) if picked else None

    def row(self, operation: Operation, identifier: str) -> ObjectSchema | None:
        """Return the object that represents one resource: the answer's one member that holds the key, or all of it."""
        answer = self.answer(operation)
        keys = {names.folded(identifier), "id", "uuid"}
        if answer is None or _holds(answer, keys):
            return answer
        objects = {name: self.schemas.object(each.schema, each.pointer) for name, each in answer.members.items()}
        rows = [each for each in objects.values() if each is not None and _holds(each, keys)]
        plain = [name for name, each in answer.members.items() if not each.types & {"object", "array"}]
        return rows[0] if len(rows) == 1 and all(names.folded(each) in _MANNERS for each in plain) else answer

    def has_answer(self, operation: Operation) -> bool:
        """Tell whether the successful answer has a body at all."""
        response = operation.response(operation.success)
        return response is not None and bool(response.content)

    def listed(self, operation: Operation) -> Listed | None:
        """Return what a list operation answers, or None where the answer is no list of objects."""
        picked = self._answer(operation)
        if picked is None:
            return None
        item = self._item(*picked)
        if item is not None:
            return Listed(item, None, None)
        envelope = self.schemas.object(*picked)
        if envelope is None:
            return None
        arrays = {name: self._item(member.schema, member.pointer) for name, member in envelope.members.items()}
        rows = [(name, found) for name, found in arrays.items() if found is not None]
        others = [name for name, member in envelope.members.items() if "array" in member.types and arrays[name] is None]
        if len(rows) != 1 or others or "id" in envelope.members:
            return None
        return Listed(rows[0][1], rows[0][0], envelope)

    def _item(self, schema: Any, pointer: str) -> ObjectSchema | None:
        item = self.schemas.item(schema, pointer)
        return self.schemas.object(*item) if item else None

    def _answer(self, operation: Operation) -> tuple[Any, str] | None:
        response = operation.response(operation.success)
        return _pick_response(response) if response else None


def _holds(schema: ObjectSchema, keys: set[str]) -> bool:
    return any(names.folded(name) in keys for name in schema.members)


def _pick_response(response: Response) -> tuple[Any, str] | None:
    return _pick(response.content, response.pointer, forms=False)


def _pick(content: Mapping[str, Any], pointer: str, *, forms: bool) -> tuple[Any, str] | None:
    """Choose the JSON schema among media types, or the form's where ``forms`` allows."""
    for media_type, schema in content.items():
        if is_json(media_type):
            return schema, pointers.join(pointer, "content", media_type, "schema")
    for media_type, schema in content.items():
        if forms and is_form(media_type):
            return schema, pointers.join(pointer, "content", media_type, "schema")
    return None


def find(operations: Iterable[Operation], messages: Messages) -> tuple[Collection, ...]:
    """Return the collections that ``operations`` imply, shortest paths first."""
    by_shape: dict[Shape, dict[str, Operation]] = {}
    for operation in operations:
        if all(segment.plain for segment in segments(operation.path)):
            by_shape.setdefault(shape_of(operation.path), {})[operation.method] = operation
    shapes = {shape for shape in by_shape if shape[-1] not in ("{}", "")}
    shapes |= {shape[:-1] for shape in by_shape if len(shape) > 1 and shape[-1] == "{}" and shape[-2] not in ("{}", "")}
    listed = sorted(filter(_names_resource, shapes), key=lambda each: (len(each), each))
    found = (_collection(shape, by_shape, messages) for shape in listed)
    return tuple(collection for collection in found if collection)


def _names_resource(shape: Shape) -> bool:
    return names_resource(shape[-1])


def _collection(
    shape: Shape, by_shape: Mapping[Shape, Mapping[str, Operation]], messages: Messages
) -> Collection | None:
    at = by_shape.get(shape, {})
    item = by_shape.get((*shape, "{}"), {})
    if not item and "POST" not in at and _is_variation(shape, by_shape):
        return None
    identifier = next((segments(each.path)[-1].parameter for each in item.values()), "id")
    listed = messages.listed(at["GET"]) if "GET" in at else None
    read = messages.row(item["GET"], identifier) if "GET" in item else None
    created = messages.row(at["POST"], identifier) if "POST" in at else None
    changes = tuple(item[method] for method in ("PUT", "PATCH") if method in item)
    changed = tuple(filter(None, (messages.row(operation, identifier) for operation in changes)))
    seen = read or (listed.item if listed else None)
    shown = next((each for each in (seen, *changed, created) if each), None)

    def sent(operation: Operation) -> ObjectSchema | None:
        return messages.sent(operation, shown) if shown else messages.request(operation)

    request = sent(at["POST"]) if "POST" in at else None
    changing = tuple(filter(None, map(sent, changes)))
    candidates = [each for each in (seen, *changed, created, *changing, request) if each]
    if not candidates or (seen is None and not item and not (request and _plural(shape[-1]))):
        return None
    representation = candidates[0]
    if representation.table is False:
        return None
    others = (listed.item if listed else None, request, *changing)
    related = tuple(each for each in others if each and each is not representation)
    creator = at.get("POST") or item.get("PUT")
    creating = sent(creator) if creator else None
    creates = creating is not None and _shows(representation, creating)
    shows = filter(None, (seen, listed.item if listed else None, *changed, created))
    sends = [each for each in (creating, *changing) if each]
    is_open = any(each.is_open for each in sends) and not any(each.is_open is False for each in shows)
    return Collection(shape, at, item, representation, related, creating, creates, is_open)


def _is_variation(shape: Shape, by_shape: Mapping[Shape, Mapping[str, Operation]]) -> bool:
    """Tell ``/projects/allowed``, some of ``/projects`` that only its name explains, from ``/projects/tasks``."""
    return shape[:-1] in by_shape and shape[-2] != "{}" and not _plural(shape[-1])


def _shows(representation: ObjectSchema, request: ObjectSchema) -> bool:
    """Tell whether a resource shows anything of what a request sends: else the request is a search, or an action."""
    shown = {names.folded(name) for name in representation.members}
    return any(names.folded(name) in shown for name, member in request.members.items() if not member.read_only)


def _plural(literal: str) -> bool:
    """Tell a plural noun (``characters``) from a verb or a singular (``reorder``): only the first is a collection."""
    last = (names.words(literal) or [""])[-1]
    return names.singular(last) != last
