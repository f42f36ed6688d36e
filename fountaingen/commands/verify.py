"""``fountaingen verify``: let a stranger find out whether the services do what their contracts say."""

import json
import os
import shlex
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from fountaingen.commands.build import brought_up
from fountaingen.commands.printers import Format, diagnose, github_lines, problem_values, text_lines
from fountaingen.commands.progress import shown
from fountaingen.model.problems import Rejected, errors
from fountaingen.primitives.suggest import did_you_mean
from fountaingen.primitives.terminal import log_line, one_line
from fountaingen.project import Project, find_project
from fountaingen.supervisor import ports
from fountaingen.supervisor.development import Development, Keys, database_variable
from fountaingen.supervisor.planner import Planner, Surroundings, Wish
from fountaingen.supervisor.units import ServiceUnit, ServiceView, SystemView
from fountaingen.verification.credentials import KEY, Caller, environment, scopes_of
from fountaingen.verification.findings import Finding, Findings
from fountaingen.verification.links import with_links
from fountaingen.verification.messages import Event, Job, Step
from fountaingen.verification.run import Bounds, NotRun, Plan, examine
from fountaingen.verification.subject import Subject

_LONGEST_REQUEST = 2000


@dataclass(frozen=True)
class Choice:
    """What was asked for: how much to try, from which seed, and where a service runs that is not to be started."""

    max_examples: int
    seed: int
    url: str | None
    bounds: Bounds

    def command(self, name: str) -> str:
        """Return the command that does the same with one service."""
        words = ["fountaingen", "verify", name, "--seed", str(self.seed), "--max-examples", str(self.max_examples)]
        return shlex.join([*words, "--url", self.url] if self.url else words)


def verify(
    service: Annotated[
        str | None, typer.Argument(metavar="[SERVICE]", help="One service; all of them, in turn, if none.")
    ] = None,
    *,
    url: Annotated[
        str | None, typer.Option(metavar="URL", help="Examine a service that runs there, instead of starting one.")
    ] = None,
    max_examples: Annotated[
        int, typer.Option("--max-examples", metavar="N", min=1, help="Requests to make up for an operation.")
    ] = 50,
    seed: Annotated[int, typer.Option("--seed", metavar="N", help="Where chance begins: the same finds the same.")] = 1,
    timeout: Annotated[
        float, typer.Option("--timeout", metavar="SECONDS", min=1, help="How long one service may take.")
    ] = 3600,
    format_: Annotated[Format, typer.Option("--format", help="How findings are printed.")] = Format.TEXT,
) -> None:
    """Let Schemathesis find out whether the services do what their contracts say.

    Builds what is out of date, starts the service and those it calls, each on a
    fresh database (the one that NAME_DATABASE_URL names, where it is set), and
    sends examples, the bounds of every schema, made-up
    requests, valid and not, and chains of them. Each answer that breaks the
    contract is shown with its place there, the request as a curl line, and the
    command that finds it again. Operations that answer 501 are findings too.

    A request at fault that is refused with a status of HTTP's own which the
    contract does not declare is a warning; a valid one that a hook refuses with
    a declared 400 or 422 is a rule of the hook's.

    A service at --url is sent the first key of API_KEYS, else the development
    key; VERIFY_BEARER (a token) and VERIFY_BASIC (name:password) wherever set.

    Examples:

    \b
      fountaingen verify
      fountaingen verify orders --max-examples 300 --seed 7
      fountaingen verify orders --url http://127.0.0.1:8100

    Exit codes: 0 nothing found; 1 findings, or problems of contracts or hooks;
    2 could not run to the end, or wrong usage.
    """
    raise typer.Exit(_verified(service, Choice(max_examples, seed, url, Bounds(timeout)), format_))


def _verified(service: str | None, choice: Choice, format_: Format) -> int:
    if find_spec("schemathesis") is None:
        print("verify needs Schemathesis: pip install 'fountaingen[verify]'", file=sys.stderr)
        return 2
    results: list[Findings] = []
    try:
        project = find_project(Path.cwd())
        subjects = _subjects(project)
        for subject in _chosen(subjects, service, choice.url):
            results.append(_examined(project, subjects, subject, choice))
    except Rejected as rejected:
        diagnose(rejected.problems)
        return 1
    except NotRun as failed:
        _tell(results, format_)
        print(f"error: {one_line(failed.reason)}", file=sys.stderr)
        for line in failed.last_output:
            print(f"    {log_line(line)}", file=sys.stderr)
        return 2
    _tell(results, format_)
    return int(bool(errors(each.problem for result in results for each in result.found)))


def _subjects(project: Project) -> tuple[Subject, ...]:
    understood = brought_up(project)
    return tuple(Subject(each, understood.hooks[each.name], project.out / each.name) for each in understood.services)


def _chosen(subjects: Sequence[Subject], name: str | None, url: str | None) -> tuple[Subject, ...]:
    names = [each.name for each in subjects]
    if name is not None and name not in names:
        print(f"there is no service {name!r}{did_you_mean(name, names)}", file=sys.stderr)
        raise typer.Exit(2)
    chosen = tuple(each for each in subjects if name in (None, each.name))
    if url is not None and len(chosen) > 1:
        print(f"--url is one service: name it, of {', '.join(names)}", file=sys.stderr)
        raise typer.Exit(2)
    return chosen


