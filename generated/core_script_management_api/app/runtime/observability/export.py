"""What the environment says about traces, in the words of OpenTelemetry; nothing of it is imported to read that."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass

logger = logging.getLogger(__name__)

_ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
_PROTOCOLS = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
_KNOWN = ("otlp", "console")


@dataclass(frozen=True)
class Export:
    """Where spans go: ``otlp`` to a collector, by HTTP, and ``console``."""

    exporters: tuple[str, ...]

    @staticmethod
    def from_environment(environment: Mapping[str, str]) -> "Export | None":
        """Return what to export, None where nobody asks for it.

        What is set and not supported is told in the log and left out, as the specification of OpenTelemetry has it: a
        service runs without its traces too.
        """
        if _of(environment, "OTEL_SDK_DISABLED").lower() == "true":
            return None
        given = _of(environment, "OTEL_TRACES_EXPORTER").lower()
        if not given and not any(_of(environment, name) for name in _ENDPOINTS):
            return None
        found = []
        for name in (each.strip() for each in (given or "otlp").split(",")):
            if name == "otlp" and (protocol := _protocol(environment)) != "http/protobuf":
                logger.warning("no traces are exported: the protocol %r is not supported, http/protobuf is", protocol)
            elif name in _KNOWN:
                found.append(name)
            elif name != "none":
                logger.warning("OTEL_TRACES_EXPORTER: %r is not supported, otlp and console are", name)
        return Export(tuple(dict.fromkeys(found))) if found else None


def _protocol(environment: Mapping[str, str]) -> str:
    return next(filter(None, (_of(environment, name).lower() for name in _PROTOCOLS)), "http/protobuf")


def _of(environment: Mapping[str, str], name: str) -> str:
    return environment.get(name, "").strip()
