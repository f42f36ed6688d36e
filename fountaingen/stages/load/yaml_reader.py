"""YAML text to data and positions, straight from libyaml's events: one pass, bounded, plain JSON values only."""

from collections.abc import Mapping
from typing import Any, NamedTuple, NoReturn

import yaml
from yaml.events import AliasEvent, MappingStartEvent, ScalarEvent, SequenceEndEvent

from fountaingen.model.problems import Note, Place, Problem, Rejected
from fountaingen.primitives import pointer as pointers
from fountaingen.stages.load import scalars
from fountaingen.stages.load.limits import MAX_ALIASED, MAX_DEPTH, MAX_KEY, MAX_POINTERS, MAX_VALUES
from fountaingen.stages.load.lines import Lines

_COLLECTION_TAGS = {None, "!", "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"}


def read(text: str, name: str) -> tuple[Any, Mapping[str, tuple[int, int]]]:
    """Return the data and the position of each member of a YAML text holding one document.

    Raises:
        Rejected: see ``load``.
    """
    try:
        composer = _Composer(text, name)
        data = composer.document()
    except yaml.MarkedYAMLError as error:
        raise Rejected([_syntax(error, name)]) from error
    except yaml.reader.ReaderError as error:
        line, column = Lines(text).at(len(text.encode()[: error.position].decode(errors="replace")))
        problem = Problem("FG003", "not YAML: a character that YAML does not allow", Place(name, line, column))
        raise Rejected([problem]) from error
    if composer.problems:
        raise Rejected(composer.problems)
    return data, composer.positions


def _syntax(error: yaml.MarkedYAMLError, name: str) -> Problem:
    mark = error.problem_mark or error.context_mark
    place = Place(name, mark.line + 1, mark.column + 1) if mark else Place(name)
    message = error.problem or error.context or "broken"
    notes: tuple[Note, ...] = ()
    if error.context and error.context_mark and error.problem:
        start = error.context_mark
        notes = (Note(Place(name, start.line + 1, start.column + 1), error.context),)
    return Problem("FG003", f"not YAML: {message}", place, notes=notes)


class _Anchor(NamedTuple):
    value: Any
    key: str | None
    """The text of a scalar, which is what it means as a key."""
    size: int
    height: int


