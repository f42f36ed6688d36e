"""Callbacks and webhooks of a contract: named, typed, written as data and as code."""

import ast
from pathlib import Path
from typing import Any

import pytest
from building import NUMBER, TEXT, operation, record, reference, service

from fountaingen.model.hookset import HookSet
from fountaingen.model.plan import FromTemplate, Plan
from fountaingen.model.service import Service
from fountaingen.model.types import View
from fountaingen.primitives.code import Code
from fountaingen.stages.plan.contract import contract_data
from fountaingen.stages.plan.outgoing import outgoing_view
from fountaingen.stages.plan.service import app_files
from fountaingen.stages.render import render

TEMPLATES = Path(__file__).parents[2] / "templates"
HEARD = {"200": {"description": "Heard."}}


def calling(callbacks: Any, **more: Any) -> Service:
    """Return a service with one operation that has ``callbacks``."""
    return service({"/jobs": {"post": {**operation(), "operationId": "makeJob", "callbacks": callbacks}}}, **more)


def told(made: Service) -> dict[str, str]:
    """Return the class of every outgoing request by its Python name."""
    return {each.call.name: each.call.class_name for each in made.outgoing}


def test_nothing_comes_of_nothing() -> None:
    made = service({"/jobs": {"get": operation()}})
    contract = contract_data(made)
    assert made.outgoing == ()
    assert "outgoing" not in contract.operations
    data = {"operations": contract.operations, "schemas": contract.schemas}
    assert "app/outgoing.py" not in {file.path for file in app_files(made, HookSet("test"), (), data)}


def test_names_are_of_the_callback_and_of_the_method_where_it_has_several() -> None:
    item = {"post": {"responses": HEARD}}
    both = {"get": {"responses": HEARD}, "put": {"operationId": "putIt", "responses": HEARD}}
    made = calling(
        {"onDone": {"{$url}": item}, "on-done": {"{$url}": item}, "several": {"{$url}": both}, "x-none": {}},
        webhooks={"job done!": item, "jobDone": item, "class": item, "x-none": item},
    )
    assert told(made) == {
        "on_done": "MakeJobOnDone",
        "on_done_2": "MakeJobOnDone2",
        "several_get": "MakeJobSeveralGet",
        "put_it": "MakeJobPutIt",
        "job_done": "JobDoneWebhook",
        "job_done_2": "JobDoneWebhook2",
        "class_": "ClassWebhook",
    }


def test_arguments_leave_room_for_those_of_every_call() -> None:
    names = ("url", "headers", "answer", "body", "self", "values", "class")
    parameters = [{"name": name, "in": "query", "schema": TEXT} for name in names]
    (made,) = calling({"a": {"{$url}": {"post": {"parameters": parameters, "responses": HEARD}}}}).outgoing
    arguments = [each.argument for each in made.call.parameters]
    assert len({*arguments, "url", "headers", "answer", "body", "self", "values"}) == len(arguments) + 6
    assert all(argument.isidentifier() for argument in arguments)


@pytest.mark.supports("operation/callbacks/directions")
def test_what_is_sent_is_judged_as_answers_are_and_what_comes_back_as_requests() -> None:
    members = {"id": {**NUMBER, "readOnly": True}, "secret": {**TEXT, "writeOnly": True}}
    thing = record("id secret", **members)
    body = {"required": True, "content": {"application/json": {"schema": reference("Thing")}}}
    answer = {"200": {"description": "", "content": {"application/json": {"schema": reference("Thing")}}}}
    made = calling({"a": {"{$url}": {"post": {"requestBody": body, "responses": answer}}}}, schemas={"Thing": thing})
    contract = contract_data(made)
    (call,) = contract.operations["outgoing"].values()
    assert call["owner"] == "makeJob"
    assert contract.schemas["response"]["Thing"]["required"] == ["id"]
    assert contract.schemas["request"]["Thing"]["required"] == ["secret"]
    assert made.outgoing[0].call.result == View("Thing")
    assert {"Thing"} == made.views.requests == made.views.responses


def test_a_body_that_cannot_be_sent_leaves_no_call() -> None:
    body: dict[str, Any] = {"content": {"multipart/form-data": {"schema": {}}}}
    made = calling({"a": {"{$url}": {"post": {"requestBody": body, "responses": HEARD}}}})
    assert (made.outgoing, made.callbacks) == ((), ())


def test_callbacks_and_their_path_items_may_be_references() -> None:
    components = {
        "callbacks": {"shared": {"{$url}": {"$ref": "#/components/pathItems/told"}}},
        "pathItems": {"told": {"post": {"responses": HEARD}}},
    }
    made = calling({"a": {"$ref": "#/components/callbacks/shared"}}, components=components)
    assert told(made) == {"a": "MakeJobA"}


@pytest.mark.parametrize("text", ['"""\nimport os\n"""', "{$url}\\", "'); import os; ('", "\u2028x", "{{ 7 * 7 }}"])
def test_no_text_of_a_contract_becomes_code(text: str) -> None:
    item = {"post": {"summary": text, "responses": HEARD}}
    made = calling({text: {text: item}}, webhooks={text: item})
    view = {"header": Code("# Generated."), **outgoing_view(made)}
    printed = render(Plan((FromTemplate("a.py", "service/app/outgoing.py.jinja", view),)), (TEMPLATES,))
    tree = ast.parse(printed["a.py"])
    imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert all(str(module).startswith("app") for module in imported)
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.Import)]
    assert {type(node) for node in tree.body} <= {ast.Expr, ast.ImportFrom, ast.Assign, ast.ClassDef}


@pytest.mark.supports("operation/links")
def test_links_are_served_as_they_are_written() -> None:
    links = {"read": {"operationId": "makeJob", "parameters": {"id": "$response.body#/id"}}}
    responses = {"200": {"description": "", "links": links}}
    made = service({"/jobs": {"post": {"operationId": "makeJob", "responses": responses}}})
    assert not contract_data(made).problems
    assert made.spec.written["paths"]["/jobs"]["post"]["responses"]["200"]["links"] == links
