"""Contracts of several files in one piece."""

import copy
import json
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
import yaml

from fountaingen.model import grammar
from fountaingen.model.document import Document, Spec
from fountaingen.model.problems import Place, Problem, Rejected
from fountaingen.primitives import pointer as pointers
from fountaingen.stages import resolve
from fountaingen.stages.load import yaml_reader

_prance = import_module("prance.util.resolver")
_HEAD = "openapi: 3.1.1\ninfo: {title: Pets, version: 1.0.0}\n"


def _document(name: str, text: str) -> Document:
    data, positions = yaml_reader.read(text, name)
    return Document(name, data, text.encode(), positions)


def _spec(files: Mapping[str, str]) -> Spec:
    documents = {name: _document(name, text) for name, text in files.items()}
    entry = next(iter(documents.values()))
    fragments = resolve.gather(entry, documents.__getitem__)
    before = copy.deepcopy([document.data for document in documents.values()])
    spec = resolve.resolve("pets", entry, fragments)
    assert [document.data for document in documents.values()] == before
    for reference in grammar.references(spec.data):
        if reference.pointer != reference.at:
            assert reference.text.startswith("#")
            pointers.follow(spec.data, pointers.split(unquote(reference.text[1:])))
    return spec


def _pets(schema: str, more: str = "") -> str:
    return f"""{_HEAD}paths:
  /pets:
    get:
      operationId: listPets
      responses:
        '200':
          description: fine
          content: {{application/json: {{schema: {{$ref: '{schema}'}}}}}}
{more}"""


def _schema_of(spec: Spec) -> Any:
    content = spec.data["paths"]["/pets"]["get"]["responses"]["200"]["content"]
    return content["application/json"]["schema"]


def test_one_file_is_served_as_it_was_written() -> None:
    text = _pets("#/components/schemas/Pet", "components: {schemas: {Pet: {type: string}}}\n")
    spec = _spec({"specs/pets.yaml": text})
    assert spec.written is spec.document.data
    assert spec.data is spec.document.data
    assert spec.fragments == ()
    assert spec.place("/paths/~1pets/get") == Place("specs/pets.yaml", 5, 5)


@pytest.mark.supports("document/$ref/fragment")
def test_parts_of_other_files_become_components_under_their_own_names() -> None:
    spec = _spec(
        {
            "specs/pets.yaml": _pets("common/pet.yaml#/components/schemas/Pet"),
            "specs/common/pet.yaml": "components:\n  schemas:\n    Pet:\n      properties:\n"
            "        owner: {$ref: 'owner.yaml'}\n        next: {$ref: '#/components/schemas/Pet'}\n",
            "specs/common/owner.yaml": "type: object\n"
            "properties: {pets: {items: {$ref: 'pet.yaml#/components/schemas/Pet'}}}\n",
        }
    )
    pet = {"$ref": "#/components/schemas/Pet"}
    assert _schema_of(spec) == pet
    assert spec.data["components"] == {
        "schemas": {
            "Pet": {"properties": {"owner": {"$ref": "#/components/schemas/owner"}, "next": pet}},
            "owner": {"type": "object", "properties": {"pets": {"items": pet}}},
        }
    }
    assert spec.written == spec.data
    assert [fragment.path for fragment in spec.fragments] == ["specs/common/owner.yaml", "specs/common/pet.yaml"]
    assert spec.place("/components/schemas/Pet/properties/owner") == Place("specs/common/pet.yaml", 5, 9)
    assert spec.place("/components/schemas/owner/properties/pets/items") == Place("specs/common/owner.yaml", 2, 21)


