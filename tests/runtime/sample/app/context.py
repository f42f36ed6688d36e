"""What every hook of this service is given."""

from app import operations, schemas
from app.clients import clients
from app.runtime.context import HookContext
from app.runtime.views import view, wire


class Context(HookContext):
    """What every hook of this service is given."""

    clients = clients


class CreateScriptContext(Context):
    """What createScript is given."""

    async def default(self, body: schemas.ScriptRequest) -> schemas.Script:
        """Create a row of scripts."""
        return view(schemas.Script, await self.run_write(operations.create_script, wire(body)))
