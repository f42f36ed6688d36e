"""The lock of remote documents: what each URL held when it was fetched. Later builds read the copies kept then."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

LOCK = "fountaingen.lock"
"""Where the lock lies below the project's root."""

COPIES = ".remote"
"""The folder of the copies, below that of the contracts."""

MOST = 200
"""How many documents a project can pin."""


@dataclass(frozen=True)
class Pin:
    """What a URL held: the sha256 in hex and the size in bytes; ``base`` is where redirects had led to."""

    sha256: str
    size: int
    base: str

    def copy_of(self, url: str) -> str:
        """Return the name of the file that keeps what ``url`` held; its ending says how it is read."""
        path = url.partition("?")[0].lower()
        return f"{self.sha256}.json" if path.endswith(".json") else f"{self.sha256}.yaml"


Pins = Mapping[str, Pin]
"""Pins by URL, each in the one spelling that ``primitives.urls`` gives."""


def to_bytes(pins: Pins) -> bytes:
    """Return the lock as JSON: the same bytes for the same pins."""
    documents = {
        url: {"sha256": pin.sha256, "size": pin.size} | ({"base": pin.base} if pin.base != url else {})
        for url, pin in sorted(pins.items())
    }
    return json.dumps({"documents": documents}, indent=2, ensure_ascii=True).encode("ascii") + b"\n"