def test_every_kind_of_component_goes_to_its_own_section() -> None:
    entry = f"""{_HEAD}paths:
  /pets:
    parameters: [{{$ref: 'c.yaml#/Limit'}}]
    post:
      operationId: createPet
      requestBody: {{$ref: 'c.yaml#/Body'}}
      callbacks: {{done: {{$ref: 'c.yaml#/Done'}}}}
      security: [{{key: []}}]
      responses:
        '200':
          description: fine
          headers: {{X-Rate: {{$ref: 'c.yaml#/Rate'}}}}
          links: {{next: {{$ref: 'c.yaml#/Next'}}}}
          content: {{text/plain: {{schema: {{}}, examples: {{one: {{$ref: 'c.yaml#/One'}}}}}}}}
        '404': {{$ref: 'c.yaml#/Missing'}}
components: {{securitySchemes: {{key: {{$ref: 'c.yaml#/Key'}}}}}}
"""
    parts = """Limit: {name: limit, in: query, schema: {type: integer}}
Body: {content: {text/plain: {}}}
Done: {'{$url}': {post: {responses: {'200': {description: fine}}}}}
Rate: {schema: {type: integer}}
Next: {operationId: createPet}
One: {value: {$ref: kept}}
Missing: {description: missing}
Key: {type: apiKey, in: header, name: X-Key}
"""
    spec = _spec({"pets.yaml": entry, "c.yaml": parts})
    written = yaml_reader.read(parts, "c.yaml")[0]
    sections = {
        "parameters": "Limit",
        "requestBodies": "Body",
        "callbacks": "Done",
        "headers": "Rate",
        "links": "Next",
        "examples": "One",
        "responses": "Missing",
    }
    for section, name in sections.items():
        assert spec.data["components"][section] == {name: written[name]}
    assert spec.data["components"]["securitySchemes"] == {"key": written["Key"]}


def test_equal_parts_share_a_name_and_others_are_numbered_whatever_the_order_of_reference() -> None:
    files = {
        "a.yaml": "Error: {type: object, properties: {e: {$ref: '#/E'}}}\nE: {type: string}\n",
        "b.yaml": "E: {type: string}\nError: {properties: {e: {$ref: '#/E'}}, type: object}\n",
        "c.yaml": "Error: {type: object, properties: {e: {$ref: '#/E'}}}\nE: {type: integer}\n",
    }

    def bundled(order: str) -> Any:
        properties = ", ".join(f"{name}: {{$ref: '{name}.yaml#/Error'}}" for name in order)
        entry = f"{_HEAD}paths: {{}}\ncomponents: {{schemas: {{All: {{properties: {{{properties}}}}}}}}}\n"
        return _spec({"pets.yaml": entry, **files}).data["components"]["schemas"]

    schemas = bundled("abc")
    assert list(schemas) == ["All", "E", "E_2", "Error", "Error_2"]
    found = {name: schemas["All"]["properties"][name]["$ref"].rpartition("/")[2] for name in "abc"}
    assert found == {"a": "Error", "b": "Error", "c": "Error_2"}
    assert schemas["Error_2"]["properties"]["e"] == {"$ref": "#/components/schemas/E_2"}
    assert bundled("cba") == schemas


def test_the_contract_s_own_component_keeps_its_name() -> None:
    more = "components: {schemas: {Pet: {type: integer}, Same: {type: string}}}\n"
    spec = _spec(
        {"pets.yaml": _pets("c.yaml#/Pet", more), "c.yaml": "Pet: {allOf: [{$ref: '#/Same'}]}\nSame: {type: string}\n"}
    )
    assert spec.data["components"]["schemas"] == {
        "Pet": {"type": "integer"},
        "Same": {"type": "string"},
        "Pet_2": {"allOf": [{"$ref": "#/components/schemas/Same"}]},
    }


def test_a_component_that_only_points_to_a_part_is_its_home() -> None:
    more = "components: {schemas: {Animal: {$ref: 'c.yaml#/Pet'}, Pet: {type: integer}}}\n"
    spec = _spec({"pets.yaml": _pets("c.yaml#/Pet", more), "c.yaml": "Pet: {type: string}\n"})
    assert _schema_of(spec) == {"$ref": "#/components/schemas/Animal"}
    assert spec.data["components"]["schemas"] == {"Animal": {"type": "string"}, "Pet": {"type": "integer"}}
    assert spec.place("/components/schemas/Animal/type") == Place("c.yaml", 1, 7)


