"""Tokens and permissions are kept elsewhere; applications keep what an update leaves empty."""

from app import schemas
from app.context import CreateTokenContext, ListRolePermissionContext, UpdateOauthAppAccountContext
from app.runtime.views import view, wire


async def create_token(ctx: CreateTokenContext, body: schemas.CreateTokenBody) -> schemas.OauthV1Token:
    """Issue a token that is good for an hour."""
    return schemas.OauthV1Token(access_token=ctx.request_id, token_type="bearer", expires_in=3600)


async def list_role_permission(
    ctx: ListRolePermissionContext, role_sid: str, page_size: int | None, page: int | None, page_token: str | None
) -> schemas.ListRolePermissionResult:
    """No role has permissions."""
    return schemas.ListRolePermissionResult(permissions=[])


async def update_oauth_app_account(
    ctx: UpdateOauthAppAccountContext, sid: str, body: schemas.IamV1AccountVendorOauthAppUpdateRequest
) -> schemas.IamV1AccountVendorOauthAppCreateUpdateResponse:
    """Null says nothing: the contract accepts it and shows none."""
    said = {name: value for name, value in wire(body).items() if value is not None}
    return await ctx.default(sid, view(schemas.IamV1AccountVendorOauthAppUpdateRequest, said))
