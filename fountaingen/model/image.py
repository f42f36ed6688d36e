"""Images of containers: where they come from, as a project's settings say it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

# https://github.com/distribution/reference: a host, parts of a path in lower case, a tag, a digest.
_NAME = r"[A-Za-z0-9]+(?:-+[A-Za-z0-9]+)*"
_HOST = rf"(?:localhost|{_NAME}(?:\.{_NAME})+|{_NAME}(?=:))(?::[0-9]{{1,5}})?/"
_PART = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_PATH = rf"(?:{_HOST})?{_PART}(?:/{_PART})*"
_REPOSITORY = re.compile(_PATH)
_IMAGE = re.compile(rf"{_PATH}(?::(?P<tag>\w[\w.-]{{0,127}}))?(?:@(?P<digest>sha256:[0-9a-f]{{64}}))?", re.ASCII)


@dataclass(frozen=True)
class Image:
    """Where images come from: ``base`` is the Python image that services are made from, the others run as they are.

    Services' own are called ``repository/<service>``; the last part of ``repository`` names the Compose project too.
    """

    base: str = "python:3.12.12-slim-bookworm"
    repository: str = "fountain"
    gateway: str = "kong:3.9"
    postgres: str = "postgres:17.6-bookworm"
    prometheus: str = "prom/prometheus:v3.5.0"
    grafana: str = "grafana/grafana:12.1.1"

    def faults(self) -> Iterator[tuple[str, str]]:
        """Yield each key whose value is no name of an image, or of one without a version, with what is wrong."""
        if not _REPOSITORY.fullmatch(self.repository):
            yield "repository", "must be a name that images can have, such as 'registry.example.com/team'"
        for key in ("base", "gateway", "postgres", "prometheus", "grafana"):
            if not (reference := _IMAGE.fullmatch(getattr(self, key))):
                yield key, "must be a reference to an image, such as 'python:3.12.12-slim-bookworm'"
            elif reference["digest"] is None and reference["tag"] in (None, "latest"):
                yield key, "must say which version of the image: by a tag, or by a digest"
