"""The versions of OpenAPI that a contract may be written in."""

from enum import Enum
from typing import Any


class Version(Enum):
    """A minor version; patch releases of one minor mean the same (OAS 3.1, section 4.1)."""

    V3_0 = "3.0"
    V3_1 = "3.1"
    V3_2 = "3.2"


def version_of(data: Any) -> Version | None:
    """Return the version a document says it is written in, None where it says none that is known."""
    text = data.get("openapi") if isinstance(data, dict) else None
    if not isinstance(text, str):
        return None
    major_minor, _, patch = text.rpartition(".")
    number = patch.partition("-")[0]
    if not (number.isascii() and number.isdigit()):
        return None
    return next((version for version in Version if version.value == major_minor), None)
