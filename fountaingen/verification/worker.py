"""The process that runs Schemathesis: reads a job from standard input, writes events to standard output.

A process of its own, for Hypothesis keeps its state in globals and Schemathesis takes hooks for the whole interpreter.
"""

import os
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Any, TextIO

import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.core.errors import LoaderError
from schemathesis.engine import events, from_schema
from schemathesis.engine.recorder import CheckFailureInfo, ScenarioRecorder

from fountaingen.verification.judgement import Judgement
from fountaingen.verification.messages import (
    PHASES,
    Answered,
    Broken,
    Ended,
    Event,
    Examined,
    Job,
    Step,
    Stuck,
    read_job,
    write_event,
)

_LONGEST_TEXT = 2000
_INTERNAL = frozenset({"probing", "schema_analysis", "auth_bootstrap"})


def main() -> None:
    """Do the job that standard input holds in its first line; end when whoever gave it is gone."""
    out = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="ascii")
    # What libraries print must not come between the events.
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    job = read_job(sys.stdin.readline())
    threading.Thread(target=_end_with_parent, daemon=True).start()
    send = _sender(out)
    try:
        for event in examine(job, send):
            send(event)
    except LoaderError as error:
        send(Stuck("the contract", str(error)))
        send(Ended("error"))


def examine(job: Job, send: Callable[[Event], None]) -> Iterator[Event]:
    """Yield what Schemathesis finds; what is judged while it runs goes to ``send`` at once.

    Raises:
        LoaderError: Schemathesis does not read the contract.
    """
    schema = schemathesis.openapi.from_path(job.contract, config=SchemathesisConfig.from_dict(configuration(job)))
    Judgement(job, send).install()
    known: set[object] = set()
    answers: Counter[tuple[str, int]] = Counter()
    for event in from_schema(schema).execute():
        match event:
            case events.PhaseStarted(phase=phase) if phase.name.value not in _INTERNAL:
                yield Step(phase.name.value, "")
            case events.ScenarioStarted(phase=name, label=label):
                yield Step(name.value, label or "")
            case events.ScenarioFinished(phase=name, recorder=recorder):
                yield from _broken(recorder, name.value, known)
                answers.update(_answers(recorder))
                yield Examined(name.value, len(recorder.interactions))
            case events.NonFatalError(label=label, info=info):
                yield Stuck(label, ": ".join(filter(None, (info.title, info.message))))
            case events.FatalError(exception=error):
                yield Stuck("Schemathesis", f"{type(error).__name__}: {error}")
                yield Ended("error")
            case events.EngineFinished(stop_reason=reason):
                for (label, status), count in sorted(answers.items()):
                    yield Answered(label, status, count)
                yield Ended(reason.value)


def configuration(job: Job) -> dict[str, Any]:
    """Return the whole configuration of a run: every check, every phase, valid and invalid data, nothing remembered."""
    return {
        "base-url": job.base_url,
        "seed": job.seed,
        "suppress-health-check": ["all"],
        "request-timeout": job.request_seconds,
        "generation": {"mode": "all", "max-examples": job.max_examples, "database": "none"},
        "phases": {phase: {"enabled": phase in job.phases} for phase in PHASES},
        "cache": {"enabled": False},
        "output": {"sanitization": {"enabled": not job.shows_credentials}},
        "warnings": False,
        **({"auth": {"openapi": _written(job.credentials)}} if job.credentials else {}),
    }


def _written(credentials: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, str]]:
    # Schemathesis replaces ${NAME} by variables of the environment, and $${ by ${.
    return {
        scheme: {name: value.replace("${", "$${") for name, value in each.items()}
        for scheme, each in credentials.items()
    }


def _broken(recorder: ScenarioRecorder, phase: str, known: set[object]) -> Iterator[Broken]:
    for case_id, checks in recorder.checks.items():
        for check in checks:
            if check.failure_info is None or check.failure_info.failure in known:
                continue
            known.add(check.failure_info.failure)
            yield _one_broken(recorder, case_id, check.failure_info, phase)


def _answers(recorder: ScenarioRecorder) -> Iterator[tuple[str, int]]:
    for case_id, interaction in recorder.interactions.items():
        node = recorder.cases.get(case_id)
        if node is None or interaction.response is None:
            continue
        case = node.value
        # Schemathesis also sends methods that the operation does not have.
        if case.method.upper() == case.operation.method.upper():
            yield case.operation.label, interaction.response.status_code


def _one_broken(recorder: ScenarioRecorder, case_id: str, found: CheckFailureInfo, phase: str) -> Broken:
    case = recorder.cases[case_id].value
    response = recorder.find_response(case_id=case_id)
    text = response.content[:_LONGEST_TEXT].decode("utf-8", "replace") if response is not None else ""
    return Broken(
        method=case.method.upper(),
        path=case.path,
        code=found.failure.code,
        title=found.failure.title,
        detail=found.failure.message,
        status=response.status_code if response is not None else 0,
        text=text,
        requests=tuple(step.curl for step in found.steps) or (found.code_sample,),
        phase=phase,
    )


def _sender(out: TextIO) -> Callable[[Event], None]:
    lock = threading.Lock()

    def send(event: Event) -> None:
        with lock:
            out.write(write_event(event) + "\n")
            out.flush()

    return send


def _end_with_parent() -> None:
    with suppress(OSError, ValueError):
        while sys.stdin.read(1):
            pass
    os._exit(1)


if __name__ == "__main__":
    # A configuration of the project's own would change what is examined.
    for variable in [name for name in os.environ if name.startswith("SCHEMATHESIS_")]:
        del os.environ[variable]
    main()
