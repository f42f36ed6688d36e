"""How long the parts of a proof take, told at its end."""

import time
from collections.abc import Iterator
from contextlib import contextmanager


class Lapses:
    """What was done, in order, with seconds; and what else is worth telling."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    @contextmanager
    def measure(self, what: str) -> Iterator[None]:
        """Note how long the block takes."""
        since = time.monotonic()
        yield
        self.lines.append(f"{time.monotonic() - since:7.1f} s  {what}")

    def tell(self, what: str) -> None:
        """Note something that is no time."""
        self.lines.append(f"{'':9}  {what}")
