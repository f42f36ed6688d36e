"""The images of the services, built as a deployment builds them."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy import base_image
from deploy.engine import Engine
from deploy.lapse import Lapses

_FROM = re.compile(r"^FROM\s+(?:--\S+\s+)?(\S+)(?:\s+AS\s+(\S+))?", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True)
class Image:
    """One image: the service it is of, what it is called, the folder it was built from, the one it is based on."""

    service: str
    tag: str
    folder: Path
    base: str


def bases(dockerfile: str) -> Iterator[str]:
    """Yield what is neither made by an earlier stage nor said twice."""
    stages = set()
    for base, stage in _FROM.findall(dockerfile):
        if base not in stages:
            yield base
        stages |= {base, stage}


def make_bases(engine: Engine, composition: Mapping[str, Any], scratch: Path, lapses: Lapses) -> None:
    """Give the engine a stand-in for every Python image that is asked for."""
    asked = {base for _, folder in _contexts(composition) for base in bases((folder / "Dockerfile").read_text())}
    asked |= {each["image"] for each in composition["services"].values() if each.get("image", "").startswith("python:")}
    with lapses.measure("base image, made or from the cache"):
        base_image.system()
    for number, name in enumerate(sorted(asked)):
        with lapses.measure(f"{name}: a stand-in from Debian's packages"):
            base_image.make(engine, name, scratch / f"base-{number}")


def build(engine: Engine, composition: Mapping[str, Any], lapses: Lapses) -> tuple[Image, ...]:
    """Build every image that a composition builds, called as it calls them."""
    made = []
    for service, folder in _contexts(composition):
        tag = composition["services"][service].get("image") or f"{composition['name']}-{service}"
        with lapses.measure(f"image {service}"):
            engine.docker("build", "--network", "host", "--tag", tag, folder)
        made.append(Image(service, tag, folder, list(bases((folder / "Dockerfile").read_text()))[-1]))
    return tuple(made)


def _contexts(composition: Mapping[str, Any]) -> Iterator[tuple[str, Path]]:
    """Yield each service that is built and the folder it is built from; several may share an image."""
    seen = set()
    for name, service in sorted(composition["services"].items()):
        tag = service.get("image", name)
        if "build" in service and tag not in seen:
            seen.add(tag)
            yield name, Path(service["build"]["context"])
