"""Every operation of the contract, and which function runs."""

from typing import Any

from app import hooks, operations, schemas
from app.context import Context, CreateScriptContext
from app.contract import CONTRACT
from app.runtime.call import Answer, Call
from app.runtime.errors import NotImplementedByHook
from app.runtime.routing import OperationRouter
from app.runtime.values import JsonObject
from app.runtime.views import view

router = OperationRouter(CONTRACT)


@router.post("/scripts", operation_id="createScript")
async def create_script(call: Call, body: JsonObject) -> Answer:
    """createScript."""
    return await hooks.create_script(CreateScriptContext(call), view(schemas.ScriptRequest, body))


@router.get("/scripts", operation_id="listScripts")
async def list_scripts(
    call: Call, limit: int | None, offset: int | None, author: str | None, sort: list[Any] | None
) -> Answer:
    """listScripts."""
    return await call.read(operations.list_scripts, limit, offset, author, sort)


@router.get("/scripts/{scriptId}", operation_id="getScriptById")
async def get_script_by_id(call: Call, script_id: int) -> Answer:
    """getScriptById."""
    return await call.read(operations.get_script_by_id, script_id)


@router.get("/scripts/latest", operation_id="getLatestScript")
async def get_latest_script(call: Call) -> Answer:
    """getLatestScript."""
    raise NotImplementedByHook("getLatestScript", hook="async def get_latest_script(ctx) in hooks/studio.py")


@router.put("/scripts/{scriptId}", operation_id="updateScript")
async def update_script(call: Call, script_id: int, body: JsonObject) -> Answer:
    """updateScript."""
    return await call.write(operations.update_script, script_id, body)


@router.patch("/scripts/{scriptId}", operation_id="patchScript")
async def patch_script(call: Call, script_id: int, body: JsonObject) -> Answer:
    """patchScript."""
    return await call.write(operations.patch_script, script_id, body)


@router.delete("/scripts/{scriptId}", operation_id="deleteScript")
async def delete_script(call: Call, script_id: int) -> Answer:
    """deleteScript."""
    return await call.write(operations.delete_script, script_id)


@router.post("/scripts/{scriptId}/print", operation_id="printScript")
async def print_script(call: Call, script_id: int, body: JsonObject | None) -> Answer:
    """printScript."""
    raise NotImplementedByHook("printScript", hook="async def print_script(ctx, script_id, body) in hooks/studio.py")


@router.post("/scripts/{scriptId}/sections", operation_id="addSection")
async def add_section(call: Call, script_id: int, body: JsonObject) -> Answer:
    """addSection."""
    return await call.write(operations.add_section, script_id, body)


@router.get("/scripts/{scriptId}/sections", operation_id="listSections")
async def list_sections(call: Call, script_id: int, limit: int | None, offset: int | None) -> Answer:
    """listSections."""
    return await call.read(operations.list_sections, script_id, limit, offset)


@router.put("/scripts/{scriptId}/sections/{headingId}", operation_id="updateSection")
async def update_section(call: Call, script_id: int, heading_id: int, body: JsonObject) -> Answer:
    """updateSection."""
    return await call.write(operations.update_section, script_id, heading_id, body)


@router.put("/labels/{name}", operation_id="putLabel")
async def put_label(call: Call, name: str, body: JsonObject) -> Answer:
    """putLabel."""
    return await call.write(operations.put_label, name, body)


@router.get("/labels/{name}", operation_id="getLabel")
async def get_label(call: Call, name: str) -> Answer:
    """getLabel."""
    return await call.read(operations.get_label, name)


@router.post("/notes", operation_id="createNote")
async def create_note(call: Call, body: JsonObject) -> Answer:
    """createNote."""
    return await call.write(operations.create_note, body)


@router.get("/notes", operation_id="listNotes")
async def list_notes(call: Call, cursor: str | None, limit: int | None) -> Answer:
    """listNotes."""
    return await call.read(operations.list_notes, cursor, limit)


@router.get("/notes/{noteId}", operation_id="getNote")
async def get_note(call: Call, note_id: str) -> Answer:
    """getNote."""
    return await call.read(operations.get_note, note_id)


@router.put("/notes/{noteId}", operation_id="replaceNote")
async def replace_note(call: Call, note_id: str, body: JsonObject) -> Answer:
    """replaceNote."""
    return await call.write(operations.replace_note, note_id, body)


@router.post("/notes/{noteId}/broken", operation_id="breakNote")
async def break_note(call: Call, note_id: str) -> Answer:
    """breakNote."""
    return await call.write(operations.break_note, note_id)


@router.get("/secret", operation_id="getSecret")
async def get_secret(call: Call) -> Answer:
    """getSecret."""
    return "told"


@router.get("/report", operation_id="getReport")
async def get_report(call: Call) -> Answer:
    """getReport."""
    return await hooks.get_report(Context(call))


@router.get("/maybe", operation_id="getMaybe")
async def get_maybe(call: Call) -> Answer:
    """getMaybe."""
    return {"known": call.identity is not None}


@router.get("/failure", operation_id="getFailure")
async def get_failure(call: Call) -> Answer:
    """getFailure."""
    return await hooks.get_failure(Context(call))
