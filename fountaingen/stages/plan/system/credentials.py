"""What the gateway is given when it is deployed: credentials and certificates, never committed."""

from collections.abc import Iterator

from fountaingen.model.plan import PlannedFile
from fountaingen.model.problems import Problem
from fountaingen.model.system import System


def plan(system: System) -> Iterator[PlannedFile | Problem]:
    """Plan ``deploy/``."""
    yield from ()
