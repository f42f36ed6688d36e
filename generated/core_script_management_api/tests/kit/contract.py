"""The contract as the judge of answers, read from the data that the service carries, not from its runtime."""

import json
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import httpx
import jsonschema_rs

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


class DeclaredContract:
    """What the contract declares of each operation; ``folder`` is ``app/contract``."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._validators: dict[str, jsonschema_rs.Validator] = {}

    @cached_property
    def data(self) -> Mapping[str, Any]:
        """The operations and security schemes."""
        data: Mapping[str, Any] = json.loads((self._folder / "operations.json").read_bytes())
        return data

    @cached_property
    def openapi(self) -> Any:
        """The contract as it was written."""
        return json.loads((self._folder / "openapi.json").read_bytes())

    @cached_property
    def _definitions(self) -> Mapping[str, Any]:
        definitions: Mapping[str, Any] = json.loads((self._folder / "schemas.json").read_bytes())["response"]
        return definitions

    def operation(self, operation_id: str) -> Mapping[str, Any]:
        """Return what the contract declares of one operation."""
        operation: Mapping[str, Any] = self.data["operations"][operation_id]
        return operation

    def check(self, operation_id: str, response: httpx.Response) -> None:
        """Assert that the contract declares this answer of the operation: its status, media type and schema."""
        responses = self.operation(operation_id)["responses"]
        status = str(response.status_code)
        key = next((key for key in (status, f"{status[0]}XX", f"{status[0]}xx", "default") if key in responses), None)
        assert key is not None, f"{operation_id} answers {status}, which it does not declare: {response.text}"
        content = responses[key].get("content") or {}
        if not content or response.request.method == "HEAD":
            return
        media_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        if (
            media_type == "application/problem+json"
            and response.is_error
            and not any("json" in each for each in content)
        ):
            return
        declared = _declared(content, media_type)
        assert declared is not None, f"{operation_id} answers {status} as {media_type!r}, not as {list(content)}"
        if media_type == "application/json" or media_type.endswith("+json"):
            faults = [error.message for error in self._validator(declared["schema"]).iter_errors(response.json())]
            assert not faults, f"{operation_id} answers {status} with {response.text}: {faults}"

    def is_like_every_error(self, response: httpx.Response) -> bool:
        """Tell whether an error has the JSON schema that all errors of the contract have, where they have one."""
        alike = self._errors
        media_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        if len(alike) != 1 or not response.is_error or not media_type.endswith("json"):
            return False
        return response.request.method == "HEAD" or self._validator(alike[0]).is_valid(response.json())

    @cached_property
    def _errors(self) -> list[Any]:
        found = {
            json.dumps(media["schema"], sort_keys=True): media["schema"]
            for operation in self.data["operations"].values()
            for key, response in operation["responses"].items()
            if key[0] in "45" or key == "default"
            for media_type, media in (response.get("content") or {}).items()
            if media_type.partition(";")[0].strip().lower().endswith("json")
        }
        return list(found.values())

    def _validator(self, schema: Any) -> jsonschema_rs.Validator:
        key = json.dumps(schema, sort_keys=True)
        if key not in self._validators:
            whole = {"$schema": _DIALECT, "$defs": self._reached(schema), "allOf": [schema]}
            self._validators[key] = jsonschema_rs.validator_for(whole, validate_formats=True, offline=True)
        return self._validators[key]

    def _reached(self, schema: Any) -> dict[str, Any]:
        """Return the definitions that ``schema`` refers to, so that a small schema is compiled in no time."""
        reached: dict[str, Any] = {}
        pending = [schema]
        while pending:
            part = pending.pop()
            if isinstance(part, dict):
                name = str(part.get("$ref", "")).removeprefix("#/$defs/")
                if name in self._definitions and name not in reached:
                    reached[name] = self._definitions[name]
                    pending.append(reached[name])
                pending.extend(part.values())
            elif isinstance(part, list):
                pending.extend(part)
        return reached


def _declared(content: Mapping[str, Any], media_type: str) -> Mapping[str, Any] | None:
    plain = {key.partition(";")[0].strip().lower(): value for key, value in content.items()}
    kind = media_type.partition("/")[0]
    return next((plain[key] for key in (media_type, f"{kind}/*", "*/*") if key in plain), None)
