"""``fountaingen support``: what a contract may say, as the tests of fountaingen show it."""

import json
import sys
from importlib.resources import files
from typing import Annotated, Any

import typer
from rich.text import Text

from fountaingen.commands.printers import TextOrJson, console_for


def support(
    format_: Annotated[TextOrJson, typer.Option("--format", help="How the table is printed.")] = TextOrJson.TEXT,
) -> None:
    """Show what of OpenAPI and JSON Schema is supported, what is refused, and what no test shows.

    The table is made of the tests of fountaingen: each line is what a test
    shows. "refused" is told with its position when a contract is built, "waived"
    likewise unless an extension says to go on, "untested" is what the standard
    has and no test shows.

    Examples:

    \b
      fountaingen support
      fountaingen support --format json

    Exit codes: 0 shown; 2 wrong usage.
    """
    text = files("fountaingen").joinpath("support.json").read_text(encoding="ascii")
    if format_ is TextOrJson.JSON:
        print(text, end="")
        return
    console = console_for(sys.stdout)
    features: dict[str, dict[str, Any]] = json.loads(text)["features"]
    areas: dict[str, list[str]] = {}
    for feature in features:
        areas.setdefault(feature.partition("/")[0], []).append(feature)
    width = max((len(feature) for feature in features), default=0)
    for area, listed in areas.items():
        supported = sum(features[feature]["status"] == "supported" for feature in listed)
        console.print(Text(f"{area}: {supported} of {len(listed)} supported", style="bold"))
        for feature in listed:
            console.print(Text(f"  {feature:<{width}}  {_said(features[feature])}"), soft_wrap=True)


def _said(feature: dict[str, Any]) -> str:
    tests = len(feature.get("tests", ()))
    said = str(feature["status"])
    if tests:
        said += f" ({tests} {'test' if tests == 1 else 'tests'})"
    if limits := len(feature.get("limits", ())):
        said += f", with limits ({limits} {'test' if limits == 1 else 'tests'})"
    if waivers := feature.get("waivers"):
        said += f" by {', '.join(waivers)}"
    return said
