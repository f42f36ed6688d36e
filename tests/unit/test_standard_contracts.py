"""What tags and missing operationIds come to in a service."""

import pytest
from building import THING, at, many, operation, service


@pytest.mark.supports("document/tags")
def test_the_first_tag_of_an_operation_names_its_group() -> None:
    paths = {
        "/a": {"get": operation(many(THING), tags=["Odd Ones", "even"]), "post": operation(THING, body=THING)},
        "/b": {"get": operation(many(THING), tags=["Odd Ones"])},
    }
    made = service(paths, tags=[{"name": "Odd Ones", "description": "Those."}, {"name": "unused"}])
    assert [at(made, route).group for route in ("GET /a", "GET /b", "POST /a")] == ["odd_ones", "odd_ones", "a"]


@pytest.mark.supports("operation/no-operationId")
def test_an_operation_without_an_id_is_named_by_its_method_and_path() -> None:
    item = {"get": operation(THING), "delete": operation(status=204)}
    paths = {"/things": {"get": operation(many(THING))}, "/things/{id}": item, "/things/{id}/parts": item}
    made = service(paths, {"Thing": THING})
    names = {(each.method, each.path): each.name for each in made.operations}
    assert names == {
        ("GET", "/things"): "get_things",
        ("GET", "/things/{id}"): "get_things_id",
        ("DELETE", "/things/{id}"): "delete_things_id",
        ("GET", "/things/{id}/parts"): "get_things_id_parts",
        ("DELETE", "/things/{id}/parts"): "delete_things_id_parts",
    }
