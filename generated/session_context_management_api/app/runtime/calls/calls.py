"""Calls to others over HTTP: what is tried again, how an answer is read and judged, what an error becomes."""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Mapping
from functools import lru_cache
from typing import Any

import httpx
import pydantic_core

from ..contract import Media, Response
from ..errors import ApiError
from ..media_types import MediaType, best, is_json, is_text, is_xml, parsed
from ..values import JsonValue

logger = logging.getLogger(__name__)

Declared = Mapping[str, Response]
"""The responses of one operation by status, range (``4XX``) or ``default``."""

TRIES = 3
_IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})
_WAIT_AND_SEE = frozenset({502, 503, 504})
_NEVER_ARRIVED = (httpx.ConnectError, httpx.ConnectTimeout)
_UNTOLD = MediaType("application", "json")
_LONGEST_REASON = 500


class PeerError(ApiError):
    """A peer refused: ``peer_status`` and ``body`` are what it said. Uncaught it is a 502.

    ``body`` is None where the peer's contract declares bodies of this status and refuses this one.
    """

    status = 502

    def __init__(self, peer: str, status: int, body: JsonValue) -> None:
        super().__init__(f"{peer} refused the call with {status}", code="peer_error")
        self.peer = peer
        self.peer_status = status
        self.body = body


class PeerUnavailable(ApiError):
    """A peer could not be reached, was too slow, or failed."""

    status = 502

    def __init__(self, peer: str) -> None:
        super().__init__(f"{peer} is not available", code="peer_unavailable")
        self.peer = peer


class PeerBroken(PeerUnavailable):
    """A peer answered what its contract does not allow; the log says what."""


async def tried(method: str, send: Callable[[], Awaitable[httpx.Response]], pause: float) -> httpx.Response:
    """Return the answer to a request, sent again where that is safe: at most three times, ``pause`` seconds growing.

    Raises what ``send`` raises.
    """
    for attempt in range(1, TRIES + 1):
        try:
            response = await send()
        except httpx.TransportError as error:
            # What never reached the peer is safe to send again, whatever it was.
            if attempt == TRIES or (method not in _IDEMPOTENT and not isinstance(error, _NEVER_ARRIVED)):
                raise
        else:
            if attempt == TRIES or method not in _IDEMPOTENT or response.status_code not in _WAIT_AND_SEE:
                return response
        await asyncio.sleep(pause * 2 ** (attempt - 1) * random.uniform(0.5, 1.5))
    raise AssertionError("the last try returns or raises")


def understood(peer: str, response: httpx.Response, declared: Declared | None) -> Any:
    """Return the body of a 2xx answer, None where there is none.

    ``declared`` judges it; where that is None the contract says nothing of this call. Raises PeerUnavailable for a 5xx,
    PeerError for any other status, PeerBroken for what is not what the contract says.
    """
    if response.status_code >= 500:
        raise PeerUnavailable(peer)
    if not response.is_success:
        raise PeerError(peer, response.status_code, _said(peer, response, declared))
    try:
        body = body_of(response)
        wrong = _refusal(response, body, declared)
    except ValueError as error:
        wrong, body = str(error), None
    if wrong is not None:
        logger.error("%s breaks its contract with a %d: %s", peer, response.status_code, wrong)
        raise PeerBroken(peer)
    return body


def body_of(response: httpx.Response) -> Any:
    """Return what an answer holds: a JSON value unless it says that it is something else, then text or bytes.

    Raises ValueError where it is not the JSON that it should be.
    """
    if not response.content:
        return None
    media_type = _media_type(response)
    if is_json(media_type):
        return pydantic_core.from_json(response.content, allow_inf_nan=False)
    return response.text if is_text(media_type) or is_xml(media_type) else response.content


def _media_type(response: httpx.Response) -> MediaType:
    return _read(response.headers.get("content-type", ""))


@lru_cache(maxsize=256)
def _read(content_type: str) -> MediaType:
    return parsed(content_type) or _UNTOLD


# A peer says the same types again and again, and to compare them takes longer than to judge a body.
@lru_cache(maxsize=1024)
def _covering(declared: tuple[str, ...], sent: MediaType) -> str | None:
    return best(declared, sent)


def _said(peer: str, response: httpx.Response, declared: Declared | None) -> Any:
    try:
        body = body_of(response)
        wrong = _refusal(response, body, declared)
    except ValueError:
        return response.text
    if wrong is None:
        return response.text if isinstance(body, bytes) else body
    logger.warning("%s breaks its contract with a %d: %s", peer, response.status_code, wrong)
    return None


def _refusal(response: httpx.Response, body: Any, declared: Declared | None) -> str | None:
    """Return why the contract does not allow an answer; None where it does, or where it says nothing of the body."""
    if declared is None:
        return None
    key = _key(declared, response.status_code)
    if key is None:
        # An error needs no body that anybody reads; a success does where one was promised.
        promised = response.is_success and any(each.content for status, each in declared.items() if status[0] == "2")
        return "the status is not declared" if promised else None
    content = declared[key].content
    if content and body is None:
        return "there is no body" if response.is_success else None
    return _unfit(body, _media_type(response), content) if content else None


def _unfit(body: Any, sent: MediaType, content: Mapping[str, Media]) -> str | None:
    found = _covering(tuple(content), sent)
    if found is None:
        return f"the media type {sent} is not declared"
    judge = content[found].judge
    if isinstance(body, bytes) or judge.accepts(body):
        return None
    return "; ".join(map(str, judge.violations("answer", body)))[:_LONGEST_REASON]


def _key(declared: Declared, status: int) -> str | None:
    return next((key for key in (str(status), f"{status // 100}XX", "default") if key in declared), None)
