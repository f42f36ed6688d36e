"""Members that never leave are taken out of what is stored, wherever they stand, and nothing else is."""

from copy import deepcopy
from typing import Any

import pytest

from fountaingen.runtime.judge import Judges
from fountaingen.runtime.responses.withheld import Withheld

LOGIN = {"type": "object", "properties": {"user": {"type": "string"}, "password": False}}
SHOWN = {
    "type": "object",
    "properties": {"password": {"type": "string"}, "kind": {"const": "open"}},
    "required": ["kind"],
}
NAMED = {"Login": LOGIN, "Tree": {"properties": {"secret": False, "next": {"$ref": "#/$defs/Tree"}}}}
REFERENCE = {"$ref": "#/$defs/Login"}
FULL = {"user": "u", "password": "p"}
LEFT = {"user": "u"}


@pytest.mark.supports("schema/writeOnly")
@pytest.mark.parametrize(
    ("schema", "value", "left"),
    [
        (REFERENCE, FULL, LEFT),
        ({"items": REFERENCE}, [FULL, LEFT], [LEFT, LEFT]),
        ({"prefixItems": [True, REFERENCE]}, [{**FULL}, {**FULL}], [FULL, LEFT]),
        ({"properties": {"login": REFERENCE}}, {"login": FULL, "a": 1}, {"login": LEFT, "a": 1}),
        ({"additionalProperties": REFERENCE}, {"x": FULL}, {"x": LEFT}),
        ({"allOf": [REFERENCE, {}]}, FULL, LEFT),
        ({"oneOf": [REFERENCE, {"type": "string"}]}, FULL, LEFT),
        ({"oneOf": [{**LOGIN, "required": ["user"]}, SHOWN]}, {"kind": "open", "password": "p"}, None),
        ({"if": {"required": ["user"]}, "then": REFERENCE}, FULL, LEFT),
        ({"$ref": "#/$defs/Tree"}, {"next": {"next": {"secret": 1, "a": 2}}}, {"next": {"next": {"a": 2}}}),
        ({"properties": {"login": REFERENCE}}, {"login": None}, {}),
        ({"properties": {"a": {"type": "string"}, "b": {}}}, {"a": None, "b": None, "c": None}, {"b": None, "c": None}),
        ({"items": {"properties": {"a": {"enum": [1]}}}}, [{"a": None}, {"a": 1}], [{}, {"a": 1}]),
        ({"properties": {"a": {"type": ["string", "null"]}}}, {"a": None}, None),
        ({"properties": {"a": {"type": "string"}}, "required": ["a"]}, {"a": None}, None),
        (True, FULL, None),
        ({"$ref": "#/$defs/None"}, FULL, None),
    ],
    ids=str,
)
def test_what_never_leaves_is_taken_out(schema: Any, value: Any, left: Any) -> None:
    held = Withheld(Judges(NAMED), schema)
    own = deepcopy(value)
    assert held(own) is (left is not None)
    assert own == (value if left is None else left)
    assert held(own) is False
