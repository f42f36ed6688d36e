"""A service as it is examined: what its contract and hooks say that Schemathesis cannot know."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from fountaingen.model.behaviour import Create, Update, gap
from fountaingen.model.hookset import HookSet
from fountaingen.model.problems import Place
from fountaingen.model.service import Operation, Service
from fountaingen.primitives import pointer as pointers


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
    def missing(self) -> tuple[str, ...]:
        """The operations that answer 501 until a hook is written."""
        return tuple(
            label(each)
            for each in self.service.operations
            if gap(each.behaviour) is not None and each.name not in self.hooks.hooks
        )

    @property
    def hooked(self) -> tuple[str, ...]:
        """The operations that a hook answers."""
        return tuple(label(each) for each in self.service.operations if each.name in self.hooks.hooks)

    @property
    def bound(self) -> Mapping[str, Mapping[str, str]]:
        """For each operation that has any: members of its body that repeat parameters of its path."""
        found = {label(each): self._bound(each) for each in self.service.operations}
        return {operation: members for operation, members in found.items() if members}

    def place(self, method: str, path: str) -> Place:
        """Return where an operation is written, or its path where that does not declare the method."""
        for each in self.service.operations:
            if (each.method, each.path) == (method, path):
                return self.service.spec.place(each.pointer)
        return self.service.spec.place(pointers.join("", "paths", path))

    def _bound(self, operation: Operation) -> Mapping[str, str]:
        match operation.behaviour:
            case Create(entity=name, given=columns) | Update(entity=name, where=columns):
                pass
            case _:
                return {}
        parameters = {each.argument: each.name for each in operation.parameters if each.location == "path"}
        entity = next(each for each in self.service.entities if each.name == name)
        return {
            spelling: parameters[argument]
            for column, argument in columns.items()
            if argument in parameters
            for spelling in entity.by_name[column].spellings
        }


def label(operation: Operation) -> str:
    """Return the name that Schemathesis knows an operation by."""
    return f"{operation.method} {operation.path}"
