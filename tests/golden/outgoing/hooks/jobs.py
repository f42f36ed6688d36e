"""Jobs, and who is told of them."""

from app import schemas
from app.context import CreateJobContext, FinishJobContext
from app.outgoing import CreateJobCallbacks


async def create_job(ctx: CreateJobContext, progress_url: str | None, body: schemas.Job) -> schemas.Job:
    """Make a job and tell whoever asked at once."""
    made = await ctx.default(progress_url, body)
    if ctx.callbacks.on_done.url() is not None:
        done = schemas.Done(id=made.id or 0, state="done")
        told = await ctx.callbacks.on_done(done, x_token=body.name, url_=[1, 2])
        ctx.log.info("heard: %s", told.received)
    if progress_url is not None:
        await ctx.callbacks.progress_get(step="a/b", answer=made)
        await ctx.callbacks.tell_progress(body.name, step="last", answer=made)
    return made


async def finish_job(ctx: FinishJobContext, id: int, body: schemas.FinishJobBody) -> list[str]:
    """Tell who asked long ago, and every subscriber."""
    done = schemas.Done(id=id, state="done")
    await CreateJobCallbacks().on_done(done, x_token="later", url=body.url, headers={"X-Signature": "s"})
    deliveries = await ctx.webhooks.job_done.announce(done, x_kind="a")
    return [f"{each.url} {each.answer or each.error}" for each in deliveries]
