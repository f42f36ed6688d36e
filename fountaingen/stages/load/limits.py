"""How much a document may hold: far above any real contract, far below what hurts the machine."""

MAX_FILES = 10_000
"""How many files one contract may refer to."""
MAX_BYTES_OF_ALL = 256 << 20
MAX_DEPTH = 200
MAX_VALUES = 4_000_000
"""How many maps, lists and scalars one file may hold, keys not counted."""
MAX_KEY = 10_000
"""How many characters a key may have: regular expressions and addresses are keys, too."""
MAX_POINTERS = 512 << 20
"""How many characters the JSON Pointers of one file may have together: long keys, times what lies below them."""
MAX_ALIASED = 1_000_000
"""How many values aliases may repeat in all, counted as if each had been written out."""
MAX_DIGITS = 1_100
"""How many characters a number may have: more than a double has digits, however it is written."""
