"""Contracts that are wrong in any place: refused, or built all the same, and never a crash."""

import copy
from collections.abc import Iterator
from typing import Any

import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fountaingen.model.document import Document
from fountaingen.model.hookset import HookSet
from fountaingen.model.problems import Rejected, errors
from fountaingen.stages.build import build
from fountaingen.stages.plan import plan_service
from fountaingen.stages.resolve import resolve
from fountaingen.stages.validate import validate

_CONTRACT = """
openapi: 3.1.1
info: {title: Any, version: '1', license: {name: MIT, identifier: MIT}}
servers: [{url: 'https://{host}/v1', variables: {host: {default: a.example}}}]
tags: [{name: a, externalDocs: {url: 'https://a.example'}}]
security: [{key: []}, {bearer: [read]}, {}]
paths:
  /things:
    summary: all
    parameters: [{name: X-Trace, in: header, schema: {type: string}}]
    get:
      operationId: listThings
      tags: [a]
      parameters:
      - {$ref: '#/components/parameters/Limit'}
      - name: filter
        in: query
        style: deepObject
        explode: true
        schema: {type: object, properties: {a: {type: string}}}
      - {name: c, in: cookie, schema: {type: array, items: {type: integer}}}
      - {name: j, in: query, content: {application/json: {schema: {type: object}}}}
      responses:
        '200':
          description: fine
          headers: {X-Total: {schema: {type: integer}, required: true}}
          content: {application/json: {schema: {type: array, items: {$ref: '#/components/schemas/Thing'}}}}
        4XX: {$ref: '#/components/responses/Error'}
    post:
      operationId: createThing
      requestBody: {$ref: '#/components/requestBodies/Thing'}
      responses:
        '201':
          description: made
          content: {application/json: {schema: {$ref: '#/components/schemas/Thing'}}}
          links: {self: {operationId: getThing, parameters: {id: $response.body#/id}}}
        default: {$ref: '#/components/responses/Error'}
      callbacks:
        made:
          '{$request.body#/url}':
            post: {requestBody: {content: {application/json: {schema: {}}}}, responses: {'200': {description: ok}}}
  /things/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: integer, minimum: 1}}]
    get:
      operationId: getThing
      responses:
        '200': {description: one, content: {application/json: {schema: {$ref: '#/components/schemas/Thing'}}}}
        '404': {$ref: '#/components/responses/Error'}
    delete: {operationId: deleteThing, security: [], responses: {'204': {description: gone}}}
  /upload:
    put:
      requestBody:
        required: true
        content:
          multipart/form-data:
            schema: {type: object, properties: {file: {type: string, format: binary}, n: {type: integer}}}
            encoding: {file: {contentType: image/png, headers: {X-A: {schema: {type: string}}}}}
          application/x-www-form-urlencoded:
            schema: {type: object, properties: {a: {type: array, items: {type: string}}}}
          application/xml:
            schema: {type: object, xml: {name: thing}, properties: {a: {type: string, xml: {attribute: true}}}}
          text/plain: {schema: {type: string}}
      responses: {'200': {description: ok, content: {text/event-stream: {schema: {type: string}}}}}
webhooks:
  hook:
    post: {requestBody: {content: {application/json: {schema: {type: object}}}}, responses: {'200': {description: ok}}}
components:
  securitySchemes:
    key: {type: apiKey, in: header, name: X-Key}
    bearer: {type: oauth2, flows: {clientCredentials: {tokenUrl: 'https://a.example/token', scopes: {read: Read}}}}
  parameters: {Limit: {name: limit, in: query, schema: {type: integer, default: 20, maximum: 100}}}
  requestBodies: {Thing: {required: true, content: {application/json: {schema: {$ref: '#/components/schemas/Thing'}}}}}
  responses: {Error: {description: wrong, content: {application/json: {schema: {$ref: '#/components/schemas/Error'}}}}}
  schemas:
    Error: {type: object, required: [message], properties: {message: {type: string}}}
    Thing:
      type: object
      required: [name]
      properties:
        id: {type: integer, readOnly: true}
        name: {type: string, pattern: '^a', maxLength: 9, examples: [a]}
        kind: {enum: [a, b, null]}
        tags: {type: array, items: {type: string}, uniqueItems: true}
        parent: {anyOf: [{$ref: '#/components/schemas/Thing'}, {type: 'null'}]}
        pet: {$ref: '#/components/schemas/Pet'}
      additionalProperties: false
    Pet:
      oneOf: [{$ref: '#/components/schemas/Cat'}, {$ref: '#/components/schemas/Dog'}]
      discriminator: {propertyName: type, mapping: {cat: '#/components/schemas/Cat'}}
    Cat: {type: object, properties: {type: {const: cat}}, required: [type]}
    Dog: {allOf: [{type: object, properties: {type: {type: string}}}, {if: {required: [a]}, then: {minProperties: 1}}]}
"""
_DATA = yaml.safe_load(_CONTRACT)
_JUNK: list[Any] = [
    None,
    True,
    0,
    -1,
    1.5,
    10**30,
    "",
    "x",
    "#/components/schemas/Nothing",
    "#/components/schemas/Thing",
    [],
    {},
    [None],
    {"": None},
    {"$ref": "#/components/schemas/Thing"},
    {"$ref": "#/paths/~1things/get"},
    {"type": ["string", "null"]},
    "{id}",
    "é\u2028",
]


def _places(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    for key, item in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield (*path, key)
        yield from _places(item, (*path, key))


_PLACES = list(_places(_DATA))


@st.composite
def _mutants(draw: st.DrawFn) -> Any:
    data = copy.deepcopy(_DATA)
    for _ in range(draw(st.integers(1, 2))):
        *above, last = draw(st.sampled_from(_PLACES))
        holder = data
        try:
            for key in above:
                holder = holder[key]
            match draw(st.sampled_from(["replace", "remove", "rename"])):
                case "replace":
                    holder[last] = copy.deepcopy(draw(st.sampled_from(_JUNK)))
                case "remove":
                    del holder[last]
                case _ if isinstance(holder, dict):
                    holder[draw(st.sampled_from(["", "x", "$ref", "é", "default", "/a/{b}", "properties"]))] = (
                        holder.pop(last)
                    )
        except (LookupError, TypeError):
            continue
    return data


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(_mutants())
def test_no_contract_crashes_the_build(data: Any) -> None:
    document = Document("any.yaml", data, b"", {})
    try:
        problems = validate(document, {})
        if not errors(problems):
            service = build(resolve("any", document, {}))
            plan_service(service, HookSet("any"), (), ())
    except Rejected as rejected:
        problems = rejected.problems
    assert all(problem.message and problem.place.path == "any.yaml" for problem in problems)
