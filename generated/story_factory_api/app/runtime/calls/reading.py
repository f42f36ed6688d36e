"""Answers of others, read up to a bound and never unpacked: what is small on the wire may be large in memory."""

import httpx

PLAIN = {"Accept-Encoding": "identity"}
"""What a request says that is answered so."""


class Unreadable(Exception):
    """More comes back than there is room for, or it is packed although nobody asked for that."""


async def whole(response: httpx.Response, most: int) -> httpx.Response:
    """Return a streamed answer with all of its body; raises Unreadable where that is more than ``most`` bytes."""
    if response.is_stream_consumed:
        # Of the transport of a test, which had all of it from the start.
        return response
    content = bytearray()
    try:
        if response.headers.get("content-encoding", "identity").strip().lower() not in ("", "identity"):
            raise Unreadable("is encoded")
        if (announced := response.headers.get("content-length", "0")).isdecimal() and int(announced[:18]) > most:
            raise Unreadable(f"is larger than {most} bytes")
        async for chunk in response.aiter_raw():
            content += chunk
            if len(content) > most:
                raise Unreadable(f"is larger than {most} bytes")
    finally:
        await response.aclose()
    return httpx.Response(response.status_code, headers=response.headers, content=bytes(content))
