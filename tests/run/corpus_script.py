"""The requests that a service is probed with, as plain data that a process without fountaingen can play."""

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from fountaingen.model.behaviour import (
    Behaviour,
    Change,
    Constant,
    Create,
    Delete,
    ListRows,
    Missing,
    Read,
    Update,
    gap,
)
from fountaingen.model.entity import Entity
from fountaingen.model.service import Operation, Service
from fountaingen.primitives import pointer as pointers
from fountaingen.stages.lower import Direction
from fountaingen.stages.plan.contract import contract_data
from fountaingen.stages.plan.tests.judges import Judges
from fountaingen.stages.samples import samples

_OF_A_PARAMETER = 3
_OF_A_BODY = 4
_WRITTEN = ("name", "in", "required", "style", "explode", "content")


def script_of(service: Service) -> dict[str, Any]:
    """Return what each operation is sent, and what its default behaviour does to which table."""
    contract = contract_data(service)
    judges = Judges(contract.schemas["request"]), Judges(contract.schemas["response"])
    entities = {entity.name: entity for entity in service.entities}
    return {
        "operations": [
            _operation(each, contract.operations["operations"][each.operation_id], judges, service, entities)
            for each in service.operations
        ]
    }


def _operation(
    operation: Operation,
    declared: Mapping[str, Any],
    judges: tuple[Judges, Judges],
    service: Service,
    entities: Mapping[str, Entity],
) -> dict[str, Any]:
    data = service.spec.data
    return {
        "id": operation.operation_id,
        "method": operation.method,
        "path": operation.path,
        "hook": operation.name,
        "success": operation.success,
        "gap": gap(operation.behaviour) is not None,
        "parameters": [
            {
                **{key: each[key] for key in _WRITTEN if key in each},
                "argument": each["argument"],
                "samples": _parameter_samples(each, parameter.pointer, judges[0], data),
            }
            for each, parameter in zip(declared["parameters"], operation.parameters, strict=True)
        ],
        "bodies": list(_bodies(operation, declared, judges[0], data)),
        "impossible": list(_impossible(operation, declared, judges[1], data)),
        "behaviour": _behaviour(operation.behaviour, entities),
    }


def _parameter_samples(declared: Mapping[str, Any], pointer: str, judges: Judges, data: Any) -> list[Any]:
    if "content" in declared:
        pointer = pointers.join(pointer, "content", declared["content"])
    found = samples(data, pointer, judges.accepts(declared["schema"]), Direction.REQUEST)
    return list(islice(found, _OF_A_PARAMETER))


def _bodies(operation: Operation, declared: Mapping[str, Any], judges: Judges, data: Any) -> Iterator[dict[str, Any]]:
    if operation.body is None:
        return
    for media_type, media in declared["body"]["content"].items():
        pointer = pointers.join(operation.body.pointer, "content", media_type)
        found = samples(data, pointer, judges.accepts(media["schema"]), Direction.REQUEST)
        yield {
            "media_type": media_type,
            "required": operation.body.required,
            "samples": list(islice(found, _OF_A_BODY)),
        }


def _impossible(operation: Operation, declared: Mapping[str, Any], judges: Judges, data: Any) -> Iterator[str]:
    """Yield the keys of error responses whose schema no value was found for, such as a ``oneOf`` of equals."""
    for response in operation.responses:
        for media_type, media in declared["responses"][response.status]["content"].items():
            pointer = pointers.join(response.pointer, "content", media_type)
            found = samples(data, pointer, judges.accepts(media["schema"]), Direction.RESPONSE)
            if not response.status.startswith("2") and next(found, None) is None:
                yield response.status


def _behaviour(behaviour: Behaviour, entities: Mapping[str, Entity]) -> dict[str, Any] | None:
    match behaviour:
        case Constant() | Missing():
            return None
        case Create(given=given):
            where: Mapping[str, str] = given
        case Read() | ListRows() | Update() | Delete():
            where = behaviour.where
    entity = entities[behaviour.entity]
    return {
        "kind": type(behaviour).__name__,
        "creates": isinstance(behaviour, Create) or (isinstance(behaviour, Update) and behaviour.change is Change.PUT),
        "entity": entity.name,
        "where": dict(where),
        "requires": [{"entity": each.entity, "where": dict(each.where)} for each in behaviour.requires],
        "wrap": behaviour.answer.wrap,
        "within": behaviour.within if isinstance(behaviour, Create | Update) else None,
        "keyed": behaviour.keyed if isinstance(behaviour, Update) else None,
        "rows": behaviour.envelope.rows if isinstance(behaviour, ListRows) and behaviour.envelope else None,
        "columns": {column.wire: column.name for column in entity.columns if column.wire},
        "key": entity.key,
    }
