"""Where the references of a contract lead: ``$id``, anchors and pointers, resolved once for the whole document."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

from fountaingen.model import grammar
from fountaingen.primitives import pointer as pointers
from fountaingen.stages.lower.dialects import Dialects
from fountaingen.stages.lower.scope import DynamicBindings

COMPONENTS = "/components/schemas"
META = "https://json-schema.org/draft/"
"""What the names of the schemas of JSON Schema itself begin with; the validator has them at hand."""
_IDENTIFYING = ("$id", "$anchor", "$dynamicAnchor")


@dataclass(frozen=True)
class Target:
    """Where a reference leads. ``anchor`` is set where it was written as the name of a dynamic anchor."""

    pointer: str
    anchor: str | None = None


@dataclass(frozen=True)
class Index:
    """A normalized contract and the resources in it.

    A resource is a schema with ``$id``, or the outermost schema around. ``bases`` maps the pointers of schemas with
    ``$id`` to their absolute URIs; ``anchors`` and ``dynamic`` map (resource pointer, anchor) to the schema's pointer.
    ``keywords`` are all member names of the document.
    """

    data: Any = field(repr=False)
    bases: dict[str, str]
    anchors: dict[tuple[str, str], str]
    dynamic: dict[tuple[str, str], str]
    roots: frozenset[str] = field(repr=False)
    keywords: frozenset[str]
    dialects: Dialects = field(default_factory=Dialects, repr=False)

    def at(self, pointer: str) -> Any:
        """Return the value at ``pointer``.

        Raises:
            LookupError: there is none.
        """
        return pointers.follow(self.data, pointers.split(pointer))

    def exists(self, pointer: str) -> bool:
        try:
            self.at(pointer)
        except LookupError:
            return False
        return True

    def components(self) -> dict[str, Any]:
        """Return the component schemas by name."""
        try:
            found = self.at(COMPONENTS)
        except LookupError:
            return {}
        return found if isinstance(found, dict) else {}

    def resource(self, pointer: str) -> str:
        """Return the pointer of the resource that the schema at ``pointer`` belongs to."""
        here = pointer
        while here not in self.bases and here not in self.roots:
            if not here:
                return pointer
            here = pointers.parent(here)
        return here

    def entered(self, pointer: str) -> DynamicBindings:
        """Return the dynamic anchors of the resource that a reference to ``pointer`` enters."""
        if not self.dynamic:
            return ()
        resource = self.resource(pointer)
        return tuple(sorted((anchor, target) for (owner, anchor), target in self.dynamic.items() if owner == resource))

    def resolve(self, reference: str, pointer: str) -> Target | None:
        """Return where ``reference``, written in the schema at ``pointer``, leads, or None where it leads nowhere.

        A pointer is looked for in the resource around first, then in the whole document: people write
        ``#/components/schemas/X`` in schemas with ``$id`` too.
        """
        if not self.bases and not self.anchors and not self.dynamic:
            return self._whole(unquote(reference[1:])) if reference.startswith("#") else None
        resource = self.resource(pointer)
        owner, fragment = resource, unquote(reference.partition("#")[2])
        if not reference.startswith("#"):
            address = urldefrag(urljoin(self.bases.get(resource, ""), reference)).url
            found = next((place for place, base in self.bases.items() if base == address), None)
            if found is None:
                return None
            owner = found
        return self._inside(owner, fragment) or (self._whole(fragment) if reference.startswith("#") else None)

    def is_absent(self, reference: Any, pointer: str) -> bool:
        """Say whether ``reference`` names a schema, by its absolute URI, that the contract does not hold."""
        return is_absolute(reference) and not reference.startswith(META) and self.resolve(reference, pointer) is None

    def meant(self, pointer: str, schema: dict[str, Any]) -> dict[str, Any]:
        """Return the schema at ``pointer`` without the keywords that its dialect has no meaning for."""
        return self.dialects.meant(self.resource(pointer), schema) if self.dialects else schema

    def _inside(self, owner: str, fragment: str) -> Target | None:
        if not fragment:
            return Target(owner) if owner in self.bases else None
        if fragment.startswith("/"):
            return Target(owner + fragment) if owner in self.bases and self.exists(owner + fragment) else None
        if (owner, fragment) in self.dynamic:
            return Target(self.dynamic[owner, fragment], fragment)
        if (owner, fragment) in self.anchors:
            return Target(self.anchors[owner, fragment])
        return None

    def _whole(self, fragment: str) -> Target | None:
        if fragment.startswith("/"):
            return Target(fragment) if self.exists(fragment) else None
        for table in (self.dynamic, self.anchors):
            places = [place for (_, anchor), place in table.items() if anchor == fragment]
            if len(places) == 1:
                return Target(places[0], fragment if table is self.dynamic else None)
        return None


def build_index(data: Any) -> Index:
    """Index a normalized contract (OpenAPI 3.1 as plain JSON values)."""
    keywords = frozenset(_keys(data))
    if not keywords.intersection(_IDENTIFYING):
        return Index(data, {}, {}, {}, frozenset(), keywords)
    places = {node.pointer: node.value for node in grammar.walk(data) if node.kind is grammar.Kind.SCHEMA}
    owners: dict[str, str] = {}
    bases: dict[str, str] = {}
    anchors: dict[tuple[str, str], str] = {}
    dynamic: dict[tuple[str, str], str] = {}
    for pointer, schema in places.items():
        around = _around(pointer, owners)
        identifier = schema.get("$id")
        if isinstance(identifier, str) and not identifier.startswith("#"):
            bases[pointer] = urldefrag(urljoin(bases.get(around or "", ""), identifier))[0]
            around = pointer
        owners[pointer] = around or pointer
        _note(anchors, (owners[pointer], schema.get("$anchor")), pointer)
        _note(dynamic, (owners[pointer], schema.get("$dynamicAnchor")), pointer)
    roots = frozenset(pointer for pointer, owner in owners.items() if pointer == owner)
    dialects = Dialects()
    if "$vocabulary" in keywords:
        dialects = Dialects.of(places, bases, owners)
    return Index(data, bases, anchors, dynamic, roots, keywords, dialects)


def is_absolute(reference: Any) -> bool:
    """Say whether a reference is a whole URI."""
    return isinstance(reference, str) and bool(urlsplit(reference).scheme)


def _around(pointer: str, owners: dict[str, str]) -> str | None:
    """Return the resource of the schema that holds the one at ``pointer``: two steps up (keyword, name) at the most."""
    for _ in range(2):
        pointer = pointers.parent(pointer)
        if pointer in owners:
            return owners[pointer]
    return None


def _note(table: dict[tuple[str, str], str], key: tuple[str, Any], pointer: str) -> None:
    if isinstance(key[1], str):
        table.setdefault((key[0], key[1]), pointer)


def _keys(data: Any) -> Iterator[str]:
    pending = [data]
    while pending:
        value = pending.pop()
        if isinstance(value, dict):
            yield from value
            pending.extend(value.values())
        elif isinstance(value, list):
            pending.extend(value)
