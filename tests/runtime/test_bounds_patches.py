"""Patches that ask for more than they say."""

import time
from typing import Any

import pytest

from fountaingen.runtime.bodies.json_text import read_json
from fountaingen.runtime.errors import BadRequest, PayloadTooLarge
from fountaingen.runtime.responses.outcomes import write_json
from fountaingen.runtime.storage.patches import apply


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


def add(path: str, value: Any) -> dict[str, Any]:
    return {"op": "add", "path": path, "value": value}


def copy(source: str, path: str) -> dict[str, Any]:
    return {"op": "copy", "from": source, "path": path}


@pytest.mark.refuses("request-body/application/json-patch+json/bomb")
@pytest.mark.parametrize(
    "operations",
    [
        [add("/a", [1]), *(copy("/a", "/a/-") for _ in range(64))],
        [add("/a", {"x": {}}), *(copy("/a", f"/a/{number}") for number in range(64))],
        [add("/a", "x" * 100_000), *(copy("/a", f"/{number}") for number in range(10_000))],
        [add("/a", {"x" * 100_000: 1}), *(copy("/a", f"/{number}") for number in range(10_000))],
        [add("/a", [0] * 1_000_000), *(add("/a/0", 0) for _ in range(10_000))],
        [add("/a", [0] * 1_000_000), *({"op": "remove", "path": "/a/0"} for _ in range(10_000))],
        [add("/a", [0] * 1_000_000), *({"op": "move", "from": "/a/0", "path": "/a/0"} for _ in range(10_000))],
    ],
)
def test_one_that_would_swell_is_refused(operations: list[dict[str, Any]]) -> None:
    begin = time.thread_time()
    with pytest.raises(PayloadTooLarge):
        apply({}, operations)
    assert time.thread_time() - begin < 3


@pytest.mark.refuses("request-body/application/json-patch+json/nested")
@pytest.mark.parametrize(
    "operations",
    [
        [add("/a", nested(150)), add("/a" + "/0" * 150, nested(150))],
        [add("/a", nested(200))],
        [add("/a", [[]]), *(copy("/a", "/a" + "/0" * 2**number) for number in range(1, 9))],
        [add("/a", {}), *(add("/a" + "/b" * number, {}) for number in range(1, 1000))],
    ],
)
def test_one_that_would_leave_what_cannot_be_read_again(operations: list[dict[str, Any]]) -> None:
    with pytest.raises(BadRequest):
        apply({}, operations)


def test_what_a_request_may_say_a_patch_may_leave() -> None:
    left = apply({}, [add("/a", nested(150)), {**add("/a" + "/0" * 150, nested(49)), "op": "replace"}])
    assert left == {"a": nested(199)}
    assert read_json(write_json(left)) == left
    large = list(range(500_000))
    assert apply({"b": 1}, [add("/a", large), {"op": "test", "path": "/a", "value": large}]) == {"a": large, "b": 1}
    assert apply({"a": "x" * 5_000_000}, [copy("/a", "/b")])
    assert apply({"a": []}, [add("/a/-", 0)] * 20_000) == {"a": [0] * 20_000}
