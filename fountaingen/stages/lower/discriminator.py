"""Discriminators: the tag in a message chooses the schema it is judged by.

OAS 3.1 says that validation should fail where the tag names no schema. A tag that is absent (or no text) leaves the
schema as it stands. Values that a branch itself declares for the tag count as its names where nothing else would fit,
for contracts in the field leave the mapping out.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fountaingen.primitives import pointer as pointers
from fountaingen.stages.lower.facts import Facts
from fountaingen.stages.lower.index import COMPONENTS, Index
from fountaingen.stages.lower.scope import Scope

if TYPE_CHECKING:
    from fountaingen.stages.lower.engine import Engine


@dataclass(frozen=True)
class Choice:
    """What a discriminator decides: ``names`` maps each tag to the pointer of the schema it chooses.

    ``keyword`` is the ``oneOf`` or ``anyOf`` at ``pointer`` that it chooses from, None where the schema is extended by
    others. ``unnamed`` are the places of alternatives without a name; ``loose`` are declared tags that name no schema.
    """

    pointer: str
    tag: str
    keyword: str | None
    alternatives: tuple[str, ...]
    names: dict[str, str]
    unnamed: tuple[str, ...]
    loose: tuple[str, ...]
    fallback: str | None

    @property
    def replaces(self) -> frozenset[str]:
        """The keywords of the schema that the lowered choice stands for."""
        return frozenset([self.keyword]) if self.keyword else frozenset()

    def lower(self, engine: "Engine", scope: Scope) -> dict[str, Any]:
        """Return the schema that makes the choice."""
        by_place: dict[str, list[str]] = {}
        for name, place in self.names.items():
            by_place.setdefault(place, []).append(name)
        arms = [
            {"if": self._tagged(sorted(names)), "then": self._arm(engine, place, scope)}
            for place, names in by_place.items()
            if place != self.pointer
        ]
        plain = self._plain(engine, self.alternatives, scope)
        tagged = {"type": "object", "required": [self.tag], "properties": {self.tag: {"type": "string"}}}
        chosen = {"if": tagged, "then": {"allOf": [*arms, *self._others(engine, plain, scope)]}}
        absent = engine.reference(self.fallback, scope) if self.fallback else plain
        return {**chosen, "else": absent} if absent else chosen

    def _arm(self, engine: "Engine", place: str, scope: Scope) -> Any:
        if place in self.alternatives:
            return engine.schema(place, engine.at(place), scope)
        return engine.reference(place, scope)

    def _others(self, engine: "Engine", plain: dict[str, Any], scope: Scope) -> list[dict[str, Any]]:
        """Return what holds for tags that name no schema."""
        known = sorted(self.names)
        if self.fallback:
            return [{"if": self._tagged(known), "else": engine.reference(self.fallback, scope)}]
        if self.unnamed:
            return [{"if": self._tagged(known), "else": self._plain(engine, self.unnamed, scope)}]
        unclear = [{"if": self._tagged(list(self.loose)), "then": plain}] if self.loose and plain else []
        return [self._tagged(sorted({*known, *self.loose})), *unclear]

    def _plain(self, engine: "Engine", places: tuple[str, ...], scope: Scope) -> dict[str, Any]:
        if self.keyword is None:
            return {}
        return {self.keyword: [engine.schema(place, engine.at(place), scope) for place in places]}

    def _tagged(self, names: list[str]) -> dict[str, Any]:
        return {"properties": {self.tag: {"enum": names}}}


class Chooser:
    """Finds the discriminators of a contract and what they choose from."""

    def __init__(self, index: Index, facts: Facts) -> None:
        self._index = index
        self._facts = facts
        self._active = "discriminator" in index.keywords

    def choice(self, pointer: str, schema: dict[str, Any]) -> Choice | None:
        """Return what the discriminator of ``schema`` decides, None where it has none or nothing to choose from."""
        discriminator = schema.get("discriminator") if self._active else None
        if not isinstance(discriminator, dict) or not isinstance(discriminator.get("propertyName"), str):
            return None
        tag = discriminator["propertyName"]
        keyword = next((word for word in ("oneOf", "anyOf") if isinstance(schema.get(word), list)), None)
        places: tuple[str, ...] = ()
        targets: dict[str, str] = {}
        if keyword:
            places = tuple(pointers.join(pointer, keyword, number) for number in range(len(schema[keyword])))
            targets = {place: found for place in places if (found := self._target(place))}
        else:
            targets = {place: place for place in (pointer, *self._facts.extensions.get(pointer, ())) if _name(place)}
        names = self._names(discriminator, tag, targets)
        if not names or set(names.values()) <= {pointer}:
            return None
        unnamed = tuple(place for place in places if place not in targets and not self._is_null(place))
        fallback = self._facts.named(discriminator.get("defaultMapping"), pointer)
        loose = tuple(sorted(set(self._facts.declared(pointer, schema, tag) or ()) - set(names)))
        return Choice(pointer, tag, keyword, places, names, unnamed, loose, fallback)

    def _names(self, discriminator: dict[str, Any], tag: str, targets: dict[str, str]) -> dict[str, str]:
        """Map tags to places: what ``mapping`` says, then schema names, then what the schemas declare for the tag."""
        names: dict[str, str] = {}
        mapping = discriminator.get("mapping")
        for name, reference in mapping.items() if isinstance(mapping, dict) else ():
            mapped = self._facts.named(reference, "")
            if mapped is not None:
                names[name] = next((place for place, target in targets.items() if target == mapped), mapped)
        explicit = set(names.values())
        for place, target in targets.items():
            implicit = _name(target)
            declared = self._facts.declared(target, self._index.at(target), tag)
            if implicit and (declared is None or implicit in declared or place in explicit):
                names.setdefault(implicit, place)
            elif declared and place not in explicit:
                for name in declared:
                    names.setdefault(name, place)
        return names

    def _target(self, place: str) -> str | None:
        alternative = self._index.at(place)
        return self._facts.target(alternative.get("$ref"), place) if isinstance(alternative, dict) else None

    def _is_null(self, place: str) -> bool:
        alternative = self._index.at(place)
        return isinstance(alternative, dict) and alternative.get("type") in ("null", ["null"])


def _name(pointer: str) -> str | None:
    """Return the name of the component schema at ``pointer``."""
    tokens = pointers.split(pointer)
    return tokens[2] if pointer.startswith(f"{COMPONENTS}/") and len(tokens) == 3 else None
