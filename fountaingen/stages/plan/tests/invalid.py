"""Requests that a contract refuses, each found by trying: what is wrong, and the value that is."""

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from fountaingen.stages.plan.tests.subjects import Input, Payload

_WRONG: tuple[Any, ...] = (7, "text", [], {}, True, None)
_TEXTS = ("not-a-number", "no such value", "?", "x" * 300)
_UNKNOWN = (999_999_999, 999_999, 9_999, "00000000-0000-4000-8000-0000000000ff", "unknown", "unknown-1", "ffffff")
_MOST = 3


def without_member(payload: Payload, sample: Any) -> Iterator[tuple[str, Any]]:
    """Yield (member, body) for required members that are left out."""
    if isinstance(sample, dict):
        found = ((name, {key: value for key, value in sample.items() if key != name}) for name in sample)
        yield from islice(((name, body) for name, body in found if not payload.accepts(body)), _MOST)


def wrong_member(payload: Payload, sample: Any) -> Iterator[tuple[str, Any]]:
    """Yield (member, body) for the first member whose value can be of a wrong type."""
    # All members of a form are text, so that only text can be wrong.
    candidates = _WRONG if payload.media_type.endswith("json") else ("text",)
    for name, value in sample.items() if isinstance(sample, dict) else ():
        for wrong in candidates:
            body = {**sample, name: wrong}
            if type(wrong) is not type(value) and not payload.accepts(body):
                yield name, body
                return


def wrong_body(payload: Payload, sample: Any) -> Any | None:
    """Return a body that is of a wrong type as a whole, None where everything is accepted."""
    candidates: tuple[Any, ...] = ([], "text", 7, {})
    return next((wrong for wrong in candidates if wrong != sample and not payload.accepts(wrong)), None)


def wrong_parameter(each: Input) -> str | None:
    """Return text that no value of a parameter can be read from, None where all text will do."""
    if "style" not in each.declared or each.declared["style"] in ("label", "matrix", "deepObject"):
        return None
    return next((text for text in _TEXTS if not any(map(each.accepts, _read(each.declared["shape"], text)))), None)


def _read(shape: Mapping[str, Any], text: str) -> Iterator[Any]:
    """Yield the values that ``text``, which is no number and no word of JSON, can be read as."""
    types = shape["types"]
    yield text
    if "array" in types:
        yield [text]
        yield from ([part] for part in _read(shape.get("items", {"types": ["string"]}), text) if isinstance(part, str))
    if "object" in types:
        yield {}
        yield {text: ""}


def unknown_key(each: Input) -> int | str | None:
    """Return a key that no row of a test has, None where the parameter's schema leaves no room."""
    types = each.declared.get("shape", {}).get("types", ())
    fitting = (value for value in _UNKNOWN if ("integer" in types) == isinstance(value, int))
    made = each.sample or {}
    return next((value for value in fitting if each.accepts(value) and value not in made.values()), None)
