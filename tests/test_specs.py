"""The five FountainAI contracts: valid, complete, and consistent with one another."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml
from openapi_spec_validator import OpenAPIV31SpecValidator

SPECS = Path(__file__).parents[1] / "specs"
FRAGMENT = "common.yaml"
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
INT64 = {"type": "integer", "format": "int64"}
DESCRIPTION_LIMIT = 300
LINE_LIMIT = 120

SERVICES = {
    "central_sequence_service": ("Central Sequence Service API", "1.0.0", "centralsequence", 8001),
    "character_management_api": ("Character Management API", "1.0.0", "character", 8002),
    "core_script_management_api": ("FountainAI Core Script Management API", "2.0.0", "scriptmanagement", 8003),
    "session_context_management_api": (
        "FountainAI Session and Context Management API",
        "2.0.0",
        "sessioncontext",
        8004,
    ),
    "story_factory_api": ("Story Factory API", "1.0.0", "storyfactory", 8005),
}

USES = {
    "central_sequence_service": [],
    "character_management_api": ["central_sequence_service"],
    "core_script_management_api": ["central_sequence_service"],
    "session_context_management_api": ["central_sequence_service"],
    "story_factory_api": [
        "core_script_management_api",
        "character_management_api",
        "session_context_management_api",
    ],
}

V1_OPERATIONS = """
central_sequence_service post /sequence generateSequenceNumber
central_sequence_service post /sequence/reorder reorderElements
central_sequence_service post /sequence/version createVersion
character_management_api get /characters listCharacters
character_management_api post /characters createCharacter
character_management_api get /characters/{characterId}/paraphrases listCharacterParaphrases
character_management_api post /characters/{characterId}/paraphrases createCharacterParaphrase
character_management_api get /actions listActions
character_management_api post /actions createAction
character_management_api get /actions/{actionId}/paraphrases listActionParaphrases
character_management_api post /actions/{actionId}/paraphrases createActionParaphrase
character_management_api get /spokenWords listSpokenWords
character_management_api post /spokenWords createSpokenWord
character_management_api get /spokenWords/{spokenWordId}/paraphrases listSpokenWordParaphrases
character_management_api post /spokenWords/{spokenWordId}/paraphrases createSpokenWordParaphrase
core_script_management_api post /scripts createScript
core_script_management_api get /scripts listScripts
core_script_management_api put /scripts/{scriptId} updateScript
core_script_management_api post /scripts/{scriptId}/sections addSectionHeading
core_script_management_api put /scripts/{scriptId}/sections/{headingId} updateSectionHeading
core_script_management_api post /scripts/{scriptId}/sections/reorder reorderSectionHeadings
session_context_management_api post /sessions createSession
session_context_management_api get /sessions listSessions
session_context_management_api put /sessions/{sessionId} updateSession
session_context_management_api get /sessions/{sessionId}/context getSessionContext
story_factory_api get /stories getFullStory
story_factory_api get /stories/sequences getStorySequences
"""

ADDED_OPERATIONS = """
core_script_management_api get /scripts/{scriptId} getScriptById
core_script_management_api get /scripts/{scriptId}/sections listSectionHeadings
"""

FILTERS = {
    "listCharacters": {"scriptId"},
    "listActions": {"scriptId", "headingId", "characterId"},
    "listSpokenWords": {"scriptId", "headingId", "characterId"},
    "listSessions": {"scriptId", "characterId", "userId"},
    "listScripts": set(),
    "listSectionHeadings": set(),
    "listCharacterParaphrases": set(),
    "listActionParaphrases": set(),
    "listSpokenWordParaphrases": set(),
}

ASKS_A_PEER = {
    "createCharacter",
    "createAction",
    "createSpokenWord",
    "createScript",
    "addSectionHeading",
    "reorderSectionHeadings",
    "createSession",
    "getFullStory",
    "getStorySequences",
}

MISSES_WITHOUT_PATH_ID = {"reorderElements", "getFullStory", "getStorySequences"}

LINKS = {"scriptId", "headingId", "characterId"}
SITUATION = {"context", "characterId", "scriptId", "data"}
ORCHESTRATION = {"csoundFilePath", "lilyPondFilePath", "midiFilePath"}

# Properties that may be left out; every other property is required.
OPTIONAL = {
    "central_sequence_service": {},
    "character_management_api": {
        "Character": {"scriptId"},
        "CharacterCreateRequest": {"scriptId"},
        "Action": {*LINKS, "dialogueId"},
        "ActionCreateRequest": {*LINKS, "dialogueId"},
        "SpokenWord": LINKS,
        "SpokenWordCreateRequest": LINKS,
        "ParaphraseCreateRequest": {"originalId"},
    },
    "core_script_management_api": {
        "Script": {"author", "description"},
        "ScriptRequest": {"author", "description"},
        "ScriptUpdateRequest": {"title", "author", "description"},
        "SectionHeadingUpdateRequest": {"title"},
    },
    "session_context_management_api": {
        "Session": SITUATION,
        "SessionRequest": SITUATION,
        "SessionUpdateRequest": {"context", "data"},
        "SessionResponse": SITUATION,
        "SessionContextResponse": {"context"},
    },
    "story_factory_api": {
        "FullStory": {"author", "description", "orchestration"},
        "StoryElement": {"character", "action", "spokenWord", "context"},
        "Orchestration": ORCHESTRATION,
    },
}

SCHEMAS = """
central_sequence_service ElementType SequenceRequest SequenceResponse ElementOrder ReorderRequest SuccessResponse
central_sequence_service VersionRequest VersionResponse SequenceElement ElementVersion
character_management_api Character CharacterCreateRequest Action ActionCreateRequest
character_management_api SpokenWord SpokenWordCreateRequest Paraphrase ParaphraseCreateRequest
core_script_management_api Script ScriptRequest ScriptUpdateRequest ScriptResponse HeadingOrder ReorderRequest
core_script_management_api SectionHeading SectionHeadingRequest SectionHeadingUpdateRequest SectionHeadingResponse
core_script_management_api SuccessResponse
session_context_management_api Session SessionRequest SessionUpdateRequest SessionResponse SessionContextResponse
story_factory_api FullStory StorySequence SectionHeading StoryElement Character Action SpokenWord Context Orchestration
"""

TABLES: dict[str, dict[str, Any]] = {
    "central_sequence_service": {
        "SequenceElement": {
            "name": "sequences",
            "unique": [["elementType", "elementId"]],
            "indexes": [["elementType", "sequenceNumber"]],
        },
        "ElementVersion": {"name": "sequence_versions", "unique": [["sequenceId", "versionNumber"]]},
    },
    "character_management_api": {},
    "core_script_management_api": {"SectionHeading": {"name": "section_headings"}},
    "session_context_management_api": {
        "Session": {"name": "sessions", "columns": {"sequenceNumber": {"type": "integer"}}},
    },
}


@dataclass(frozen=True)
class Operation:
    """One operation of one service, with the parameters of its path item merged in."""

    service: str
    path: str
    method: str
    body: dict[str, Any]
    parameters: tuple[dict[str, Any], ...]

    @property
    def id(self) -> str:
        return str(self.body["operationId"])

    @property
    def has_input(self) -> bool:
        return bool(self.parameters) or "requestBody" in self.body


@cache
def written(file_name: str) -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load((SPECS / file_name).read_text(encoding="utf-8"))
    return document


def table(text: str) -> list[list[str]]:
    return [line.split() for line in text.strip().splitlines()]


def names(service: str) -> set[str]:
    """Return the schemas that a service is to define itself."""
    return {name for owner, *listed in table(SCHEMAS) if owner == service for name in listed}


def local(value: Any) -> Any:
    """Return a copy in which references into the fragment point into the document itself."""
    match value:
        case {"$ref": str(ref), **siblings} if ref.startswith(f"{FRAGMENT}#"):
            return {"$ref": ref.removeprefix(FRAGMENT), **siblings}
        case dict():
            return {key: local(item) for key, item in value.items()}
        case list():
            return [local(item) for item in value]
        case _:
            return value


@cache
def bundled(service: str) -> dict[str, Any]:
    """Return the contract with the fragment's components copied in; names must not clash."""
    document: dict[str, Any] = local(written(f"{service}_openapi.yaml"))
    for kind, members in written(FRAGMENT)["components"].items():
        target = document["components"].setdefault(kind, {})
        assert not target.keys() & members.keys(), f"{service}: {kind} of the fragment are defined again"
        target.update(copy.deepcopy(members))
    return document


