"""Views: the schemas that become classes of ``app/schemas.py``, with references by class name."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import unquote

from fountaingen.model.service import Operation, Views
from fountaingen.model.types import Events, ListOf, OneOf, PythonType, Values, View
from fountaingen.primitives import pointer as pointers
from fountaingen.stages.build.objects import Schemas
from fountaingen.stages.build.operations import ViewNames

_COMPONENTS = "#/components/schemas/"


def views_of(view_names: ViewNames, operations: Iterable[Operation], outgoing: Iterable[Operation], data: Any) -> Views:
    """Return the schema of every class; references are ``#/$defs/<class name>``, deeper ones are opened in place.

    What ``outgoing`` requests send is seen as what answers hold, what they are answered as what requests hold.
    """
    components = (data.get("components") or {}).get("schemas") or {}
    renamed = {f"{_COMPONENTS}{pointers.escape(name)}": str(view_names.components[name]) for name in components}
    wanted = {str(view_names.components[name]): schema for name, schema in components.items()}
    wanted |= dict(view_names.inline.values())
    asked, answered = tuple(operations), tuple(outgoing)
    return Views(
        schemas={name: _rewritten(schema, renamed, data, ()) for name, schema in sorted(wanted.items())},
        requests=frozenset({*_in_bodies(asked, renamed), *_in_answers(answered, renamed)}),
        responses=frozenset({*_in_answers(asked, renamed), *_in_bodies(answered, renamed)}),
    )


def _in_bodies(operations: Iterable[Operation], renamed: Mapping[str, str]) -> Iterator[str]:
    bodies = [operation.body for operation in operations if operation.body is not None]
    yield from _referred([schema for body in bodies for schema in body.content.values()], renamed)
    yield from _named(body.type for body in bodies)


def _in_answers(operations: tuple[Operation, ...], renamed: Mapping[str, str]) -> Iterator[str]:
    answers = [response for operation in operations for response in operation.responses]
    yield from _referred([schema for answer in answers for schema in answer.content.values()], renamed)
    yield from _named(operation.result for operation in operations)
    yield from _named(each.stream.item for each in operations if isinstance(each.stream, Events | Values))


def _named(types: Iterable[PythonType | None]) -> Iterator[str]:
    for type_ in types:
        match type_:
            case ListOf(item):
                yield from _named([item])
            case OneOf(members):
                yield from _named(members)
            case View(class_name):
                yield class_name


def _referred(schemas: Iterable[Any], renamed: Mapping[str, str]) -> Iterator[str]:
    pending = list(schemas)
    while pending:
        match pending.pop():
            case dict() as schema:
                if (name := renamed.get(unquote(str(schema.get("$ref"))))) is not None:
                    yield name
                pending += schema.values()
            case list() as parts:
                pending += parts


def _rewritten(schema: Any, renamed: Mapping[str, str], data: Any, opened: tuple[str, ...]) -> Any:
    match schema:
        case {"$ref": str(reference)} if (name := renamed.get(unquote(reference))) is not None:
            return {**schema, "$ref": f"#/$defs/{name}"}
        case {"$ref": str(reference)}:
            return {} if reference in opened else _opened(reference, renamed, data, opened)
        case dict():
            return {key: _rewritten(each, renamed, data, opened) for key, each in schema.items()}
        case list():
            return [_rewritten(each, renamed, data, opened) for each in schema]
        case _:
            return schema


def _opened(reference: str, renamed: Mapping[str, str], data: Any, opened: tuple[str, ...]) -> Any:
    try:
        target = Schemas(data).target(reference)
    except LookupError:
        return {}
    return _rewritten(target, renamed, data, (*opened, reference))
