"""How much a document may hold: far above any real contract, far below what hurts the machine."""

MAX_BYTES = 64 << 20
MAX_DEPTH = 200
MAX_ALIASED = 1_000_000
"""How many values aliases may repeat in all, counted as if each had been written out."""
