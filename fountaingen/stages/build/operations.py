"""Operations as the contract declares them, named, with the Python types that hooks see."""

from collections.abc import Iterator, Mapping
from typing import Any

from fountaingen.model import grammar
from fountaingen.model.behaviour import Missing
from fountaingen.model.document import Spec
from fountaingen.model.service import Header, Operation, Parameter, ParameterLocation, Response
from fountaingen.model.types import AnyJson, ListOf, PythonType, Scalar, Stream, View
from fountaingen.primitives import names
from fountaingen.primitives import pointer as pointers
from fountaingen.primitives.code import Code
from fountaingen.stages.build import reserved, sequential, streaming
from fountaingen.stages.build.bodies import LIMIT, Typing, body_of, extension_of
from fountaingen.stages.build.found import Found, told_apart
from fountaingen.stages.build.media import is_json
from fountaingen.stages.build.objects import Schemas
from fountaingen.stages.build.paths import segments
from fountaingen.stages.build.servers import nearest
from fountaingen.stages.lower import Defaults

_SCALARS = {
    frozenset({"string"}): Scalar("str"),
    frozenset({"integer"}): Scalar("int"),
    frozenset({"integer", "number"}): Scalar("float"),
    frozenset({"boolean"}): Scalar("bool"),
}
_LOCATIONS: dict[str, ParameterLocation] = {name: name for name in ("path", "query", "header", "cookie", "querystring")}
_IGNORED_HEADERS = {"accept", "content-type", "authorization"}


class Reader:
    """Follows Reference Objects in one contract."""

    def __init__(self, data: Any) -> None:
        self.data = data
        self.schemas = Schemas(data)
        self.defaults = Defaults(data)

    def at(self, pointer: str) -> Any:
        """Return what stands at ``pointer``."""
        return pointers.follow(self.data, pointers.split(pointer))

    def follow(self, value: Any, pointer: str) -> tuple[Any, str]:
        """Return what a Reference Object leads to and its pointer; anything else comes back as it is."""
        value, where, _ = self.schemas.resolve(value, pointer)
        return value, where


def find(reader: Reader) -> Iterator[Found]:
    """Yield every operation of the contract, in the order of the document."""
    for path, written in (reader.data.get("paths") or {}).items():
        if path.startswith("x-"):
            continue
        item, item_pointer = reader.follow(written, pointers.join("/paths", path))
        for method, place, value in grammar.operations(item, item_pointer):
            if isinstance(value, dict):
                data, pointer = reader.follow(value, place)
                yield Found(method, path, pointer, item, item_pointer, data)


class ViewNames:
    """The class names of ``app/schemas.py``: one a component schema, more for bodies that are written in place."""

    def __init__(self, reader: Reader, taken: tuple[str, ...]) -> None:
        self._schemas = reader.schemas
        components = (reader.data.get("components") or {}).get("schemas") or {}
        self.components = names.allocate({name: names.cap_words(name) for name in components}, taken)
        self.inline: dict[str, tuple[str, Any]] = {}

    def type_of(self, schema: Any, stem: str, pointer: str, lists: frozenset[str] = frozenset()) -> PythonType:
        """Return the Python type of ``schema``; an object that is written in place gets a class named ``stem``.

        ``lists`` are the pointers of the arrays that it is an item of: a list of itself holds anything.
        """
        resolved, where, component = self._schemas.resolve(schema, pointer)
        item = None if where in lists else self._schemas.item(resolved, where)
        if item is not None:
            return ListOf(self.type_of(item[0], f"{stem}Item", item[1], lists | {where}))
        types = self._schemas.types(resolved)
        if scalar := _SCALARS.get(types):
            return scalar
        if types != {"object"}:
            return AnyJson()
        if component is not None:
            return View(self.components[component])
        if not isinstance(resolved, dict) or not resolved.get("properties"):
            return self._alone(resolved, stem, where, lists)
        return View(self._named(stem, resolved))

    def _alone(self, schema: Any, stem: str, pointer: str, lists: frozenset[str]) -> PythonType:
        """Return the type of an ``allOf`` of one schema, as written around a reference to say more beside it."""
        parts = schema.get("allOf") if isinstance(schema, dict) else None
        if not isinstance(parts, list) or len(parts) != 1:
            return AnyJson()
        return self.type_of(parts[0], stem, pointers.join(pointer, "allOf", 0), lists)

    def plain_type(self, schema: Any, pointer: str, lists: frozenset[str] = frozenset()) -> PythonType:
        """Return the Python type of values of ``schema`` where no class is made for it, as for a parameter."""
        resolved, where, _ = self._schemas.resolve(schema, pointer)
        item = None if where in lists else self._schemas.item(resolved, where)
        if item is not None:
            return ListOf(self.plain_type(*item, lists | {where}))
        return _SCALARS.get(self._schemas.types(resolved), AnyJson())

    def _named(self, stem: str, schema: Any) -> str:
        taken = {name.casefold() for name in self.components.values()} | {name.casefold() for name in self.inline}
        name, number = stem, 2
        while name.casefold() in taken:
            name, number = f"{stem}{number}", number + 1
        self.inline[name] = (name, schema)
        return name


