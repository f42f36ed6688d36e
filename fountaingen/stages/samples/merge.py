"""A schema seen flat: references followed, ``allOf`` merged, one branch of ``oneOf`` and ``anyOf`` chosen."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from fountaingen.primitives import pointer as pointers

Keywords = dict[str, Any]

_COMPONENTS = "#/components/schemas/"
_DEEPEST = 32


class Impossible(Exception):
    """No value can be made of the schema."""


@dataclass
class Effort:
    """How many more schemas may be looked at: two references in each of thirty schemas lead to a thousand million."""

    left: int = 25_000

    def spend(self) -> None:
        """Count one schema.

        Raises:
            Impossible: nothing is left.
        """
        if self.left <= 0:
            raise Impossible
        self.left -= 1


@dataclass(frozen=True)
class Flattener:
    """Flattens schemas of one contract; ``choice`` says which branch is taken where there are several."""

    data: Any
    choice: int = 0
    effort: Effort = field(default_factory=Effort)

    def flat(self, schema: Any, component: str | None = None, depth: int = 0) -> Keywords:
        """Return ``schema`` as one set of keywords; ``component`` is the name of the component that is being flattened.

        Raises:
            Impossible: the schema accepts nothing, refers to nothing, or to itself without end, or to too much.
        """
        self.effort.spend()
        if schema is True:
            return {}
        if not isinstance(schema, dict) or depth > _DEEPEST:
            raise Impossible
        keywords = {key: value for key, value in schema.items() if key not in ("$ref", "allOf", "oneOf", "anyOf")}
        reference = schema.get("$ref")
        if isinstance(reference, str):
            name = component or _component(reference)
            keywords = merged(keywords, self.flat(self._target(reference), name, depth + 1))
        for part in schema.get("allOf") or ():
            keywords = merged(keywords, self.flat(part, component, depth + 1))
        for keyword in ("oneOf", "anyOf"):
            branches = schema.get(keyword)
            if isinstance(branches, list) and branches:
                branch = branches[self.choice % len(branches)]
                keywords = merged(keywords, self.flat(branch, None, depth + 1))
                keywords = merged(keywords, _tag(schema, branch))
        if "oneOf" not in schema and "anyOf" not in schema and component is not None:
            keywords = merged(keywords, _tag(schema, {"$ref": f"{_COMPONENTS}{pointers.escape(component)}"}))
        return keywords

    def _target(self, reference: str) -> Any:
        try:
            return pointers.follow(self.data, pointers.split(reference.removeprefix("#")))
        except LookupError as error:
            raise Impossible from error


def _component(reference: str) -> str | None:
    name = reference.removeprefix(_COMPONENTS)
    return pointers.unescape(name) if name != reference and "/" not in name else None


def _tag(schema: Mapping[str, Any], branch: Any) -> Keywords:
    """Return what the discriminator of ``schema`` demands of a value of ``branch``."""
    discriminator = schema.get("discriminator")
    reference = branch.get("$ref") if isinstance(branch, dict) else None
    if not isinstance(discriminator, dict) or not isinstance(reference, str):
        return {}
    name = discriminator.get("propertyName")
    mapping = discriminator.get("mapping") or {}
    component = _component(reference)
    tag = next((key for key, target in mapping.items() if target in (reference, component)), component)
    return {"properties": {name: {"const": tag}}, "required": [name]} if isinstance(name, str) and tag else {}


def merged(left: Keywords, right: Keywords) -> Keywords:
    """Return keywords that ask for what both sets ask for, as far as keywords can be merged one by one."""
    result = dict(left)
    for keyword, value in right.items():
        result[keyword] = _BOTH.get(keyword, _first)(left[keyword], value) if keyword in left else value
    return result


def _first(left: Any, _right: Any) -> Any:
    return left


def _properties(left: Any, right: Any) -> Any:
    both = {name: {"allOf": [schema, right[name]]} for name, schema in left.items() if name in right}
    return {**left, **right, **both}


def _types(left: Any, right: Any) -> Any:
    one, other = _listed(left), _listed(right)
    shared = [name for name in one if name in other or (name == "integer" and "number" in other)]
    shared += ["integer"] if "integer" in other and "number" in one and "integer" not in shared else []
    if not shared:
        raise Impossible
    return shared


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


_BOTH: dict[str, Callable[[Any, Any], Any]] = {
    "properties": _properties,
    "patternProperties": _properties,
    "required": lambda left, right: list(dict.fromkeys([*left, *right])),
    "type": _types,
    "enum": lambda left, right: [each for each in left if each in right],
    "items": lambda left, right: {"allOf": [left, right]},
    "minimum": max,
    "exclusiveMinimum": max,
    "minLength": max,
    "minItems": max,
    "minProperties": max,
    "maximum": min,
    "exclusiveMaximum": min,
    "maxLength": min,
    "maxItems": min,
    "maxProperties": min,
}
