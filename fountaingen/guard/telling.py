"""What people are told of work that did not come to its end."""

from fountaingen.guard.job import Failed, Stopped
from fountaingen.model.problems import Place, Problem

_REMEDY = "make what stands here smaller or plainer; FOUNTAINGEN_LIMITS=4 in the environment allows four times as much"


def told(outcome: Stopped | Failed, what: str, place: Place) -> Problem:
    """Return the problem (FG024, FG025) that ``what``, such as "reading this contract", ended with."""
    at = f", at {outcome.doing}" if outcome.doing else ""
    if isinstance(outcome, Stopped):
        return Problem("FG024", f"{what} takes {outcome.why}{at}", place, _REMEDY)
    message = f"fountaingen failed at {what}{at}: {outcome.error}"
    return Problem("FG025", message, place, "report this as a fault of fountaingen, with what stands here")
