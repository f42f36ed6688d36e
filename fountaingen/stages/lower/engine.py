"""The walk that lowers one schema after the other and queues the definitions that they refer to."""

import re
from collections import deque
from typing import Any

from fountaingen.primitives import pointer as pointers
from fountaingen.stages.lower import keywords as kinds
from fountaingen.stages.lower.defaults import drop_misfits
from fountaingen.stages.lower.discriminator import Chooser
from fountaingen.stages.lower.facts import Facts
from fountaingen.stages.lower.faults import Fault
from fountaingen.stages.lower.index import COMPONENTS, META, Index, is_absolute
from fountaingen.stages.lower.patterns import by_expression, translated
from fountaingen.stages.lower.scope import EMPTY, Direction, Scope

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_LONGEST = 120


class Engine:
    """Lowers schemas of one contract in one direction. ``origins`` maps each definition's name to its pointer."""

    def __init__(self, index: Index, direction: Direction) -> None:
        self.faults: list[Fault] = []
        self.origins: dict[str, str] = {}
        self._index = index
        self._facts = Facts(index, direction)
        self._fills = direction is Direction.REQUEST and "default" in index.keywords
        self._defaulted: list[dict[str, Any]] = []
        self._chooser = Chooser(index, self._facts)
        self._definitions: dict[str, Any] = {}
        self._names: dict[tuple[str, Scope], str] = {}
        self._taken: set[str] = set()
        self._pending: deque[tuple[str, Scope, str]] = deque()
        for name in sorted(index.components()):
            self._allocate(pointers.join(COMPONENTS, name), EMPTY, name)

    def use(self, pointer: str) -> Any:
        """Return the schema at ``pointer`` lowered for standing by itself; where there is none, anything is valid."""
        if not self._index.exists(pointer):
            return True
        return self.schema(pointer, self._index.at(pointer), EMPTY.enter(self._index.entered(pointer)))

    def definitions(self) -> dict[str, Any]:
        """Return every definition that was referred to, by name."""
        while self._pending:
            pointer, scope, name = self._pending.popleft()
            self.origins[name] = pointer
            self._definitions[name] = self.schema(pointer, self._index.at(pointer), scope)
        drop_misfits(self._defaulted, self._definitions)
        self._defaulted.clear()
        return self._definitions

    def at(self, pointer: str) -> Any:
        """Return what the contract holds at ``pointer``."""
        return self._index.at(pointer)

    def schema(self, pointer: str, value: Any, scope: Scope) -> Any:
        """Lower the schema ``value``, which stands at ``pointer``."""
        if not isinstance(value, dict):
            return value
        if pointer in self._index.bases:
            scope = scope.enter(self._index.entered(pointer))
        value = self._index.meant(pointer, value)
        scope = scope.hide(self._facts.hidden(pointer, value))
        choice = self._chooser.choice(pointer, value)
        inner = scope if choice is None else scope.dispatch(pointer)
        lowered: dict[str, Any] = {}
        for keyword, item in value.items():
            if choice is None or keyword not in choice.replaces:
                lowered.update(self._keyword(keyword, (pointer, value), item, inner))
        together: list[Any] = [*kinds.format_pattern(value.get("format"))]
        together += self._dependencies(pointer, value.get("dependencies"), inner)
        together += self._absent(pointer, value)
        if choice is not None and pointer not in scope.dispatched:
            together.append(choice.lower(self, inner))
        if kinds.is_secret(value):
            lowered[kinds.SECRET] = True
        if self._fills and "default" in value and not scope.neutral:
            lowered["default"] = value["default"]
            self._defaulted.append(lowered)
        if together:
            lowered["allOf"] = [*lowered.get("allOf", []), *together]
        return lowered

    def reference(self, target: str, scope: Scope) -> dict[str, Any]:
        """Return a reference to the definition of what stands at ``target``, about the same value as ``scope``."""
        entered = scope.enter(self._index.entered(target))
        return {"$ref": f"#/$defs/{self._define(target, self._facts.needed(target, entered))}"}

    def _keyword(self, keyword: str, at: tuple[str, dict[str, Any]], item: Any, scope: Scope) -> dict[str, Any]:
        pointer, value = at
        place = pointers.join(pointer, keyword)
        lowered: dict[str, Any] = {}
        match keyword:
            case "format":
                lowered = kinds.format_keywords(item, value)
            case "minimum" | "maximum":
                lowered = {keyword: kinds.format_keywords(value.get("format"), value).get(keyword, item)}
            case "$ref" | "$dynamicRef":
                lowered = self._refer(keyword, item, pointer, scope)
            case "required" if isinstance(item, list):
                kept = self._kept(item, scope)
                lowered = {keyword: kept} if kept else {}
            case "dependentRequired" if isinstance(item, dict):
                lists = {name: names for name, names in item.items() if isinstance(names, list)}
                lowered = {keyword: {**item, **{name: self._kept(names, scope) for name, names in lists.items()}}}
            case "pattern" if isinstance(item, str):
                lowered = {keyword: translated(item)}
            case _ if keyword in kinds.ASSERTIONS:
                lowered = {keyword: item}
            case _ if keyword in kinds.SUBSCHEMAS:
                lowered = {keyword: self._subschemas(keyword, place, item, scope)}
        return lowered

    def _subschemas(self, keyword: str, place: str, item: Any, scope: Scope) -> Any:
        if keyword in kinds.CONDITIONS:
            scope = scope.as_neutral()
        elif keyword not in kinds.SAME_VALUE:
            scope = scope.below()
        if keyword in kinds.MEMBERS:
            members = self._members(place, item, scope)
            return by_expression(members) if keyword == "patternProperties" else members
        match kinds.SUBSCHEMAS[keyword]:
            case kinds.Holds.LIST:
                return self._list(place, item, scope)
            case kinds.Holds.MAP:
                return self._map(place, item, scope)
            case kinds.Holds.ONE:
                return self.schema(place, item, scope)

    def _dependencies(self, pointer: str, value: Any, scope: Scope) -> list[dict[str, Any]]:
        """Lower ``dependencies``, which 2019-09 split in two and many contracts still use."""
        if not isinstance(value, dict):
            return []
        names = {name: item for name, item in value.items() if isinstance(item, list)}
        schemas = {name: item for name, item in value.items() if name not in names}
        place = pointers.join(pointer, "dependencies")
        required = {"dependentRequired": {name: self._kept(item, scope) for name, item in names.items()}}
        return [required | {"dependentSchemas": self._map(place, schemas, scope)}]

    def _list(self, place: str, value: Any, scope: Scope) -> Any:
        if not isinstance(value, list):
            return value
        return [self.schema(pointers.join(place, number), item, scope) for number, item in enumerate(value)]

    def _map(self, place: str, value: Any, scope: Scope) -> Any:
        if not isinstance(value, dict):
            return value
        return {name: self.schema(pointers.join(place, name), item, scope) for name, item in value.items()}

    def _members(self, place: str, value: Any, scope: Scope) -> Any:
        """Lower the schemas of members; one that is ``writeOnly`` may not be in a response at all."""
        lowered = self._map(place, value, scope)
        if not (self._facts.forbids or self._fills) or scope.neutral or not isinstance(lowered, dict):
            return lowered
        for name, item in value.items():
            if self._facts.is_hidden(pointers.join(place, name), item):
                # The default of what a caller does not send is the server's own affair.
                lowered[name] = False if self._facts.forbids else kinds.as_read_only(lowered[name])
        return lowered

    def _kept(self, names: list[Any], scope: Scope) -> list[Any]:
        if not all(isinstance(name, str) for name in names):
            return names
        return [name for name in dict.fromkeys(names) if name not in scope.hidden]

    def _refer(self, keyword: str, reference: Any, pointer: str, scope: Scope) -> dict[str, Any]:
        if isinstance(reference, str) and reference.startswith(META):
            return {keyword: reference}
        target = self._index.resolve(reference, pointer) if isinstance(reference, str) else None
        if target is None and is_absolute(reference):
            return {}
        if target is None:
            self.faults.append(Fault(pointers.join(pointer, keyword), f"'{reference}' does not exist"))
            return {}
        place = target.pointer
        if keyword == "$dynamicRef" and target.anchor is not None:
            place = dict(scope.dynamic).get(target.anchor, place)
        return self.reference(place, scope)

    def _absent(self, pointer: str, value: dict[str, Any]) -> list[bool]:
        """Return what holds where a schema is named that the contract does not hold: nothing can be valid."""
        references = (value.get("$ref"), value.get("$dynamicRef"))
        return [False for text in references if self._index.is_absent(text, pointer)]

    def _define(self, pointer: str, scope: Scope) -> str:
        name = self._names.get((pointer, scope))
        if name is None:
            name = self._allocate(pointer, scope, _wanted(pointer, scope))
        if name not in self.origins:
            self.origins[name] = pointer
            self._pending.append((pointer, scope, name))
        return name

    def _allocate(self, pointer: str, scope: Scope, wanted: str) -> str:
        base = name = _UNSAFE.sub("_", wanted)[:_LONGEST] or "_"
        number = 2
        while name in self._taken:
            name = f"{base}.{number}"
            number += 1
        self._taken.add(name)
        self._names[pointer, scope] = name
        return name


def _wanted(pointer: str, scope: Scope) -> str:
    """Return the name that says which schema this is and what it was narrowed to."""
    tail = pointer[len(COMPONENTS) :] if pointer.startswith(f"{COMPONENTS}/") else pointer
    marks = [".".join(pointers.split(tail))]
    if scope.hidden:
        marks.append("without." + ".".join(sorted(scope.hidden)))
    if scope.dispatched:
        marks.append("chosen")
    if scope.neutral:
        marks.append("neutral")
    return ".".join(marks)
