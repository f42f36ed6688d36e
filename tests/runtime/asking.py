"""Parameters as a service reads them: declared in a document, made into contract data, bound to a request."""

import json
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import quote

from fountaingen.model.document import Document
from fountaingen.runtime.contract import Contract
from fountaingen.runtime.errors import Invalid
from fountaingen.runtime.parameters.binder import Binder
from fountaingen.stages.build import build
from fountaingen.stages.plan.contract import contract_data
from fountaingen.stages.resolve import resolve

REFUSED = object()


class Asked:
    """One operation with these parameters, and with ``shared`` ones of its path."""

    def __init__(self, *parameters: Any, version: str = "3.1.1", shared: Any = (), schemas: Any = None) -> None:
        names = "".join(f"/{{{each['name']}}}" for each in (*shared, *parameters) if each["in"] == "path")
        operation = {"parameters": [*parameters], "responses": {"200": {"description": "fine"}}}
        data = {
            "openapi": version,
            "info": {"title": "Test", "version": "1"},
            "paths": {f"/x{names}": {"parameters": [*shared], "get": operation}},
            "components": {"schemas": schemas or {}},
        }
        made = contract_data(build(resolve("test", Document("specs/test.json", data, b"", {}), {})))
        assert made.problems == ()
        with tempfile.TemporaryDirectory() as folder:
            place = Path(folder)
            (place / "operations.json").write_text(json.dumps(made.operations))
            (place / "schemas.json").write_text(json.dumps(made.schemas))
            (place / "openapi.json").write_text("{}")
            (operation,) = Contract.load(place).operations.values()
        self._binder = Binder(operation)

    def all(self, query: str = "", headers: dict[str, str] | None = None, **path: str) -> list[Any] | object:
        """Return the arguments of a request, or REFUSED; ``path`` holds the raw text of path parameters."""
        fields = [(name.lower().encode(), value.encode("latin-1")) for name, value in (headers or {}).items()]
        safe = quote(query, safe="%&=+,;:@!$'()*~-._/?[]|{}\"")
        try:
            return self._binder.bind({"type": "http", "query_string": safe.encode(), "headers": fields}, path)
        except Invalid:
            return REFUSED

    def one(self, query: str = "", headers: dict[str, str] | None = None, **path: str) -> Any:
        """Return the first argument of a request, or REFUSED."""
        found = self.all(query, headers, **path)
        return found[0] if isinstance(found, list) else found


def parameter(place: str, schema: Any, **more: Any) -> dict[str, Any]:
    """Return a parameter named c; path parameters are required."""
    return {"name": "c", "in": place, "schema": schema} | ({"required": True} if place == "path" else {}) | more
