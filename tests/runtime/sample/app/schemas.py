"""Typed views of the contract's schemas."""

from pydantic import BaseModel, ConfigDict, Field


class View(BaseModel):
    """What every view has in common: it keeps what it does not know."""

    model_config = ConfigDict(extra="allow", populate_by_name=True)


class ScriptRequest(View):
    """The body of createScript."""

    title: str
    author: str | None = None
    pages: int | None = None


class Script(View):
    """A script."""

    script_id: int = Field(alias="scriptId")
    title: str
    sequence_number: int | None = Field(default=None, alias="sequenceNumber")


class SequenceRequest(View):
    """What the central sequence asks for."""

    element_type: str = Field(alias="elementType")
    element_id: int = Field(alias="elementId")


class SequenceResponse(View):
    """What the central sequence answers."""

    sequence_number: int = Field(alias="sequenceNumber")
