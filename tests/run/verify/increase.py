"""What a bank decides about its records, decided at once."""

from app import schemas
from app.context import (
    CreateABookkeepingAccountContext,
    CreateACardProfileContext,
    CreateAnAccountNumberContext,
    CreateAnEventSubscriptionContext,
    CreateAnExternalAccountContext,
)
from app.runtime.values import JsonValue
from app.runtime.views import wire

_WALLET: dict[str, JsonValue] = {
    "text_color": {"red": 0, "green": 0, "blue": 0},
    "contact_website": None,
    "contact_email": None,
    "contact_phone": None,
}


async def create_an_account_number(
    ctx: CreateAnAccountNumberContext, body: schemas.CreateAnAccountNumberParameters
) -> schemas.AccountNumber:
    """Give the account another number."""
    return await ctx.with_columns(account_number=ctx.request_id, routing_number="101050001", status="active").default(
        body
    )


async def create_a_bookkeeping_account(
    ctx: CreateABookkeepingAccountContext, body: schemas.CreateABookkeepingAccountParameters
) -> schemas.BookkeepingAccount:
    """Count money of nobody in particular as the customer's: the answer has to name one of the categories."""
    category = body.compliance_category or "customer_balance"
    return await ctx.with_columns(compliance_category=category).default(body)


async def create_a_card_profile(
    ctx: CreateACardProfileContext, body: schemas.CreateACardProfileParameters
) -> schemas.CardProfile:
    """Have the profile reviewed later, and show what the wallet leaves open."""
    wallet = {**_WALLET, **wire(body.digital_wallets)}
    return await ctx.with_columns(digital_wallets=wallet, status="pending").default(body)


async def create_an_event_subscription(
    ctx: CreateAnEventSubscriptionContext, body: schemas.CreateAnEventSubscriptionParameters
) -> schemas.EventSubscription:
    """Begin with the subscription at once, of heartbeats where it names no events."""
    category = body.selected_event_category or "group.heartbeat"
    secret = ctx.request_id if body.shared_secret is None else body.shared_secret
    columns = {"selected_event_category": category, "shared_secret": secret, "status": "active"}
    return await ctx.with_columns(**columns).default(body)


async def create_an_external_account(
    ctx: CreateAnExternalAccountContext, body: schemas.CreateAnExternalAccountParameters
) -> schemas.ExternalAccount:
    """Know of the account, and of nobody who has verified it."""
    funding = body.funding or "other"
    columns = {"funding": funding, "status": "active", "verification_status": "unverified"}
    return await ctx.with_columns(**columns).default(body)
