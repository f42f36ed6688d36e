"""The scripts that deploy, lead hosts, back up, restore and tear down; what they print of a contract are names."""

from collections.abc import Iterator, Mapping
from typing import Any

from fountaingen.model.plan import FromTemplate, PlannedFile
from fountaingen.model.problems import Problem
from fountaingen.model.system import System
from fountaingen.primitives.code import plain
from fountaingen.primitives.shell import quoted
from fountaingen.stages.plan.system.compose import postgres, project
from fountaingen.stages.plan.system.dns.leads import leads
from fountaingen.stages.plan.system.dns.records import zones
from fountaingen.stages.plan.system.hosts import Host, hosts

_ALWAYS = ("deploy.sh", "teardown.sh")
_STORED = ("backup.sh", "restore.sh", "database.py")
_LEADING = ("configure-dns.sh", "records.py")


def plan(system: System) -> Iterator[PlannedFile | Problem]:
    """Plan ``scripts/``: those about databases where a service has any, those about DNS where records are written."""
    if system.services:
        view = _view(system)
        names = (*_ALWAYS, *(_STORED if view["stored"] else ()), *(_LEADING if view["zones"] else ()))
        for name in names:
            yield FromTemplate(f"scripts/{name}", f"scripts/{name}.jinja", view)


def _view(system: System) -> Mapping[str, Any]:
    stored = postgres.stored(system)
    dns = system.deployment.dns
    found = zones([each for each in leads(system) if not isinstance(each, Problem)], dns)
    return {
        "project": quoted(str(project(system)["name"])),
        "labels": quoted(" ".join(system.labels[each.name] for each in stored)),
        "stored": [
            {"label": plain(system.labels[each.name]), "database": plain(postgres.database(system, each))}
            for each in stored
        ],
        "hosts": [quoted(f"https://{each.name}") for each in hosts(system) if isinstance(each, Host)],
        "zones": [{"name": quoted(each.name), "id": quoted(each.id)} for each in found],
        "names": quoted(" ".join(each.name for each in found)),
        "has_files": system.deployment.tls.certificates == "mounted",
    }
