"""What manifests have in common: how objects are called, labelled and found."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from fountaingen.model.plan import FromData
from fountaingen.model.service import Service
from fountaingen.primitives.visible import prose

FOLDER = "kubernetes"
SERVICE = "service"
SCHEMA = "schema"
_NAME = "app.kubernetes.io/name"
_COMPONENT = "app.kubernetes.io/component"
_NAMESPACE_NAME = "kubernetes.io/metadata.name"
_LONGEST_NAME = 63
_LONGEST_TEXT = 500

Object = Mapping[str, Any]
"""A manifest."""


@dataclass(frozen=True)
class Naming:
    """The namespace that objects are in, and the label of the service that they are of, which they are found by."""

    namespace: str
    label: str

    def metadata(self, name: str, component: str = SERVICE, **more: Any) -> Mapping[str, Any]:
        """Return the metadata of an object."""
        return {"name": name, "namespace": self.namespace, "labels": selected(self.label, component), **more}


def selected(label: str, component: str = SERVICE) -> Mapping[str, str]:
    """Return the labels by which the pods of a service, or of its schema job, are selected."""
    return {_NAME: label, _COMPONENT: component}


def in_namespace(name: str) -> Mapping[str, Any]:
    """Return a selector of a namespace by its name, which every cluster labels it with."""
    return {"namespaceSelector": {"matchLabels": {_NAMESPACE_NAME: name}}}


def short(name: str) -> str:
    """Return ``name`` as one of 63 characters at most (RFC 1123 section 2.1), its end told by a digest if it is cut."""
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 9].rstrip('.-')}-{digest(name)}"


def digest(text: str) -> str:
    """Return eight characters that tell ``text`` from others."""
    return sha256(text.encode()).hexdigest()[:8]


def told(service: Service) -> Mapping[str, str]:
    """Return what people see of a service: texts of its contract, which are nothing but annotations."""
    return {"fountaingen/title": _line(service.title), "fountaingen/version": _line(service.version)}


def _line(text: str) -> str:
    seen = prose(text)
    return seen if len(seen) <= _LONGEST_TEXT else f"{seen[: _LONGEST_TEXT - 1].rstrip()}…"


def file(name: str, made: Object) -> FromData:
    """Return the file of a manifest, ``name`` being its path below the folder of manifests, without its ending."""
    return FromData(f"{FOLDER}/{name}.yaml", made)
