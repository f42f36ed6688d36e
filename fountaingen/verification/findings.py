"""What was found, as problems with their place in the contract and the requests that show them."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from fountaingen.model.problems import Problem, Severity
from fountaingen.verification.messages import Answered, Broken, Ended, Event, Examined, Ruled, Silent, Step, Stub, Stuck
from fountaingen.verification.subject import Subject, label

_AT_THE_DOOR = frozenset({401, 403})
_BEFORE_THE_DOOR = frozenset({405, 406, 415})


@dataclass(frozen=True)
class Finding:
    """A problem; ``requests`` are the curl lines that show it, ``answer`` the beginning of what came back."""

    problem: Problem
    requests: tuple[str, ...] = ()
    answer: str = ""


@dataclass
class Findings:
    """Gathers what is heard of one service; ``replay`` is the command that finds the same again."""

    subject: Subject
    replay: str
    requests: int = 0
    ended: str = ""
    broken: list[Broken] = field(default_factory=list)
    stubs: list[Stub] = field(default_factory=list)
    silent: list[Silent] = field(default_factory=list)
    stuck: list[Stuck] = field(default_factory=list)
    ruled: list[Ruled] = field(default_factory=list)
    answers: dict[str, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))

    def hear(self, event: Event) -> None:
        """Take in what Schemathesis says."""
        match event:
            case Examined(requests=requests):
                self.requests += requests
            case Broken():
                self.broken.append(event)
            case Stub():
                self.stubs.append(event)
            case Silent():
                self.silent.append(event)
            case Ruled():
                self.ruled.append(event)
            case Answered(operation=operation, status=status, count=count):
                self.answers[operation][status] += count
            case Stuck():
                self.stuck.append(event)
            case Ended(reason=reason):
                self.ended = reason
            case Step():
                pass

    @property
    def found(self) -> tuple[Finding, ...]:
        """Everything that was found, faults first."""
        return tuple(each for part in (self._broken, self._stubs, self._stuck, self._silent) for each in part())

    @property
    def unreached(self) -> tuple[str, ...]:
        """The operations that never answered with success, of those that could: for lack of rows, mostly."""
        missing = set(self.subject.known.missing)
        operations = [label(each) for each in self.subject.service.operations]
        return tuple(
            each
            for each in operations
            if each not in missing and not any(200 <= status < 400 for status in self.answers[each])
        )

    @property
    def is_locked_out(self) -> bool:
        """Whether nobody was ever let in: then nothing was examined but the door."""
        guarded = [self.answers[label(each)] for each in self.subject.service.operations if each.security]
        statuses = {status for counts in guarded for status in counts}
        return bool(statuses & _AT_THE_DOOR) and statuses <= _AT_THE_DOOR | _BEFORE_THE_DOOR

    def _broken(self) -> Iterator[Finding]:
        for each in self.broken:
            answered = f" ({each.status})" if each.status else ""
            detail = "; ".join(_told(each.detail))
            message = f"{each.method} {each.path}{answered}: {_lowered(each.title)} [{each.code}]"
            problem = Problem(
                "FG701",
                f"{message}: {detail}" if detail else message,
                self.subject.place(each.method, each.path),
                f"find it again with: {self.replay}",
            )
            yield Finding(problem, each.requests, each.text)

    def _stubs(self) -> Iterator[Finding]:
        names = {label(each): each.name for each in self.subject.service.operations}
        for each in self.stubs:
            operation = f"{each.method} {each.path}"
            remedy = f"write the hook 'async def {names[operation]}' in hooks/{self.subject.name}.py"
            is_whole = operation in self.subject.known.missing
            what = "it is not implemented" if is_whole else "what is stored may lack what its answer must have"
            place = self.subject.place(each.method, each.path)
            yield Finding(Problem("FG702", f"{operation} answers 501: {what}", place, remedy))

    def _stuck(self) -> Iterator[Finding]:
        for each in self.stuck:
            method, _, path = each.label.partition(" ")
            place = self.subject.place(method, path) if path.startswith("/") else self.subject.service.spec.place()
            yield Finding(Problem("FG703", f"{each.label} could not be examined: {each.reason}", place))

    def _silent(self) -> Iterator[Finding]:
        if not self.silent:
            return
        counts = sorted(Counter(each.status for each in self.silent).items())
        listed = ", ".join(f"{status} ({count})" for status, count in counts)
        silent = len({(each.method, each.path) for each in self.silent})
        which = "1 operation refuses" if silent == 1 else f"{silent} operations refuse"
        message = f"{which} requests at fault with a status that the contract does not declare there: {listed}"
        place = self.subject.service.spec.place("/paths")
        yield Finding(Problem("FG704", message, place, "declare them, or 4XX, or default", Severity.WARNING))


def _told(detail: str) -> Iterator[str]:
    """Yield what Schemathesis says, without the schema and the value that it shows below."""
    for line in detail.splitlines():
        if line.startswith(("Schema at ", "Schema:")):
            return
        if line.strip():
            yield line.strip(" -")


def _lowered(title: str) -> str:
    """Return ``title`` as it reads inside a line; abbreviations stay."""
    return title if title[1:2].isupper() else f"{title[:1].lower()}{title[1:]}"
