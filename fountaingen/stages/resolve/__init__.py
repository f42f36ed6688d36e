"""Resolve: a contract in one piece, every reference local; nothing here opens a file."""

from collections.abc import Callable, Mapping

from fountaingen.model.document import Document, Spec
from fountaingen.model.problems import Problem, Rejected
from fountaingen.stages.normalize import normalize
from fountaingen.stages.resolve.bundle import bundle
from fountaingen.stages.resolve.discover import Site, discover
from fountaingen.stages.resolve.refs import Elsewhere


def gather(entry: Document, read: Callable[[str], Document]) -> Mapping[str, Document]:
    """Return every other file that ``entry`` reaches by relative ``$ref``, by name.

    ``read`` gets a file's name, relative to the same folder as ``entry.path``, and raises Rejected where the file must
    not or cannot be read.

    Raises:
        Rejected: FG021 a reference to a URL, FG023 a file that cannot be read (FG001), and what ``read`` raises.
    """
    problems: list[Problem] = []
    refused: set[str] = set()

    def find(site: Site, name: str) -> Document | None:
        if name in refused:
            return None
        try:
            return read(name)
        except Rejected as rejected:
            refused.add(name)
            problems.extend(_at(site, problem) for problem in rejected.problems)
            return None

    discovery = discover(entry, find)
    problems += [_external(site) for site in discovery.sites if isinstance(site.destination, Elsewhere)]
    if problems:
        raise Rejected(problems)
    return {name: document for name, document in discovery.documents.items() if document is not entry}


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


def _external(site: Site) -> Problem:
    text = site.reference.text
    remedy = "save the document beside the contract and refer to the file"
    return Problem("FG021", f"{text!r} is a URL: nothing is fetched", site.document.place(site.reference.at), remedy)