def read(spec: Spec, views: ViewNames, reader: Reader) -> tuple[Operation, ...]:
    """Return the operations of ``spec``, each with its names given and no behaviour yet."""
    found = tuple(told_apart(tuple(find(reader))))
    functions = names.allocate({each.key: _function(each.operation_id) for each in found}, reserved.FUNCTIONS)
    classes = _classes(found)
    return tuple(operation(each, functions[each.key], classes[each.key], views, reader) for each in found)


def _function(operation_id: str) -> str:
    return names.beside(names.snake(operation_id, "operation"), reserved.FUNCTIONS)


def _classes(found: tuple[Found, ...]) -> dict[str, Code]:
    """Name the classes of every operation: the context of ``getSession`` is no protocol of ``getSessionContext``."""
    wanted = {each.key: names.cap_words(each.operation_id, "Operation") for each in found}
    contexts = {f"{name}Context" for name in wanted.values()}
    apart = {key: f"{name}Operation" if name in contexts else name for key, name in wanted.items()}
    return names.allocate(apart, reserved.PROTOCOLS)


def operation(found: Found, name: str, class_name: str, views: ViewNames, reader: Reader) -> Operation:
    """Return what was found as an operation with these names."""
    responses = tuple(_responses(found, reader))
    success = _success_status(responses)
    result, stream = _results(responses, success, views, f"{class_name}Result", reader)
    summary = found.data.get("summary") or found.data.get("description") or found.item.get("summary") or ""
    return Operation(
        operation_id=found.operation_id,
        name=name,
        class_name=class_name,
        method=found.method.upper(),
        path=found.path,
        summary=str(summary),
        group=_group(found),
        parameters=tuple(_parameters(found, views, reader)),
        body=body_of(found.data, found.pointer, Typing(f"{class_name}Body", views.type_of, reader)),
        responses=responses,
        success=success,
        result=result,
        security=tuple(map(_requirement, found.data.get("security", reader.data.get("security")) or ())),
        behaviour=Missing("nothing is inferred for it"),
        pointer=found.pointer,
        extension={key: value for key, value in extension_of(found.data).items() if key != LIMIT},
        stream=stream,
        servers=nearest(((found.data, found.pointer), (found.item, found.item_pointer), (reader.data, ""))),
    )


