"""The command line as a whole: every command, by name."""

from importlib.metadata import version
from typing import Annotated

import typer

from fountaingen.commands.build import build, system
from fountaingen.commands.check import check
from fountaingen.commands.explain import explain
from fountaingen.commands.lint import lint
from fountaingen.commands.new import new
from fountaingen.commands.support import support
from fountaingen.commands.up import up_command
from fountaingen.commands.verify import verify

app = typer.Typer(
    name="fountaingen",
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


app.command()(build)
app.command()(check)
app.command()(lint)
app.command()(explain)
app.command()(new)
app.command()(support)
app.command("up")(up_command(system))
app.command()(verify)
