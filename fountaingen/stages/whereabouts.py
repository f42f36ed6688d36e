"""What a stage is at, told to whoever has to say so when the process that it ran in is gone."""

from typing import Protocol


class Listener(Protocol):
    """Who is told."""

    def at(self, doing: str, pointer: str) -> None:
        """Hear what is done now, and with what in the contract (a JSON Pointer)."""

    def has_read(self, size: int) -> None:
        """Hear that so many bytes more of the contract were read."""


_listeners: list[Listener] = []


def at(doing: str, pointer: str = "") -> None:
    """Tell that work begins which may not end: what is done, and with what in the contract (a JSON Pointer)."""
    for listener in _listeners:
        listener.at(doing, pointer)


def has_read(size: int) -> None:
    """Tell that so many bytes more of the contract were read, so that more work is to be expected."""
    for listener in _listeners:
        listener.has_read(size)


def listen(listener: Listener) -> None:
    """Let ``listener``, and nobody else, be told."""
    _listeners[:] = [listener]
