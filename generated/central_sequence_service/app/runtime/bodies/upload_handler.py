"""Operations whose bodies may hold files: what was kept for a request goes when it has been answered."""

from collections.abc import Mapping

from starlette.types import Receive, Scope

from ..calls.under_way import RememberingHandler, handler
from ..contract import Operation
from ..responses.streams import Leaving, Streamed
from ..serving.handler import Endpoint, Handler, Means
from .incoming import Shared
from .reader import close_open, takes_uploads


class UploadHandler(RememberingHandler):
    """Answers the requests of an operation that takes uploads, and closes them."""

    __slots__ = ()

    async def answer(self, scope: Scope, receive: Receive, path: Mapping[str, str], request_id: str) -> Leaving:
        """Answer as every handler does; an upload that an answer still reads is closed when nobody holds it."""
        streamed = False
        shared = Shared(receive)
        try:
            outcome = await super().answer(scope, shared.next, path, request_id)
            if type(outcome) is Streamed:
                streamed = True
                # The maker may still read what it answers.
                outcome.left = shared.left
            return outcome
        finally:
            if not streamed:
                close_open(scope)


def handler_of(operation: Operation, endpoint: Endpoint, means: Means) -> Handler:
    """Return the handler that suits ``operation``."""
    if operation.body is not None and takes_uploads(operation.body):
        return UploadHandler(operation, endpoint, means)
    return handler(operation, endpoint, means)
