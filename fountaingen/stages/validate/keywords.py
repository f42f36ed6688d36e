"""Keywords of schemas that say nothing where they stand (FG102): JSON Schema lets them pass, nobody means them to."""

from collections.abc import Iterator
from functools import cache

from openapi_schema_validator._specifications import REGISTRY

from fountaingen.model.grammar import Kind, Node
from fountaingen.model.problems import Problem, Severity
from fountaingen.model.version import Version
from fountaingen.primitives import pointer as pointers
from fountaingen.primitives.suggest import did_you_mean
from fountaingen.stages.validate.contract import Contract

_VOCABULARIES = (
    *(
        f"https://json-schema.org/draft/2020-12/meta/{name}"
        for name in ("core", "applicator", "unevaluated", "validation", "meta-data", "content", "format-annotation")
    ),
    "https://spec.openapis.org/oas/3.1/meta/base",
)
_OLDER = frozenset({"definitions", "dependencies", "$recursiveAnchor", "$recursiveRef"})
_HARMLESS_BESIDE = frozenset({"$ref", "description", "title", "summary", "example", "examples", "deprecated", "xml"})


def check(contract: Contract) -> Iterator[Problem]:
    """Yield keywords that nobody knows (3.1 on) and, in 3.0, keywords beside a ``$ref``, where they are ignored."""
    for node in contract.nodes:
        if node.kind is not Kind.SCHEMA:
            continue
        if contract.version is Version.V3_0:
            yield from _ignored(contract, node)
        else:
            yield from _unknown(contract, node)


def _unknown(contract: Contract, node: Node) -> Iterator[Problem]:
    for keyword in node.value.keys() - _known():
        if keyword.startswith("x-"):
            continue
        place = contract.place(pointers.join(node.pointer, keyword))
        if keyword == "nullable":
            message = "'nullable' says nothing from OpenAPI 3.1 on"
            yield Problem("FG102", message, place, "add 'null' to the list of types", Severity.WARNING)
        else:
            message = f"unknown key {keyword!r} in a schema{did_you_mean(keyword, _known())}"
            yield Problem("FG102", message, place, "remove it, or begin its name with 'x-'", Severity.WARNING)


def _ignored(contract: Contract, node: Node) -> Iterator[Problem]:
    if not isinstance(node.value.get("$ref"), str):
        return
    for keyword in node.value.keys() - _HARMLESS_BESIDE:
        if not keyword.startswith("x-"):
            place = contract.place(pointers.join(node.pointer, keyword))
            message = f"{keyword!r} beside '$ref' says nothing in OpenAPI 3.0"
            yield Problem("FG102", message, place, "put the reference into an allOf", Severity.WARNING)


@cache
def _known() -> frozenset[str]:
    found = {name for uri in _VOCABULARIES for name in REGISTRY.contents(uri)["properties"]}
    return frozenset(found | _OLDER)
