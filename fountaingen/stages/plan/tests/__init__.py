"""The tests that every generated service carries."""

from fountaingen.model.hookset import HookSet
from fountaingen.model.plan import PlannedFile
from fountaingen.model.service import Service


def plan_tests(service: Service, hooks: HookSet, peers: tuple[Service, ...]) -> tuple[PlannedFile, ...]:
    """Return the files of ``tests/``; paths are below the service's folder."""
    return ()
