"""Progress of long work, on standard error and only where a person watches."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from fountaingen.commands.printers import console_for


@contextmanager
def shown(what: str) -> Iterator[Callable[[str], None]]:
    """Show a spinner that says ``what`` is done, and what it is at, while the block runs."""
    console = console_for(sys.stderr)
    if not console.is_terminal:
        yield lambda _: None
        return
    with console.status(what) as status:
        yield lambda step: status.update(f"{what}: {step}")
