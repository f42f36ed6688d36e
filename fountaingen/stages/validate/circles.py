"""Circles: no object may be, by references and compositions alone, what it is itself (FG113)."""

from collections.abc import Iterator, Mapping
from urllib.parse import unquote

from fountaingen.model import grammar
from fountaingen.model.grammar import Kind, Node, Shape
from fountaingen.model.problems import Problem
from fountaingen.primitives import pointer as pointers
from fountaingen.stages.validate.contract import Contract

_IN_PLACE = frozenset({"allOf", "anyOf", "oneOf", "not", "if", "then", "else", "dependentSchemas"})
"""The keywords whose schemas judge the same value as the schema they stand in."""
_Graph = Mapping[str, list[str]]


def check(contract: Contract) -> Iterator[Problem]:
    """Yield each reference that closes a circle without going down into the value, which would never end."""
    graph = {node.pointer: list(_onward(node)) for node in contract.nodes}
    done: set[str] = set()
    for start in graph:
        if start not in done:
            for last, first in _closing(graph, start, done):
                text = f"#{first}"
                message = f"{text!r} leads back to itself: what it stands for is never said"
                place = contract.place(pointers.join(last, "$ref"))
                yield Problem("FG113", message, place, "break the circle")


def _onward(node: Node) -> Iterator[str]:
    ref = node.value.get("$ref")
    if isinstance(ref, str) and ref.startswith("#"):
        yield unquote(ref[1:])
    if node.kind is not Kind.SCHEMA:
        return
    for keyword in _IN_PLACE & node.value.keys():
        slot = grammar.step(grammar.Slot(Kind.SCHEMA), keyword)
        held = node.value[keyword]
        if slot is None or slot.shape is Shape.ONE:
            yield pointers.join(node.pointer, keyword)
        elif isinstance(held, list | dict):
            tokens = range(len(held)) if isinstance(held, list) else held
            yield from (pointers.join(node.pointer, keyword, token) for token in tokens)


def _closing(graph: _Graph, start: str, done: set[str]) -> Iterator[tuple[str, str]]:
    """Walk the graph depth first; yield (from, to) of each edge that leads back into the way walked."""
    way = {start}
    stack = [(start, iter(graph[start]))]
    while stack:
        here, onward = stack[-1]
        there = next(onward, None)
        if there is None:
            stack.pop()
            way.discard(here)
            done.add(here)
        elif there in way:
            yield here, there
        elif there in graph and there not in done:
            way.add(there)
            stack.append((there, iter(graph[there])))
