"""The records of the hosts in the contracts: Route 53 change batches and CloudFormation."""

from collections.abc import Iterator
from dataclasses import replace

from fountaingen.model.plan import PlannedFile
from fountaingen.model.problems import Problem, Severity
from fountaingen.model.system import System
from fountaingen.stages.plan.system.dns.cloudformation import template
from fountaingen.stages.plan.system.dns.leads import leads
from fountaingen.stages.plan.system.dns.records import Zone, zones
from fountaingen.stages.plan.system.dns.route53 import batches
from fountaingen.stages.plan.system.hosts import hosts


def plan(system: System) -> Iterator[PlannedFile | Problem]:
    """Plan ``dns/`` where the settings say where any host leads, else tell of hosts that could lead nowhere."""
    dns = system.deployment.dns
    if dns.target is None and not any(dns.overrides.values()):
        yield from (replace(each, severity=Severity.WARNING) for each in hosts(system) if isinstance(each, Problem))
        return
    found = list(leads(system))
    planned: tuple[Zone, ...] = zones([each for each in found if not isinstance(each, Problem)], dns)
    yield from (each for each in found if isinstance(each, Problem))
    for zone in planned:
        yield from batches(zone)
    if planned:
        yield template(planned)
