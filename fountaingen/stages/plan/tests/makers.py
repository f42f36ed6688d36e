"""``tests/makers.py``: a function for each kind of row that tests need, which makes one by a real request."""

from collections.abc import Iterable, Mapping
from typing import Any

from fountaingen.model.service import Parameter
from fountaingen.model.types import Scalar
from fountaingen.primitives.code import Code, docstring, identifier, join, literal
from fountaingen.stages.plan.tests.creators import Creator
from fountaingen.stages.plan.tests.happy import successes
from fountaingen.stages.plan.tests.parts import expect, parts_of
from fountaingen.stages.plan.tests.script import Known, Script


def maker_view(creator: Creator, known: Known) -> Mapping[str, Any] | None:
    """Return what is printed of the maker of ``creator``, None where its request cannot be written."""
    subject = creator.subject
    arguments = [creator.parents[index] for index in sorted(creator.parents)]
    script = Script(known, {each.argument: _variable(each) for each in arguments})
    path = {each.name: _variable(each) for each in arguments}
    if creator.chosen is not None:
        own = next(each for each in subject.inputs if each.parameter is creator.chosen)
        path[creator.chosen.name] = literal((own.sample or {})[creator.chosen.name])
    body = script.body(creator.body, subject, path)
    parts = parts_of(subject, path, body)
    if body is None or parts is None:
        return None
    call = expect(subject, successes(subject), parts)
    return {
        "name": creator.name,
        "signature": join(", ", [Code.of("service: RunningService"), *map(_declared, arguments)]),
        "result": creator.key_type,
        "doc": docstring(f"Make a row by {subject.operation.operation_id} and return its key."),
        "lines": [*script.lines, *_ending(creator, call, path)],
    }


def _ending(creator: Creator, call: Code, path: Mapping[str, Code]) -> Iterable[Code]:
    if creator.chosen is not None:
        return [call, Code.of("return {}", path[creator.chosen.name])]
    shown = join("", (Code.of("[{}]", literal(member)) for member in creator.shown))
    return [Code.of("answer = {}", call), Code.of("key: {} = answer{}", creator.key_type, shown), Code.of("return key")]


def _variable(parameter: Parameter) -> Code:
    argument = parameter.argument
    return identifier(f"{argument}_" if argument in ("service", "answer", "key") else argument)


def _declared(parameter: Parameter) -> Code:
    kind = parameter.type.name if isinstance(parameter.type, Scalar) else "object"
    return Code.of("{}: {}", _variable(parameter), identifier(kind))
