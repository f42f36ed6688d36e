"""The head of a part of a multipart body: its name, file name and type (RFC 7578 section 4, RFC 2183)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote

from ..media_types import MediaType

_FIELD = re.compile(r';\s*([^\s=;"]+)\s*=\s*("(?:[^"\\]|\\.)*"|[^;]*)')
# Browsers escape what would end a name (HTML, "multipart form data"); others put a backslash before it.
_BROWSER = {"%22": '"', "%0D": "\r", "%0A": "\n"}
_BROWSER_ESCAPE = re.compile("%22|%0D|%0A", re.IGNORECASE)
_BACKSLASH = re.compile(r'\\(["\\])')
_TEXT = MediaType("text", "plain")
# Those of RFC 8187 section 3.2.1 and RFC 5987; others of Python's could make text that nothing can write.
_CHARSETS = frozenset({"", "utf-8", "iso-8859-1"})
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f]")


@dataclass(frozen=True, slots=True)
class PartHead:
    """What the headers of a part say; ``name`` and ``filename`` are None, ``type`` too, where they say nothing."""

    name: str | None
    filename: str | None
    type: MediaType | None
    headers: Mapping[str, str]

    @property
    def meant(self) -> MediaType:
        """The type, which is plain text where none is given (RFC 7578 section 4.4)."""
        return self.type or _TEXT


def part_head(headers: Mapping[str, str]) -> PartHead:
    """Read the headers of a part, by lower-case name; raises ValueError where its type is none."""
    fields = {
        found.group(1).lower(): found.group(2) for found in _FIELD.finditer(headers.get("content-disposition", ""))
    }
    given = headers.get("content-type", "").strip()
    kind = MediaType.parse(given) if given else None
    name = _text(fields["name"]) if "name" in fields else None
    return PartHead(name, _filename(fields), kind, headers)


def _filename(fields: Mapping[str, str]) -> str | None:
    name = _extended(fields["filename*"]) if "filename*" in fields else None
    if name is None and "filename" in fields:
        name = _text(fields["filename"])
    if name is None:
        return None
    # Whatever folder the caller has it in is no business of this side's, on either kind of system.
    last = _CONTROLS.sub("", name.replace("\\", "/").rpartition("/")[2])
    return "" if last in (".", "..") else last


def _text(value: str) -> str:
    if value.startswith('"'):
        value = _BACKSLASH.sub(r"\1", value[1:-1])
    return _BROWSER_ESCAPE.sub(lambda found: _BROWSER[found.group().upper()], value.strip())


def _extended(value: str) -> str | None:
    """Read ``charset'language'percent-encoded`` (RFC 8187), which RFC 7578 forbids and people send."""
    charset, _, rest = value.strip().strip('"').partition("'")
    encoded = rest.partition("'")[2]
    if charset.lower() not in _CHARSETS:
        return None
    try:
        return unquote(encoded, charset or "utf-8", "strict")
    except UnicodeError:
        return None