def _examined(project: Project, subjects: Sequence[Subject], subject: Subject, choice: Choice) -> Findings:
    findings = Findings(subject, choice.command(subject.name))
    with tempfile.TemporaryDirectory(prefix="fountaingen-verify-") as scratch, closing(ports.PortKeeper()) as claims:
        folder = Path(scratch)
        units = () if choice.url else _units(subjects, subject, folder, claims)
        job = _job(subject, choice.url or units[-1].url, choice, folder)
        if choice.url:
            key = Development.of(project.root).keys(os.environ).first
            sent = Caller.given(key, os.environ).shown(subject.service.security_schemes)
            job = replace(job, credentials=sent, shows_credentials=False)
        by_name = {each.name: each for each in subjects}
        # A service that only shows what others hold has nothing to show while they hold nothing.
        first = tuple(
            replace(_job(by_name[unit.name], unit.url, choice, folder), phases=("examples",)) for unit in units[:-1]
        )
        with shown(f"verifying {subject.name}") as progress:
            examine(Plan(units, job, first), folder, choice.bounds, _hearing(findings, progress))
    if findings.ended != "completed":
        raise NotRun(f"'{subject.name}' was not examined to the end: {findings.ended or 'nothing was said of it'}")
    if findings.is_locked_out:
        raise NotRun(
            f"'{subject.name}' let no request in: set API_KEYS, VERIFY_BEARER or VERIFY_BASIC to what it knows"
        )
    return findings


def _job(subject: Subject, url: str, choice: Choice, folder: Path) -> Job:
    schemes = subject.service.security_schemes
    required = [each for operation in subject.service.operations for each in operation.security]
    own = Caller.of_one_run(scopes_of(schemes, required))
    contract = folder / f"{subject.name}.json"
    contract.write_text(json.dumps(with_links(subject.service.spec.written, subject.service)), "ascii")
    return Job(
        contract=str(contract),
        service=str(subject.directory),
        base_url=url,
        seed=choice.seed,
        max_examples=choice.max_examples,
        credentials={**own.shown(schemes), **Caller.given("", os.environ).shown(schemes)},
        known=subject.known,
        shows_credentials=True,
    )


def _units(
    subjects: Sequence[Subject], subject: Subject, folder: Path, claims: ports.PortKeeper
) -> tuple[ServiceUnit, ...]:
    """Return the service and, before it, those that it calls, each with a database below ``folder``."""
    views = tuple(
        ServiceView(each.name, each.service.title, each.directory, each.service.port, each.service.uses)
        for each in subjects
    )
    machine = ports.Machine(ports.is_free, claims.any_free)
    # Nothing else of the caller's environment: a peer that runs elsewhere must not be sent what is made up here.
    databases = {variable: os.environ.get(variable, "") for variable in map(database_variable, [v.name for v in views])}
    around = Surroundings(Development.of(folder), Keys(KEY, is_development_key=True), machine, databases)
    wish = Wish((subject.name,), ports.ChosenBySystem())
    units = Planner(lambda: SystemView(views), wish, around).plan().units
    return tuple(replace(unit, environment={**unit.environment, **environment()}) for unit in units)


def _hearing(findings: Findings, progress: Callable[[str], None]) -> Callable[[Event], None]:
    phase = ""

    def hear(event: Event) -> None:
        nonlocal phase
        findings.hear(event)
        if isinstance(event, Step):
            at = f"{event.phase}, {findings.requests} requests, {len(findings.broken)} findings"
            progress(one_line(f"{at} {event.label}"))
            if event.phase != phase and not sys.stderr.isatty():
                print(f"{findings.subject.name}: {at}", file=sys.stderr, flush=True)
            phase = event.phase

    return hear


def _tell(results: Sequence[Findings], format_: Format) -> None:
    found = [each for result in results for each in result.found]
    match format_:
        case Format.TEXT:
            _print_text(found)
        case Format.JSON:
            print(json.dumps({"problems": [_values(each) for each in found]}, indent=2))
        case Format.GITHUB:
            for line in github_lines(each.problem for each in found):
                print(line)
    for result in results:
        print(_summary(result), file=sys.stderr)


def _print_text(found: Sequence[Finding]) -> None:
    for each in found:
        for line in text_lines([each.problem]):
            print(line)
        for request in each.requests:
            print(f"  {_cut(request)}")
        if each.answer:
            print(f"  answer: {one_line(each.answer)}")


def _cut(request: str) -> str:
    if len(request) <= _LONGEST_REQUEST:
        return log_line(request)
    return f"{log_line(request[:_LONGEST_REQUEST])} … ({len(request)} characters; --format json shows them)"


def _values(finding: Finding) -> dict[str, object]:
    return {**problem_values(finding.problem), "requests": list(finding.requests), "answer": finding.answer}


def _summary(findings: Findings) -> str:
    operations = len(findings.subject.service.operations)
    counts = [
        (len(findings.broken), "break the contract"),
        (len(findings.stubs), "not implemented"),
        (len(findings.stuck), "not examined"),
    ]
    said = ", ".join(f"{count} {what}" for count, what in counts if count) or "nothing found"
    text = f"{findings.subject.name}: {operations} operations, {findings.requests} requests: {said}"
    if findings.ruled:
        rules = sorted({f"{each.method} {each.path} ({each.status})" for each in findings.ruled})
        text += f"; refused by rules beyond schemas: {', '.join(rules)}"
    if findings.unreached:
        text += f"; never with success: {', '.join(findings.unreached)}"
    return one_line(text)
