"""Systems made of contracts in a folder, as far as the files go that all services share."""

from pathlib import Path

from fountaingen.inputs import own_templates
from fountaingen.model.deployment import Deployment
from fountaingen.model.settings import Settings
from fountaingen.model.system import System
from fountaingen.pipeline import understand
from fountaingen.project import Project, discover
from fountaingen.stages.plan import plan_system
from fountaingen.stages.render import render

REPOSITORY = Path(__file__).parents[2]
GOLDEN = REPOSITORY / "tests/golden"


def system_of(root: Path, deployment: Deployment | None = None) -> System:
    """Return the system of the contracts in ``root/specs``."""
    project = Project(root, Settings())
    understood = understand(project, discover(project, ()))
    return System(understood.services, understood.hooks, deployment or Deployment())


def written(system: System, folder: Path) -> Path:
    """Write the files that all services share below ``folder`` and return it."""
    plan, _ = plan_system(system)
    for path, content in render(plan, [own_templates()]).items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    return folder
