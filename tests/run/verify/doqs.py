"""Templates are files; these are kept in memory and filled by nobody."""

from itertools import count

from sqlalchemy.orm import Session

from app import models, schemas
from app.context import (
    CreateContext,
    DeleteTemplatesIdDeleteContext,
    FillContext,
    GeneratePdfDesignerTemplatesIdGeneratePostContext,
    GetContext,
    GetFileTemplatesIdFileGetContext,
    ListContext,
    PreviewDesignerTemplatesPreviewPostContext,
    UpdateContext,
)
from app.runtime.errors import NotFound
from app.runtime.values import JsonValue
from app.runtime.views import view, wire

_templates: dict[str, dict[str, JsonValue]] = {}
_numbers = count(1)


def _known(id: str) -> dict[str, JsonValue]:
    if id not in _templates:
        raise NotFound(f"there is no template {id}")
    return _templates[id]


async def create(ctx: CreateContext, body: schemas.CreateBody) -> schemas.ResponseOkTemplate:
    """Keep that there is such a file."""
    made: dict[str, JsonValue] = {"id": str(next(_numbers)), "name": "template", "pages": 1, "fields": []}
    _templates[str(made["id"])] = made
    return view(schemas.ResponseOkTemplate, {"results": made})


async def list_(ctx: ListContext, limit: int, offset: int) -> schemas.ResponseOkListAppsApiRoutesTemplatesTemplate:
    """Page through the templates."""
    found = list(_templates.values())[offset : offset + limit]
    return view(schemas.ResponseOkListAppsApiRoutesTemplatesTemplate, {"results": found})


async def get(ctx: GetContext, id: str) -> schemas.ResponseOkTemplate:
    """Return one template."""
    return view(schemas.ResponseOkTemplate, {"results": _known(id)})


async def update(ctx: UpdateContext, id: str, body: schemas.UpdateTemplateRequest) -> schemas.ResponseOkTemplate:
    """Keep the fields of a template."""
    said = wire(body)
    template = _known(id)
    template.update({name: said[name] for name in ("name", "fields") if name in said})
    return view(schemas.ResponseOkTemplate, {"results": template})


async def delete_templates_id_delete(ctx: DeleteTemplatesIdDeleteContext, id: str) -> schemas.ResponseOkNoneType:
    """Forget a template."""
    _known(id)
    del _templates[id]
    return schemas.ResponseOkNoneType(results=None)


async def get_file_templates_id_file_get(ctx: GetFileTemplatesIdFileGetContext, id: str) -> schemas.ResponseOkHttpUrl:
    """Say where the file would be."""
    _known(id)
    return schemas.ResponseOkHttpUrl(results=f"https://files.invalid/{ctx.request_id}")


async def fill(ctx: FillContext, id: str, body: schemas.FillTemplateRequest) -> JsonValue:
    """Return what would be filled in."""
    _known(id)
    return wire(body)


async def preview_designer_templates_preview_post(
    ctx: PreviewDesignerTemplatesPreviewPostContext, body: schemas.PreviewModel
) -> schemas.ResponseOkPreviewResponse:
    """Show the template as it is."""
    return view(schemas.ResponseOkPreviewResponse, {"results": {"html": body.template_html}})


async def generate_pdf_designer_templates_id_generate_post(
    ctx: GeneratePdfDesignerTemplatesIdGeneratePostContext, id: str, body: schemas.GeneratePDFPayload
) -> JsonValue:
    """Return what the document would be made of."""
    data = wire(body)

    def made_of(session: Session) -> JsonValue:
        template = session.get(models.Template, id)
        if template is None:
            raise NotFound(f"there is no design {id}")
        return {"html": template.template_html, **data}

    return await ctx.read(made_of)
