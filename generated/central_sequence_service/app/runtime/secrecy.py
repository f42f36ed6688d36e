"""Values that are never repeated: those of schemas that are ``writeOnly``, as ``format: password`` is lowered to.

What a judge says never holds a value; it may hold the name of a member, which inside a secret is a part of it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from .errors import Violation

_LOCAL = "#/$defs/"
_ALL_OF = ("allOf", "anyOf", "oneOf")
_ONE = ("if", "then", "else", "not")
_BELOW = ("additionalProperties", "unevaluatedProperties", "items", "unevaluatedItems", "contains")
_SAID = "is not valid"


def concealed(found: Iterable[Violation], schema: Any, named: Mapping[str, Any], above: int) -> tuple[Violation, ...]:
    """Return violations of ``schema`` with nothing told from inside a secret but where it stands and which rule broke.

    ``above`` counts the members of a violation's path that lead to the value which was judged.
    """
    return tuple(_told(each, schema, named, above) for each in found)


def has_secrets(schema: Any) -> bool:
    """Tell whether a schema, or one written inside it, is of a secret."""
    waiting = [schema]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            if _is_marked(part):
                return True
            waiting.extend(part.values())
        elif isinstance(part, list):
            waiting.extend(part)
    return False


def is_secret(schema: Any, named: Mapping[str, Any]) -> bool:
    """Tell whether a value of ``schema`` is a secret, by itself or by what it refers to."""
    return any(map(_is_marked, _applied(schema, named)))


def _told(violation: Violation, schema: Any, named: Mapping[str, Any], above: int) -> Violation:
    at = [*_applied(schema, named)]
    path = violation.path[above:]
    for depth in range(len(path) + 1):
        if any(map(_is_marked, at)):
            return replace(violation, path=violation.path[: above + depth], message=_SAID)
        if depth < len(path):
            at = [one for each in at for below in _below(each, path[depth]) for one in _applied(below, named)]
    return violation


def _is_marked(schema: Mapping[str, Any]) -> bool:
    return schema.get("writeOnly") is True


def _applied(schema: Any, named: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield every schema that judges the same value: what is referred to, and each branch."""
    waiting, seen = [schema], set[int]()
    while waiting:
        each = waiting.pop()
        if not isinstance(each, dict) or id(each) in seen:
            continue
        seen.add(id(each))
        yield each
        for keyword in ("$ref", "$dynamicRef"):
            reference = each.get(keyword)
            if isinstance(reference, str) and reference.startswith(_LOCAL):
                waiting.append(named.get(reference.removeprefix(_LOCAL)))
        waiting += (part for keyword in _ALL_OF for part in _listed(each.get(keyword)))
        waiting += (each.get(keyword) for keyword in _ONE)
        waiting += _members(each.get("dependentSchemas")).values()


def _below(schema: Mapping[str, Any], part: str | int) -> Iterator[Any]:
    """Yield what can judge a member or an item, whether or not its pattern holds: nothing is told where one might."""
    if isinstance(part, int):
        yield from _listed(schema.get("prefixItems"))[part : part + 1]
    else:
        yield _members(schema.get("properties")).get(part)
        yield from _members(schema.get("patternProperties")).values()
    yield from (schema.get(keyword) for keyword in _BELOW)


def _listed(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else ()


def _members(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