def test_back_references_to_the_contract_stay_local() -> None:
    more = "components: {schemas: {'a b': {type: string}}}\n"
    spec = _spec(
        {
            "pets.yaml": _pets("c.yaml#/Pet", more),
            "c.yaml": "Pet: {items: {$ref: 'pets.yaml#/components/schemas/a%20b'}}\n",
        }
    )
    assert spec.data["components"]["schemas"]["Pet"] == {"items": {"$ref": "#/components/schemas/a%20b"}}


@pytest.mark.supports("document/$ref/path-item")
def test_path_items_and_whatever_the_standard_cannot_refer_to_are_put_in_place() -> None:
    files = {
        "pets.yaml": f"""{_HEAD}tags: [{{name: a, description: {{$ref: 'text.yaml#/a'}}}}]
paths:
  /pets: {{$ref: 'paths/pets.yaml', summary: Ours}}
  /toys: {{get: {{$ref: 'paths/toys.yaml'}}}}
""",
        "text.yaml": "a: About pets\n",
        "paths/pets.yaml": "summary: Theirs\nget: {responses: {'200': {$ref: '../c.yaml#/ok'}}}\n",
        "paths/toys.yaml": "responses: {'200': {$ref: '../c.yaml#/ok'}}\n",
        "c.yaml": "ok: {description: fine, content: {a/b: {schema: {properties: {$ref: '#/props', b: {}}}}}}\n"
        "props: {a: {type: string}}\n",
    }
    spec = _spec(files)
    ok = {"responses": {"200": {"$ref": "#/components/responses/ok"}}}
    assert spec.data["tags"] == [{"name": "a", "description": "About pets"}]
    assert spec.data["paths"] == {"/pets": {"summary": "Ours", "get": ok}, "/toys": {"get": ok}}
    schema = spec.data["components"]["responses"]["ok"]["content"]["a/b"]["schema"]
    assert schema == {"properties": {"a": {"type": "string"}, "b": {}}}
    assert spec.place("/paths/~1pets/get") == Place("paths/pets.yaml", 2, 1)
    assert spec.place("/paths/~1pets/summary") == Place("pets.yaml", 5, 36)


def test_an_operation_may_be_a_local_reference() -> None:
    text = f"""{_HEAD}paths:
  /a: {{get: {{$ref: '#/x-operations/get'}}}}
x-operations: {{get: {{responses: {{'200': {{description: fine}}}}}}}}
"""
    spec = _spec({"pets.yaml": text})
    assert spec.written is spec.document.data
    assert spec.data["paths"]["/a"]["get"] == {"responses": {"200": {"description": "fine"}}}
    assert spec.place("/paths/~1a/get/responses") == Place("pets.yaml", 5, 22)


def test_discriminators_map_to_where_their_schemas_went() -> None:
    part = """Pet:
  oneOf: [{$ref: '#/Cat'}]
  discriminator: {propertyName: kind, mapping: {c: '#/Cat', d: dog.yaml, x: Name}}
Cat: {}
"""
    spec = _spec({"pets.yaml": _pets("c.yaml#/Pet"), "c.yaml": part, "dog.yaml": "type: object\n"})
    mapping = spec.data["components"]["schemas"]["Pet"]["discriminator"]["mapping"]
    assert mapping == {"c": "#/components/schemas/Cat", "d": "#/components/schemas/dog", "x": "Name"}


def test_what_only_looks_like_a_reference_is_data() -> None:
    data = {"$ref": "nowhere.yaml"}
    schema = {"default": data, "enum": [data], "const": data, "examples": [data], "x-a": data}
    schema["properties"] = {"$ref": {"type": "string"}}
    more = f"components: {{schemas: {{Pet: {json.dumps(schema)}}}}}\n"
    assert _spec({"pets.yaml": _pets("#/components/schemas/Pet", more)}).data["components"]["schemas"]["Pet"] == schema


def _nothing_is_read(name: str) -> Document:
    raise AssertionError(name)


