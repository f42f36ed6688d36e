"""``fountaingen explain``: what each operation does, and why."""

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from fountaingen.commands.options import located
from fountaingen.commands.printers import console_for, diagnose, seen
from fountaingen.model.behaviour import ListRows, gap
from fountaingen.model.entity import Column, Entity
from fountaingen.model.hookset import HookSet
from fountaingen.model.problems import Rejected
from fountaingen.model.service import Operation, Service
from fountaingen.primitives.suggest import did_you_mean

if TYPE_CHECKING:
    from fountaingen.stages.plan.security import Scheme


def explain(
    service: Annotated[
        str | None, typer.Argument(metavar="[SERVICE]", help="One service; all of them if none.")
    ] = None,
) -> None:
    """Show what each operation does and why: the rule, extension or hook, the table behind it, and who may call.

    Examples:

    \b
      fountaingen explain
      fountaingen explain orders

    Exit codes: 0 shown; 1 a contract or hook has problems; 2 wrong usage, such
    as a service that is not there.
    """
    from fountaingen.pipeline import understand
    from fountaingen.stages.plan.security import schemes

    try:
        project, sources = located(None)
        understood = understand(project, sources)
    except Rejected as rejected:
        diagnose(rejected.problems)
        raise typer.Exit(1) from None
    chosen = [each for each in understood.services if service in (None, each.name)]
    if not chosen:
        known = [each.name for each in understood.services]
        print(f"there is no service {service!r}{did_you_mean(service or '', known)}", file=sys.stderr)
        raise typer.Exit(2)
    console = console_for(sys.stdout)
    for each in chosen:
        console.print(seen(f"{each.name}: {each.title} {each.version}", style="bold"))
        console.print(_operations(each, understood.hooks[each.name]))
        if found := schemes(each, understood.hooks[each.name]):
            console.print(_schemes(found))
        if each.entities:
            console.print(_tables(each.entities))


def _operations(service: Service, hooks: HookSet) -> Table:
    table = Table("operation", "route", "does", "table", "why")
    entities = {entity.name: entity for entity in service.entities}
    for operation in service.operations:
        entity = entities.get(getattr(operation.behaviour, "entity", ""))
        table.add_row(
            seen(operation.operation_id),
            seen(f"{operation.method} {operation.path}"),
            seen(_does(operation, hooks)),
            seen(entity.table if entity else ""),
            seen(_why(operation, hooks)),
        )
    return table


def _schemes(found: Iterable["Scheme"]) -> Table:
    table = Table("security scheme", "callers send", "held against")
    for scheme in found:
        table.add_row(seen(scheme.name), seen(f"{scheme.sent} {scheme.carrier}".strip()), seen(scheme.by))
    return table


def _does(operation: Operation, hooks: HookSet) -> str:
    if operation.name in hooks.hooks:
        return "hook"
    if gap(operation.behaviour) is not None:
        return "501"
    return "list" if isinstance(operation.behaviour, ListRows) else type(operation.behaviour).__name__.lower()


def _why(operation: Operation, hooks: HookSet) -> str:
    why = gap(operation.behaviour) or operation.behaviour.why
    if isinstance(operation.behaviour, ListRows) and operation.behaviour.unused:
        why += f"; not used: {', '.join(operation.behaviour.unused)}"
    hook = hooks.hooks.get(operation.name)
    return f"{hook.place}; without it: {why}" if hook else why


def _tables(entities: Iterable[Entity]) -> Table:
    table = Table("table", "column", "type", "member", "why")
    for entity in entities:
        for column in entity.columns:
            table.add_row(
                seen(entity.table), seen(column.name), seen(_type(column)), seen(column.wire or ""), seen(column.why)
            )
        table.add_section()
    return table


def _type(column: Column) -> str:
    written = column.type.value + ("" if column.nullable else " not null")
    return f"{written} -> {column.references}" if column.references else written
