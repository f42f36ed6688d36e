"""Hooks: read by ``ast``, never imported, and held against the operations they are for."""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

from fountaingen.model.behaviour import demand, gap
from fountaingen.model.hookset import Hook, HookSet
from fountaingen.model.problems import Place, Problem, Rejected, Severity
from fountaingen.model.service import Body, Operation, Service
from fountaingen.primitives.suggest import did_you_mean
from fountaingen.stages import files

_LONGEST = 4 << 20
AUTHENTICATE = "authenticate"
_CONTEXT = "ctx"


def read(service: str, folder: Path, shown: str) -> HookSet:
    """Read the hooks of ``service``: ``<folder>/<service>.py`` and the helpers in ``<folder>/<service>/``.

    ``shown`` is the folder's name as people see it.

    Raises:
        Rejected: FG201 a file that cannot be read, FG202 one that is not valid Python, FG203 one that has no place.
    """
    path = f"{shown}/{service}.py"
    try:
        sources = {f"{service}.py": _bytes(folder / f"{service}.py", path, folder)}
    except files.Missing:
        return HookSet(service)
    helpers = folder / service
    if helpers.is_dir():
        if (helpers / "__init__.py").exists():
            raise Rejected([_second_module(service, shown)])
        for helper in sorted(helpers.rglob("*.py")):
            name = f"{service}/{helper.relative_to(helpers).as_posix()}"
            sources[name] = _bytes(helper, f"{shown}/{name}", folder)
            _parse(sources[name], f"{shown}/{name}")
    tree = _parse(sources[f"{service}.py"], path)
    return HookSet(service, {hook.name: hook for hook in _functions(tree, path)}, sources, path)


def _second_module(service: str, shown: str) -> Problem:
    message = f"is the same module as {service}.py: in the service that file becomes the package's __init__.py"
    remedy = f"put its code into {shown}/{service}.py, or into a helper of another name"
    return Problem("FG203", message, Place(f"{shown}/{service}/__init__.py"), remedy)


def _bytes(file: Path, shown: str, folder: Path) -> bytes:
    """Return what a hook's file holds, which is copied into its service: none from outside of the hooks' folder."""
    try:
        return files.read(file, most=_LONGEST, within=(folder,))
    except files.Missing:
        raise
    except files.Unreadable as error:
        raise Rejected([Problem("FG201", error.why, Place(shown))]) from error


def _parse(source: bytes, shown: str) -> ast.Module:
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line, column = (error.lineno or 1, error.offset or 1) if isinstance(error, SyntaxError) else (1, 1)
        message = error.msg if isinstance(error, SyntaxError) else str(error) or "nested too deeply"
        raise Rejected([Problem("FG202", f"not valid Python: {message}", Place(shown, line, column))]) from error


def _functions(tree: ast.Module, path: str) -> Iterator[Hook]:
    for node in tree.body:
        if isinstance(node, ast.AsyncFunctionDef | ast.FunctionDef) and not node.name.startswith("_"):
            listed = (*node.args.posonlyargs, *node.args.args)
            place = Place(path, node.lineno, node.col_offset + 1)
            parameters = tuple(argument.arg for argument in listed)
            if parameters[:1] == (_CONTEXT,) or node.name == AUTHENTICATE:
                yield Hook(node.name, parameters, isinstance(node, ast.AsyncFunctionDef), place)


def check(hooks: HookSet, service: Service) -> tuple[Problem, ...]:
    """Return what no longer fits (no such operation, wrong parameters, not async) and what still needs a hook.

    FG221 tells where a contract lets a body be left out that nothing can be done without.
    """
    operations = {operation.name: operation for operation in service.operations}
    problems = [problem for hook in hooks.hooks.values() for problem in _faults(hook, operations)]
    problems += [
        _wanted(operation, why, service)
        for operation in service.operations
        if (why := gap(operation.behaviour)) is not None and operation.name not in hooks.hooks
    ]
    problems += [
        _demanding(operation.body, why, service)
        for operation in service.operations
        if operation.body is not None
        and (why := demand(operation.behaviour)) is not None
        and operation.name not in hooks.hooks
    ]
    return tuple(problems)


def _faults(hook: Hook, operations: Mapping[str, Operation]) -> Iterator[Problem]:
    operation = operations.get(hook.name)
    if hook.name != AUTHENTICATE and operation is None:
        hint = did_you_mean(hook.name, operations)
        remedy = "rename it after an operation, or let its name begin with an underscore where it is a helper"
        yield Problem("FG210", f"hook {hook.name!r} is for no operation{hint}", hook.place, remedy)
        return
    if not hook.is_async:
        yield Problem("FG211", f"hook {hook.name!r} is not async", hook.place, f"write 'async def {hook.name}'")
    expected = ("credentials",) if operation is None else expected_parameters(operation)
    if hook.parameters != expected:
        message = (
            f"hook {hook.name!r} takes ({', '.join(hook.parameters)}), its operation gives ({', '.join(expected)})"
        )
        yield Problem("FG212", message, hook.place, f"write 'async def {hook.name}({', '.join(expected)})'")


def expected_parameters(operation: Operation) -> tuple[str, ...]:
    """Return the parameter names of the hook of ``operation``, in order."""
    names = (_CONTEXT, *(parameter.argument for parameter in operation.parameters))
    return (*names, "body") if operation.body is not None else names


def _wanted(operation: Operation, why: str, service: Service) -> Problem:
    written = f"async def {operation.name}({', '.join(expected_parameters(operation))})"
    return Problem(
        "FG220",
        f"{operation.operation_id!r} needs a hook: {why}",
        service.spec.place(operation.pointer),
        f"write '{written}' in hooks/{service.name}.py; until then it answers 501",
        Severity.WARNING,
    )


def _demanding(body: Body, why: str, service: Service) -> Problem:
    message = f"a body is optional here, but {why}"
    place = service.spec.place(body.pointer)
    return Problem("FG221", message, place, "write 'required: true', or a hook", Severity.WARNING)
