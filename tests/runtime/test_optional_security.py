"""Optional security: who shows good credentials is known, who shows none or wrong ones comes in as nobody."""

import asyncio

import pytest

from fountaingen.runtime.contract import Operation
from fountaingen.runtime.errors import Unauthorized
from fountaingen.runtime.parameters import Sources
from fountaingen.runtime.security import Guard, Identity, KeyCheck

CHECKS = {"key": KeyCheck("key", "header", "X-Key", ["known"])}


def admitted(key: bytes | None, *alternatives: dict[str, tuple[str, ...]]) -> Identity | None:
    headers = [] if key is None else [(b"x-key", key)]
    guard = Guard(Operation("x", "GET", "/", 200, (), None, {}, alternatives, "x"), CHECKS)
    return asyncio.run(guard.admit(Sources({"type": "http", "headers": headers, "query_string": b""}, {})))


@pytest.mark.parametrize("alternatives", [({}, {"key": ()}), ({"key": ()}, {})])
def test_the_caller_is_known_wherever_the_open_alternative_stands(
    alternatives: tuple[dict[str, tuple[str, ...]], ...],
) -> None:
    found = admitted(b"known", *alternatives)
    assert found is not None and found.subject == "key"
    assert admitted(None, *alternatives) is None
    assert admitted(b"wrong", *alternatives) is None


def test_nobody_comes_in_where_no_alternative_is_open() -> None:
    for key in (None, b"wrong"):
        with pytest.raises(Unauthorized):
            admitted(key, {"key": ()})
