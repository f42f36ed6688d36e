"""What the standard knows and a service does not do (FG116): refused where it stands, or waived there.

``x-fountaingen-ignore: [keyword, …]`` in the object that holds a keyword waives it: the service goes without. A waiver
of what is done, or of what is not there, is a problem too (FG109), so that none outlives its reason.
"""

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from fountaingen.model import grammar
from fountaingen.model.grammar import Kind, Node
from fountaingen.model.problems import Problem, Severity
from fountaingen.primitives import pointer as pointers
from fountaingen.primitives.suggest import did_you_mean
from fountaingen.stages.validate.contract import Contract

IGNORE = "x-fountaingen-ignore"
_UNSENT = {
    "#": "a client takes it for a fragment and sends nothing of it: only '%23' arrives",
    "?": "a client takes it for the query: only '%3F' arrives",
}


class _Case(NamedTuple):
    """A keyword of a kind of object, where it ``applies``, why it is not done, and what to write instead."""

    kind: Kind
    keyword: str
    why: str
    remedy: str
    applies: Callable[[Node], bool] = lambda node: True


def _is_sent(node: Node) -> bool:
    """Tell whether a Media Type Object is of a request's body."""
    tokens = pointers.split(node.pointer)
    return "requestBody" in tokens or tokens[:2] == ["components", "requestBodies"]


_DIALECTS = re.compile(
    r"https://(json-schema\.org/draft/2020-12/schema|spec\.openapis\.org/oas/3\.[12]/dialect/[^/]+)#?"
)


def _is_other_dialect(node: Node) -> bool:
    dialect = node.value["jsonSchemaDialect"]
    return not isinstance(dialect, str) or _DIALECTS.fullmatch(dialect) is None


_POSITION = "parts are told apart by their names, not by their order"
_BY_NAME = "use multipart/form-data, a schema with properties, and 'encoding'"
_NESTED = "a part of a multipart body is not taken apart further"
_NOT_NESTED = "make each inner part a part of the body itself"
_CASES = (
    _Case(
        Kind.OPENAPI,
        "jsonSchemaDialect",
        "schemas are judged as JSON Schema 2020-12",
        "write the schemas in it",
        _is_other_dialect,
    ),
    _Case(Kind.MEDIA_TYPE, "prefixEncoding", _POSITION, _BY_NAME),
    _Case(Kind.MEDIA_TYPE, "itemEncoding", _POSITION, _BY_NAME),
    _Case(
        Kind.MEDIA_TYPE,
        "itemSchema",
        "a request's body is judged as a whole, not item by item",
        "describe the whole by 'schema', or leave the items to the hook",
        _is_sent,
    ),
    _Case(Kind.ENCODING, "encoding", _NESTED, _NOT_NESTED),
    _Case(Kind.ENCODING, "prefixEncoding", _NESTED, _NOT_NESTED),
    _Case(Kind.ENCODING, "itemEncoding", _NESTED, _NOT_NESTED),
)
_WAIVABLE = frozenset(case.kind for case in _CASES)


def check(contract: Contract) -> Iterator[Problem]:
    """Yield what is asked for and not done, waivers without a reason, and paths that hardly any client can send."""
    for node in contract.nodes:
        waived = node.value.get(IGNORE)
        open_ = [
            case for case in _CASES if case.kind is node.kind and case.keyword in node.value and case.applies(node)
        ]
        if IGNORE in node.value and node.kind in _WAIVABLE:
            yield from _waivers(contract, node, {case.keyword for case in open_})
        for case in open_:
            if not isinstance(waived, list) or case.keyword not in waived:
                place = contract.place(pointers.join(node.pointer, case.keyword))
                remedy = f"{case.remedy}, or waive it beside by {IGNORE}: [{case.keyword}]"
                yield Problem("FG116", f"{case.keyword!r} is not supported: {case.why}", place, remedy)
        if node.kind is Kind.PATH_ITEM:
            yield from _methods(contract, node)
    yield from _paths(contract)


def _waivers(contract: Contract, node: Node, reasons: set[str]) -> Iterator[Problem]:
    pointer = pointers.join(node.pointer, IGNORE)
    waived = node.value[IGNORE]
    if not isinstance(waived, list):
        yield Problem("FG109", f"{IGNORE!r} must be a list of keywords", contract.place(pointer))
        return
    for index, keyword in enumerate(waived):
        if keyword not in reasons:
            message = f"{IGNORE!r} waives {keyword!r}, of which nothing is ignored here"
            message += did_you_mean(str(keyword), reasons)
            yield Problem("FG109", message, contract.place(pointers.join(pointer, index)), "remove it")


def _methods(contract: Contract, node: Node) -> Iterator[Problem]:
    """Yield the methods of ``additionalOperations`` (OAS 3.2 section 4.9.1) that have no place there."""
    more = node.value.get("additionalOperations")
    for method in more if isinstance(more, dict) else ():
        if method in grammar.UNFIXED_METHODS:
            continue
        place = contract.place(pointers.join(node.pointer, "additionalOperations", method))
        if method.lower() in grammar.METHODS:
            message = f"the method {method!r} has a key of its own"
            yield Problem("FG116", message, place, f"write {method.lower()!r} into the path item itself")
        else:
            message = f"no HTTP server knows the method {method!r}{did_you_mean(method, grammar.UNFIXED_METHODS)}"
            yield Problem("FG116", message, place, "use a registered method, in capitals")


def _paths(contract: Contract) -> Iterator[Problem]:
    for path in dict.fromkeys(operation.path for operation in contract.operations):
        if "//" in path:
            message = f"{path!r} holds '//': a gateway makes one slash of it, and the service is asked for another path"
            place = contract.place(pointers.join("/paths", path))
            yield Problem("FG117", message, place, "write one slash", Severity.WARNING)
        for character, why in _UNSENT.items():
            if character in path:
                place = contract.place(pointers.join("/paths", path))
                remedy = "tell the operations apart by their paths, and declare what is in the query as parameters"
                yield Problem("FG117", f"{path!r} holds {character!r}: {why}", place, remedy, Severity.WARNING)
