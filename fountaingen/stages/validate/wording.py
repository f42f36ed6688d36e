"""Breaches of the standard in words: one line each, what to do about it, and how much it matters."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from fountaingen.model import grammar
from fountaingen.model.grammar import Kind
from fountaingen.model.problems import Note, Problem, Severity
from fountaingen.primitives import pointer as pointers
from fountaingen.primitives.suggest import did_you_mean
from fountaingen.stages.validate.breaches import Breach
from fountaingen.stages.validate.contract import Contract

_WARNING = Severity.WARNING
_TYPES = {
    "array": "a list",
    "boolean": "true or false",
    "integer": "a whole number",
    "null": "null",
    "number": "a number",
    "object": "a map",
    "string": "text",
}
_Words = Callable[[str, Breach], str]
_EXCLUSIVE = {
    Kind.PARAMETER: ("schema", "content"),
    Kind.HEADER: ("schema", "content"),
    Kind.LINK: ("operationRef", "operationId"),
}
_REMARKS = frozenset({"summary", "description", "title", "deprecated", "externalDocs", "$comment", "$recursiveAnchor"})
"""Members without meaning for what a service does; the last is of a draft that OpenAPI never used."""
_HARMLESS_ABSENCE = {
    (Kind.RESPONSE, "description"),
    (Kind.OPERATION, "responses"),
    # A text of any form, then.
    (Kind.PARAMETER, "schema"),
    (Kind.PARAMETER, "content"),
    (Kind.HEADER, "schema"),
    (Kind.HEADER, "content"),
}
_NAMES = {
    Kind.PATH_ITEM: "pathitem",
    Kind.REQUEST_BODY: "requestbody",
    Kind.MEDIA_TYPE: "mediatype",
    Kind.SECURITY_SCHEME: "securityscheme",
    Kind.OPENAPI: "openapi",
    Kind.COMPONENTS: "components",
}


def problems(contract: Contract, breach: Breach, known: Mapping[str, frozenset[str]]) -> Iterator[Problem]:
    """Yield a breach as problems; an unknown key or a repeat is a warning, what leaves the contract open an error."""
    kind = grammar.kind_at(breach.pointer)
    if breach.keyword == "unknown":
        for name in breach.unknown:
            yield _unknown(contract, breach.pointer, name, known)
    elif breach.keyword == "uniqueItems":
        yield from _repeats(contract, breach.pointer)
    elif breach.keyword == "propertyNames" and breach.pointer.endswith("/additionalOperations"):
        # Another rule tells which methods there are.
        return
    elif breach.keyword == "required":
        # Of an empty one is told that it is empty.
        if kind is not Kind.RESPONSES:
            yield _required(contract, breach, kind)
    elif breach.keyword == "oneOf" and kind in _EXCLUSIVE:
        text = " and ".join(map(repr, _EXCLUSIVE[kind])) + " exclude each other"
        yield Problem("FG101", text, contract.place(breach.pointer), "keep one of them")
    elif (meant := _meant_otherwise(breach)) is not None:
        yield Problem("FG101", meant[0], contract.place(breach.pointer), meant[1], _WARNING)
    else:
        severity = _WARNING if _is_metadata(breach, kind) else Severity.ERROR
        place = contract.place(breach.pointer)
        yield Problem("FG101", message(breach, "the document"), place, _remedy(breach), severity)


def _meant_otherwise(breach: Breach) -> tuple[str, str] | None:
    """Return (message, remedy) where a schema says something as another version does, with one meaning only."""
    keyword = (pointers.split(breach.pointer) or [""])[-1]
    if grammar.kind_at(pointers.parent(breach.pointer)) is not Kind.SCHEMA:
        return None
    is_flag = breach.shown in {"true", "false"}
    match keyword:
        case "exclusiveMinimum" | "exclusiveMaximum" if is_flag:
            bound = keyword.removeprefix("exclusive").lower()
            message = f"{keyword!r} is a number from OpenAPI 3.1 on; taken as 3.0 means it, beside {bound!r}"
            return message, f"write the limit itself: {keyword}: 0"
        case "exclusiveMinimum" | "exclusiveMaximum" if breach.asked == ("boolean",) and _is_number(breach.shown):
            return f"{keyword!r} is true or false in OpenAPI 3.0; taken as 3.1 means it", "write openapi: 3.1.1"
        case "type" if breach.shown in {"a list", "'null'"}:
            return (
                f"'type' is one text in OpenAPI 3.0, not {breach.shown}; taken as 3.1 means it",
                "write openapi: 3.1.1",
            )
        case "required" if is_flag and breach.asked == ("array",):
            return (
                "'required' lists the properties of an object; a flag says nothing",
                "list the name in the object's own",
            )
    return None


def _is_number(shown: str) -> bool:
    return shown.lstrip("-")[:1].isdigit()


def _is_metadata(breach: Breach, kind: Kind | None) -> bool:
    """Return whether the breach is in what nobody but a reader of the contract looks at."""
    tokens = pointers.split(breach.pointer)
    if breach.keyword == "not" and breach.asked == ("example", "examples"):
        return True
    # A parameter or a schema may be called like a remark.
    if breach.keyword == "propertyNames" or (kind in (None, Kind.OTHER) and tokens and tokens[-1] in _REMARKS):
        return True
    if breach.keyword == "minProperties" and kind is Kind.RESPONSES:
        return True
    return kind is Kind.OTHER and tokens != ["info"]


def _unknown(contract: Contract, pointer: str, name: str, known: Mapping[str, frozenset[str]]) -> Problem:
    kind = grammar.kind_at(pointer)
    place = contract.place(pointers.join(pointer, name))
    if kind is Kind.PATHS:
        return Problem("FG101", f"the path {name!r} does not begin with '/'", place, f"write '/{name}'")
    if kind is Kind.RESPONSES:
        remedy = "use a code such as '200', a range such as '2XX', or 'default'"
        return Problem("FG101", f"{name!r} is not a status code", place, remedy)
    where = f" in {kind.phrase}" if kind not in (None, Kind.OTHER, Kind.OPENAPI) else ""
    keys = known.get(_NAMES.get(kind, kind.value) if kind else "", frozenset())
    remedy = "remove it, or begin its name with 'x-'"
    return Problem("FG102", f"unknown key {name!r}{where}{did_you_mean(name, keys)}", place, remedy, _WARNING)


def _repeats(contract: Contract, pointer: str) -> Iterator[Problem]:
    held = contract.get(*pointers.split(pointer))
    keyword = pointers.split(pointer)[-1]
    seen: list[tuple[Any, int]] = []
    for index, item in enumerate(held if isinstance(held, list) else ()):
        first = next((at for known, at in seen if type(known) is type(item) and known == item), None)
        if first is None:
            seen.append((item, index))
            continue
        shown = repr(item) if isinstance(item, str) else "an entry"
        notes = (Note(contract.place(pointers.join(pointer, first)), "first here"),)
        place = contract.place(pointers.join(pointer, index))
        yield Problem("FG103", f"{shown} stands twice in {keyword!r}", place, "remove one", _WARNING, notes)


def _required(contract: Contract, breach: Breach, kind: Kind | None) -> Problem:
    names = " or ".join(repr(name) for name in breach.asked)
    where = f" in {kind.phrase}" if kind not in (None, Kind.OTHER, Kind.OPENAPI) else ""
    last = (pointers.split(breach.pointer) or [""])[-1]
    where = f" in {last!r}" if last in ("info", "externalDocs") and kind in (None, Kind.OTHER) else where
    is_remark = kind is None and last in _REMARKS
    harmless = kind is Kind.OTHER or is_remark or {(kind, name) for name in breach.asked} <= _HARMLESS_ABSENCE
    remedy = ""
    if kind is Kind.PARAMETER and breach.asked == ("required",):
        harmless, remedy = True, "write required: true, as a path parameter always is"
    place = contract.place(breach.pointer)
    return Problem("FG101", f"{names} is required{where}", place, remedy, _WARNING if harmless else Severity.ERROR)


def message(breach: Breach, whole: str) -> str:
    """Return what a breach asks for, in one line; ``whole`` is what the value as a whole is called."""
    name = _called(breach.pointer) if breach.pointer else whole
    word = _WORDING.get(breach.keyword)
    return f"{name} breaks the rule {breach.keyword!r}" if word is None else word(name, breach)


def _called(pointer: str) -> str:
    *holders, last = pointers.split(pointer)
    # The judge tells an index from a key no better; keys that are numbers are status codes.
    if last.isdigit() and int(last) < 100:
        return f"entry {last} of {holders[-1]!r}" if holders else f"entry {last}"
    return repr(last)


def _type(name: str, breach: Breach) -> str:
    return f"{name} must be {' or '.join(_TYPES[asked] for asked in breach.asked)}, not {breach.shown}"


def _enum(name: str, breach: Breach) -> str:
    meant = did_you_mean(breach.shown.strip("'"), [asked.strip("'") for asked in breach.asked])
    return f"{name} must be {_any_of(breach.asked)}, not {breach.shown}{meant}"


def _not(name: str, breach: Breach) -> str:
    if not breach.asked:
        return f"{name} is what the standard excludes here"
    return f"{' and '.join(repr(asked) for asked in breach.asked)} exclude each other"


def _several(name: str, breach: Breach) -> str:
    return f"{name} fits more than one form: of the members that exclude each other keep one"


def _names(name: str, breach: Breach) -> str:
    return f"the name {breach.asked[0]!r} holds other characters than letters, digits, '.', '-' and '_'"


def _pattern(name: str, breach: Breach) -> str:
    return f"{name} must match {breach.asked[0]!r}, which {breach.shown} does not"


def _format(name: str, breach: Breach) -> str:
    return f"{name} must be a {breach.asked[0]!r}, not {breach.shown}"


def _missing(name: str, breach: Breach) -> str:
    return f"{name} must have {_any_of(tuple(map(repr, breach.asked)))}"


def _surplus(name: str, breach: Breach) -> str:
    return f"{name} must not have {_any_of(tuple(map(repr, breach.unknown)))}"


def _distinct(name: str, breach: Breach) -> str:
    return f"{name} must not hold anything twice"


_SINGULAR = {"entries": "entry", "members": "member", "characters": "character"}


def _length(comparison: str, unit: str) -> _Words:
    return lambda name, breach: (
        f"{name} must have {comparison} {breach.asked[0]} {unit if breach.asked[0] != '1' else _SINGULAR[unit]}"
    )


def _bound(comparison: str) -> _Words:
    return lambda name, breach: f"{name} must be {comparison} {breach.asked[0]}, not {breach.shown}"


_WORDING: dict[str, _Words] = {
    "type": _type,
    "enum": _enum,
    "not": _not,
    "oneOf": _several,
    "propertyNames": _names,
    "pattern": _pattern,
    "format": _format,
    "required": _missing,
    "unknown": _surplus,
    "uniqueItems": _distinct,
    "minItems": _length("at least", "entries"),
    "maxItems": _length("at most", "entries"),
    "minProperties": _length("at least", "members"),
    "maxProperties": _length("at most", "members"),
    "minLength": _length("at least", "characters"),
    "maxLength": _length("at most", "characters"),
    "multipleOf": _bound("a multiple of"),
    "minimum": _bound("at least"),
    "exclusiveMinimum": _bound("more than"),
    "maximum": _bound("at most"),
    "exclusiveMaximum": _bound("less than"),
}


def _any_of(words: tuple[str, ...]) -> str:
    if not words:
        return "one of no values at all"
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def _remedy(breach: Breach) -> str:
    if breach.keyword == "type" and breach.asked == ("string",) and breach.shown[:1] not in {"a", "'"}:
        return f"put it into quotes: '{breach.shown}'"
    return ""