def _requirement(written: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a security requirement by the names of schemes, which OpenAPI 3.2 may give as references."""
    return {name.removeprefix("#/components/securitySchemes/"): scopes for name, scopes in written.items()}


def _group(found: Found) -> str:
    for tag in found.data.get("tags") or ():
        if isinstance(tag, str):
            return names.snake(tag, "group")
    literals = [segment.text for segment in segments(found.path) if segment.plain and not segment.is_parameter]
    return names.snake(literals[0] if literals else "", "root")


def _parameters(found: Found, views: ViewNames, reader: Reader) -> Iterator[Parameter]:
    declared: dict[tuple[str, str], tuple[Any, str]] = {}
    for owner, owner_pointer in ((found.item, found.item_pointer), (found.data, found.pointer)):
        for index, written in enumerate(owner.get("parameters") or ()):
            data, pointer = reader.follow(written, pointers.join(owner_pointer, "parameters", index))
            declared[data["in"], data["name"]] = (data, pointer)
    kept = {
        key: value
        for key, value in declared.items()
        if not (key[0] == "header" and key[1].lower() in _IGNORED_HEADERS) and key[0] in _LOCATIONS
    }
    wanted = {
        f"{list(_LOCATIONS).index(location)} {name}": names.beside(names.snake(name, "parameter"), reserved.ARGUMENTS)
        for location, name in kept
    }
    arguments = names.allocate(wanted, reserved.ARGUMENTS)
    for (location, name), (data, pointer) in kept.items():
        schema, schema_pointer = _parameter_schema(data, pointer)
        argument = arguments[f"{list(_LOCATIONS).index(location)} {name}"]
        yield Parameter(
            name=name,
            argument=argument,
            location=_LOCATIONS[location],
            required=location == "path" or bool(data.get("required")),
            type=views.plain_type(schema, schema_pointer),
            data=data,
            pointer=pointer,
            has_default=reader.defaults.of(schema_pointer) is not None,
        )


def _parameter_schema(data: Mapping[str, Any], pointer: str) -> tuple[Any, str]:
    for media_type, content in (data.get("content") or {}).items():
        return content.get("schema", True), pointers.join(pointer, "content", media_type, "schema")
    return data.get("schema", True), pointers.join(pointer, "schema")


def _responses(found: Found, reader: Reader) -> Iterator[Response]:
    for status, written in (found.data.get("responses") or {}).items():
        if status.startswith("x-"):
            continue
        data, pointer = reader.follow(written, pointers.join(found.pointer, "responses", status))
        content = data.get("content") or {}
        headers = []
        for name, header_written in (data.get("headers") or {}).items():
            header, header_pointer = reader.follow(header_written, pointers.join(pointer, "headers", name))
            schema, schema_pointer = _parameter_schema(header, header_pointer)
            media_type = next(iter(header.get("content") or ()), None)
            required, explode = bool(header.get("required")), bool(header.get("explode"))
            headers.append(Header(name, required, schema, schema_pointer, explode, media_type))
        yield Response(
            status=status,
            content={media_type: media.get("schema", True) for media_type, media in content.items()},
            headers=tuple(headers),
            pointer=pointer,
            items={
                media_type: sequential.items(
                    media_type, media, pointers.join(pointer, "content", media_type), reader.schemas
                )
                for media_type, media in content.items()
            },
        )


def _success_status(responses: tuple[Response, ...]) -> int:
    exact = sorted(
        int(response.status) for response in responses if response.status.isdigit() and response.status[0] == "2"
    )
    if exact:
        return exact[0]
    redirects = sorted(
        int(response.status) for response in responses if response.status.isdigit() and response.status[0] == "3"
    )
    ranges = any(response.status.upper() in ("2XX", "DEFAULT") for response in responses)
    return 200 if ranges or not redirects else redirects[0]


def _results(
    responses: tuple[Response, ...], success: int, views: ViewNames, stem: str, reader: Reader
) -> tuple[PythonType | None, Stream | None]:
    """Return the types of an answer as a whole and piece by piece."""
    by_status = {response.status.upper(): response for response in responses}
    keys = (str(success), f"{success // 100}XX", "DEFAULT")
    response = next((by_status[key] for key in keys if key in by_status), None)
    if response is None or not response.content:
        return None, None
    found = streaming.results(response, stem, reader.at, views.type_of)
    content = {media_type: {"schema": schema} for media_type, schema in found.whole.items()}
    return _content_type(content, views, stem, response.pointer) if content else None, found.stream


def _content_type(content: Mapping[str, Any], views: ViewNames, stem: str, pointer: str) -> PythonType:
    """Return the type of the JSON body among ``content``; where there is none, of the first of the others."""
    kinds = {media_type.partition(";")[0].strip().lower() for media_type in content}
    if "application/json-patch+json" in kinds and len(kinds) > 1:
        # A list of operations or an object: no one type of Python.
        return AnyJson()
    for media_type in sorted(content, key=lambda each: not is_json(each)):
        schema = content[media_type].get("schema", True)
        return views.type_of(schema, stem, pointers.join(pointer, "content", media_type, "schema"))
    return AnyJson()
