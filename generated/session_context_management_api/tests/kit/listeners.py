"""Whoever the service calls back or tells, replaced: each call is answered with the example of its own contract."""

import json
from pathlib import Path

import httpx


def listening(file: Path) -> httpx.MockTransport:
    """Return what stands in for the network of callbacks and webhooks; ``file`` holds an answer a call."""
    answers = json.loads(file.read_bytes())

    def answer(request: httpx.Request) -> httpx.Response:
        known = answers.get(request.extensions.get("call"))
        if known is None:
            return httpx.Response(404)
        content = json.dumps(known["body"]).encode() if "body" in known else b""
        # Not read yet, as what comes over a network: who calls stops reading where it becomes too much.
        stream = httpx.ByteStream(content)
        return httpx.Response(known["status"], headers={"content-type": "application/json"}, stream=stream)

    return httpx.MockTransport(answer)
