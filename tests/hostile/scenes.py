"""What is generated from hostile texts, as far as one sink goes: each scene makes files and has them judged."""

from collections.abc import Callable
from pathlib import PurePosixPath
from typing import Any

from fountaingen.inputs import own_templates
from fountaingen.model.deployment import Deployment, Dns, Image
from fountaingen.model.plan import FromTemplate, Plan, Verbatim
from fountaingen.model.problems import Place, Problem, Rejected, format_problem
from fountaingen.primitives import environment, sql
from fountaingen.primitives.terminal import log_line
from fountaingen.project import unusable
from fountaingen.runtime.contract import Contract
from fountaingen.runtime.serving.docs import docs_of
from fountaingen.stages.plan import plan_service, plan_system
from fountaingen.stages.render import render
from hostile import oracle
from hostile.contracts import TEXTS, contract, service, system, twins

Scene = Callable[[], list[str]]
"""Makes files of one kind and returns what the judge finds; raises ValueError where a text is refused."""


def application(text: str, *names: str, spec: str = "specs/hostile.json", data: Any = None) -> list[str]:
    """Judge files of a service by their names, all of them where none is named."""
    made = service(data or contract(text), spec)
    plan, _ = plan_service(made, system(made).hooks[made.name], (), ())
    return _judged(plan, names)


def together(text: str, *names: str, deployment: Deployment | None = None) -> list[str]:
    """Judge files of the whole system by their names."""
    plan, _ = plan_system(system(service(contract(text)), deployment))
    return _judged(plan, names)


def _judged(plan: Plan, names: tuple[str, ...]) -> list[str]:
    chosen = (each for each in plan.files if not names or any(PurePosixPath(each.path).match(name) for name in names))
    files = tuple(each for each in chosen if not isinstance(each, Verbatim))
    assert files, names
    return oracle.judge(render(Plan(files), [own_templates()]))


def labels() -> list[str]:
    """Judge a Dockerfile, whose labels are text of a contract."""
    return together(TEXTS["words"], "Dockerfile")


def base_image() -> list[str]:
    """Judge a Dockerfile made from an image that no setting can name."""
    return together("x", "Dockerfile", deployment=Deployment(image=Image(base="python\nRUN canary")))


def scripts() -> list[str]:
    """Judge scripts that know a hosted zone whose id no setting can have."""
    dns = Dns(addresses=("192.0.2.1",), zones={"fountain.example": TEXTS["words"]})
    return together("x", "configure-dns.sh", deployment=Deployment(dns=dns))


def containers() -> list[str]:
    """Judge the file of containers, one of which is made from an image that no setting can name."""
    return together("x", "docker-compose.yml", deployment=Deployment(image=Image(gateway="kong:${canary}-$canary")))


def twins_of_names() -> list[str]:
    """Judge a service whose names are one to somebody."""
    return application("", "endpoints.py", "protocols.py", data=twins())


def settings_file() -> list[str]:
    """Judge a file of variables, one of which has text as its value."""
    line = environment.assignment("NAME", environment.text("x\ncanary=1"))
    view = {"sections": [{"heading": [], "variables": [{"meaning": [], "line": line}]}]}
    return _printed(".env.example", "env.example.jinja", view)


def databases() -> list[str]:
    """Judge the script that makes databases, one of which is called as none can be."""
    names = [{"role": sql.name("x\"'; SELECT canary; --"), "password": sql.name("password")}]
    return _printed("deploy/postgres.sql", "deploy/postgres.sql.jinja", {"databases": names})


def _printed(path: str, template: str, view: dict[str, Any]) -> list[str]:
    return oracle.judge(render(Plan((FromTemplate(path, template, view),)), [own_templates()]))


def contract_as_yaml() -> list[str]:
    """Judge a contract that is written anew as YAML."""
    return application(TEXTS["values"], "openapi.yaml")


def contract_as_json() -> list[str]:
    """Judge the same as JSON."""
    return application(TEXTS["unseen"], "openapi.json", "operations.json")


def page() -> list[str]:
    """Judge the page that shows a contract."""
    text = "x</title><script>canary()</script><canary>"
    made = Contract.__new__(Contract)
    for name, value in {"title": text, "json": b"{}"}.items():
        object.__setattr__(made, name, value)
    found = docs_of(made).body
    return list(oracle.page(bytes(found or b"").decode()))


def diagnostics() -> list[str]:
    """Judge what a terminal is told of a problem."""
    problem = Problem("FG999", TEXTS["unseen"], Place(TEXTS["unseen"]), TEXTS["unseen"])
    lines = format_problem(problem).split("\n")
    return [*(fault for line in lines for fault in oracle.unseen(line)), *(["a line more"] if len(lines) != 2 else [])]


def logs() -> list[str]:
    """Judge what a terminal is told of a service's log."""
    return list(oracle.unseen(log_line("x\x1b[2J\x85\u202e")))


def folders() -> list[str]:
    """Judge the folder of a service that is called like a device."""
    return [] if unusable("con") else list(oracle.paths({"con/app/main.py": b""}))


def outcome(scene: Scene) -> str:
    """Return what comes of a scene: ``clean``, ``refused`` before anything is printed, or what was found."""
    try:
        return "; ".join(scene()) or "clean"
    except Rejected as rejected:
        return "; ".join(f"{each.code}: {each.message}" for each in rejected.problems)
    except ValueError as error:
        return "refused" if str(error).startswith("no ") else f"a check fails: {error}"
