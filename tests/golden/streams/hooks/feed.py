"""Answers that are sent while they are made."""

from collections.abc import AsyncIterator

from app import schemas
from app.context import (
    DownloadArchiveContext,
    ExportEntriesContext,
    FollowEntriesContext,
    GetCoverContext,
    GetReportContext,
    ListEntriesContext,
)
from app.runtime.call import Reply
from app.runtime.events import Event

ZIP = b"PK\x05\x06" + bytes(18)
PNG = b"\x89PNG\r\n\x1a\n"


async def list_entries(
    ctx: ListEntriesContext, count: int
) -> schemas.ListEntriesResult | AsyncIterator[Event | schemas.Entry]:
    """What the caller likes better."""
    if ctx.media_type == "text/event-stream":
        return _entries(count)
    return schemas.ListEntriesResult(entries=[schemas.Entry(number=number) for number in range(count)])


async def follow_entries(ctx: FollowEntriesContext) -> AsyncIterator[Event]:
    """Each entry is an event with an id of its own."""
    for number in range(3):
        yield Event(schemas.Entry(number=number, text="one\ntwo"), id=str(number))


async def export_entries(ctx: ExportEntriesContext) -> AsyncIterator[schemas.Entry]:
    """An export is as long as it is."""
    for number in range(3):
        yield schemas.Entry(number=number)


async def download_archive(ctx: DownloadArchiveContext) -> AsyncIterator[bytes]:
    """An archive is sent in pieces."""
    return _pieces()


async def get_cover(ctx: GetCoverContext) -> Reply:
    """A picture says how large it is."""
    return Reply(PNG, headers={"X-Size": len(PNG)})


async def get_report(ctx: GetReportContext) -> str:
    """A table is text."""
    return "number;text\r\n1;one\r\n"


async def _entries(count: int) -> AsyncIterator[Event | schemas.Entry]:
    for number in range(count):
        yield schemas.Entry(number=number)


async def _pieces() -> AsyncIterator[bytes]:
    yield ZIP[:4]
    yield ZIP[4:]
