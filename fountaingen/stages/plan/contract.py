"""``app/contract``: the contract as data: as it was written, by operation, and as the schemas that judge."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from fountaingen.model.behaviour import Change, Update
from fountaingen.model.problems import Problem
from fountaingen.model.service import Items, Operation, Parameter, Response, Service
from fountaingen.primitives import pointer as pointers
from fountaingen.stages.build.locations import locations
from fountaingen.stages.build.media import is_xml
from fountaingen.stages.build.objects import Schemas
from fountaingen.stages.lower import Direction, Lowered, build_index, default_of, has_defaults, lower
from fountaingen.stages.markup import markup
from fountaingen.stages.plan.media import media_of, uses_of
from fountaingen.stages.shape import shape

_STYLES = {"path": "simple", "query": "form", "header": "simple", "cookie": "form"}


@dataclass(frozen=True)
class ContractData:
    """The two data files, and what is wrong with the schemas in them."""

    operations: Mapping[str, Any]
    schemas: Mapping[str, Any]
    problems: tuple[Problem, ...]


def contract_data(service: Service) -> ContractData:
    """Return ``operations.json`` and ``schemas.json`` of ``service``."""
    index = build_index(service.spec.data)
    outgoing = [each.call for each in service.outgoing]
    # What the service sends by itself leaves it as an answer does, what it is answered comes in as a request does.
    request = lower(index, (*_asked(service.operations), *_answered(outgoing)), Direction.REQUEST)
    response = lower(index, (*_answered(service.operations), *_asked(outgoing)), Direction.RESPONSE)
    schemas = Schemas(service.spec.data)
    located = locations(service.operations, service.entities)
    operations = {
        operation.operation_id: {
            **_operation(operation, request, response, schemas),
            **({"location": list(located[operation.operation_id])} if operation.operation_id in located else {}),
        }
        for operation in service.operations
    }
    owners = {call.key: {"owner": each.owner} for each in service.callbacks for call in each.calls}
    calls = {
        each.key: {**_operation(each.call, response, request, schemas), **owners.get(each.key, {})}
        for each in service.outgoing
    }
    faults = dict.fromkeys((*request.faults, *response.faults))
    return ContractData(
        operations={
            "name": service.name,
            "title": service.title,
            "version": service.version,
            **({"basePaths": list(service.base_paths)} if service.base_paths else {}),
            "securitySchemes": dict(service.security_schemes),
            "operations": operations,
            **({"outgoing": calls} if calls else {}),
        },
        schemas={"request": dict(request.definitions), "response": dict(response.definitions)},
        problems=tuple(
            Problem("FG150", fault.message, service.spec.place(fault.pointer), "mend the schema at this place")
            for fault in faults
        ),
    )


def answers_data(peer: Service) -> Mapping[str, Any]:
    """Return what a client of ``peer`` judges answers by: the responses of every operation, and their schemas."""
    lowered = lower(build_index(peer.spec.data), _answered(peer.operations), Direction.RESPONSE)
    schemas = Schemas(peer.spec.data)
    return {
        "answers": [
            {
                "method": operation.method,
                "path": operation.path,
                "responses": {each.status: _response(each, lowered, schemas) for each in operation.responses},
            }
            for operation in peer.operations
        ],
        "schemas": dict(lowered.definitions),
    }


def _asked(operations: Iterable[Operation]) -> Iterator[str]:
    for operation in operations:
        for parameter in operation.parameters:
            yield _parameter_pointer(parameter)
        if operation.body is not None:
            yield from uses_of(operation.body)


def _answered(operations: Iterable[Operation]) -> Iterator[str]:
    for operation in operations:
        for response in operation.responses:
            for media_type in response.content:
                yield pointers.join(response.pointer, "content", media_type, "schema")
            for described in response.items.values():
                yield from filter(None, (described.item, described.data))
            for header in response.headers:
                yield header.pointer


def _parameter_pointer(parameter: Parameter) -> str:
    for media_type in parameter.data.get("content") or ():
        return pointers.join(parameter.pointer, "content", media_type, "schema")
    return pointers.join(parameter.pointer, "schema")


def _operation(operation: Operation, request: Lowered, response: Lowered, schemas: Schemas) -> dict[str, Any]:
    data: dict[str, Any] = {
        "method": operation.method,
        "path": operation.path,
        "success": operation.success,
        "parameters": [_parameter(parameter, request, schemas) for parameter in operation.parameters],
        "responses": {each.status: _response(each, response, schemas) for each in operation.responses},
        "security": list(operation.security),
        "hook": operation.name,
    }
    if operation.body is not None:
        content = {
            media_type: media_of(operation.body, media_type, request, schemas) for media_type in operation.body.content
        }
        limit = {} if operation.body.limit is None else {"limit": operation.body.limit}
        data["body"] = {"required": operation.body.required, "content": content, **limit}
        if _is_whole(operation) and any(has_defaults(each["schema"], request.definitions) for each in content.values()):
            data["body"]["defaults"] = True
    return data


def _is_whole(operation: Operation) -> bool:
    """Say whether a body stands for all that there is, so that a member that is left out has its default.

    In a change of something that is there, leaving a member out leaves it as it is: a default would overwrite it.
    """
    match operation.behaviour:
        case Update(change=change):
            return change in (Change.REPLACE, Change.PUT)
        case _:
            return operation.method != "PATCH"


def _parameter(parameter: Parameter, request: Lowered, schemas: Schemas) -> dict[str, Any]:
    written = parameter.data
    data: dict[str, Any] = {
        "name": parameter.name,
        "argument": parameter.argument,
        "in": parameter.location,
        "required": parameter.required,
        "schema": request.schemas[_parameter_pointer(parameter)],
    }
    schema: Any = written.get("schema", True)
    if written.get("content"):
        media_type, content = next(iter(written["content"].items()))
        data["content"] = media_type
        schema = content.get("schema", True)
    else:
        style = written.get("style", _STYLES[parameter.location])
        data |= {"style": style, "explode": bool(written.get("explode", style in ("form", "cookie")))}
        if parameter.location == "query":
            data |= {key: True for key in ("allowReserved", "allowEmptyValue") if written.get(key)}
    data["shape"] = shape(schema, schemas.target)
    if (default := default_of(data["schema"], request.definitions)) is not None:
        data["default"] = default.value
    return data


def _response(response: Response, lowered: Lowered, schemas: Schemas) -> dict[str, Any]:
    data: dict[str, Any] = {
        "content": {
            media_type: _answer_media(response, media_type, lowered, schemas) for media_type in response.content
        }
    }
    if response.headers:
        data["headers"] = {
            header.name: {
                "required": header.required,
                "schema": lowered.schemas[header.pointer],
                "shape": shape(header.schema, schemas.target),
                **({"explode": True} if header.explode else {}),
                **({"content": header.media_type} if header.media_type else {}),
            }
            for header in response.headers
        }
    return data


def _answer_media(response: Response, media_type: str, lowered: Lowered, schemas: Schemas) -> dict[str, Any]:
    pointer = pointers.join(response.pointer, "content", media_type, "schema")
    data = {"schema": lowered.schemas[pointer]}
    if is_xml(media_type):
        data["xml"] = markup(response.content[media_type], pointer, schemas)
    described = response.items.get(media_type, Items())
    if described.item is not None:
        data["item"] = lowered.schemas[described.item]
    if described.data is not None:
        data["data"] = lowered.schemas[described.data]
    return data
