"""The command line as a whole: every command, by name."""

import os
import sys
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from importlib import import_module
from importlib.metadata import version
from io import TextIOWrapper
from typing import Annotated, Any

import typer
from typer.core import TyperGroup


def _from(module: str, name: str) -> Callable[[], Any]:
    return lambda: getattr(import_module(f"fountaingen.commands.{module}"), name)


def _up() -> Callable[..., None]:
    from fountaingen.commands.build import system
    from fountaingen.commands.up import up_command

    return up_command(system)


_COMMANDS: Mapping[str, Callable[[], Any]] = {
    "build": _from("build", "build"),
    "check": _from("check", "check"),
    "plan": _from("plan", "plan"),
    "lint": _from("lint", "lint"),
    "explain": _from("explain", "explain"),
    "init": _from("init", "init"),
    "new": _from("new", "new"),
    "certs": _from("certs", "certs"),
    "gateway": _from("gateway", "gateway"),
    "support": _from("support", "support"),
    "up": _up,
    "verify": _from("verify", "verify"),
}
"""What imports each command: a function, or a ``Typer`` with commands of its own."""


class _Commands(TyperGroup):
    """Imports a command when it is asked for, so that none pays for what another needs."""

    def __init__(self, **keywords: Any) -> None:
        super().__init__(**keywords)
        self.commands = _Imported()

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names of all commands, importing none."""
        return list(self.commands)


class _Imported(MutableMapping[str, Any]):
    """The commands by name, each made when it is first looked up."""

    def __init__(self) -> None:
        self._made: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._made:
            self._made[name] = _command(name, _COMMANDS[name]())
        return self._made[name]

    def __setitem__(self, name: str, command: Any) -> None:
        self._made[name] = command

    def __delitem__(self, name: str) -> None:
        del self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(_COMMANDS)

    def __len__(self) -> int:
        return len(_COMMANDS)


def _command(name: str, found: Any) -> Any:
    if not isinstance(found, typer.Typer):
        alone = typer.Typer(pretty_exceptions_enable=False, rich_markup_mode=None, add_completion=False)
        alone.command(name)(found)
        found = alone
    command = typer.main.get_command(found)
    command.name = name
    return command


app = typer.Typer(
    name="fountaingen",
    cls=_Commands,
    help="Turn a folder of OpenAPI documents into complete, running services.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _show_version(wanted: bool) -> None:
    if wanted:
        print(f"fountaingen {version('fountaingen')}")
        raise typer.Exit


@app.callback()
def _main(
    _version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Turn a folder of OpenAPI documents into complete, running services."""
    _open_closed_streams()
    if isinstance(sys.stdout, TextIOWrapper):
        # What a terminal or a file cannot hold is shown as an escape, as on standard error.
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        os.getcwd()
    except OSError:
        from fountaingen.commands.printers import diagnose
        from fountaingen.model.problems import Place, Problem

        message = "the current folder is not there any more, or cannot be reached"
        diagnose([Problem("FG606", message, Place("."), "change to another folder, and start again there")])
        raise typer.Exit(2) from None


def _open_closed_streams() -> None:
    """Open the standard streams that are closed, to nothing: another file would be given the number of one."""
    while (handle := os.open(os.devnull, os.O_RDWR)) <= 2:
        os.set_inheritable(handle, True)
    os.close(handle)
