"""Changes with an answer of their own: a PUT that may make its row, a patch that may leave one that cannot be."""

from collections.abc import Callable
from typing import Any, Concatenate, NamedTuple, ParamSpec

from ..call import Answer, Call, Reply, Unit
from ..errors import Conflict, NotImplementedByHook
from ..resource import Stored
from ..values import JsonValue

P = ParamSpec("P")


class Statuses(NamedTuple):
    """How a PUT answers: where it made the row, and where it replaced one (RFC 9110 section 9.3.4)."""

    created: int
    replaced: int


async def put(
    call: Call, statuses: Statuses, fn: Callable[Concatenate[Unit, P], Stored], /, *args: P.args, **kwargs: P.kwargs
) -> Reply:
    """Run a default behaviour that creates or replaces, as ``call.write`` does."""

    def work(unit: Unit, /, *args: P.args, **kwargs: P.kwargs) -> Reply:
        stored = fn(unit, *args, **kwargs)
        return _reply(call, stored.row, statuses.created if stored.created else statuses.replaced)

    return await call.write(work, *args, **kwargs)


def settled(call: Call, answer: Any, statuses: Statuses) -> Answer:
    """Give what a hook answers the status of what its default behaviour did; a Reply keeps its own."""
    if isinstance(answer, Reply) or call.created is None:
        plain: Answer = answer
        return plain
    return _reply(call, answer, statuses.created if call.created else statuses.replaced)


async def patch(call: Call, fn: Callable[Concatenate[Unit, P], Any], /, *args: P.args, **kwargs: P.kwargs) -> JsonValue:
    """Run a default behaviour that patches, as ``call.write`` does.

    Raises Conflict where the row, as it is, would be left as the contract does not allow (RFC 5789 section 2.2).
    """
    try:
        result: JsonValue = await call.write(fn, *args, **kwargs)
    except NotImplementedByHook as refusal:
        if refusal.__cause__ is None:
            raise
        raise Conflict("the patch would leave what the contract does not allow") from refusal.__cause__
    return result


def _reply(call: Call, body: Any, status: int) -> Reply:
    key = call.operation.response_key(status)
    shows = key is not None and bool(call.operation.responses[key].content)
    return Reply(body if shows else None, status=status)
