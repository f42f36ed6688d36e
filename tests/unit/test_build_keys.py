"""Keys that the server gives: spelled as the contract wants them, and no others."""

import re
from typing import Any

import pytest
from building import TEXT, column, many, operation, record, service
from hypothesis import given, settings
from hypothesis import strategies as st

from fountaingen.model.entity import Spelled, Ulid
from fountaingen.runtime.storage.row_keys import spelled, ulid
from fountaingen.stages.build.keys import maker_of, suits
from fountaingen.stages.build.objects import Member

_ULID = "[0-7][0-9A-HJKMNP-TV-Z]{25}"


def _key(**schema: Any) -> Member:
    return Member("id", {"type": "string", **schema}, "", True, frozenset({"string"}), True, False, {})


@pytest.mark.parametrize(
    "pattern",
    [
        "^SK[0-9a-fA-F]{32}$",
        "^cus_[a-zA-Z0-9]+$",
        "^[a-z][a-z0-9-]{7,30}$",
        "^\\d{18}$",
        "^[A-Z]{2}-\\w{8,}$",
        "^a\\.b[_.-]{0,1}[0-9]{1,40}$",
        "^x?[a-f]{20}$",
    ],
)
def test_a_pattern_becomes_keys_that_match_it(pattern: str) -> None:
    maker = maker_of(_key(pattern=pattern))
    assert isinstance(maker, Spelled)
    make = spelled(*maker.parts)
    keys = {make() for _ in range(200)}
    assert len(keys) == 200
    assert all(re.fullmatch(pattern[1:-1], key, re.ASCII) for key in keys)


@given(st.integers(min_value=8, max_value=35), st.integers(min_value=0, max_value=35))
def test_lengths_are_kept(longest: int, shortest: int) -> None:
    maker = maker_of(_key(maxLength=longest, minLength=min(shortest, longest)))
    assert isinstance(maker, Spelled)
    assert min(shortest, longest) <= len(spelled(*maker.parts)()) <= longest


@given(st.text(alphabet="^$[]{}()|\\abcdw0123-,*+?. ", max_size=24))
@settings(max_examples=300)
def test_whatever_a_pattern_says_its_keys_match_it_or_there_are_none(text: str) -> None:
    pattern = f"^{text}$"
    member = _key(pattern=pattern)
    maker = maker_of(member)
    if isinstance(maker, Spelled):
        make = spelled(*maker.parts)
        assert all(re.search(pattern, make()) for _ in range(20))
        assert suits(member, maker)


@pytest.mark.parametrize(
    "schema",
    [{"pattern": "^(a|b)$"}, {"pattern": "abc"}, {"pattern": "^[ab]{3}$"}, {"enum": ["a"]}, {"format": "date"}],
)
def test_a_key_that_cannot_be_made_is_none(schema: dict[str, Any]) -> None:
    member = _key(**schema)
    assert maker_of(member) is None
    assert not suits(member, None)


@pytest.mark.parametrize("schema", [{}, {"format": "uuid"}, {"minLength": 1, "maxLength": 64}])
def test_uuids_do_where_they_are_allowed(schema: dict[str, Any]) -> None:
    assert maker_of(_key(**schema)) is None
    assert suits(_key(**schema), None)


def test_ulids_sort_by_their_time() -> None:
    assert maker_of(_key(format="ulid")) == Ulid()
    made = [ulid() for _ in range(50)]
    assert len(set(made)) == 50
    assert all(re.fullmatch(_ULID, each) for each in made)
    assert [each[:10] for each in made] == sorted(each[:10] for each in made)


@pytest.mark.supports("schema/pattern/keys")
def test_a_key_that_clients_may_leave_out_is_spelled_too() -> None:
    thing = record("name", id={"type": "string", "pattern": "^TH[0-9]{20}$"}, name=TEXT)
    made = service({"/things": {"get": operation(many(thing)), "post": operation(thing, body=thing, status=201)}})
    assert column(made, "things", "id").maker == Spelled(("TH", ("0123456789", 20)))
