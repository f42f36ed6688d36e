"""Path Items that several paths share, and operations without an id beside those that are called as they would be."""

import pytest
from building import operation, service

from fountaingen.model.service import Service


def _ids(made: Service) -> list[str]:
    return [each.operation_id for each in made.operations]


@pytest.mark.supports("document/path-item/$ref/shared")
def test_each_path_has_operations_of_its_own() -> None:
    shared = {"$ref": "#/paths/~1things"}
    made = service({"/things": {"get": operation({}, operationId="list")}, "/all": shared, "/every": shared})
    assert _ids(made) == ["list", "get /all", "get /every"]
    assert len({each.name for each in made.operations}) == 3


def test_an_id_that_is_written_is_kept_whatever_another_operation_would_be_called() -> None:
    made = service(
        {
            "/a": {"get": operation()},
            "/b": {"get": operation(operationId="get /a"), "put": operation(operationId="get /a 2")},
        }
    )
    assert _ids(made) == ["get /a 3", "get /a", "get /a 2"]
