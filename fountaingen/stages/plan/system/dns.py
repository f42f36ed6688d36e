"""The records of the hosts in the contracts: Route 53 change batches and CloudFormation."""

from collections.abc import Iterator

from fountaingen.model.plan import PlannedFile
from fountaingen.model.problems import Problem
from fountaingen.model.system import System


def plan(system: System) -> Iterator[PlannedFile | Problem]:
    """Plan ``dns/``."""
    yield from ()
