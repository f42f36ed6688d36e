"""What each operation does by default."""

from app import models
from app.runtime.call import Unit
from app.runtime.resource import Kept, Resource
from app.runtime.storage.clocks import rfc3339
from app.runtime.storage.paging import Page
from app.runtime.values import JsonObject

SCRIPTS = Resource(
    models.Script,
    {
        "scriptId": "script_id",
        "title": "title",
        "author": "author",
        "pages": "pages",
        "sequenceNumber": "sequence_number",
        "updatedAt": "updated_at",
    },
    key="script_id",
    order=("sequence_number", "script_id"),
    kept=Kept(updated={"updated_at": rfc3339}),
    label="script",
)
SECTIONS = Resource(
    models.Section,
    {"headingId": "heading_id", "scriptId": "script_id", "title": "title"},
    key="heading_id",
    label="section",
)
LABELS = Resource(models.Label, {"name": "name", "colour": "colour"}, key="name", label="label")
NOTES = Resource(
    models.Note,
    {
        "noteId": "note_id",
        "data": "data",
        "price": "price",
        "flag": "flag",
        "count": "count",
        "createdAt": "created_at",
    },
    key="note_id",
    order=("created_at",),
    kept=Kept(created={"created_at": rfc3339}),
    label="note",
)
SCRIPT = ("scriptId", "title", "author", "pages", "sequenceNumber", "updatedAt")
SECTION = ("headingId", "scriptId", "title")
LABEL = ("name", "colour")
NOTE = ("noteId", "data", "price", "flag", "count", "createdAt")


def create_script(unit: Unit, body: JsonObject) -> JsonObject:
    """Create a row of scripts."""
    return SCRIPTS.create(unit, body, fields=("title", "author", "pages"), answer=SCRIPT)


def list_scripts(
    unit: Unit, limit: int | None, offset: int | None, author: str | None, sort: list[str] | None
) -> list[JsonObject]:
    """List rows of scripts."""
    return SCRIPTS.list(unit, where={"author": author}, page=Page(limit=limit, offset=offset), sort=sort, answer=SCRIPT)


def get_script_by_id(unit: Unit, script_id: int) -> JsonObject:
    """Read a row of scripts."""
    return SCRIPTS.read(unit, {"script_id": script_id}, answer=SCRIPT)


def update_script(unit: Unit, script_id: int, body: JsonObject) -> JsonObject:
    """Update a row of scripts."""
    return SCRIPTS.update(unit, {"script_id": script_id}, body, fields=("title", "author", "pages"), answer=SCRIPT)


def patch_script(unit: Unit, script_id: int, body: JsonObject) -> JsonObject:
    """Patch a row of scripts."""
    return SCRIPTS.merge_patch(unit, {"script_id": script_id}, body, answer=SCRIPT)


def delete_script(unit: Unit, script_id: int) -> None:
    """Delete a row of scripts."""
    SCRIPTS.delete(unit, {"script_id": script_id})


def add_section(unit: Unit, script_id: int, body: JsonObject) -> JsonObject:
    """Create a row of sections."""
    SCRIPTS.require(unit, {"script_id": script_id})
    return SECTIONS.create(unit, body, fields=("title",), given={"script_id": script_id}, answer=SECTION)


def list_sections(unit: Unit, script_id: int, limit: int | None, offset: int | None) -> JsonObject:
    """List rows of sections."""
    SCRIPTS.require(unit, {"script_id": script_id})
    where = {"script_id": script_id}
    page = Page(limit=limit, offset=offset)
    items = SECTIONS.list(unit, where=where, page=page, answer=SECTION)
    return {"items": items, "totalCount": SECTIONS.count(unit, where=where)}


def update_section(unit: Unit, script_id: int, heading_id: int, body: JsonObject) -> JsonObject:
    """Update a row of sections."""
    return SECTIONS.update(
        unit, {"heading_id": heading_id, "script_id": script_id}, body, fields=("title",), answer=SECTION
    )


def put_label(unit: Unit, name: str, body: JsonObject) -> JsonObject:
    """Create or replace a row of labels."""
    return LABELS.put(unit, {"name": name}, body, fields=LABEL, answer=LABEL).row


def get_label(unit: Unit, name: str) -> JsonObject:
    """Read a row of labels."""
    return LABELS.read(unit, {"name": name}, answer=LABEL)


def create_note(unit: Unit, body: JsonObject) -> JsonObject:
    """Create a row of notes."""
    return NOTES.create(unit, body, fields=NOTE, answer=NOTE)


def list_notes(unit: Unit, cursor: str | None, limit: int | None) -> JsonObject:
    """List rows of notes."""
    page = Page.after(cursor, limit)
    items = NOTES.list(unit, page=page, answer=NOTE)
    following = NOTES.next_cursor(items, page)
    return {"items": items} if following is None else {"items": items, "next": following}


def get_note(unit: Unit, note_id: str) -> JsonObject:
    """Read a row of notes."""
    return NOTES.read(unit, {"note_id": note_id}, answer=NOTE)


def replace_note(unit: Unit, note_id: str, body: JsonObject) -> JsonObject:
    """Replace a row of notes."""
    return NOTES.replace(unit, {"note_id": note_id}, body, fields=NOTE, answer=NOTE)


def break_note(unit: Unit, note_id: str) -> JsonObject:
    """Write a row and answer what the contract does not allow."""
    return LABELS.create(unit, {"name": note_id, "colour": "lost"}, fields=LABEL, answer=LABEL)
