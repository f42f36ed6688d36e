"""Where files are uploaded to is for another service to say."""

from app import schemas
from app.context import GetUploadUrlContext
from app.runtime.views import view


async def get_upload_url(ctx: GetUploadUrlContext) -> schemas.DirectUploadResponseObject:
    """Return a place of its own for each upload."""
    attributes = {"upload_id": ctx.request_id, "upload_url": f"https://uploads.invalid/{ctx.request_id}"}
    data = {"id": ctx.request_id, "type": "direct_upload", "attributes": attributes}
    return view(schemas.DirectUploadResponseObject, {"data": data})
