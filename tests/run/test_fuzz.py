"""Garbage of every kind to every operation, through real sockets: no 500, no silence, and the service goes on."""

import asyncio
import shutil
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

import pytest
from fuzz_garbage import KINDS, Kind
from fuzz_services import Report, assail, built, running

pytestmark = pytest.mark.xdist_group("fuzz")

Service = tuple[str, Path, Mapping[str, Any]]


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Service]:
    """Two of the five services, built into a folder of their own."""
    found = built(["central_sequence", "character"], tmp_path_factory.mktemp("fuzz"))
    return {service[0]: service for service in islice(found, 2)}


async def _assailed(service: Service, scratch: Path, kinds: Sequence[Kind] = KINDS) -> Report:
    async with AsyncExitStack() as stack:
        target = await stack.enter_async_context(running(*service, scratch))
        report = Report(target.name)
        await assail(target, report, Random(1), kinds)
        return report


@pytest.mark.parametrize("name", ["central_sequence_service", "character_management_api"])
def test_garbage_is_refused_and_nothing_breaks(services: dict[str, Service], name: str, tmp_path: Path) -> None:
    report = asyncio.run(_assailed(services[name], tmp_path))
    assert not report.faults
    # That it was heard at all: some of it is right, most of it is not.
    assert report.statuses["200"] and report.statuses["400"] and report.statuses["404"] and report.statuses["413"]


def test_a_service_that_fails_is_found_out(services: dict[str, Service], tmp_path: Path) -> None:
    name, whole, script = services["central_sequence_service"]
    folder = tmp_path / name
    shutil.copytree(whole, folder)
    handler = folder / "app" / "runtime" / "serving" / "handler.py"
    source = handler.read_text()
    broken = source.replace("except ApiError as error:", "except ZeroDivisionError as error:", 1)
    assert broken != source
    handler.write_text(broken)
    kinds = [kind for kind in KINDS if kind.name in ("body", "member")]
    report = asyncio.run(_assailed((name, folder, script), tmp_path, kinds))
    assert any("answers 500" in fault for fault in report.faults)
