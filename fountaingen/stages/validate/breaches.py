"""What a judge of JSON Schema reports, boiled down: of alternatives that all fail, the one that was meant."""

import json
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from jsonschema_rs import ValidationError, ValidationErrorKind

from fountaingen.primitives import pointer as pointers

_Kind = ValidationErrorKind
_LONGEST = 60
"""How much of a text is shown."""
_SHAPE = frozenset({"enum", "const", "type"})


class Breach(NamedTuple):
    """One breach of a meta-schema: the keyword, where, the value there, and what the keyword asked for.

    ``asked`` holds words: the names of ``required``, the values of ``enum``, the types of ``type``, the limit.
    ``unknown`` holds the keys that are not known.
    """

    keyword: str
    pointer: str
    shown: str
    asked: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


def breaches(errors: Iterable[ValidationError]) -> Iterator[Breach]:
    """Yield the breaches that a judge's errors come down to."""
    for error in errors:
        yield from _boil(error)


def _boil(error: ValidationError) -> list[Breach]:
    match error.kind:
        case _Kind.OneOfNotValid(context) | _Kind.AnyOf(context):
            return _meant([[leaf for inner in branch for leaf in _boil(inner)] for branch in context], error)
        case _Kind.AdditionalProperties(unexpected) | _Kind.UnevaluatedProperties(unexpected):
            return [_breach(error, "unknown", unknown=tuple(unexpected))]
    return [_breach(error, *_plain(error.kind))]


def _plain(kind: ValidationErrorKind) -> tuple[str, tuple[str, ...]]:
    """Return the keyword of an error without alternatives, and what it asked for."""
    asked: tuple[str, ...] = ()
    keyword = kind.name
    match kind:
        case _Kind.PropertyNames(inner):
            asked = (str(inner.instance),)
        case _Kind.Required(name):
            asked = (name,)
        case _Kind.Type(types):
            asked = tuple(types)
        case _Kind.Enum(options):
            asked = tuple(_show(option) for option in options)
        case _Kind.Constant(expected):
            keyword, asked = "enum", (_show(expected),)
        case _Kind.Not(schema) if isinstance(schema, dict):
            names = schema.get("required")
            asked = tuple(str(name) for name in names) if isinstance(names, list) else ()
        case _:
            told = kind.as_dict()
            found = next((told[name] for name in ("limit", "format", "pattern", "multiple_of") if name in told), "")
            asked = (found if isinstance(found, str) else _show(found),)
    return keyword, asked


def _breach(error: ValidationError, keyword: str, asked: tuple[str, ...] = (), unknown: tuple[str, ...] = ()) -> Breach:
    return Breach(keyword, pointers.join("", *error.instance_path), _show(error.instance), asked, unknown)


def _show(value: Any) -> str:
    shown = "a list" if isinstance(value, list) else "a map"
    if isinstance(value, str):
        shown = repr(value if len(value) <= _LONGEST else f"{value[:_LONGEST]}…")
    elif isinstance(value, int) and abs(value) >= 1 << 64:
        shown = "a very large number"
    elif value is None or isinstance(value, int | float):
        shown = json.dumps(value)
    return shown


def _meant(branches: list[list[Breach]], error: ValidationError) -> list[Breach]:
    """Return the breaches of the alternative that comes nearest to what was written."""
    here = pointers.join("", *error.instance_path)
    is_reference = isinstance(error.instance, dict) and "$ref" in error.instance
    branches = [branch for branch in branches if is_reference or not _wants_reference(branch, here)] or branches
    if len(branches) == 1:
        return branches[0]
    fitting = [branch for branch in branches if not _other_shape(branch, here)]
    if len(fitting) == 1:
        return fitting[0]
    merged = _merge(fitting or branches)
    return merged or min(fitting or branches, key=lambda branch: (-max(map(_depth, branch)), len(branch)))


def _wants_reference(branch: list[Breach], here: str) -> bool:
    return any(leaf.keyword == "required" and leaf.asked == ("$ref",) and leaf.pointer == here for leaf in branch)


def _other_shape(branch: list[Breach], here: str) -> bool:
    """Return whether an alternative is for another kind of value, or fails by the member that tells the kinds apart."""
    depth = here.count("/") + 1
    return any(leaf.keyword in _SHAPE and _depth(leaf) <= depth for leaf in branch)


def _depth(leaf: Breach) -> int:
    return leaf.pointer.count("/")


def _merge(branches: list[list[Breach]]) -> list[Breach]:
    """Return one breach that asks for any of what the alternatives ask for, where all ask alike."""
    for keyword in ("enum", "type", "required"):
        alike = [leaf for branch in branches for leaf in branch if leaf.keyword == keyword]
        if len(alike) >= len(branches) and all(leaf.pointer == alike[0].pointer for leaf in alike):
            asked = tuple(dict.fromkeys(word for leaf in alike for word in leaf.asked))
            return [alike[0]._replace(asked=asked)]
    return []
