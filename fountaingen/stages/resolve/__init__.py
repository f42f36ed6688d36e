"""Resolve: a contract in one piece, every reference local; nothing here opens a file."""

from collections.abc import Callable, Container, Mapping

from fountaingen.model.document import Document, Spec
from fountaingen.model.problems import Place, Problem, Rejected
from fountaingen.primitives.urls import is_remote
from fountaingen.stages.normalize import normalize
from fountaingen.stages.resolve.bundle import bundle
from fountaingen.stages.resolve.discover import Discovery, Site, discover
from fountaingen.stages.resolve.external import external
from fountaingen.stages.resolve.refs import Elsewhere, Target

Read = Callable[[str], Document]


def gather(entry: Document, read: Read, pinned: Container[str] = frozenset()) -> Mapping[str, Document]:
    """Return every other document that ``entry`` reaches by ``$ref``, by name: files, and of URLs those ``pinned``.

    ``read`` gets a document's name, a file's relative to the same folder as ``entry.path``, and raises Rejected where
    the file must not or cannot be read.

    Raises:
        Rejected: FG021 a reference to a URL that is not pinned, FG023 a file that cannot be read (FG001), and what
            ``read`` raises.
    """
    discovery, problems = _discovered(entry, read, pinned)
    problems += [found for site in discovery.sites if (found := external(site, pinned)) is not None]
    if problems:
        raise Rejected(problems)
    return {name: document for name, document in discovery.documents.items() if document is not entry}


def reached_urls(entry: Document, read: Read, pinned: Container[str]) -> Mapping[str, Place]:
    """Return the URLs that ``entry`` reaches, by way of files and of those ``pinned``, each with a place that names it.

    Raises:
        Rejected: FG021 a reference to a URL that is never fetched, and what ``gather`` raises of files.
    """
    discovery, problems = _discovered(entry, read, pinned)
    reached: dict[str, Place] = {}
    for site in discovery.sites:
        match site.destination:
            case Elsewhere() if (found := external(site, pinned)) is not None:
                problems.append(found)
            case Target(document=name) if is_remote(name):
                reached.setdefault(name, site.document.place(site.reference.at))
    if problems:
        raise Rejected(problems)
    return reached


def _discovered(entry: Document, read: Read, pinned: Container[str]) -> tuple[Discovery, list[Problem]]:
    problems: list[Problem] = []
    refused: set[str] = set()

    def find(site: Site, name: str) -> Document | None:
        if name in refused or (is_remote(name) and name not in pinned):
            return None
        try:
            return read(name)
        except Rejected as rejected:
            refused.add(name)
            problems.extend(_at(site, problem) for problem in rejected.problems)
            return None

    return discover(entry, find), problems


def resolve(name: str, entry: Document, fragments: Mapping[str, Document]) -> Spec:
    """Return the contract of the service ``name`` in one piece, as it was written and as OpenAPI 3.1.

    Validated documents are expected: a reference that leads nowhere is left as it stands.
    """
    bundled = bundle(entry, fragments)
    whole = normalize(Document(entry.path, bundled.data, entry.source, entry.positions))
    others = tuple(document for _, document in sorted(bundled.discovery.documents.items()) if document is not entry)
    return Spec(name, entry, bundled.written, whole.data, bundled.origins, others)


def _at(site: Site, problem: Problem) -> Problem:
    """Say of a file that cannot be read where it is wanted: the file itself has no line to point at."""
    if problem.code not in {"FG001", "FG022"}:
        return problem
    place = site.document.place(site.reference.at)
    code = "FG023" if problem.code == "FG001" else problem.code
    return Problem(code, f"{site.reference.text!r}: {problem.message}", place, problem.remedy)
