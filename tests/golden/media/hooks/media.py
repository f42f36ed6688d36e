"""Tell what came, and how much."""

from app import schemas
from app.context import CreateAlbumContext, NoteArtistContext, StoreTrackContext
from app.runtime.uploads import Upload


async def create_album(ctx: CreateAlbumContext, body: schemas.CreateAlbumBody) -> schemas.Taken:
    """Files come beside the texts of a form."""
    files = [body.cover, *(body.pictures or [])]
    names = ", ".join(each.filename or "?" for each in files)
    artist = body.artist.name if body.artist else "nobody"
    size = sum([len(await each.read()) for each in files])
    return schemas.Taken(told=f"{body.title} ({body.year}) by {artist}: {names}", bytes=size)


async def store_track(ctx: StoreTrackContext, track_id: int, body: Upload) -> schemas.Taken:
    """Sound is never all in memory."""
    size = 0
    async for piece in body.chunks():
        size += len(piece)
    return schemas.Taken(told=f"track {track_id} as {body.content_type}", bytes=size)


async def note_artist(ctx: NoteArtistContext, body: schemas.Artist | str | Upload | None) -> schemas.Taken:
    """One operation, five media types."""
    if isinstance(body, schemas.Artist):
        return schemas.Taken(told=f"{body.name}, {body.born}, {body.genres}", bytes=0)
    if isinstance(body, Upload):
        return schemas.Taken(told="a picture", bytes=len(await body.read()))
    return schemas.Taken(told=body or "nothing", bytes=0)
