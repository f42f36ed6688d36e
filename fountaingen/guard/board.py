"""What a worker is at, where the process that started it can read it even when the worker is dead."""

import mmap
import struct

_LONGEST = 4000
_HEAD = struct.Struct("QHH")


class Board:
    """A page of memory that two processes share: what is done, with what in the contract, and how much was read."""

    def __init__(self) -> None:
        self._page = mmap.mmap(-1, _HEAD.size + 2 * _LONGEST)

    def write(self, doing: str, pointer: str) -> None:
        """Say what is done now."""
        first, second = (text[:_LONGEST].encode("utf-8", "replace")[:_LONGEST] for text in (doing, pointer))
        text = first + second
        self._page[_HEAD.size : _HEAD.size + len(text)] = text
        self._page[: _HEAD.size] = _HEAD.pack(self.size, len(first), len(second))

    def read(self) -> tuple[str, str]:
        """Return what was said last: what was done, and with what."""
        _, first, second = self._head()
        text = self._page[_HEAD.size : _HEAD.size + first + second]
        return text[:first].decode("utf-8", "replace"), text[first:].decode("utf-8", "replace")

    @property
    def size(self) -> int:
        """How many bytes of contracts were read since the job began."""
        return self._head()[0]

    @size.setter
    def size(self, size: int) -> None:
        self._page[: _HEAD.size] = _HEAD.pack(size, *self._head()[1:])

    def clear(self) -> None:
        """Forget everything."""
        self._page[: _HEAD.size] = _HEAD.pack(0, 0, 0)

    def close(self) -> None:
        """Give the page back."""
        self._page.close()

    def _head(self) -> tuple[int, int, int]:
        size, first, second = _HEAD.unpack(self._page[: _HEAD.size])
        return size, first, second
