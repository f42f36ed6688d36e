"""Values made from schemas alone: the smallest that the keywords ask for, or with every member they name."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from fountaingen.stages.samples import scalars
from fountaingen.stages.samples.merge import Effort, Flattener, Impossible, Keywords

_DEEPEST = 8
_MOST_ITEMS = 100
_ANY_WORD = "text"
_IMPLIED = {
    "object": ("properties", "required", "additionalProperties", "patternProperties", "minProperties"),
    "array": ("items", "prefixItems", "minItems", "uniqueItems", "contains"),
    "string": ("pattern", "format", "minLength", "maxLength"),
    "number": ("minimum", "maximum", "multipleOf", "exclusiveMinimum", "exclusiveMaximum"),
}


@dataclass(frozen=True)
class Manner:
    """How values are made: ``hidden`` names the keyword of members that are left out (readOnly or writeOnly).

    ``examples``: values that people wrote are taken where there are some. ``full``: optional members are made too.
    ``effort`` is what may be done for it.
    """

    hidden: str
    examples: bool = True
    full: bool = False
    choice: int = 0
    effort: Effort = field(default_factory=Effort)


def synthesize(data: Any, schema: Any, manner: Manner, word: str = _ANY_WORD) -> Any:
    """Return a value that ``schema``, a part of the contract ``data``, most likely accepts.

    Raises:
        Impossible: none can be made.
    """
    return _Maker(Flattener(data, manner.choice, manner.effort), manner).value(schema, word, 0, 0)


@dataclass(frozen=True)
class _Maker:
    flattener: Flattener
    manner: Manner

    def value(self, schema: Any, word: str, variant: int, depth: int) -> Any:
        if depth > _DEEPEST:
            raise Impossible
        keywords = self.flattener.flat(schema)
        given = list(written(keywords)) if self.manner.examples else []
        choices = [keywords["const"]] if "const" in keywords else keywords.get("enum")
        if isinstance(choices, list):
            given = [each for each in given if each in choices] or choices
            if not given:
                raise Impossible
        if given and variant < len(given):
            return given[variant]
        return self._made(keywords, word, variant, depth)

    def _made(self, keywords: Keywords, word: str, variant: int, depth: int) -> Any:
        match _type(keywords):
            case "object":
                return self._object(keywords, variant, depth)
            case "array":
                return self._array(keywords, word, depth)
            case "integer" | "number" as kind:
                return scalars.number(keywords, variant, integer=kind == "integer")
            case "boolean":
                return variant % 2 == 0
            case kind:
                return None if kind == "null" else scalars.text(keywords, word, variant)

    def _object(self, keywords: Keywords, variant: int, depth: int) -> dict[str, Any]:
        properties = keywords.get("properties") or {}
        required = [name for name in keywords.get("required") or () if not self._is_hidden(properties.get(name, True))]
        made = {name: self.value(self._member(keywords, name), name, variant, depth + 1) for name in required}
        least = int(keywords.get("minProperties", 0))
        for name, schema in properties.items():
            if name not in made and not self._is_hidden(schema) and (self.manner.full or len(made) < least):
                try:
                    made[name] = self.value(schema, name, variant, depth + 1)
                except Impossible:
                    continue
        if least - len(made) > _MOST_ITEMS:
            raise Impossible
        for name in map("key{}".format, count(len(made) + 1)):
            if len(made) >= least:
                break
            if name not in properties:
                made[name] = self.value(self._member(keywords, name), name, variant, depth + 1)
        # The order of the contract reads better than that of its list of required names.
        return {name: made[name] for name in dict.fromkeys((*properties, *made)) if name in made}

    def _member(self, keywords: Keywords, name: str) -> Any:
        if name in (keywords.get("properties") or {}):
            return keywords["properties"][name]
        patterns = keywords.get("patternProperties") or {}
        return next(iter(patterns.values()), keywords.get("additionalProperties", True))

    def _is_hidden(self, schema: Any) -> bool:
        try:
            return self.flattener.flat(schema).get(self.manner.hidden) is True
        except Impossible:
            return True

    def _array(self, keywords: Keywords, word: str, depth: int) -> list[Any]:
        first = list(keywords.get("prefixItems") or ())
        wanted = max(int(keywords.get("minItems", 0)), 1 if self.manner.full or "contains" in keywords else 0)
        if wanted > _MOST_ITEMS:
            raise Impossible
        rest = keywords.get("contains", keywords.get("items", True))
        schemas = [*first, *([rest] * max(wanted - len(first), 0))][: max(wanted, 0)]
        return [self.value(schema, word, index, depth + 1) for index, schema in enumerate(schemas)]


def written(keywords: Keywords) -> Iterator[Any]:
    """Yield the values that a schema itself gives: its examples, then its default."""
    examples = keywords.get("examples")
    if "example" in keywords:
        yield keywords["example"]
    if isinstance(examples, list):
        yield from examples
    if "default" in keywords:
        yield keywords["default"]


def _type(keywords: Keywords) -> str | None:
    declared = keywords.get("type")
    types = [declared] if isinstance(declared, str) else declared
    if isinstance(types, list) and types:
        return next((str(each) for each in types if each != "null"), "null")
    return next((kind for kind, implying in _IMPLIED.items() if any(each in keywords for each in implying)), None)
