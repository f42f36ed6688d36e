"""Acknowledgements: constant answers, such as that something was deleted or that the service is alive."""

from fountaingen.primitives import names
from fountaingen.stages.build.objects import Member, ObjectSchema


def acknowledgement(answer: ObjectSchema, word: str) -> dict[str, object] | None:
    """Return a constant that satisfies ``answer``, or None where its required members are not of the usual kinds."""
    value = {name: _usual(member, word) for name, member in answer.members.items() if member.required}
    if not value:
        value = {
            name: _usual(member, word) for name, member in answer.members.items() if _usual(member, word) is not None
        }
    return None if any(each is None for each in value.values()) else value


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
