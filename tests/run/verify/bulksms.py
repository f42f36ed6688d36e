"""Messages that go nowhere: the gateway is another service's."""

from sqlalchemy.orm import Session

from app import models, schemas
from app.context import Context
from app.runtime.errors import NotFound
from app.runtime.values import JsonValue
from app.runtime.views import view, wire


def _message(ctx: Context, number: int, to: str, body: JsonValue) -> schemas.Message:
    id_ = f"{ctx.request_id}-{number}"
    status = {"id": "ACCEPTED.null", "type": "ACCEPTED"}
    return view(schemas.Message, {"id": id_, "type": "SENT", "to": to, "body": body, "status": status})


async def get_blocked_numbers(ctx: Context, min_id: int | None, limit: int | None) -> schemas.BlockedNumber:
    """One number is blocked for ever."""
    return view(schemas.BlockedNumber, {"id": 1, "phoneNumber": "27000000000"})


async def post_blocked_numbers(ctx: Context, body: list[str]) -> None:
    """More are not needed."""


async def post_credit_transfer(ctx: Context, body: schemas.TransferEntry) -> None:
    """Nobody has credits."""


async def get_messages(
    ctx: Context, limit: float | None, filter: str | None, sort_order: str | None
) -> list[schemas.Message]:
    """Nothing is kept of messages."""
    return []


async def post_messages(
    ctx: Context,
    deduplication_id: int | None,
    auto_unicode: bool,
    schedule_date: str | None,
    schedule_description: str | None,
    body: list[schemas.SubmissionEntry],
) -> list[schemas.Message]:
    """Accept every message."""
    return [_message(ctx, number, "27000000000", wire(each).get("body")) for number, each in enumerate(body)]


async def get_messages_send(ctx: Context, to: str, body_: str, deduplication_id: int | None) -> list[schemas.Message]:
    """Accept the message."""
    return [_message(ctx, 0, to, body_)]


async def get_messages_id(ctx: Context, id: str) -> schemas.Message:
    """Nothing is kept of messages."""
    raise NotFound(f"there is no message {id}")


async def get_messages_id_related_received_messages(ctx: Context, id: str) -> list[schemas.Message]:
    """Nobody answers."""
    return []


async def get_profile(ctx: Context) -> schemas.Profile:
    """There is one account."""
    credits = {"balance": 0.0, "limit": 0, "isTransferAllowed": False}
    profile = {"id": "1", "username": "sender", "created": "2026-01-01T00:00:00Z", "credits": credits}
    return view(schemas.Profile, {**profile, "quota": {"size": 0, "remaining": 0}})


async def post_rmm_pre_sign_attachment(ctx: Context, body: schemas.PreSignRequest) -> schemas.PreSignInfo:
    """Say where an attachment would go."""
    return view(schemas.PreSignInfo, {"putUrl": f"https://uploads.invalid/{ctx.request_id}"})


async def get_webhooks_id(ctx: Context, id: str) -> schemas.Webhook:
    """Return the webhook whose number the text is."""
    return await ctx.read(lambda session: _shown(_found(session, id)))


async def post_webhooks_id(ctx: Context, id: str, body: schemas.WebhookEntry) -> schemas.Webhook:
    """Change what is sent of a webhook."""

    def change(session: Session) -> schemas.Webhook:
        webhook = _found(session, id)
        for name in _KEPT:
            if name in body.model_fields_set:
                setattr(webhook, name, getattr(body, name))
        return _shown(webhook)

    return await ctx.write(change)


async def delete_webhooks_id(ctx: Context, id: str) -> None:
    """Forget a webhook."""
    await ctx.write(lambda session: session.delete(_found(session, id)))


def _found(session: Session, id: str) -> models.Webhook:
    webhook = session.get(models.Webhook, int(id)) if id.isascii() and id.isdigit() and len(id) < 19 else None
    if webhook is None:
        raise NotFound(f"there is no webhook {id}")
    return webhook


def _shown(webhook: models.Webhook) -> schemas.Webhook:
    kept = {name: value for name in ("id", *_KEPT) if (value := getattr(webhook, name)) is not None}
    return schemas.Webhook(**kept)


_KEPT = ("active", "contact_email_address", "name", "on_web_app", "trigger_scope", "url")
