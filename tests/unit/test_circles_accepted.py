"""Schemas that hold themselves in ways that have a meaning: each becomes a service."""

from typing import Any

import pytest
from building import TEXT, many, operation, record, reference, service

from fountaingen.model.hookset import HookSet
from fountaingen.model.plan import FromViews, Plan
from fountaingen.stages.plan import plan_service
from fountaingen.stages.render import render

_X = reference("X")


def _circle(name: str, length: int) -> dict[str, Any]:
    """Return objects of which each holds the next one, and the last the first."""
    return {f"{name}{at}": record(p=reference(f"{name}{(at + 1) % length}"), **{name: TEXT}) for at in range(length)}


def _views(schemas: dict[str, Any]) -> str:
    paths = {f"/{name.lower()}": {"post": operation(reference(name), body=reference(name))} for name in schemas}
    made = service(paths, schemas)
    plan, _ = plan_service(made, HookSet(made.name), (), ())
    files = render(Plan(tuple(each for each in plan.files if isinstance(each, FromViews))), [])
    return "".join(content.decode() for content in files.values())


@pytest.mark.supports("schema/items/of-itself")
@pytest.mark.parametrize("items", [_X, {"allOf": [_X]}, {"allOf": [_X], "items": {"minItems": 1}}, many(_X)])
def test_a_list_of_itself(items: dict[str, Any]) -> None:
    assert "list[" in _views({"X": many(items)})


@pytest.mark.supports("schema/allOf/of-itself")
@pytest.mark.parametrize("more", [{"allOf": [_X]}, _X])
@pytest.mark.parametrize("kind", ["object", ["object", "null"]])
def test_a_member_that_is_more_than_what_it_is_a_member_of(more: dict[str, Any], kind: Any) -> None:
    extended = {**more, "properties": {"extra": TEXT}}
    found = _views({"X": {"type": kind, "properties": {"inner": extended}}})
    assert "extra: str | None" in found


def test_a_map_of_itself_with_more() -> None:
    extended = {"allOf": [_X], "additionalProperties": {"type": "object"}}
    assert "X" in _views({"X": {"type": "object", "additionalProperties": extended}})


def test_circles_that_meet_again_after_a_thousand_steps() -> None:
    circles = {**_circle("a", 7), **_circle("b", 11), **_circle("c", 13)}
    together = record(p={"allOf": [reference("a0"), reference("b0"), reference("c0")]})
    assert "class L" in _views({**circles, "L": together})
