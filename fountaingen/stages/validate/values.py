"""Values beside schemas: patterns that can be run, defaults and examples that fit (FG111, FG115)."""

from collections.abc import Iterator

import jsonschema_rs

from fountaingen.model.grammar import Kind
from fountaingen.model.problems import Problem
from fountaingen.primitives import pointer as pointers
from fountaingen.stages.validate.contract import Contract


def check(contract: Contract) -> Iterator[Problem]:
    """Yield patterns that are no regular expressions and values that do not fit the schema beside them."""
    yield from _patterns(contract)


def _patterns(contract: Contract) -> Iterator[Problem]:
    known: dict[str, str] = {}
    for node in contract.of(Kind.SCHEMA):
        named = node.value.get("patternProperties")
        found = [(pointers.join(node.pointer, "pattern"), node.value.get("pattern"))]
        found += [(pointers.join(node.pointer, "patternProperties", key), key) for key in named or ()]
        for pointer, pattern in found:
            if not isinstance(pattern, str):
                continue
            if pattern not in known:
                known[pattern] = _fault(pattern)
            if known[pattern]:
                message = f"the pattern {pattern!r} is not a regular expression"
                remedy = "write it as ECMA-262 does"
                yield Problem("FG115", message, contract.place(pointer), remedy)


def _fault(pattern: str) -> str:
    try:
        jsonschema_rs.validator_for({"pattern": pattern}, offline=True)
    except (ValueError, jsonschema_rs.ReferencingError) as error:
        return str(error)
    return ""
