"""The view of ``app/operations.py``: one function for each operation that stores, printed by its kind's template."""

from collections.abc import Iterable, Mapping
from typing import Any

from fountaingen.model.behaviour import (
    Answer,
    Behaviour,
    Change,
    Create,
    Delete,
    ListRows,
    Read,
    Require,
    Update,
)
from fountaingen.model.entity import Column, Entity, Keeper
from fountaingen.model.hookset import HookSet
from fountaingen.model.service import Operation, Service
from fountaingen.model.types import AnyJson, ListOf, OneOf
from fountaingen.primitives import names
from fountaingen.primitives.code import Code, docstring, identifier, join, literal
from fountaingen.stages.plan.lists import list_particulars
from fountaingen.stages.plan.printing import imports, mapping, names_in, references, signature
from fountaingen.stages.plan.promises import promised

_TIMES = (Keeper.CREATED, Keeper.UPDATED)

Stored = Create | Read | ListRows | Update | Delete


def is_stored(behaviour: Behaviour) -> bool:
    """Tell whether a behaviour works on the database, and so has a function in ``app/operations.py``."""
    return isinstance(behaviour, Stored)


def operations_view(service: Service, hooks: HookSet) -> Mapping[str, Any]:
    """Return what ``app/operations.py`` prints."""
    stored = [operation for operation in service.operations if is_stored(operation.behaviour)]
    entities = {entity.name: entity for entity in service.entities}
    constants = _answer_constants(stored, entities)
    functions = [_function(operation, entities, constants) for operation in stored]
    used = {each.behaviour.entity for each in stored if isinstance(each.behaviour, Stored)} | {
        require.entity for each in stored for require in _requires(each.behaviour)
    }
    shown = [each for each in stored if each.name not in hooks.hooks]
    resources = [_resource(entity, promised(entity, shown)) for entity in service.entities if entity.name in used]
    return {
        "imports": _imports(functions, resources),
        "resources": resources,
        "answers": [{"name": name, "members": literal(members)} for (_, members), name in constants.items()],
        "functions": functions,
    }


def _requires(behaviour: Behaviour) -> tuple[Require, ...]:
    return behaviour.requires if isinstance(behaviour, Stored) else ()


def _results(functions: Iterable[Mapping[str, Any]], resources: Iterable[Mapping[str, Any]]) -> set[str]:
    stored = any(function["result"] == "Stored" for function in functions)
    kept = any(resource["kept"] for resource in resources)
    return {name for name, used in (("Stored", stored), ("Kept", kept)) if used}


def _imports(functions: list[Mapping[str, Any]], resources: list[Mapping[str, Any]]) -> Code:
    kinds = {str(resource["kind"]) for resource in resources}
    text = " ".join(f"{function['signature']} {function['result']}" for function in functions)
    filtered = any(function.get("envelope") and function["where"] for function in functions)
    bodies = " ".join(f"{function.get('body', '')} {function.get('where', '')}" for function in functions)
    pages = any(function.get("page") for function in functions)
    return imports(
        {
            "app": {"models"} if resources else set(),
            "app.runtime.call": {"Unit"} if text else set(),
            "app.runtime.storage.paging": {"Page"} if pages else set(),
            "app.runtime.storage.clocks": set().union(*(resource["clocks"] for resource in resources)),
            "app.runtime.storage.open_resource": kinds & {"OpenResource"},
            "app.runtime.resource": {*(kinds & {"Resource"}), *_results(functions, resources)},
            "app.runtime.storage.rows": {
                name for name in ("member_of", "patch_of", "row_of", "rows_of") if f"{name}(" in bodies
            },
            "app.runtime.uploads": names_in(text, ("Upload",)),
            "app.runtime.values": {name for name in ("JsonObject", "JsonValue") if name in text}
            | ({"JsonValue"} if filtered else set()),
        }
    )