def test_anchors_and_ids_lead_to_their_schemas() -> None:
    more = """components:
  schemas:
    Pet: {$ref: '#cat'}
    Cat: {$anchor: cat, type: string}
    Tree: {$id: 'https://example.com/tree', items: {$ref: 'tree'}, not: {$ref: '#/$defs/a'}, $defs: {a: {}}}
    Meta: {$ref: 'https://json-schema.org/draft/2020-12/schema'}
"""
    entry = _document("pets.yaml", _pets("#/components/schemas/Pet", more))
    assert resolve.gather(entry, _nothing_is_read) == {}
    assert resolve.resolve("pets", entry, {}).data is entry.data


@pytest.mark.refuses("document/$ref/URL")
def test_nothing_is_fetched_and_what_cannot_be_read_is_told_at_the_reference() -> None:
    entry = _document(
        "pets.yaml", _pets("https://example.com/a.yaml", "components: {schemas: {A: {$ref: 'gone.yaml'}}}\n")
    )
    asked = []

    def read(name: str) -> Document:
        asked.append(name)
        raise Rejected([Problem("FG001", "cannot be read: no such file", Place(name))])

    with pytest.raises(Rejected) as caught:
        resolve.gather(entry, read)
    assert asked == ["gone.yaml"]
    assert [(problem.code, str(problem.place)) for problem in caught.value.problems] == [
        ("FG021", "pets.yaml:10:49"),
        ("FG023", "pets.yaml:11:28"),
    ]


def test_a_circle_of_path_items_ends() -> None:
    entry = _document("pets.yaml", f"{_HEAD}paths: {{/a: {{$ref: 'a.yaml'}}}}\n")
    fragments = {"a.yaml": _document("a.yaml", "$ref: a.yaml\n")}
    assert resolve.resolve("pets", entry, fragments).data["paths"] == {"/a": {}}


_FILES = {
    "pets.yaml": f"""{_HEAD}paths:
  /pets/{{id}}:
    $ref: 'paths/pet.yaml#/~1pets~1{{id}}'
  /toys:
    get:
      operationId: listToys
      parameters: [{{$ref: 'common/parameters.yaml#/limit'}}]
      responses: {{'200': {{$ref: 'common/responses.yaml#/components/responses/Toys'}}}}
components:
  schemas:
    Error: {{$ref: 'common/error.yaml'}}
""",
    "paths/pet.yaml": """/pets/{id}:
  get:
    operationId: readPet
    parameters: [{name: id, in: path, required: true, schema: {$ref: '../common/parameters.yaml#/id'}}]
    responses:
      '200': {description: fine, content: {application/json: {schema: {$ref: '../common/pet.yaml#/Pet'}}}}
      default: {$ref: '../common/responses.yaml#/components/responses/Error'}
""",
    "common/parameters.yaml": "limit: {name: limit, in: query, schema: {$ref: '#/id'}}\nid: {type: integer}\n",
    "common/pet.yaml": "Pet: {properties: {error: {$ref: error.yaml}, name: {$ref: '#/Name'}}}\nName: {type: string}\n",
    "common/error.yaml": "type: object\nproperties: {message: {type: string}}\n",
    "common/responses.yaml": """components:
  responses:
    Toys: {description: fine, content: {application/json: {schema: {items: {$ref: 'pet.yaml#/Name'}}}}}
    Error: {description: wrong, content: {application/json: {schema: {$ref: 'error.yaml'}}}}
""",
}


def test_prance_reads_the_bundle_as_it_reads_the_files(tmp_path: Path) -> None:
    for name, text in _FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def dereferenced(data: Any) -> Any:
        resolver = _prance.RefResolver(data, (tmp_path / "pets.yaml").as_uri())
        resolver.resolve_references(materialize=True)
        return resolver.specs["paths"]

    spec = _spec(_FILES)
    assert dereferenced(spec.written) == dereferenced(yaml.safe_load(_FILES["pets.yaml"]))
    assert set(spec.written["components"]["schemas"]) == {"Error", "Pet", "Name", "id"}
