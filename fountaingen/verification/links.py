"""What the answers of a service have to do with its later requests, as OpenAPI links (OAS 3.1 section 4.8.20).

Schemathesis follows links, and guesses them where a contract has none; the service knows which member is the key.
"""

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from fountaingen.model.behaviour import Constant, Create, Delete, ListRows, Missing, Read, Update
from fountaingen.model.service import Operation, Service
from fountaingen.primitives import pointer as pointers

Links = Mapping[str, Any]


@dataclass(frozen=True)
class Made:
    """An operation that creates rows, the response that shows them, and the expression that gives their key."""

    operation: Operation
    entity: str
    key: str
    status: str
    expression: str


def with_links(contract: Mapping[str, Any], service: Service) -> dict[str, Any]:
    """Return ``contract`` with a link from whatever creates a row to whatever takes its key; nothing else differs."""
    linked = copy.deepcopy(dict(contract))
    for made in _made(service):
        if links := dict(_links(made, service)):
            _put(linked, made, links)
    return linked


def _made(service: Service) -> Iterator[Made]:
    entities = {entity.name: entity for entity in service.entities}
    for operation in service.operations:
        match operation.behaviour:
            case Create(entity=name, answer=answer):
                entity = entities[name]
                member = entity.by_name[entity.key].wire
                response = operation.response(operation.success)
                if member in answer.members and response is not None:
                    tokens = [answer.wrap, member] if answer.wrap else [member]
                    expression = f"$response.body#{pointers.join('', *map(str, tokens))}"
                    yield Made(operation, name, entity.key, response.status, expression)


def _links(made: Made, service: Service) -> Iterator[tuple[str, Links]]:
    passed_on = {each.name for each in made.operation.parameters if each.location == "path"}
    for operation in service.operations:
        keys = _keys(operation, made)
        wanted = [each for each in operation.parameters if each.location == "path"]
        taken = {
            f"path.{each.name}": made.expression if each.argument in keys else f"$request.path.{each.name}"
            for each in wanted
            if each.argument in keys or each.name in passed_on
        }
        if keys and len(taken) == len(wanted):
            target = pointers.join("", "paths", operation.path, operation.method.lower())
            yield f"made.{operation.name}", {"operationRef": f"#{target}", "parameters": taken}


def _keys(operation: Operation, made: Made) -> frozenset[str]:
    """Return the arguments of ``operation`` that are the key of a row that ``made`` creates."""
    behaviour = operation.behaviour
    match behaviour:
        case Missing() | Constant():
            return frozenset()
        case Read() | Update() | Delete() | ListRows():
            own = [behaviour.where[made.key]] if behaviour.entity == made.entity and made.key in behaviour.where else []
        case Create():
            own = []
        case _:
            return frozenset()
    parents = [
        each.where[made.key] for each in behaviour.requires if each.entity == made.entity and made.key in each.where
    ]
    return frozenset([*own, *parents])


def _put(contract: dict[str, Any], made: Made, links: Links) -> None:
    try:
        where = ["paths", made.operation.path, made.operation.method.lower(), "responses"]
        responses = pointers.follow(contract, where)
        response = responses[made.status]
        while "$ref" in response:
            response = pointers.follow(contract, pointers.split(response["$ref"].removeprefix("#")))
    except (LookupError, TypeError):
        return  # Written in a way that is not followed here: there are guesses still.
    responses[made.status] = {**response, "links": {**response.get("links", {}), **links}}
