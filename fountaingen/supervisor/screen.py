"""The terminal of ``up``: the table of services, their log lines with the service's name before each, and events."""

import sys
from collections.abc import Sequence
from io import StringIO
from typing import TextIO

from rich.box import SIMPLE_HEAD
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from fountaingen.primitives.terminal import log_line, one_line
from fountaingen.supervisor.units import ServiceUnit

_COLOURS = ("cyan", "magenta", "green", "yellow", "blue", "bright_cyan", "bright_magenta", "bright_green")
_WIDE = 200


class Screen:
    """Writes to standard output what services write to theirs, and the table; to standard error all that happens.

    Colours only a terminal and honours NO_COLOR. A stream whose reader went away is written to no more: the services
    run on.
    """

    def __init__(self, out: TextIO | None = None, err: TextIO | None = None) -> None:
        self._out = _Stream(out or sys.stdout)
        self._err = _Stream(err or sys.stderr)
        self._names: list[str] = []

    def know(self, names: Sequence[str]) -> None:
        """Give every service of ``names`` a colour, and all prefixes the same width."""
        self._names += [name for name in names if name not in self._names]

    def log(self, name: str, line: str, *, is_error: bool) -> None:
        """Write one line that the service ``name`` wrote to its standard output or error."""
        stream = self._err if is_error else self._out
        stream.write(f"{stream.styled(self._prefix(name), self._colour(name))} {log_line(line)}\n")

    def event(self, message: str, style: str = "bold") -> None:
        """Write one line about the services to standard error."""
        self._err.write(f"{self._err.styled(one_line(message), style)}\n")

    def failure(self, message: str, last_output: Sequence[str] = ()) -> None:
        """Write one line about what went wrong, and below it what the service wrote last."""
        self._err.write(f"{self._err.styled('error:', 'bold red')} {one_line(message)}\n")
        for line in last_output:
            self._err.write(f"    {log_line(line)}\n")

    def table(self, units: Sequence[ServiceUnit], *notes: str) -> None:
        """Write where each service and its documentation are, and the lines about who may call."""
        table = Table(box=SIMPLE_HEAD, pad_edge=False)
        for heading in ("Service", "URL", "Docs", "Title"):
            table.add_column(heading, overflow="fold")
        for unit in units:
            name = Text(unit.name, style=self._colour(unit.name))
            table.add_row(name, unit.url, unit.docs_url, Text(one_line(unit.title)))
        self._out.print(table)
        self._out.write("".join(f"{one_line(note)}\n" for note in notes) + "\n")

    def hosts(self, hosts: Sequence[tuple[str, str]], *notes: str) -> None:
        """Write which service each host leads to, and the lines about how to call."""
        table = Table(box=SIMPLE_HEAD, pad_edge=False)
        for heading in ("Host", "Service"):
            table.add_column(heading, overflow="fold")
        for host, name in hosts:
            table.add_row(one_line(host), Text(name, style=self._colour(name)))
        self._out.print(table)
        self._out.write("".join(f"{one_line(note)}\n" for note in notes) + "\n")

    def _prefix(self, name: str) -> str:
        return f"{name:<{max(map(len, self._names), default=0)}} |"

    def _colour(self, name: str) -> str:
        return _COLOURS[self._names.index(name) % len(_COLOURS)] if name in self._names else ""


class _Stream:
    def __init__(self, file: TextIO) -> None:
        self._file = file
        terminal = Console(file=file)
        self._is_terminal = terminal.is_terminal
        self._width = terminal.width if terminal.is_terminal else _WIDE
        self._rendered: dict[tuple[str, str], str] = {}
        self._is_open = True

    def styled(self, text: str, style: str) -> str:
        """Render through rich once a text and style: it is far slower than a log may be fast."""
        if (text, style) not in self._rendered:
            if len(self._rendered) > 100:
                self._rendered.clear()
            self._rendered[text, style] = self._render(Text(text, style=style))
        return self._rendered[text, style]

    def print(self, table: Table) -> None:
        self.write("".join(f"{line.rstrip()}\n" for line in self._render(table).splitlines()))

    def _render(self, renderable: RenderableType) -> str:
        # Not to the stream itself: rich ends the process when its reader went away.
        buffer = StringIO()
        console = Console(file=buffer, force_terminal=self._is_terminal, width=self._width, highlight=False)
        console.print(renderable, soft_wrap=isinstance(renderable, Text), end="")
        return buffer.getvalue()

    def write(self, text: str) -> None:
        if not self._is_open:
            return
        encoding = getattr(self._file, "encoding", None) or "utf-8"
        try:
            self._file.write(text.encode(encoding, "backslashreplace").decode(encoding))
            self._file.flush()
        except (OSError, ValueError):
            self._is_open = False
