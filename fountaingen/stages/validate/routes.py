"""Operations and their paths: names, routes and path parameters (FG105 to FG108, FG114)."""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from fountaingen.model.grammar import Kind
from fountaingen.model.problems import Note, Problem, Severity
from fountaingen.primitives import pointer as pointers
from fountaingen.primitives.suggest import did_you_mean
from fountaingen.stages.validate.contract import Contract, Operation

_VARIABLE = re.compile(r"\{([^{}]*)\}")


class _Parameter(NamedTuple):
    name: str
    where: str
    pointer: str
    value: dict[str, Any]


def check(contract: Contract) -> Iterator[Problem]:
    """Yield what is wrong with the operations' names, routes and parameters."""
    yield from _operation_ids(contract)
    yield from _routes(contract)
    for operation in contract.operations:
        yield from _parameters(contract, operation)


def _operation_ids(contract: Contract) -> Iterator[Problem]:
    first: dict[str, str] = {}
    named = [(operation.pointer, operation.value, Severity.ERROR) for operation in contract.operations]
    served = {pointer for pointer, _, _ in named}
    # What a service sends has names of its own, by the callback or the webhook.
    named += [(node.pointer, node.value, Severity.WARNING) for node in contract.of(Kind.OPERATION)]
    for place, value, severity in named:
        name = value.get("operationId")
        pointer = pointers.join(place, "operationId")
        if severity is Severity.WARNING and place in served:
            continue
        if isinstance(name, str) and first.setdefault(name, pointer) != pointer:
            notes = (Note(contract.place(first[name]), "first used here"),)
            message = f"the operationId {name!r} is used twice"
            yield Problem(
                "FG105", message, contract.place(pointer), "give each operation its own name", severity, notes
            )


def _routes(contract: Contract) -> Iterator[Problem]:
    paths = contract.data.get("paths")
    methods: dict[str, set[str]] = {}
    for operation in contract.operations:
        methods.setdefault(operation.path, set()).add(operation.method)
    first: dict[str, str] = {}
    for path in paths if isinstance(paths, dict) else ():
        if path.startswith("x-"):
            continue
        erased = _VARIABLE.sub("{}", path)
        if first.setdefault(erased, path) != path:
            notes = (Note(contract.place(pointers.join("/paths", first[erased])), f"{first[erased]!r} is here"),)
            message = f"{path!r} and {first[erased]!r} are the same route"
            remedy = "merge the two paths: the name of a parameter does not tell them apart"
            # Forbidden all the same, but where no method is in both, a request still has one meaning (GitHub's have).
            ambiguous = methods.get(path, set()) & methods.get(first[erased], set())
            severity = Severity.ERROR if ambiguous else Severity.WARNING
            yield Problem("FG106", message, contract.place(pointers.join("/paths", path)), remedy, severity, notes)
        if path.count("{") != len(_VARIABLE.findall(path)) or path.count("}") != path.count("{"):
            message = f"the braces of {path!r} do not match"
            yield Problem("FG108", message, contract.place(pointers.join("/paths", path)))


def _parameters(contract: Contract, operation: Operation) -> Iterator[Problem]:
    shared = list(_declared(contract, operation.item, operation.item_pointer))
    own = list(_declared(contract, operation.value, operation.pointer))
    yield from _twice(contract, own)
    yield from _twice(contract, shared)
    variables = _VARIABLE.findall(operation.path)
    declared = [parameter for parameter in (*own, *shared) if parameter.where == "path"]
    names = {parameter.name for parameter in declared}
    label = f"{operation.method.upper()} {operation.path}"
    for parameter in declared:
        if parameter.name not in variables:
            message = f"the path parameter {parameter.name!r} is not in {operation.path!r}"
            unused = [variable for variable in variables if variable not in names]
            place = contract.place(pointers.join(parameter.pointer, "name"))
            remedy = "put it between braces into the path, or remove it"
            # One path item's parameter that only some of its paths lack would otherwise be told for each method.
            yield Problem("FG107", message + did_you_mean(parameter.name, unused), place, remedy)
    for variable in dict.fromkeys(variables):
        if variable not in names:
            message = f"{label}: the path variable {variable!r} is not declared"
            unused = sorted(name for name in names if name not in variables)
            remedy = f"add a parameter {{name: {variable}, in: path, required: true, schema: …}}"
            place = contract.place(operation.pointer)
            yield Problem("FG108", message + did_you_mean(variable, unused), place, remedy)
    if len(set(variables)) != len(variables):
        yield Problem("FG108", f"{label}: a path variable stands twice", contract.place(operation.pointer))


def _twice(contract: Contract, parameters: list[_Parameter]) -> Iterator[Problem]:
    first: dict[tuple[str, str], _Parameter] = {}
    for parameter in parameters:
        key = (parameter.name.lower() if parameter.where == "header" else parameter.name, parameter.where)
        known = first.setdefault(key, parameter)
        if known is parameter:
            continue
        alike = known.value == parameter.value
        severity = Severity.WARNING if alike else Severity.ERROR
        notes = (Note(contract.place(known.pointer), "first here"),)
        message = f"the {parameter.where} parameter {parameter.name!r} stands twice"
        yield Problem("FG114", message, contract.place(parameter.pointer), "remove one", severity, notes)


def _declared(contract: Contract, holder: dict[str, Any], pointer: str) -> Iterator[_Parameter]:
    held = holder.get("parameters")
    for index, value in enumerate(held if isinstance(held, list) else ()):
        where = pointers.join(pointer, "parameters", index)
        _, found = contract.follow(where, value)
        if isinstance(found, dict) and isinstance(found.get("name"), str) and isinstance(found.get("in"), str):
            yield _Parameter(found["name"], found["in"], where, found)