class _Composer:
    """Builds one document from the events of one text; ``problems`` are those that do not end the reading."""

    def __init__(self, text: str, name: str) -> None:
        self._events = yaml.CLoader(text)
        self._name = name
        self._anchors: dict[str, _Anchor | None] = {}
        self._size = 0
        self._aliased = 0
        self._held = 0
        self._deepest = 0
        self.positions: dict[str, tuple[int, int]] = {}
        self.problems: list[Problem] = []

    def document(self) -> Any:
        """Read the whole stream and return its one document (None where it is empty)."""
        data = None
        self._next()
        event = self._next()
        if isinstance(event, yaml.DocumentStartEvent):
            data = self._value(self._next(), "", 0)
            self._next()
            event = self._next()
        if isinstance(event, yaml.DocumentStartEvent):
            self._end("FG003", "a second document begins", event, "keep one document in a file")
        return data

    def _next(self) -> Any:
        return self._events.get_event()

    def _place(self, event: Any) -> Place:
        return Place(self._name, event.start_mark.line + 1, event.start_mark.column + 1)

    def _note(self, code: str, message: str, event: Any, remedy: str = "") -> None:
        self.problems.append(Problem(code, message, self._place(event), remedy))

    def _end(self, code: str, message: str, event: Any, remedy: str = "") -> NoReturn:
        self._note(code, message, event, remedy)
        raise Rejected(self.problems)

    def _value(self, event: Any, pointer: str, depth: int) -> Any:
        if type(event) is AliasEvent:
            return self._alias(event, depth).value
        anchor = event.anchor
        if anchor is None:
            return self._fresh(event, pointer, depth)
        self._anchors[anchor] = None
        before, deepest = self._size, self._deepest
        self._deepest = depth
        value = self._fresh(event, pointer, depth)
        key = event.value if type(event) is ScalarEvent else None
        self._anchors[anchor] = _Anchor(value, key, self._size - before, self._deepest - depth)
        self._deepest = max(deepest, self._deepest)
        return value

    def _fresh(self, event: Any, pointer: str, depth: int) -> Any:
        self._size += 1
        self._held += len(pointer)
        if self._size > MAX_VALUES + MAX_ALIASED:
            self._end("FG011", f"more than {MAX_VALUES:,} values in one file", event)
        if self._held > MAX_POINTERS:
            self._end("FG011", "its keys are too long for what lies below them", event)
        if type(event) is ScalarEvent:
            return self._scalar(event)
        if depth >= MAX_DEPTH:
            self._end("FG007", f"nested more than {MAX_DEPTH} levels deep", event)
        self._deepest = max(self._deepest, depth + 1)
        if event.tag not in _COLLECTION_TAGS:
            self._unknown_tag(event)
        if type(event) is MappingStartEvent:
            return self._mapping(pointer, depth + 1)
        return self._sequence(pointer, depth + 1)

    def _alias(self, event: Any, depth: int) -> _Anchor:
        if event.anchor not in self._anchors:
            self._end("FG006", f"the alias '*{event.anchor}' has no anchor before it", event)
        anchor = self._anchors[event.anchor]
        if anchor is None:
            self._end("FG006", f"the alias '*{event.anchor}' holds itself", event, "use $ref for recursion")
        self._size += anchor.size
        self._aliased += anchor.size
        if self._aliased > MAX_ALIASED:
            message = f"aliases repeat more than {MAX_ALIASED:,} values"
            self._end("FG006", message, event, "use $ref instead of aliases")
        if depth + anchor.height > MAX_DEPTH:
            self._end("FG007", f"nested more than {MAX_DEPTH} levels deep", event)
        self._deepest = max(self._deepest, depth + anchor.height)
        return anchor

    def _scalar(self, event: Any) -> scalars.Scalar:
        text: str = event.value
        try:
            if event.tag is not None:
                return scalars.tagged(text, event.tag)
            return scalars.plain(text) if event.implicit[0] else text
        except LookupError:
            self._unknown_tag(event)
        except ValueError as error:
            self._note("FG009", str(error), event)
        return text

    def _unknown_tag(self, event: Any) -> None:
        self._note("FG005", f"the tag {event.tag!r} has no meaning in a contract", event, "remove the tag")

    def _sequence(self, pointer: str, depth: int) -> list[Any]:
        items: list[Any] = []
        while type(event := self._next()) is not SequenceEndEvent:
            child = f"{pointer}/{len(items)}"
            self.positions[child] = (event.start_mark.line + 1, event.start_mark.column + 1)
            items.append(self._value(event, child, depth))
        return items

    def _mapping(self, pointer: str, depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        merged: list[dict[str, Any]] = []
        while not isinstance(event := self._next(), yaml.MappingEndEvent):
            key, mergeable = self._key(event, depth)
            if len(key) > MAX_KEY:
                self._end("FG011", f"a key of more than {MAX_KEY:,} characters", event)
            child = pointers.join(pointer, key)
            known = key in found
            if known:
                self._twice(key, event, child)
            else:
                self.positions[child] = (event.start_mark.line + 1, event.start_mark.column + 1)
            value = self._value(self._next(), child, depth)
            sources = value if isinstance(value, list) else [value]
            if mergeable and sources and all(isinstance(source, dict) for source in sources):
                merged.extend(sources)
            elif not known:
                found[key] = value
        for source in merged:
            found |= {key: value for key, value in source.items() if key not in found}
        return found

    def _key(self, event: Any, depth: int) -> tuple[str, bool]:
        """Return the text of a key, and whether it is the merge key, ``<<`` written plainly."""
        if type(event) is ScalarEvent:
            if event.anchor is not None or event.tag is not None:
                self._value(event, "", depth)
            return event.value, event.value == "<<" and event.implicit[0]
        anchor = self._alias(event, depth) if type(event) is AliasEvent else None
        if anchor is None or anchor.key is None:
            self._end("FG008", "a key must be text, not a map or a list", event)
        return anchor.key, False

    def _twice(self, key: str, event: Any, child: str) -> None:
        notes = (Note(Place(self._name, *self.positions[child]), "first here"),)
        self.problems.append(Problem("FG004", f"the key {key!r} stands twice", self._place(event), notes=notes))
