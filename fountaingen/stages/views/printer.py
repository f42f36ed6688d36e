"""The types of views as a document that datamodel-code-generator prints, and what it prints."""

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from datamodel_code_generator import GenerateConfig, InputFileType, LiteralType, PythonVersion, generate
from datamodel_code_generator.enums import DataModelType

from fountaingen.stages.garbage import uncollected
from fountaingen.stages.views.types import (
    Binary,
    Fields,
    ListOf,
    MapOf,
    Named,
    Nested,
    Null,
    OneOfTexts,
    Scalar,
    Type,
    Union,
    union,
)

# The library's way to a class of one's own; it prints the last word of the path.
_BINARY = {"type": "string", "customTypePath": "app.runtime.uploads.RuntimeUpload"}
_CONFIG = "    model_config = ConfigDict(extra='allow', populate_by_name=True"
_TEMPLATES = Path(__file__).parent / "templates"

# The library imports its parser when it is first called: here that is done once, before any process is forked.
import_module("datamodel_code_generator.parser.openapi")


@dataclass(frozen=True)
class Module:
    """A module of views, every name given: ``fields`` maps class names to their wire names' fields."""

    classes: Mapping[str, Fields | Type]
    fields: Mapping[str, Mapping[str, str]]
    nested: Mapping[str, str]

    def document(self) -> dict[str, Any]:
        """Return the module as a document of types alone: no text in it but names, wire names and allowed values."""
        schemas = {name: self._class(name, whole) for name, whole in self.classes.items()}
        return {
            "openapi": "3.1.0",
            "info": {"title": "", "version": ""},
            "paths": {},
            "components": {"schemas": schemas},
        }

    def _class(self, name: str, whole: Fields | Type) -> dict[str, Any]:
        if isinstance(whole, MapOf):
            # As a list: a plain "object" would be printed as a class without fields.
            return {**self._schema(whole), "type": ["object"]}
        if not isinstance(whole, Fields):
            return self._schema(whole)
        members = [member for member in whole.members if member.wire in self.fields[name]]
        properties = {
            member.wire: self._schema(member.type if member.required else _without_null(member.type))
            for member in members
        }
        required = [member.wire for member in members if member.required]
        return {"type": "object", "properties": properties, **({"required": required} if required else {})}

    def _schema(self, type_: Type) -> dict[str, Any]:
        schema: dict[str, Any] = {}
        match type_:
            case Scalar(name):
                schema = {"type": name}
            case OneOfTexts(values):
                schema = {"type": "string", "enum": list(values)}
            case ListOf(item):
                schema = {"type": "array", "items": self._schema(item)}
            case MapOf(value):
                schema = {"type": "object", "additionalProperties": self._schema(value) or True}
            case Named(name):
                schema = {"$ref": f"#/components/schemas/{name}"}
            case Nested(place):
                schema = {"$ref": f"#/components/schemas/{self.nested[place]}"}
            case Union(members):
                schema = self._union(members)
            case Binary():
                schema = dict(_BINARY)
        return schema

    def _union(self, members: tuple[Type, ...]) -> dict[str, Any]:
        """Return a union; one of scalars alone is a list of types, which is printed several times faster."""
        scalars = [
            part.name if isinstance(part, Scalar) else "null" for part in members if isinstance(part, Scalar | Null)
        ]
        if len(scalars) == len(members):
            return {"type": scalars}
        return {"anyOf": [{"type": "null"} if part == Null() else self._schema(part) for part in members]}


def _without_null(type_: Type) -> Type:
    """Return the type without ``None``, which the printer gives to every field that is not required."""
    return union(part for part in type_.members if part != Null()) if isinstance(type_, Union) else type_


def print_classes(module: Module) -> str:
    """Return the classes of ``module`` as source, without imports, as datamodel-code-generator writes them.

    It is given no file name, reads no file and no URL, and formats nothing.
    """
    # The collector finds nothing in a graph of classes that is still growing, and takes a fifth of the time.
    with uncollected():
        source = generate(module.document(), config=_config(module))
    if not isinstance(source, str):
        raise TypeError("one module was expected")
    first = next(node for node in ast.parse(source).body if isinstance(node, ast.ClassDef))
    # Such classes bring their own schema, so nothing arbitrary is allowed.
    arbitrary = f"{_CONFIG}, arbitrary_types_allowed=True)"
    lines = source.splitlines()[first.lineno - 1 :]
    return "\n".join(f"{_CONFIG})" if line == arbitrary else line for line in lines)


def _config(module: Module) -> GenerateConfig:
    aliases = {
        f"{name}.{wire}": field
        for name, fields in module.fields.items()
        for wire, field in fields.items()
        if wire != field
    }
    return GenerateConfig(
        input_file_type=InputFileType.OpenAPI,
        output_model_type=DataModelType.PydanticV2BaseModel,
        target_python_version=PythonVersion.PY_311,
        aliases=aliases,
        allow_population_by_field_name=True,
        allow_remote_refs=False,
        custom_template_dir=_TEMPLATES,
        disable_timestamp=True,
        enum_field_as_literal=LiteralType.All,
        extra_fields="allow",
        formatters=[],
        use_annotated=True,
    )