def _resource(entity: Entity, promises: tuple[str, ...]) -> Mapping[str, Any]:
    return {
        "constant": identifier(entity.constant),
        "model": identifier(entity.class_name),
        "members": [
            {"wire": literal(name), "column": literal(column.name)}
            for column in entity.columns
            for name in column.spellings
        ],
        "key": literal(entity.key),
        "order": literal(entity.order) if entity.order != (entity.key,) else None,
        "kind": Code.of("OpenResource") if entity.is_open else Code.of("Resource"),
        "kept": _kept(entity, promises),
        "clocks": {column.clock.value for column in entity.columns if column.keeper in _TIMES},
        "nullable": _named(column.wire for column in entity.columns if column.shows_null),
        "label": literal(entity.label),
    }


def _kept(entity: Entity, promises: tuple[str, ...]) -> Code | None:
    parts = []
    for argument, keeper in (("created", Keeper.CREATED), ("updated", Keeper.UPDATED), ("constants", Keeper.CONSTANT)):
        kept = [column for column in entity.columns if column.keeper is keeper]
        if kept:
            entries = mapping({column.name: _given(column) for column in kept})
            parts.append(Code.of("{}={}", identifier(argument), entries))
    if promises:
        parts.append(Code.of("promised={}", literal(promises)))
    return Code.of("Kept({})", join(", ", parts)) if parts else None


def _given(column: Column) -> Code:
    return literal(column.constant) if column.keeper is Keeper.CONSTANT else identifier(column.clock.value)


def _named(found: Iterable[str | None]) -> Code | None:
    listed = tuple(name for name in found if name is not None)
    return literal(listed) if listed else None


def _answer_constants(
    stored: Iterable[Operation], entities: Mapping[str, Entity]
) -> dict[tuple[str, tuple[str, ...]], Code]:
    """Name each set of members that answers show: the widest after its entity, others after their first operation."""
    wanted: dict[tuple[str, tuple[str, ...]], str] = {}
    for operation in stored:
        behaviour = operation.behaviour
        if isinstance(behaviour, Stored) and behaviour.answer.members:
            wanted.setdefault((behaviour.entity, behaviour.answer.members), operation.name)
    chosen: dict[str, str] = {}
    for (entity, members), function in wanted.items():
        widest = max((each for name, each in wanted if name == entity), key=len)
        stem = entities[entity].class_name if members == widest else function
        chosen[f"{entity}\n{members}"] = names.snake(f"{stem} members").upper()
    allocated = names.allocate(chosen, {entity.constant for entity in entities.values()})
    return {key: allocated[f"{key[0]}\n{key[1]}"] for key in wanted}


def _function(
    operation: Operation, entities: Mapping[str, Entity], constants: Mapping[tuple[str, tuple[str, ...]], Code]
) -> Mapping[str, Any]:
    behaviour = operation.behaviour
    if not isinstance(behaviour, Stored):
        raise TypeError(f"{operation.name} has no stored behaviour")
    entity = entities[behaviour.entity]
    common: dict[str, Any] = {
        "name": identifier(operation.name),
        "signature": signature(Code.of("unit: Unit"), operation, typed=False),
        "doc": docstring(_sentence(behaviour, entity)),
        "result": Code.of("JsonObject") if behaviour.answer.members else Code.of("None"),
        "resource": identifier(entity.constant),
        "requires": [
            {"resource": identifier(entities[each.entity].constant), "where": references(each.where)}
            for each in behaviour.requires
        ],
        "body": _body(operation),
        "answer": _answer(behaviour.answer, constants.get((behaviour.entity, behaviour.answer.members))),
        "shown": constants.get((behaviour.entity, behaviour.answer.members), Code.of("()")),
        "wrap": literal(behaviour.answer.wrap) if behaviour.answer.wrap else None,
    }
    return common | _particulars(behaviour, operation, common["resource"], common["shown"])


def _body(operation: Operation) -> Code:
    """Write the body as a default behaviour takes it: one that was not sent is an empty one."""
    body = _whole_body(operation)
    behaviour = operation.behaviour
    if not isinstance(behaviour, Create | Update) or behaviour.within is None:
        return body
    whole = Code.of("({})", body) if " " in body else body
    return Code.of("row_of({}.get({}))", whole, literal(behaviour.within))


