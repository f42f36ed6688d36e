"""A service as it is examined: what its contract and hooks say that Schemathesis cannot know."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from fountaingen.model.behaviour import Create, ListRows, Paging, Update, demand, gap
from fountaingen.model.hookset import HookSet
from fountaingen.model.problems import Place
from fountaingen.model.service import Operation, Service
from fountaingen.primitives import pointer as pointers
from fountaingen.verification.messages import Known


@dataclass(frozen=True)
class Subject:
    """One service and its hooks; ``directory`` is where it was generated."""

    service: Service
    hooks: HookSet
    directory: Path

    @property
    def name(self) -> str:
        """The service's name."""
        return self.service.name

    @property
    def known(self) -> Known:
        """What Schemathesis is told of the operations."""
        operations = self.service.operations
        hooked = tuple(label(each) for each in operations if each.name in self.hooks.hooks)
        stubs = tuple(label(each) for each in operations if gap(each.behaviour) is not None)
        demanding = tuple(label(each) for each in operations if demand(each.behaviour) is not None)
        bound = {label(each): self._bound(each) for each in operations}
        return Known(
            missing=tuple(each for each in stubs if each not in hooked),
            hooked=hooked,
            demanding=tuple(each for each in demanding if each not in hooked),
            cursors={label(each): cursor for each in operations if (cursor := _cursor(each))},
            bound={operation: members for operation, members in bound.items() if members},
        )

    def place(self, method: str, path: str) -> Place:
        """Return where an operation is written, or its path where that does not declare the method."""
        for each in self.service.operations:
            if (each.method, each.path) == (method, path):
                return self.service.spec.place(each.pointer)
        return self.service.spec.place(pointers.join("", "paths", path))

    def _bound(self, operation: Operation) -> Mapping[str, str]:
        match operation.behaviour:
            case Create(entity=name, given=columns, within=within) | Update(entity=name, where=columns, within=within):
                pass
            case _:
                return {}
        parameters = {each.argument: each.name for each in operation.parameters if each.location == "path"}
        entity = next(each for each in self.service.entities if each.name == name)
        above = [within] if within else []
        return {
            pointers.join("", *above, spelling): parameters[argument]
            for column, argument in columns.items()
            if argument in parameters
            for spelling in entity.by_name[column].spellings
        }


def _cursor(operation: Operation) -> str | None:
    match operation.behaviour:
        case ListRows(paging=Paging(cursor=str(argument))):
            return next((each.name for each in operation.parameters if each.argument == argument), None)
        case _:
            return None


def label(operation: Operation) -> str:
    """Return the name that Schemathesis knows an operation by."""
    return f"{operation.method} {operation.path}"
