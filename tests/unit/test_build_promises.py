"""What every row has to have, since answers that read rows promise it."""

from typing import Any

from building import ID, TEXT, behaviour, crud, entity, many, operation, record, service

from fountaingen.model.behaviour import Create, gap
from fountaingen.model.service import Service
from fountaingen.stages.plan.promises import promised

_SENT = record("name", id=ID, name=TEXT, colour=TEXT, note={"type": ["string", "null"]})
_SHOWN = record("id name colour note", **_SENT["properties"])


def _made(listed: Any) -> Service:
    paths = crud("/things", _SENT)
    paths["/things"]["get"] = operation(many(listed))
    return service(paths)


def test_what_a_list_requires_and_a_client_may_leave_out() -> None:
    made = _made(_SHOWN)
    assert gap(behaviour(made, "POST /things")) is None
    assert isinstance(behaviour(made, "POST /things"), Create)
    assert "colour" in promised(entity(made, "things"), made.operations)
    assert "name" not in promised(entity(made, "things"), made.operations)
    others = [each for each in made.operations if each.method != "GET"]
    assert promised(entity(made, "things"), others) == ()


def test_rows_promise_nothing_where_answers_require_what_requests_do() -> None:
    made = _made(_SENT)
    assert promised(entity(made, "things"), made.operations) == ()
