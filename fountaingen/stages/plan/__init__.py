"""plan: a service, its hooks and its peers become a table of files."""

from fountaingen.model.hookset import HookSet
from fountaingen.model.plan import Plan, Verbatim
from fountaingen.model.problems import Problem
from fountaingen.model.service import Service
from fountaingen.model.system import System
from fountaingen.stages.plan.contract import contract_data
from fountaingen.stages.plan.folder import folder_files
from fountaingen.stages.plan.service import app_files, below, contract_text
from fountaingen.stages.plan.system import system_files
from fountaingen.stages.plan.tests import plan_tests


def plan_service(
    service: Service, hooks: HookSet, peers: tuple[Service, ...], shared: tuple[Verbatim, ...]
) -> tuple[Plan, tuple[Problem, ...]]:
    """Return the files of ``service`` and what is wrong with its schemas; ``shared`` are the same in every service."""
    contract = contract_data(service)
    data = {"operations": contract.operations, "schemas": contract.schemas}
    files = (
        *app_files(service, hooks, peers, data),
        *plan_tests(service, hooks, peers, contract),
        *folder_files(service, hooks),
        contract_text(service),
        *shared,
    )
    return Plan(below(service.name, files)), contract.problems


def plan_system(system: System) -> tuple[Plan, tuple[Problem, ...]]:
    """Return the files that all services share, and what is wrong with the contracts in the eyes of one of them."""
    planned = system_files(system)
    return Plan(planned.files), planned.problems
