"""What the environment decides about a running service."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

_TRUE = frozenset({"1", "true", "yes", "on"})
_FALSE = frozenset({"0", "false", "no", "off", ""})
_MOST_DIGITS = 18


@dataclass(frozen=True)
class Settings:
    """The settings of one process; sizes in bytes, times in seconds."""

    max_body_bytes: int = 10 * 1024 * 1024
    max_upload_bytes: int = 100 * 1024 * 1024
    spool_bytes: int = 1024 * 1024
    log_level: str = "INFO"
    log_tracebacks: bool = False
    access_log: bool = False
    metrics: bool = True
    docs: bool = True
    openapi: bool = True
    event_keep_alive: float = 15.0

    @staticmethod
    def from_environment(environment: Mapping[str, str] = os.environ) -> "Settings":
        """Read the variables that are named as the settings are, in capitals.

        Raises ValueError naming the variable and the values it takes.
        """
        return Settings(
            max_body_bytes=size(environment, "MAX_BODY_BYTES", Settings.max_body_bytes),
            max_upload_bytes=size(environment, "MAX_UPLOAD_BYTES", Settings.max_upload_bytes),
            spool_bytes=size(environment, "SPOOL_BYTES", Settings.spool_bytes),
            log_level=_level(environment),
            log_tracebacks=switch(environment, "LOG_TRACEBACKS", Settings.log_tracebacks),
            access_log=switch(environment, "ACCESS_LOG", Settings.access_log),
            metrics=switch(environment, "METRICS", Settings.metrics),
            docs=switch(environment, "DOCS", Settings.docs),
            openapi=switch(environment, "OPENAPI", Settings.openapi),
            event_keep_alive=interval(environment, "EVENT_KEEP_ALIVE", Settings.event_keep_alive),
        )


def size(environment: Mapping[str, str], name: str, default: int) -> int:
    """Read a variable that is a number of bytes; raises ValueError naming it."""
    text = environment.get(name, "").strip()
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS):
        raise ValueError(f"{name} must be a number of bytes, not {text!r}")
    return int(text)


def count(environment: Mapping[str, str], name: str, default: int, *, least: int = 1) -> int:
    """Read a variable that is a number of things, ``least`` or more; raises ValueError naming it."""
    text = environment.get(name, "").strip()
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS and int(text) >= least):
        raise ValueError(f"{name} must be a number from {least} on, not {text!r}")
    return int(text)


def interval(environment: Mapping[str, str], name: str, default: float) -> float:
    """Read a variable that is a time, 0 for never; raises ValueError naming it."""
    text = environment.get(name, "").strip()
    if not text:
        return default
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < float("inf"):
        raise ValueError(f"{name} must be a number of seconds, 0 for never, not {text!r}")
    return value


def _level(environment: Mapping[str, str]) -> str:
    text = environment.get("LOG_LEVEL", "").strip().upper() or "INFO"
    if text not in {"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"}:
        raise ValueError(f"LOG_LEVEL must be DEBUG, INFO, WARNING, ERROR or CRITICAL, not {text!r}")
    return text


def switch(environment: Mapping[str, str], name: str, default: bool) -> bool:
    """Read a variable that is true or false; raises ValueError naming it and what it takes."""
    text = environment.get(name)
    if text is None:
        return default
    if (lowered := text.strip().lower()) in _TRUE:
        return True
    if lowered in _FALSE:
        return False
    raise ValueError(f"{name} must be true or false, not {text!r}")


def seconds(environment: Mapping[str, str], name: str, default: float) -> float:
    """Read a variable that is a time; raises ValueError naming it."""
    text = environment.get(name, "").strip()
    try:
        value = float(text) if text else default
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        raise ValueError(f"{name} must be a number of seconds, not {text!r}")
    return value
