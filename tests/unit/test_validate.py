"""What validation promises whatever the contract: every problem has its place, and nothing is opened or run."""

import copy
import socket
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fountaingen.model import grammar
from fountaingen.model.document import Document
from fountaingen.model.problems import Problem, Severity, errors
from fountaingen.primitives import pointer as pointers
from fountaingen.stages import resolve
from fountaingen.stages.load import yaml_reader
from fountaingen.stages.validate import validate

_CONTRACT = """openapi: %s
info: {title: Pets, version: 1.0.0}
servers: [{url: 'http://localhost:8000'}]
tags: [{name: pets}]
security: [{key: []}]
paths:
  /pets/{petId}:
    parameters: [{$ref: '#/components/parameters/PetId'}]
    put:
      operationId: replacePet
      tags: [pets]
      parameters: [{name: dry, in: query, schema: {type: boolean, default: false}}]
      requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}, example: {name: a}}}}
      responses:
        '200': {description: fine, content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}}
        default: {$ref: '#/components/responses/Wrong'}
components:
  parameters: {PetId: {name: petId, in: path, required: true, schema: {type: string, pattern: '^a'}}}
  responses: {Wrong: {description: wrong, headers: {X-A: {schema: {type: integer}}}}}
  securitySchemes: {key: {type: apiKey, in: header, name: X-Key}}
  schemas:
    Pet:
      type: object
      required: [name]
      properties: {name: {type: string, maxLength: 3}, mother: {$ref: '#/components/schemas/Pet'}}
      x-fountaingen-table: {name: pets}
    Animal: {oneOf: [{$ref: '#/components/schemas/Pet'}], discriminator: {propertyName: name}}
"""
_JUNK = st.sampled_from(
    [None, True, 0, -1.5, 10**30, "", "x", "#/", "#/components", "/etc/passwd", "a.yaml#/b", "http://x.test/a", "(["]
)
_VALUES = st.recursive(
    _JUNK,
    lambda inner: st.lists(inner, max_size=2)
    | st.dictionaries(
        st.sampled_from(["$ref", "type", "schema", "a", "x-fountaingen-a", "in", "allOf"]), inner, max_size=2
    ),
    max_leaves=4,
)


def _document(text: str) -> Document:
    data, positions = yaml_reader.read(text, "pets.yaml")
    return Document("pets.yaml", data, text.encode(), positions)


def _all(data: Any, pointer: str = "") -> list[str]:
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    children = [(pointers.join(pointer, token), item) for token, item in items]
    return [pointer, *(found for child, item in children for found in _all(item, child))]


def _replaced(data: Any, pointer: str, value: Any) -> Any:
    if not pointer:
        return value
    changed = copy.deepcopy(data)
    *way, last = pointers.split(pointer)
    holder = pointers.follow(changed, way)
    holder[int(last) if isinstance(holder, list) else last] = value
    return changed


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0", "3.1.1", "3.2.0"])
def test_a_sound_contract_has_no_problems(version: str) -> None:
    assert validate(_document(_CONTRACT % version), {}) == ()


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(["3.0.3", "3.1.1", "3.2.0"]), st.data())
def test_any_contract_is_judged_and_what_passes_resolves(version: str, draw: st.DataObject) -> None:
    document = _document(_CONTRACT % version)
    data = document.data
    for _ in range(draw.draw(st.integers(1, 3))):
        pointer = draw.draw(st.sampled_from(sorted(_all(data))))
        data = _replaced(data, pointer, draw.draw(_VALUES))
    broken = Document(document.path, data, document.source, document.positions)
    before = copy.deepcopy(data)
    problems = validate(broken, {})
    assert data == before
    assert list(problems) == sorted(problems, key=lambda problem: (problem.place, problem.code, problem.message))
    assert all(problem.place.line >= 1 and problem.place.path == "pets.yaml" for problem in problems)
    if not errors(problems):
        spec = resolve.resolve("pets", broken, {})
        for reference in grammar.references(spec.data):
            if reference.pointer != reference.at:
                pointers.follow(spec.data, pointers.split(unquote(reference.text[1:])))


def test_nothing_is_opened_and_no_pattern_is_run(monkeypatch: pytest.MonkeyPatch) -> None:
    text = (
        _CONTRACT % "3.1.1"
        + "    Bad: {type: string, pattern: '^(a+)+$', default: 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!'}\n"
    )
    text += "    File: {$ref: 'file:///etc/passwd'}\n    Url: {$ref: 'http://localhost:9/a.yaml'}\n"
    validate(_document(_CONTRACT % "3.1.1"), {})

    def refuse(*_: object, **__: object) -> Any:
        raise AssertionError("the world was touched")

    monkeypatch.setattr("builtins.open", refuse)
    monkeypatch.setattr(Path, "open", refuse)
    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    found = [(problem.code, problem.severity) for problem in validate(_document(text), {})]
    assert ("FG111", Severity.WARNING) in found
    assert found.count(("FG021", Severity.ERROR)) == 2


def test_fragments_are_judged_where_they_stand() -> None:
    text = _CONTRACT % "3.0.3" + "    Toy: {$ref: 'toy.yaml#/Toy'}\n"
    part = """Toy:
  type: object
  properties:
    price: {type: numbr}
    owner: {$ref: '#/Owner'}
Owner: {nullable: 7}
"""
    data, positions = yaml_reader.read(part, "toy.yaml")
    problems = validate(_document(text), {"toy.yaml": Document("toy.yaml", data, part.encode(), positions)})
    assert [_brief(problem) for problem in problems] == ["toy.yaml:4:13 FG101", "toy.yaml:6:9 FG101"]


def _brief(problem: Problem) -> str:
    return f"{problem.place} {problem.code}"
