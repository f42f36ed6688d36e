"""Bodies as they are sent: JSON, forms, forms in parts, text."""

import json
from typing import Any
from urllib.parse import urlencode

_FORM = "application/x-www-form-urlencoded"
_BOUNDARY = "boundary-of-the-tests"


def content_type(media_type: str) -> str:
    """Return the Content-Type of a body; that of one in parts names what stands between them."""
    return f"{media_type}; boundary={_BOUNDARY}" if media_type.startswith("multipart/") else media_type


def content(body: Any, media_type: str) -> bytes:
    """Return ``body`` as bytes of ``media_type``."""
    essence = media_type.partition(";")[0]
    if essence == _FORM:
        return urlencode([(name, each) for name, value in body.items() for each in listed(value)]).encode()
    if essence.startswith("multipart/"):
        return _in_parts(body)
    if essence.endswith("json"):
        return json.dumps(body).encode()
    return body if isinstance(body, bytes) else text(body).encode()


def listed(value: object) -> list[str]:
    """Return a value as texts: one, or one for each item."""
    return [text(each) for each in value] if isinstance(value, list) else [text(value)]


def text(value: object) -> str:
    """Return a value as text: a string as it is, anything else as JSON."""
    return value if isinstance(value, str) else json.dumps(value)


def _in_parts(body: dict[str, Any]) -> bytes:
    """Write a form of RFC 7578, a part for each item of a list."""
    written = []
    for name, value in body.items():
        quoted = name.replace('"', "%22")
        for each in listed(value):
            head = f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{quoted}"\r\n\r\n'
            written.append(f"{head}{each}\r\n")
    return f"{''.join(written)}--{_BOUNDARY}--\r\n".encode()
