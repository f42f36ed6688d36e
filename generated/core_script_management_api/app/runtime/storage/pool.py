"""How busy the connections of a database are, as /metrics tells it."""

from typing import NamedTuple


class PoolState(NamedTuple):
    """Connections there are at most, those at work, and units of work that wait for one; all counts."""

    size: int
    in_use: int
    waiting: int
