"""What each operation refuses: every error that its contract declares and that can be provoked from outside."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from fountaingen.model.behaviour import Missing
from fountaingen.primitives import names
from fountaingen.primitives.code import Code, literal
from fountaingen.stages.plan.tests import invalid
from fountaingen.stages.plan.tests.arrange import arrange, keys_of_rows
from fountaingen.stages.plan.tests.cases import Case, case
from fountaingen.stages.plan.tests.parts import JSON, Parts, expect, parts_of, refuse
from fountaingen.stages.plan.tests.script import Known
from fountaingen.stages.plan.tests.strangers import strangers
from fountaingen.stages.plan.tests.subjects import Input, Payload, Subject

_UNDECLARED = "application/x-undeclared"
_MOST_PARAMETERS = 3


def refusals(subject: Subject, known: Known) -> Iterator[Case]:
    """Yield the tests of what an operation refuses."""
    parts = parts_of(subject)
    yield from strangers(subject, parts)
    if subject.reachable and parts is not None:
        yield from _unknown(subject, known)
        yield from _parameters(subject, parts)
        if subject.payload is not None:
            yield from _bodies(subject, subject.payload, parts)


def _unknown(subject: Subject, known: Known) -> Iterator[Case]:
    """Yield a test for each key in the path that may lead to no row."""
    if subject.unfinished or isinstance(subject.operation.behaviour, Missing) or not subject.declares(404):
        return
    wanted = keys_of_rows(subject, known)
    for each in subject.inputs:
        if each.parameter.argument not in wanted or each.parameter.location != "path":
            continue
        value = invalid.unknown_key(each)
        arranged = None if value is None else arrange(subject, known, fixed={each.parameter.argument: literal(value)})
        if arranged is not None:
            name = each.parameter.name
            doc = f"{subject.operation.operation_id} answers 404 where {name} leads to nothing."
            lines = [*arranged.lines, expect(subject, 404, arranged.parts)]
            yield case(subject, f"of_an_unknown_{_word(name)}", doc, lines)


def _parameters(subject: Subject, parts: Parts) -> Iterator[Case]:
    status = _invalid(subject)
    if status is None:
        return
    wrong = [(each, text) for each in subject.inputs if (text := invalid.wrong_parameter(each)) is not None]
    for each, text in wrong[:_MOST_PARAMETERS]:
        name = each.parameter.name
        doc = f"{subject.operation.operation_id} refuses what its contract does not allow as {name}."
        changed = _with(parts, each, {name: literal(text)})
        yield case(subject, f"refuses_a_wrong_{_word(name)}", doc, [expect(subject, status, changed)])
    for each in subject.inputs:
        if each.parameter.required and each.parameter.location in ("query", "header", "cookie"):
            name = each.parameter.name
            doc = f"{subject.operation.operation_id} refuses a request without {name}."
            yield case(subject, f"needs_{_word(name)}", doc, [expect(subject, status, _with(parts, each, {}))])


def _with(parts: Parts, each: Input, given: Mapping[str, Code]) -> Parts:
    """Return ``parts`` with what they carry for one parameter replaced."""
    place = each.parameter.location
    others = {name: value for name, value in parts.at(place).items() if name not in (each.sample or {})}
    return parts.put(place, {**others, **given})


def _bodies(subject: Subject, payload: Payload, parts: Parts) -> Iterator[Case]:
    name, status = subject.operation.operation_id, _invalid(subject)
    media_types = subject.operation.body.content if subject.operation.body else {}
    if not any("*" in media_type for media_type in media_types):
        doc = f"{name} refuses a body of a media type that its contract does not declare."
        sent = replace(parts, body=None, content=Code.of("b'?'"), media_type=_UNDECLARED)
        yield case(subject, "refuses_another_media_type", doc, [refuse(subject, 415, sent)])
    if status is None:
        return
    if parts.body is None:
        return
    sample = payload.samples[0]
    for member, body in invalid.without_member(payload, sample):
        doc = f"{name} refuses a body without {member}."
        line = expect(subject, status, replace(parts, body=literal(body)))
        yield case(subject, f"refuses_a_body_without_{_word(member)}", doc, [line])
    for member, body in invalid.wrong_member(payload, sample):
        doc = f"{name} refuses a value of a wrong type as {member}."
        line = expect(subject, status, replace(parts, body=literal(body)))
        yield case(subject, f"refuses_a_wrong_{_word(member)}_in_the_body", doc, [line])
    if (body := invalid.wrong_body(payload, sample)) is not None and payload.media_type.endswith("json"):
        line = expect(subject, status, replace(parts, body=literal(body)))
        yield case(subject, "refuses_a_body_of_a_wrong_type", f"{name} refuses a body of a wrong type.", [line])
    yield from _unreadable(subject, payload, parts)


def _unreadable(subject: Subject, payload: Payload, parts: Parts) -> Iterator[Case]:
    name, status = subject.operation.operation_id, _invalid(subject)
    if status is None:
        return
    if payload.media_type.endswith("json"):
        sent = replace(parts, body=None, content=Code.of("b'{{'"))
        yield case(
            subject, "refuses_malformed_json", f"{name} refuses what is no JSON.", [expect(subject, status, sent)]
        )
    if subject.operation.body is not None and subject.operation.body.required:
        line = expect(subject, status, replace(parts, body=None, media_type=JSON))
        yield case(subject, "needs_a_body", f"{name} refuses a request without a body.", [line])


def _invalid(subject: Subject) -> int | tuple[int, ...] | None:
    """Return the status of a request that breaks the contract, as the operation declares it; None where it does not."""
    exact = {each.status for each in subject.operation.responses}
    for status in (400, 422):
        if str(status) in exact:
            return status if subject.declares(status) else None
    return (400, 422) if subject.declares(400) or subject.declares(422) else None


def _word(name: str) -> str:
    return names.snake(name).rstrip("_")
