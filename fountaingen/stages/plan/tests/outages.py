"""What becomes of an operation when the services that it asks are not there."""

from collections.abc import Iterator, Mapping

from fountaingen.model.behaviour import ListRows
from fountaingen.primitives.code import Code
from fountaingen.stages.plan.tests.arrange import arrange
from fountaingen.stages.plan.tests.cases import Case, case
from fountaingen.stages.plan.tests.parts import expect, parts_of
from fountaingen.stages.plan.tests.script import Known
from fountaingen.stages.plan.tests.subjects import Subject

_ABOUT_THE_CALLER = (401, 403, 429)


def outage(subject: Subject, subjects: tuple[Subject, ...], known: Known) -> Iterator[Case]:
    """Yield the test of a hooked operation that declares 502, with every peer stopped: it stores nothing."""
    declared = [each.status for each in subject.operation.responses]
    if not subject.hooked or "502" not in declared or not subject.reachable:
        return
    arranged = arrange(subject, known)
    if arranged is None:
        return
    refusals = [int(status) for status in declared if status.isdigit() and 400 <= int(status) < 500]
    refusals = [status for status in refusals if status not in _ABOUT_THE_CALLER]
    listing = _listing(subject, subjects, arranged.parts.path)
    lines = [*arranged.lines]
    lines += [Code.of("before = {}", listing)] if listing else []
    lines += [Code.of("service.peers.stop()"), expect(subject, (502, *refusals), arranged.parts)]
    lines += [Code.of("assert {} == before", listing)] if listing else []
    doc = f"{subject.operation.operation_id} says that a peer is missing, and stores nothing."
    yield case(subject, "without_its_peers", doc, lines)


def _listing(subject: Subject, subjects: tuple[Subject, ...], path: Mapping[str, Code]) -> Code | None:
    """Return a call of the list at the operation's path, or the one above it."""
    for shape in (subject.shape, subject.shape[:-1]):
        for each in subjects:
            if each.shape != shape or each.hooked or not isinstance(each.operation.behaviour, ListRows):
                continue
            names = {parameter.name for parameter in each.operation.parameters if parameter.location == "path"}
            parts = parts_of(each, {name: code for name, code in path.items() if name in names})
            if parts is not None:
                return expect(each, each.operation.success, parts)
    return None
