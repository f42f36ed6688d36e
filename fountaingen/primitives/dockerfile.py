"""Text in a Dockerfile, where nothing of it is obeyed."""

import re

from fountaingen.primitives.code import Code
from fountaingen.primitives.visible import prose

_LONGEST = 500
_OBEYED = str.maketrans({"\\": "\\\\", '"': '\\"', "$": "\\$"})


def quoted(text: str) -> Code:
    """Return ``text`` in double quotes for a LABEL or ENV: one line, cut where it is very long.

    What stands for a variable, ends the quotes or escapes is escaped, and what cannot be seen is written out
    (https://docs.docker.com/reference/dockerfile/#environment-replacement).
    """
    seen = prose(text)
    short = seen if len(seen) <= _LONGEST else seen[: _LONGEST - 1].rstrip() + "…"
    # Builders read two backslashes before a quote as one; hadolint takes the second for the quote's.
    apart = re.sub(r'\\(?="|$)', r"\\ ", short)
    return Code(f'"{apart.translate(_OBEYED)}"')
