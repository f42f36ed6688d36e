"""What browsers are told of answers that are no JSON, which may hold what somebody else wrote.

Content is what it is declared as (X-Content-Type-Options); a page runs no scripts, is shown in no frame and tells
nobody where it was read. A header of the same name that a hook gives takes the place of ours.
"""

from collections.abc import Mapping
from typing import Any

from ..media_types import MediaType, is_json
from .outcomes import RawHeaders

_NOSNIFF: RawHeaders = [(b"x-content-type-options", b"nosniff")]
_SHOWN = frozenset({"text/html", "application/xhtml+xml", "image/svg+xml"})
_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
_PAGE: RawHeaders = [
    *_NOSNIFF,
    (b"content-security-policy", _POLICY.encode("ascii")),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
]
_OURS = frozenset(name for name, _ in _PAGE)


def protection(media_type: MediaType) -> RawHeaders:
    """Return what goes with content of ``media_type``: more where a browser shows it as a page."""
    if is_json(media_type):
        return []
    return _PAGE if media_type.essence in _SHOWN else _NOSNIFF


def unless_given(headers: RawHeaders, given: Mapping[str, Any]) -> RawHeaders:
    """Return ``headers`` without those of ours that ``given`` (by lower-case name) has too."""
    return [each for each in headers if each[0] not in _OURS or each[0].decode("ascii") not in given]
