"""The last net against hooks that do not fit: before the service listens, every fault at once."""

import inspect
from collections.abc import Mapping
from difflib import get_close_matches
from types import ModuleType
from typing import Any


class HookFaults(Exception):
    """Hooks do not fit the contract; ``faults`` names each, one line each."""

    def __init__(self, faults: tuple[str, ...]) -> None:
        self.faults = faults
        super().__init__("\n".join(faults))


# What a module of hooks may define beside operations.
_OTHERS = frozenset({"authenticate"})


def check_hooks(implementation: ModuleType, protocols: Mapping[str, type[Any]]) -> None:
    """Compare the functions of ``implementation`` with the generated protocols; raises HookFaults with all faults.

    A hook is missing, is not ``async def``, has other parameters than its protocol, or a public async function is named
    like no operation.
    """
    place = implementation.__name__.rpartition(".")[2]
    faults = [fault for name, protocol in protocols.items() if (fault := _fault(implementation, name, protocol))]
    for name, value in vars(implementation).items():
        own = _is_async(value) and value.__module__ == implementation.__name__
        if own and not name.startswith("_") and name not in protocols and name not in _OTHERS:
            near = get_close_matches(name, protocols, 1)
            hint = f"; did you mean {near[0]}?" if near else "; begin its name with _ if it is a helper"
            faults.append(f"{name} is no operation{hint}")
    if faults:
        raise HookFaults(tuple(f"hooks/{place}.py: {fault}" for fault in faults))


def _fault(implementation: ModuleType, name: str, protocol: type[Any]) -> str | None:
    hook = getattr(implementation, name, None)
    expected = [*inspect.signature(protocol.__call__).parameters.values()][1:]
    wanted = f"async def {name}({', '.join(each.name for each in expected)})"
    if hook is None:
        return f"{name} is missing: write {wanted}"
    if not _is_async(hook):
        return f"{name} is not async: write {wanted}"
    if inspect.isasyncgenfunction(hook) and inspect.iscoroutinefunction(protocol.__call__):
        return f"{name} yields, but its operation answers no stream: return what it answers"
    actual = inspect.signature(hook).parameters.values()
    positional = [each for each in actual if each.kind in (each.POSITIONAL_ONLY, each.POSITIONAL_OR_KEYWORD)]
    takes_all = any(each.kind is each.VAR_POSITIONAL for each in actual)
    keywords = [each.name for each in actual if each.kind is each.KEYWORD_ONLY and each.default is each.empty]
    names = [each.name for each in positional]
    fits = names[: len(expected)] == [each.name for each in expected][: len(names)]
    complete = takes_all or len(names) >= len(expected)
    extra = [each.name for each in positional[len(expected) :] if each.default is each.empty]
    if not (fits and complete) or extra or keywords:
        return f"{name} has other parameters than its operation: write {wanted}"
    return None


def _is_async(value: Any) -> bool:
    return inspect.iscoroutinefunction(value) or inspect.isasyncgenfunction(value)
