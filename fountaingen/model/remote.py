"""What a project decides about documents that are fetched."""

from collections.abc import Iterator
from dataclasses import dataclass

from fountaingen.primitives.urls import parse_address


@dataclass(frozen=True)
class Remote:
    """``origins`` are servers on other ports than 443 that documents may come from, as ``https://host:port``."""

    origins: tuple[str, ...] = ()

    def faults(self) -> Iterator[tuple[str, str]]:
        """Yield what is wrong with the values."""
        for origin in self.origins:
            try:
                known = parse_address(origin).origin
            except ValueError as error:
                yield "origins", f"holds {origin!r}, which {error}"
            else:
                if known != origin:
                    yield "origins", f"holds {origin!r}, which must be written {known!r}"
