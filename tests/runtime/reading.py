"""Bodies read as a service does: from a Request Body Object of a contract to the value that an endpoint is given."""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from fountaingen.model.document import Document
from fountaingen.runtime.bodies.reader import BodyReader, close_open
from fountaingen.runtime.contract import Body, request_body
from fountaingen.runtime.judge import Judges
from fountaingen.runtime.settings import Settings
from fountaingen.runtime.uploads import Upload
from fountaingen.stages.build import build
from fountaingen.stages.plan.contract import contract_data
from fountaingen.stages.resolve import resolve

BOUNDARY = "line-between"
FORM = "application/x-www-form-urlencoded"
PARTS = f"multipart/form-data; boundary={BOUNDARY}"


class Got(NamedTuple):
    """An upload, read to its end."""

    filename: str | None
    content_type: str
    data: bytes


def declared(content: Mapping[str, Any], *, required: bool = True, schemas: Mapping[str, Any] | None = None) -> Body:
    """Return the body of an operation whose Request Body Object has this ``content``."""
    data = {
        "openapi": "3.1.0",
        "info": {"title": "Test", "version": "1"},
        "paths": {
            "/things": {
                "post": {
                    "operationId": "send",
                    "requestBody": {"required": required, "content": content},
                    "responses": {"200": {"description": "An answer."}},
                }
            }
        },
        "components": {"schemas": dict(schemas or {})},
    }
    made = contract_data(build(resolve("test", Document("specs/test.yaml", data, b"", {}), {})))
    assert not made.problems
    found = request_body(Judges(made.schemas["request"]), made.operations["operations"]["send"]["body"])
    assert found is not None
    return found


def read(body: Body, sent: bytes | Iterable[bytes], content_type: str = "application/json", **settings: Any) -> Any:
    """Return what comes of ``sent``, in one piece or in several, every upload read to its end."""
    pieces = [sent] if isinstance(sent, bytes) else list(sent)
    headers = settings.pop("headers", ())
    named = ((b"content-type", content_type.encode()),) if content_type else ()
    scope: dict[str, Any] = {"headers": [*named, *headers]}
    messages = [{"type": "http.request", "body": piece, "more_body": True} for piece in pieces]
    messages[-1]["more_body"] = False

    async def receive() -> Any:
        return messages.pop(0) if messages else {"type": "http.disconnect"}

    async def everything() -> Any:
        try:
            return await shown(await BodyReader(body, Settings(**settings)).read(scope, receive))
        finally:
            close_open(scope)

    return asyncio.run(everything())


async def shown(value: Any) -> Any:
    """Return ``value`` with its uploads read."""
    if isinstance(value, Upload):
        return Got(value.filename, value.content_type, await value.read())
    if isinstance(value, dict):
        return {name: await shown(each) for name, each in value.items()}
    return [await shown(each) for each in value] if isinstance(value, list) else value


def part(name: str, data: bytes | str, *headers: str, filename: str | None = None) -> bytes:
    """Write one part of a form."""
    named = f'; filename="{filename}"' if filename is not None else ""
    head = "\r\n".join([f'Content-Disposition: form-data; name="{name}"{named}', *headers])
    raw = data.encode() if isinstance(data, str) else data
    return f"--{BOUNDARY}\r\n{head}\r\n\r\n".encode() + raw + b"\r\n"


def parts(*written: bytes) -> bytes:
    """Write a form of parts."""
    return b"".join(written) + f"--{BOUNDARY}--\r\n".encode()
