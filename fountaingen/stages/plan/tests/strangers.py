"""Whom each operation refuses and whom it lets in, alternative by alternative of its security."""

from collections.abc import Iterator
from dataclasses import replace

from fountaingen.primitives.code import Code, identifier, literal
from fountaingen.stages.plan.tests.cases import Case, case
from fountaingen.stages.plan.tests.parts import Parts, admit, refuse
from fountaingen.stages.plan.tests.probes import Probe
from fountaingen.stages.plan.tests.subjects import Subject

_ANYTHING = "probe"


def strangers(subject: Subject, parts: Parts | None) -> Iterator[Case]:
    """Yield the tests of an operation's security; ``parts`` make a request that it accepts, where one is known."""
    name, access = subject.operation.operation_id, subject.access
    sent = parts or _nothing(subject)
    lines = [_line(subject, probe, sent) for probe in access.probes if probe.status == 401]
    if lines:
        what = "needs_a_key" if access.by_key else "needs_a_token" if access.by_token else "needs_credentials"
        what = what if subject.secured else "takes_no_wrong_credentials"
        yield case(subject, what, f"{name} answers nobody whom the service does not know.", lines)
    lines = [_line(subject, probe, sent) for probe in access.probes if probe.status == 403]
    if lines:
        yield case(subject, "needs_a_scope", f"{name} answers nobody whose token does not reach so far.", lines)
    if access.ways and not subject.hooked:
        lines = [admit(subject, replace(sent, way=literal(way))) for way in access.ways]
        yield case(subject, "is_open_each_way", f"{name} lets in who is known by any of its alternatives.", lines)


def _line(subject: Subject, probe: Probe, sent: Parts) -> Code:
    caller = Code.of("Caller.{}", identifier(probe.caller.value))
    way = None if probe.way is None else literal(probe.way)
    at = None if probe.at is None else literal(probe.at)
    return refuse(subject, probe.status, replace(sent, caller=caller, way=way, at_scheme=at))


def _nothing(subject: Subject) -> Parts:
    """Return a request that leads to the operation and holds nothing else: nothing is read of strangers."""
    inputs = (each for each in subject.inputs if each.parameter.location == "path")
    return Parts({each.parameter.name: literal(_filled(each.sample, each.parameter.name)) for each in inputs})


def _filled(sample: object, name: str) -> object:
    return sample[name] if isinstance(sample, dict) and name in sample else _ANYTHING
