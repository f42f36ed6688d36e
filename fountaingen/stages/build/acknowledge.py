"""Acknowledgements: constant answers, such as that something was deleted or that the service is alive."""

from fountaingen.primitives import names
from fountaingen.stages.build.objects import Member, ObjectSchema

_TELLING = {"type", "enum", "const", "$ref", "allOf", "anyOf", "oneOf", "properties"}


def acknowledgement(answer: ObjectSchema, word: str) -> dict[str, object] | None:
    """Return a constant that satisfies ``answer``, or None where its required members are not of the usual kinds."""
    value = {name: _usual(member, word) for name, member in answer.members.items() if member.required}
    if not value:
        value = {
            name: _usual(member, word) for name, member in answer.members.items() if _usual(member, word) is not None
        }
    nothing = {name for name, member in answer.members.items() if _holds_nothing(member)}
    return None if any(each is None and name not in nothing for name, each in value.items()) else value


def _holds_nothing(member: Member) -> bool:
    """Tell whether null says that a member holds nothing: it may be anything at all, or it may only be null."""
    return member.types == {"null"} or ("null" in member.types and not _TELLING & member.schema.keys())


def _usual(member: Member, word: str) -> object:
    if "const" in member.schema:
        return member.schema["const"]
    choices = member.schema.get("enum")
    if isinstance(choices, list) and choices:
        return next((each for each in choices if str(each).lower() in (word, "up", "success", "healthy")), choices[0])
    if names.folded(member.name) in ("message", "status", "result", "detail", "state") and "string" in member.types:
        return word
    if names.folded(member.name) in ("success", "ok", "deleted", "healthy", "alive") and "boolean" in member.types:
        return True
    return None
