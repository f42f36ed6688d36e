"""What callers are told while the server is not there."""

from ...errors import ServiceUnavailable


def unavailable() -> ServiceUnavailable:
    """Return the error for a unit of work that could not be done, or of which nobody knows whether it was."""
    return ServiceUnavailable("the database is not available", headers={"Retry-After": "1"})
