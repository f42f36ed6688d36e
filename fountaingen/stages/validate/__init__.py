"""Validate: everything wrong with a contract, all at once, each where it was written."""

from collections.abc import Iterator, Mapping

from fountaingen.model.document import Document
from fountaingen.model.problems import Problem, in_order
from fountaingen.model.version import Version, version_of
from fountaingen.primitives.suggest import nearest
from fountaingen.stages import whereabouts
from fountaingen.stages.resolve.bundle import bundle
from fountaingen.stages.validate import (
    circles,
    extensions,
    keywords,
    kong,
    outgoing,
    patterns,
    references,
    routes,
    security,
    standard,
    tags,
    unsupported,
    values,
)
from fountaingen.stages.validate.contract import Contract

_RULES = (
    standard.check,
    circles.check,
    routes.check,
    security.check,
    tags.check,
    unsupported.check,
    extensions.check,
    keywords.check,
    patterns.check,
    values.check,
    outgoing.check,
    kong.check,
)


def validate(document: Document, fragments: Mapping[str, Document]) -> tuple[Problem, ...]:
    """Return every problem of the contract in ``document`` and the ``fragments`` that it refers to, in order.

    Errors are what leaves the contract open (FG100 to FG122); harmless breaches of the standard are warnings.
    """
    version = version_of(document.data)
    if version is None:
        return (_version_problem(document),)
    bundled = bundle(document, fragments)
    contract = Contract(bundled, version)
    return in_order(_problems(contract))


def _problems(contract: Contract) -> Iterator[Problem]:
    yield from references.check(contract.bundle)
    for check in _RULES:
        whereabouts.at(f"its {check.__module__.rpartition('.')[2]}")
        yield from check(contract)


def _version_problem(document: Document) -> Problem:
    data = document.data if isinstance(document.data, dict) else {}
    if "swagger" in data:
        remedy = "convert it to OpenAPI 3, for instance with swagger2openapi"
        return Problem("FG100", "Swagger 2.0 is not supported", document.place("/swagger"), remedy)
    if "openapi" not in data:
        meant = nearest("openapi", data)
        message = f"unknown key {meant!r}; did you mean 'openapi'?" if meant else "'openapi' is required"
        return Problem("FG100", message, document.place(f"/{meant}" if meant else ""), "write openapi: 3.1.1")
    known = ", ".join(version.value for version in Version)
    message = f"OpenAPI {data['openapi']!r} is not supported" if isinstance(data["openapi"], str) else ""
    message = message or "'openapi' must be a version such as '3.1.1', in quotes or with all three numbers"
    return Problem("FG100", message, document.place("/openapi"), f"known are {known}")
