"""The names schemas give themselves: ``$id``, ``$anchor``, ``$dynamicAnchor`` (JSON Schema 2020-12, section 8.2)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote, urldefrag, urljoin

from fountaingen.model import grammar
from fountaingen.model.document import Document
from fountaingen.model.grammar import Kind
from fountaingen.model.version import Version, version_of
from fountaingen.primitives import pointer as pointers

_KEYWORDS = (b"$id", b"nchor")
"""What the source of a document with identifiers holds (``$anchor`` and ``$dynamicAnchor`` end alike)."""
_META = ("https://json-schema.org/", "https://spec.openapis.org/oas/3.")


@dataclass(frozen=True)
class Identifiers:
    """The identifiers of one document: pointers of schemas by URI, and the base URI of each with an ``$id``."""

    by_uri: Mapping[str, str] = field(default_factory=dict)
    bases: Mapping[str, str] = field(default_factory=dict)

    def find(self, at: str, text: str) -> str | None:
        """Return the pointer that the reference ``text`` at ``at`` leads to by way of an identifier, or None."""
        base = self._base(at)
        if not self.by_uri or (not base and text.startswith("#/")):
            return None
        # Of fragments urllib drops line breaks and tabs, which names of components may hold.
        uri, fragment = (base, text[1:]) if text.startswith("#") else urldefrag(_join(base, text))
        anchored = self.by_uri.get(f"{uri}#{fragment}")
        if anchored is not None:
            return anchored
        root = self.by_uri.get(uri)
        if root is None or (fragment and not fragment.startswith("/")):
            return None
        return root + unquote(fragment)

    def is_known(self, at: str, text: str) -> bool:
        """Return whether the reference leads into a meta-schema, which the judge has at hand."""
        return _join(self._base(at), text).startswith(_META)

    def is_inside(self, at: str) -> bool:
        """Return whether the place lies in a schema with an ``$id``."""
        return bool(self._base(at))

    def _base(self, at: str) -> str:
        if not self.bases:
            return ""
        while at and at not in self.bases:
            at = pointers.parent(at)
        return self.bases.get(at, "")


def identify(document: Document) -> Identifiers:
    """Return the identifiers of a document; OpenAPI 3.0 has none."""
    data = document.data
    if version_of(data) is Version.V3_0 or not any(keyword in document.source for keyword in _KEYWORDS):
        return Identifiers()
    by_uri: dict[str, str] = {}
    bases: dict[str, str] = {}
    for node in grammar.walk(data):
        if node.kind is not Kind.SCHEMA:
            continue
        base = Identifiers(bases=bases)._base(node.pointer)
        name = node.value.get("$id")
        if isinstance(name, str):
            base = urldefrag(_join(base, name)).url
            bases[node.pointer] = base
            by_uri.setdefault(base, node.pointer)
        for keyword in ("$anchor", "$dynamicAnchor"):
            anchor = node.value.get(keyword)
            if isinstance(anchor, str):
                by_uri.setdefault(f"{base}#{anchor}", node.pointer)
    return Identifiers(by_uri, bases)


def _join(base: str, text: str) -> str:
    # urljoin knows nothing of bases such as urn:…, where only a fragment can be joined.
    return base + text if text.startswith("#") else urljoin(base, text)
