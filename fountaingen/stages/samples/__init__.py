"""Samples: values that a contract accepts, its own examples where they fit, else made from its schemas."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from fountaingen.primitives import pointer as pointers
from fountaingen.stages.lower import Direction
from fountaingen.stages.samples.merge import Effort, Flattener, Impossible
from fountaingen.stages.samples.synthesis import Manner, synthesize, written

__all__ = ["NoSample", "sample", "samples"]

_HIDDEN = {Direction.REQUEST: "readOnly", Direction.RESPONSE: "writeOnly"}
_CHOICES = 6
_MOST_TRIED = 40


@dataclass(frozen=True)
class NoSample:
    """No value was found that the schema accepts."""

    pointer: str


def sample(data: Any, pointer: str, accepts: Callable[[Any], bool], direction: Direction) -> Any | NoSample:
    """Return a value for what stands at ``pointer``: a media type, a parameter or a header of the contract ``data``.

    ``accepts`` is the verdict of its lowered schema. In turn: the examples beside the schema, those of the schema, and
    values made from it.
    """
    return next(samples(data, pointer, accepts, direction), NoSample(pointer))


def samples(
    data: Any, pointer: str, accepts: Callable[[Any], bool], direction: Direction, *, full: bool = False
) -> Iterator[Any]:
    """Yield every different value that was found, the best first; with ``full`` that is one with optional members."""
    seen: list[Any] = []
    for candidate in islice(_candidates(data, pointer, _HIDDEN[direction], full), _MOST_TRIED):
        if not any(_same(candidate, each) for each in seen):
            seen.append(candidate)
            if accepts(candidate):
                yield candidate


def _candidates(data: Any, pointer: str, hidden: str, full: bool) -> Iterator[Any]:
    holder = pointers.follow(data, pointers.split(pointer))
    yield from _beside(data, holder)
    schema = holder.get("schema", True)
    effort = Effort()
    for choice in range(_CHOICES):
        try:
            yield from written(Flattener(data, choice, effort).flat(schema))
        except Impossible:
            break
    word = str(holder.get("name", "text"))
    for whole, examples in ((full, True), (full, False), (not full, True), (not full, False)):
        for choice in range(_CHOICES):
            try:
                yield synthesize(data, schema, Manner(hidden, examples, whole, choice, effort), word)
            except (Impossible, ValueError, TypeError, ArithmeticError, AttributeError):
                # Schemas may hold keywords of any kind; what cannot be made from is no sample.
                continue


def _beside(data: Any, holder: Any) -> Iterator[Any]:
    """Yield the examples that stand beside a schema (OAS 4.8.14 example, examples)."""
    if "example" in holder:
        yield holder["example"]
    examples = holder.get("examples")
    for example in examples.values() if isinstance(examples, dict) else ():
        found = _follow(data, example)
        if isinstance(found, dict) and "value" in found:
            yield found["value"]


def _follow(data: Any, value: Any) -> Any:
    reference = value.get("$ref") if isinstance(value, dict) else None
    if not isinstance(reference, str) or not reference.startswith("#/"):
        return value
    try:
        return pointers.follow(data, pointers.split(reference[1:]))
    except LookupError:
        return value


def _same(left: Any, right: Any) -> bool:
    """Tell whether two values are the same JSON: 1 and true are not."""
    return repr(left) == repr(right)
