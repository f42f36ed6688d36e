"""The manifests of a cluster, where the settings ask for them."""

from collections.abc import Iterator

from fountaingen.model.plan import PlannedFile
from fountaingen.model.problems import Problem
from fountaingen.model.system import System


def plan(system: System) -> Iterator[PlannedFile | Problem]:
    """Plan ``kubernetes/``."""
    yield from ()
