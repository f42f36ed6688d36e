"""How a contract is spelt: whether its file can be handed on as it was written."""

import re

import yaml

_MOVING = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028\u2029\u202a-\u202e\u2060-\u206f\ufeff]"
)
"""Controls, and what nobody sees though it moves or hides what stands around it, also where it is a comment."""

_DOUBTFUL = re.compile(r"\t|[\[{,][^\n]*\?")
"""What readers of YAML do not agree about: tabs between words, and question marks in lists and maps of one line."""

_LONGEST = 1 << 20
"""Characters that the strictest reader, which is slow, may be asked to read."""


def is_read_everywhere(text: str) -> bool:
    """Tell whether the YAML ``text`` looks like what it says, to people and to readers that are older than YAML 1.2."""
    if _MOVING.search(text):
        return False
    if not _DOUBTFUL.search(text):
        return True
    try:
        return len(text) <= _LONGEST and all(yaml.parse(text, Loader=yaml.SafeLoader))
    except (yaml.YAMLError, ValueError, RecursionError):
        return False
