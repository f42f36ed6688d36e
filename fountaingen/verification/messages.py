"""What goes between ``verify`` and the process that runs Schemathesis: one job in, events out, each a line of JSON."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

PHASES = ("examples", "coverage", "fuzzing", "stateful")


@dataclass(frozen=True)
class Known:
    """What contract and hooks say of operations (``GET /things``) that Schemathesis cannot know.

    ``missing`` need a hook, ``hooked`` have one; ``demanding`` need a body that the contract lets be left out, of which
    a build has warned; ``cursors`` take the position of a page in this parameter of the query. ``bound`` maps members
    of a body, by their JSON Pointers, to the parameters of the path that they repeat.
    """

    missing: tuple[str, ...] = ()
    hooked: tuple[str, ...] = ()
    demanding: tuple[str, ...] = ()
    cursors: Mapping[str, str] = field(default_factory=dict)
    bound: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Job:
    """One service to examine.

    ``contract`` is the file to examine it by, ``service`` where it was generated. ``credentials`` maps security schemes
    to what Schemathesis is told of them; ``shows_credentials`` leaves them readable in requests that are printed.
    ``known`` is what only fountaingen knows of it. ``request_seconds`` is how long one answer may take, ``phases`` are
    Schemathesis's.
    """

    contract: str
    service: str
    base_url: str
    seed: int
    max_examples: int
    credentials: Mapping[str, Mapping[str, str]] = field(default_factory=dict, repr=False)
    known: Known = field(default_factory=Known)
    shows_credentials: bool = False
    request_seconds: float = 30.0
    phases: tuple[str, ...] = PHASES


@dataclass(frozen=True)
class Step:
    """What is being examined now: a phase, and the operation or group of them."""

    phase: str
    label: str


@dataclass(frozen=True)
class Examined:
    """One round is done; ``requests`` were sent in it."""

    phase: str
    requests: int


@dataclass(frozen=True)
class Broken:
    """An answer that breaks the contract: ``code`` and ``title`` are Schemathesis's, ``requests`` curl lines in order.

    ``path`` is the contract's template, ``status`` 0 where there was no answer, ``text`` the beginning of its body.
    """

    method: str
    path: str
    code: str
    title: str
    detail: str
    status: int
    text: str
    requests: tuple[str, ...]
    phase: str


@dataclass(frozen=True)
class Stub:
    """An operation answered that it is not implemented, as one without a hook does."""

    method: str
    path: str


@dataclass(frozen=True)
class Silent:
    """A request was refused with a status that HTTP defines for it and the contract does not declare."""

    method: str
    path: str
    status: int


@dataclass(frozen=True)
class Ruled:
    """A hook refused a request that keeps the contract's schemas, with a status that the contract declares for it."""

    method: str
    path: str
    status: int


@dataclass(frozen=True)
class Answered:
    """How often an operation (``GET /things``) answered a status; said of all of them before the end."""

    operation: str
    status: int
    count: int


@dataclass(frozen=True)
class Stuck:
    """Something could not be examined; ``label`` is the operation, or what else it is about."""

    label: str
    reason: str


@dataclass(frozen=True)
class Ended:
    """Schemathesis is done; ``reason`` is why it stopped, ``completed`` where it went all the way."""

    reason: str


Event = Step | Examined | Broken | Stub | Silent | Ruled | Answered | Stuck | Ended

_KINDS = {kind.__name__: kind for kind in (Step, Examined, Broken, Stub, Silent, Ruled, Answered, Stuck, Ended)}


def write_job(job: Job) -> str:
    """Return ``job`` as a line of ASCII."""
    return json.dumps(asdict(job))


def read_job(line: str) -> Job:
    """Return the job of a line that ``write_job`` made."""
    values = _tuples(json.loads(line))
    return Job(**{**values, "known": Known(**_tuples(values["known"]))})


def write_event(event: Event) -> str:
    """Return ``event`` as a line of ASCII."""
    return json.dumps({"kind": type(event).__name__, **asdict(event)})


def read_event(line: str) -> Event:
    """Return the event of a line; raises ValueError where it is none."""
    values = json.loads(line)
    if not isinstance(values, dict) or values.get("kind") not in _KINDS:
        raise ValueError("not an event")
    event: Event = _KINDS[values.pop("kind")](**_tuples(values))
    return event


def _tuples(values: dict[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}