def _whole_body(operation: Operation) -> Code:
    if operation.body is None:
        return Code.of("body")
    if _change(operation.behaviour) is Change.PATCH:
        return Code.of("patch_of(body)")
    if isinstance(operation.body.type, AnyJson | OneOf):
        is_list = _change(operation.behaviour) is Change.JSON_PATCH
        return Code.of("rows_of(body)") if is_list else Code.of("row_of(body)")
    if operation.body.required:
        return Code.of("body")
    return Code.of("body or []") if isinstance(operation.body.type, ListOf) else Code.of("body or {{}}")


def _change(behaviour: Behaviour) -> Change | None:
    return behaviour.change if isinstance(behaviour, Update) else None


def _answer(answer: Answer, constant: Code | None) -> Code | None:
    return constant if answer.members else None


def _particulars(behaviour: Stored, operation: Operation, resource: Code, shown: Code) -> dict[str, Any]:
    match behaviour:
        case Create():
            given = references(behaviour.given) if behaviour.given else None
            fields = literal(behaviour.fields)
            return {"template": Code.of("operations/create.jinja"), "fields": fields, "given": given}
        case Read():
            return {"template": Code.of("operations/read.jinja"), "where": references(behaviour.where)}
        case ListRows():
            return list_particulars(behaviour, operation, resource, shown)
        case Update():
            return _update(behaviour, _body(operation))
        case Delete():
            return {
                "template": Code.of("operations/delete.jinja"),
                "where": references(behaviour.where),
                "acknowledgement": literal(dict(said)) if (said := behaviour.acknowledgement) else None,
                "said": _said(behaviour),
                "result": (
                    Code.of("JsonObject") if behaviour.acknowledgement or behaviour.answer.members else Code.of("None")
                ),
            }


def _said(behaviour: Delete) -> Code | None:
    """Write what the answer says beside members of the row, None where it does not do both."""
    if not behaviour.acknowledgement or not behaviour.answer.members:
        return None
    return join(
        ", ", [Code.of("{}: {}", literal(name), literal(each)) for name, each in behaviour.acknowledgement.items()]
    )


def _where(behaviour: Update, body: Code) -> Code:
    where = references(behaviour.where)
    if behaviour.keyed is None:
        return where
    column, member = behaviour.keyed
    keyed = Code.of("{}: member_of({}, {})", literal(column), body, literal(member))
    return Code.of("{{{}, **{}}}", keyed, where) if behaviour.where else Code.of("{{{}}}", keyed)


def _update(behaviour: Update, body: Code) -> dict[str, Any]:
    wrap = behaviour.answer.wrap
    particulars: dict[str, Any] = {
        "template": Code.of("operations/update.jinja"),
        "method": identifier(behaviour.change.value),
        "where": _where(behaviour, body),
        "fields": literal(behaviour.fields),
        "given": references(behaviour.given) if behaviour.given else None,
        "row": Code.of(".row") if behaviour.change is Change.PUT else Code.of(""),
        "returns": bool(behaviour.answer.members),
    }
    if behaviour.statuses is None:
        return particulars
    within = Code.of(".within({})", literal(wrap)) if wrap else Code.of("")
    return particulars | {"result": Code.of("Stored"), "row": within, "wrap": None, "returns": True}


def _sentence(behaviour: Stored, entity: Entity) -> str:
    match behaviour:
        case Create():
            return f"Create a row of {entity.table}."
        case Read():
            return f"Read one row of {entity.table}."
        case ListRows():
            return f"List rows of {entity.table}."
        case Update():
            return f"{_CHANGES[behaviour.change.value]} one row of {entity.table}."
        case Delete():
            return f"Delete one row of {entity.table}."


_CHANGES = {
    "replace": "Replace",
    "update": "Change what is sent of",
    "put": "Create or replace",
    "merge_patch": "Merge a patch (RFC 7396) into",
    "json_patch": "Apply a JSON Patch (RFC 6902) to",
    "patch": "Apply a patch of either kind (RFC 6902, RFC 7396) to",
}
