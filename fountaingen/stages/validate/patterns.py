"""Patterns: each is a regular expression that the judge of requests can run (FG115)."""

from collections.abc import Iterator

import jsonschema_rs

from fountaingen.model.grammar import Kind, Node
from fountaingen.model.problems import Problem, Severity
from fountaingen.primitives import pointer as pointers
from fountaingen.stages import whereabouts
from fountaingen.stages.lower.patterns import is_expression, is_foreign, translated
from fountaingen.stages.validate.contract import Contract

_REMEDY = "write it as ECMA-262 (JavaScript) does"
_SMALLER = "bound the length by 'maxLength' and repeat less in it"


def check(contract: Contract) -> Iterator[Problem]:
    """Yield the patterns that are no regular expressions, and warn of other dialects; none is ever run here."""
    known: dict[str, tuple[str, str]] = {}
    for node in contract.of(Kind.SCHEMA):
        for pointer, pattern in _patterns(node):
            whereabouts.at("the pattern", pointer)
            if pattern not in known:
                known[pattern] = _fault(pattern)
            fault, remedy = known[pattern]
            if fault:
                yield Problem("FG115", f"the pattern {pattern!r} {fault}", contract.place(pointer), remedy)
            elif is_foreign(pattern):
                message = f"the pattern {pattern!r} is not of ECMA-262; it is read as other dialects do"
                yield Problem("FG115", message, contract.place(pointer), _REMEDY, Severity.WARNING)


def _patterns(node: Node) -> Iterator[tuple[str, str]]:
    pattern = node.value.get("pattern")
    if isinstance(pattern, str):
        yield f"{node.pointer}/pattern", pattern
    named = node.value.get("patternProperties")
    for key in named if isinstance(named, dict) else ():
        yield pointers.join(node.pointer, "patternProperties", key), key


def _fault(pattern: str) -> tuple[str, str]:
    """Return why the judge cannot run a pattern, and what to do about it; nothing where it can."""
    written = translated(pattern)
    if not is_expression(written):
        return "is not a regular expression", _REMEDY
    try:
        jsonschema_rs.validator_for({"pattern": written}, offline=True)
    except ValueError:
        return "repeats more than the judge of requests has memory for", _SMALLER
    return "", ""
