"""Resources: the members of what one table keeps, gathered from every message that shows or sends them."""

from collections.abc import Mapping
from dataclasses import dataclass

from fountaingen.model.service import Parameter
from fountaingen.primitives import names
from fountaingen.stages.build.collections import Collection
from fountaingen.stages.build.columns import Resource
from fountaingen.stages.build.objects import Member, ObjectSchema


@dataclass(frozen=True)
class Group:
    """All that is known of one resource before its table is made."""

    name: str
    collections: tuple[Collection, ...]
    representation: ObjectSchema
    table: Mapping[str, object]
    parameter: Parameter | None


def resource_of(group: Group) -> Resource:
    """Return the members of the resource, each once, however its messages spell it."""
    members: dict[str, Member] = {}
    aliases: dict[str, str] = {}
    schemas = (group.representation, *(each for collection in group.collections for each in _schemas_of(collection)))
    for schema in schemas:
        for name, member in schema.members.items():
            if name not in members and (twin := _twin(member, members, schema)):
                aliases[name] = twin
            else:
                members.setdefault(name, member)
    if not group.collections:
        required = frozenset(name for name, member in members.items() if member.required)
        return Resource(members, frozenset(members), required)
    requests = [_request_of(collection) for collection in group.collections]
    sent = (name for request in requests for name, member in request.members.items() if not member.read_only)
    demanded = [
        frozenset(aliases.get(name, name) for name in _demanded_by(collection)) for collection in group.collections
    ]
    return Resource(
        members, frozenset(aliases.get(name, name) for name in sent), frozenset.intersection(*demanded), aliases
    )


def _twin(member: Member, members: Mapping[str, Member], schema: ObjectSchema) -> str | None:
    """Return the member that another message spells otherwise: ``FriendlyName`` of a form is ``friendly_name``."""
    for name, known in members.items():
        alike = names.folded(name) == names.folded(member.name) and name not in schema.members
        if alike and known.types - {"null"} == member.types - {"null"}:
            return name
    return None


def _schemas_of(collection: Collection) -> tuple[ObjectSchema, ...]:
    return (collection.representation, *collection.messages)


def _request_of(collection: Collection) -> ObjectSchema:
    return collection.request or ObjectSchema(None, {}, "")


def _demanded_by(collection: Collection) -> frozenset[str]:
    """Return the members that every new row of a collection has, a body that may be left out notwithstanding."""
    return frozenset(name for name, member in _request_of(collection).members.items() if member.required)
