"""Where Schemathesis asks for more than the standards do: each exception narrow, with the text it rests on."""

import copy
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import schemathesis
from schemathesis.core import NOT_SET
from schemathesis.core.failures import AcceptedNegativeData, Failure, ServerError
from schemathesis.core.transport import Response
from schemathesis.generation.case import Case
from schemathesis.hooks import HookContext
from schemathesis.openapi.checks import RejectedPositiveData, UndefinedStatusCode

from fountaingen.primitives import pointer as pointers
from fountaingen.verification.forms import is_valid_as_asked, is_valid_as_sent
from fountaingen.verification.messages import Event, Job, Ruled, Silent, Stub
from fountaingen.verification.rules import Rules

_NOT_IMPLEMENTED = 501
_OF_HTTP = frozenset({400, 401, 403, 404, 405, 406, 409, 411, 412, 413, 414, 415, 416, 422, 428, 429, 431})
"""Statuses that HTTP itself defines for requests at fault (RFC 9110 section 15.5, RFC 6585)."""
_ALIKE = frozenset({400, 422})
"""Statuses of which a contract that declares one means both: a request that breaks it."""


class Judgement:
    """What is kept of Schemathesis's failures, and what becomes something else; told to ``send`` once each."""

    def __init__(self, job: Job, send: Callable[[Event], None]) -> None:
        self._job = job
        self._send = send
        self._sent: set[Event] = set()
        self._rules = Rules(Path(job.service))

    def install(self) -> None:
        """Register the hooks, for the whole process."""
        judge, agree = self.judge, self.agree

        @schemathesis.hook
        def filter_failure(context: HookContext, failure: Failure, case: Case[Any], response: Response) -> bool:
            return judge(failure, case, response)

        @schemathesis.hook
        def before_call(context: HookContext, case: Case[Any], kwargs: dict[str, Any]) -> None:
            agree(case)

    def judge(self, failure: Failure, case: Case[Any], response: Response) -> bool:
        """Tell whether ``failure`` is one."""
        instead = self._instead(failure, case, response)
        if instead is not None:
            self._once(instead)
            return False
        match failure:
            case RejectedPositiveData():
                return is_valid_as_sent(case) is not False
            case AcceptedNegativeData():
                return is_valid_as_sent(case) is not True and not is_valid_as_asked(case)
            case _:
                return True

    def _instead(self, failure: Failure, case: Case[Any], response: Response) -> Event | None:
        """Return what ``failure`` is in truth, None where it is what it says."""
        method, path, status = case.method.upper(), case.path, response.status_code
        match failure:
            case ServerError() | UndefinedStatusCode() if self._is_stub(case, response):
                return Stub(method, path)
            case UndefinedStatusCode() if is_silence(status, case.operation.responses.status_codes):
                return Silent(method, path, status)
            case RejectedPositiveData() if self._is_ruled(case, response):
                return Ruled(method, path, status)
            case _:
                return None

    def agree(self, case: Case[Any]) -> None:
        """Let the body of a valid request say of its path what the path says.

        JSON Schema cannot say that a member equals a parameter of the path. A service must not believe both where they
        differ (RFC 9110 section 9.3.4: it makes them consistent or refuses), so that such a request is none that ought
        to be accepted.
        """
        bound = self._job.known.bound.get(case.operation.label)
        meta = case.meta
        if bound and isinstance(case.body, dict) and meta is not None and meta.generation.mode.is_positive:
            case.body = agreed(case.body, case.path_parameters or {}, bound)

    def _is_stub(self, case: Case[Any], response: Response) -> bool:
        """Tell whether an operation says that it needs a hook, be it for some requests only."""
        return response.status_code == _NOT_IMPLEMENTED and case.operation.label not in self._job.known.hooked

    def _is_ruled(self, case: Case[Any], response: Response) -> bool:
        """Tell whether what was refused keeps the contract's schemas, and breaks a rule that no schema can say.

        Such rules are what hooks are for ("no number twice"): there the status has to be declared, for RFC 9110
        sections 15.5.1 and 15.5.21 do not make 400 and 422 statuses of syntax alone. And the position of a page is one
        that the service gave out, which a made-up text is not. Lastly, nothing is made of no body: a contract that lets
        it be left out (OAS 3.1.1 section 4.8.13.1, ``required``) has been warned of that by a build (FG221).
        """
        operation, known = case.operation.label, self._job.known
        by_hook = operation in known.hooked and str(response.status_code) in case.operation.responses.status_codes
        by_cursor = known.cursors.get(operation) in (case.query or {})
        by_absence = operation in known.demanding and case.body is NOT_SET
        if response.status_code not in _ALIKE or not (by_hook or by_cursor or by_absence):
            return False
        sent = response.request
        headers = {name: value for name, value in sent.headers.items() if isinstance(value, str)}
        body = sent.body.encode() if isinstance(sent.body, str) else sent.body
        return isinstance(body, bytes | None) and self._rules.refuse(
            str(sent.method), str(sent.url), headers, body or b""
        )

    def _once(self, event: Event) -> None:
        if event not in self._sent:
            self._sent.add(event)
            self._send(event)


def is_silence(status: int, declared: tuple[str, ...]) -> bool:
    """Tell whether a contract that declares ``declared`` merely says nothing of ``status``.

    OpenAPI 3.1.1 section 4.8.16: "The documentation is not necessarily expected to cover all possible HTTP response
    codes because they may not be known in advance." So a status that HTTP defines for a request at fault may leave,
    unless the contract declares another one for the same: who declares 400 does not get 422.
    """
    return status in _OF_HTTP and not (status in _ALIKE and any(str(each) in declared for each in _ALIKE))


def agreed(body: Mapping[str, Any], path: Mapping[str, Any], bound: Mapping[str, str]) -> dict[str, Any]:
    """Return ``body`` with the members that repeat parameters of the path set to those."""
    same = copy.deepcopy(dict(body))
    for pointer, name in bound.items():
        *above, member = pointers.split(pointer)
        with suppress(LookupError):
            inner = pointers.follow(same, above)
            if isinstance(inner, dict) and member in inner and name in path:
                # Parameters of the path are written as they are sent.
                inner[member] = unquote(str(path[name])) if isinstance(path[name], str) else path[name]
    return same
