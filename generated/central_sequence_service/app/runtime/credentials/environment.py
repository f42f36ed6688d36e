"""How the environment is read: the variables of a security scheme, secrets in files, lists."""

import re
from collections.abc import Mapping
from pathlib import Path

_BOUNDARY = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|[^A-Za-z0-9]+")

Environment = Mapping[str, str]


def variable_of(scheme: str) -> str:
    """Return a scheme's name as variables hold it: ``apiKeyAuth`` and ``api-key-auth`` are both ``API_KEY_AUTH``."""
    return "_".join(word.upper() for word in _BOUNDARY.split(scheme) if word) or "SCHEME"


def setting(environment: Environment, name: str) -> str:
    """Return the variable ``name`` without space around it; empty is the same as absent."""
    return environment.get(name, "").strip()


def secret(environment: Environment, name: str) -> str:
    """Return the variable ``name``, or what the file holds that ``<name>_FILE`` names; empty where neither is set.

    Raises ValueError naming the variable where both are set or the file cannot be read.
    """
    value, file = setting(environment, name), setting(environment, f"{name}_FILE")
    if not file:
        return value
    if value:
        raise ValueError(f"{name} and {name}_FILE exclude each other")
    try:
        return Path(file).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise ValueError(f"{name}_FILE cannot be read: {reason}") from None


def entries(text: str) -> tuple[str, ...]:
    """Return the entries of a list: one a line, or separated by commas; lines that begin with # say nothing."""
    lines = (line.strip() for line in text.splitlines())
    parts = (part.strip() for line in lines if not line.startswith("#") for part in line.split(","))
    return tuple(part for part in parts if part)