def follow(service: str, value: dict[str, Any]) -> dict[str, Any]:
    """Return what a Reference Object stands for, or the value itself."""
    while (ref := value.get("$ref")) is not None:
        value = bundled(service)
        for step in ref.removeprefix("#/").split("/"):
            value = value[step]
    return value


def operations() -> Iterator[Operation]:
    for service in SERVICES:
        for path, item in bundled(service)["paths"].items():
            shared = item.get("parameters", [])
            for method in METHODS:
                if method in item:
                    body = item[method]
                    parameters = tuple(follow(service, p) for p in [*shared, *body.get("parameters", [])])
                    yield Operation(service, path, method, body, parameters)


def schemas() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for service in SERVICES:
        for name, schema in bundled(service)["components"]["schemas"].items():
            yield service, name, schema


def walk(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from walk(item)


def directed(schema: Any, hidden: str) -> Any:
    """Close every object of a schema to what it declares and forbid the properties that `hidden` marks."""
    if isinstance(schema, list):
        return [directed(item, hidden) for item in schema]
    if not isinstance(schema, dict):
        return schema
    result = {key: directed(item, hidden) for key, item in schema.items()}
    if isinstance(properties := schema.get("properties"), dict):
        away = {name for name, member in properties.items() if member.get(hidden)}
        result["properties"] = {n: False if n in away else m for n, m in result["properties"].items()}
        result["required"] = [name for name in schema.get("required", []) if name not in away]
        result.setdefault("additionalProperties", False)
    return result


def judge(service: str, schema: Any, hidden: str) -> jsonschema_rs.Draft202012Validator:
    components = {"schemas": bundled(service)["components"]["schemas"]}
    whole = directed({"components": components, "allOf": [schema]}, hidden)
    return jsonschema_rs.Draft202012Validator(whole, validate_formats=True)


def values(media: dict[str, Any]) -> list[Any]:
    named = [example["value"] for example in media.get("examples", {}).values()]
    return named + ([media["example"]] if "example" in media else [])


def responses(operation: Operation) -> Iterator[tuple[str, dict[str, Any]]]:
    for status, response in operation.body["responses"].items():
        yield status, follow(operation.service, response)


def success_example(service: str, operation_id: str) -> Any:
    operation = next(o for o in operations() if (o.service, o.id) == (service, operation_id))
    status = next(status for status in operation.body["responses"] if status.startswith("2"))
    return values(dict(responses(operation))[status]["content"]["application/json"])[0]


each_service = pytest.mark.parametrize("service", SERVICES)
each_operation = pytest.mark.parametrize("operation", list(operations()), ids=lambda o: f"{o.service}-{o.id}")


@each_service
def test_is_valid_openapi_3_1(service: str) -> None:
    document = bundled(service)
    assert document["openapi"] == "3.1.0"
    assert [str(error) for error in OpenAPIV31SpecValidator(document).iter_errors()] == []


def test_schema_objects_obey_their_dialect() -> None:
    for service, name, schema in schemas():
        assert jsonschema_rs.meta.is_valid(schema), f"{service}: {name}"


@each_service
def test_every_reference_leads_somewhere(service: str) -> None:
    document = bundled(service)
    for value in walk(document):
        if "$ref" in value:
            assert value["$ref"].startswith("#/"), value["$ref"]
            follow(service, value)


def test_folder_holds_the_five_and_the_fragment() -> None:
    expected = {f"{service}_openapi.yaml" for service in SERVICES}
    assert expected <= {path.name for path in SPECS.iterdir()}
    assert "openapi" not in written(FRAGMENT)


@each_service
def test_offers_exactly_its_operations(service: str) -> None:
    found = {(o.method, o.path, o.id) for o in operations() if o.service == service}
    listed = table(V1_OPERATIONS) + table(ADDED_OPERATIONS)
    assert found == {tuple(row) for owner, *row in listed if owner == service} | {("get", "/health", "getHealth")}


def test_v1_has_27_operations() -> None:
    assert len(set(map(tuple, table(V1_OPERATIONS)))) == 27


@each_service
def test_names_its_product_and_servers(service: str) -> None:
    document = bundled(service)
    title, version, host, port = SERVICES[service]
    assert (document["info"]["title"], document["info"]["version"]) == (title, version)
    assert document["info"]["license"]["identifier"] == "Apache-2.0"
    assert "contact" not in document["info"]
    assert document["info"]["description"]
    assert [server["url"] for server in document["servers"]] == [
        f"https://{host}.fountain.coach",
        f"http://localhost:{port}",
    ]


def test_development_ports_are_distinct() -> None:
    urls = [bundled(service)["servers"][1]["url"] for service in SERVICES]
    assert len(set(urls)) == len(SERVICES)


@each_service
def test_declares_the_services_it_calls(service: str) -> None:
    assert bundled(service).get("x-fountaingen-service", {}).get("uses", []) == USES[service]


@each_service
def test_is_closed_by_an_api_key(service: str) -> None:
    document = bundled(service)
    assert document["security"] == [{"apiKeyAuth": []}]
    scheme = document["components"]["securitySchemes"]["apiKeyAuth"]
    assert (scheme["type"], scheme["in"], scheme["name"]) == ("apiKey", "header", "X-API-KEY")


@each_operation
def test_explains_itself(operation: Operation) -> None:
    assert operation.body["summary"].strip()
    assert 0 < len(operation.body["description"].strip()) <= DESCRIPTION_LIMIT
    declared = {tag["name"] for tag in bundled(operation.service)["tags"]}
    assert operation.body["tags"] and set(operation.body["tags"]) <= declared
    assert all(parameter["description"] for parameter in operation.parameters)


@each_operation
def test_declares_the_errors_that_can_occur(operation: Operation) -> None:
    open_to_all = operation.id == "getHealth"
    expected = {"500"}
    if operation.has_input:
        expected.add("400")
    if not open_to_all:
        expected.add("401")
    if "{" in operation.path or operation.id in MISSES_WITHOUT_PATH_ID:
        expected.add("404")
    if operation.id in ASKS_A_PEER:
        expected.add("502")
    assert {status for status in operation.body["responses"] if not status.startswith("2")} == expected
    assert operation.body.get("security") == ([] if open_to_all else None)


@each_operation
def test_errors_share_one_shape(operation: Operation) -> None:
    for status, response in responses(operation):
        if not status.startswith("2"):
            schema = response["content"]["application/json"]["schema"]
            assert schema == {"$ref": "#/components/schemas/Error"}, status


@each_operation
def test_answers_with_the_v1_status(operation: Operation) -> None:
    creates = operation.method == "post" and not operation.path.endswith("/reorder")
    assert [s for s in operation.body["responses"] if s.startswith("2")] == ["201" if creates else "200"]


@each_operation
def test_request_examples_fit(operation: Operation) -> None:
    if "requestBody" not in operation.body:
        assert operation.method == "get"
        return
    body = operation.body["requestBody"]
    assert body["required"] is True
    assert list(body["content"]) == ["application/json"]
    check_examples(operation, body["content"]["application/json"], "readOnly")


@each_operation
def test_response_examples_fit(operation: Operation) -> None:
    for _, response in responses(operation):
        assert list(response["content"]) == ["application/json"]
        check_examples(operation, response["content"]["application/json"], "writeOnly")


def check_examples(operation: Operation, media: dict[str, Any], hidden: str) -> None:
    validator = judge(operation.service, media["schema"], hidden)
    examples = values(media)
    assert examples
    for example in examples:
        faults = [f"{list(error.instance_path)}: {error.message}" for error in validator.iter_errors(example)]
        assert faults == [], f"{operation.id}: {example}"


@each_operation
def test_parameter_examples_fit(operation: Operation) -> None:
    for parameter in operation.parameters:
        judge(operation.service, parameter["schema"], "readOnly").validate(parameter["example"])


def test_the_example_judge_is_strict() -> None:
    schema = {"$ref": "#/components/schemas/Character"}
    sent = {"name": "MARTA", "description": "A clerk."}
    kept = {**sent, "characterId": 1, "sequenceNumber": 1}
    into, out = (judge("character_management_api", schema, hidden) for hidden in ("readOnly", "writeOnly"))
    assert into.is_valid(sent) and not into.is_valid(kept)
    assert out.is_valid(kept) and not out.is_valid(sent)
    assert not out.is_valid({**kept, "comment": "unknown"})


@pytest.mark.parametrize("operation_id", FILTERS)
def test_lists_page_and_filter(operation_id: str) -> None:
    operation = next(o for o in operations() if o.id == operation_id)
    query = {p["name"]: p for p in operation.parameters if p["in"] == "query"}
    assert query.keys() == FILTERS[operation_id] | {"limit", "offset"}
    assert not any(p.get("required") or "default" in p["schema"] for p in query.values())
    assert query["limit"]["schema"] == {**INT64, "minimum": 1, "maximum": 1000}
    assert query["offset"]["schema"] == {**INT64, "minimum": 0}
    schema = dict(responses(operation))["200"]["content"]["application/json"]["schema"]
    row = follow(operation.service, schema["items"])
    assert schema["type"] == "array" and FILTERS[operation_id] <= row["properties"].keys()


def test_every_list_is_known() -> None:
    assert {o.id for o in operations() if o.id.startswith("list")} == FILTERS.keys()


@each_service
def test_defines_exactly_its_schemas(service: str) -> None:
    shared = written(FRAGMENT)["components"]["schemas"].keys()
    assert written(f"{service}_openapi.yaml")["components"]["schemas"].keys() == names(service)
    assert bundled(service)["components"]["schemas"].keys() == names(service) | shared


@each_service
def test_schemas_require_what_is_always_there(service: str) -> None:
    shared = written(FRAGMENT)["components"]["schemas"]
    found = {
        name: left_out
        for owner, name, schema in schemas()
        if owner == service and name not in shared
        if (left_out := schema.get("properties", {}).keys() - set(schema.get("required", [])))
    }
    assert found == OPTIONAL[service]


def test_every_schema_and_property_is_described() -> None:
    for service, name, schema in schemas():
        assert schema["description"], f"{service}: {name}"
        for member, property_ in schema.get("properties", {}).items():
            assert property_["description"], f"{service}: {name}.{member}"


def test_integers_are_bounded() -> None:
    for service in SERVICES:
        for value in walk(bundled(service)):
            if value.get("type") == "integer" and "format" in value:
                assert value["format"] == "int64" and value["minimum"] in (0, 1, 2), f"{service}: {value}"
    for service, name, schema in schemas():
        for member, property_ in schema.get("properties", {}).items():
            if property_.get("type") == "integer":
                assert property_["format"] == "int64" and property_["minimum"] >= 1, f"{service}: {name}.{member}"


@pytest.mark.parametrize(
    ("service", "schema", "assigned"),
    [
        ("character_management_api", "Character", {"characterId", "sequenceNumber"}),
        ("character_management_api", "Action", {"actionId", "sequenceNumber"}),
        ("character_management_api", "SpokenWord", {"dialogueId", "sequenceNumber"}),
        ("character_management_api", "Paraphrase", {"paraphraseId"}),
        ("core_script_management_api", "Script", {"scriptId", "sequenceNumber"}),
        ("core_script_management_api", "SectionHeading", {"headingId", "scriptId", "sequenceNumber"}),
        ("session_context_management_api", "Session", {"sessionId"}),
        ("central_sequence_service", "SequenceElement", {"id"}),
        ("central_sequence_service", "ElementVersion", {"id", "createdAt"}),
    ],
)
def test_what_the_server_assigns_is_read_only(service: str, schema: str, assigned: set[str]) -> None:
    properties = bundled(service)["components"]["schemas"][schema]["properties"]
    assert {name for name, member in properties.items() if member.get("readOnly")} == assigned


@each_service
def test_tables_are_named_where_the_path_does_not_name_them(service: str) -> None:
    key = "x-fountaingen-table"
    found = {name: schema[key] for owner, name, schema in schemas() if owner == service and key in schema}
    stateless = dict.fromkeys(names("story_factory_api"), False)
    assert found == TABLES.get(service, stateless)


def test_links_between_rows_are_marked() -> None:
    key = "x-fountaingen-column"
    found = {
        (name, member): property_[key]
        for _, name, schema in schemas()
        for member, property_ in schema.get("properties", {}).items()
        if key in property_
    }
    assert found == {
        ("Paraphrase", "originalId"): {"references": "parent"},
        ("ParaphraseCreateRequest", "originalId"): {"references": "parent"},
        ("ElementVersion", "sequenceId"): {"references": "sequences"},
    }


def test_element_types_cover_every_caller() -> None:
    kinds = bundled("central_sequence_service")["components"]["schemas"]["ElementType"]["enum"]
    assert kinds == ["script", "section", "character", "action", "spokenWord", "session"]


@pytest.mark.parametrize("schema", ["SpokenWord", "SpokenWordCreateRequest", "Paraphrase", "ParaphraseCreateRequest"])
def test_long_lines_fit(schema: str) -> None:
    text = bundled("character_management_api")["components"]["schemas"][schema]["properties"]["text"]
    assert (text["minLength"], text["maxLength"]) == (1, 5000)


def test_a_session_and_its_response_are_identical() -> None:
    known = bundled("session_context_management_api")["components"]["schemas"]
    assert known["Session"]["properties"] == known["SessionResponse"]["properties"]
    assert "sequenceNumber" not in known["Session"]["properties"]


def test_first_examples_hold_on_an_empty_database() -> None:
    sequence = "central_sequence_service"
    assert success_example(sequence, "generateSequenceNumber") == {"sequenceNumber": 1}
    assert success_example(sequence, "createVersion") == {"versionNumber": 2}
    assert success_example("core_script_management_api", "createScript") == {"scriptId": 1, "sequenceNumber": 1}
    order = success_example(sequence, "reorderElements")["updatedElements"]
    assert {element["elementId"] for element in order} == {1, 2}


@pytest.mark.parametrize(
    ("service", "operation_id", "part", "key"),
    [
        ("character_management_api", "listCharacters", "character", "characterId"),
        ("character_management_api", "listActions", "action", "actionId"),
        ("character_management_api", "listSpokenWords", "spokenWord", "dialogueId"),
    ],
)
def test_the_story_example_tells_what_the_other_services_keep(
    service: str, operation_id: str, part: str, key: str
) -> None:
    rows = {row[key]: row for row in success_example(service, operation_id)}
    told = [e[part] for e in success_example("story_factory_api", "getFullStory")["story"] if part in e]
    shared = [(piece, rows[piece[key]]) for piece in told if piece[key] in rows]
    assert shared
    for piece, row in shared:
        assert piece == {name: row["sequenceNumber" if name == "sequence" else name] for name in piece}


def test_the_range_example_is_the_start_of_the_story_example() -> None:
    story = success_example("story_factory_api", "getFullStory")["story"]
    part = success_example("story_factory_api", "getStorySequences")["sequences"]
    assert [element["sequence"] for element in story] == [1, 2, 3]
    assert part == story[:2]


def test_files_are_readable() -> None:
    for name in [FRAGMENT, *(f"{service}_openapi.yaml" for service in SERVICES)]:
        for number, line in enumerate((SPECS / name).read_text(encoding="utf-8").splitlines(), start=1):
            assert len(line) <= LINE_LIMIT and line == line.rstrip(), f"{name}:{number}"
