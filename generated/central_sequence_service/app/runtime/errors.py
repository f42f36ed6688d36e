"""The errors that a hook or a default behaviour raises, and that become answers of the contract."""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from types import MappingProxyType

from .values import JsonValue

_NO_HEADERS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Violation:
    """One thing wrong with the input: ``place`` is path, query, header, cookie or body, ``path`` leads to the value."""

    place: str
    path: tuple[str | int, ...]
    message: str
    rule: str = "invalid"

    @property
    def field(self) -> str:
        """Where the value stands, as people write it: ``elements.0.title``; the place itself where it is the whole."""
        return ".".join(map(str, self.path)) or self.place

    @property
    def pointer(self) -> str:
        """Where the value stands inside its place, as a JSON Pointer (RFC 6901)."""
        return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in self.path)

    def __str__(self) -> str:
        return f"{self.field}: {self.message}"


class ApiError(Exception):
    """An error for the caller: it is answered in the error schema that the operation declares for ``status``."""

    status: int = 500

    def __init__(
        self,
        message: str = "",
        *,
        status: int | None = None,
        code: str | None = None,
        details: JsonValue = None,
        headers: Mapping[str, str] = _NO_HEADERS,
    ) -> None:
        if status is not None:
            self.status = status
        self.message = message or title_of(self.status)
        self.code = code or title_of(self.status).lower().replace(" ", "_").replace("-", "_").replace("'", "")
        self.details = details
        self.headers = headers
        super().__init__(self.message)


class BadRequest(ApiError):
    """400: the request makes no sense."""

    status = 400


class Unauthorized(ApiError):
    """401: nobody, or nobody known, is calling."""

    status = 401


class Forbidden(ApiError):
    """403: the caller may not do this."""

    status = 403


class NotFound(ApiError):
    """404: the thing does not exist."""

    status = 404


class NotAcceptable(ApiError):
    """406: nothing that the operation can answer is of a type that the caller takes."""

    status = 406


class Conflict(ApiError):
    """409: the thing is in a state that does not allow this."""

    status = 409


class Gone(ApiError):
    """410: the thing existed once."""

    status = 410


class PreconditionFailed(ApiError):
    """412: a condition of the request does not hold."""

    status = 412


class PayloadTooLarge(ApiError):
    """413: the body is larger than the service reads."""

    status = 413


class UnsupportedMediaType(ApiError):
    """415: the operation does not declare this type of body."""

    status = 415


class Unprocessable(ApiError):
    """422: understood, but not possible."""

    status = 422


class TooManyRequests(ApiError):
    """429: the caller asks too often."""

    status = 429


class BadGateway(ApiError):
    """502: a service that this one needs did not do its part."""

    status = 502


class ServiceUnavailable(ApiError):
    """503: not now."""

    status = 503


class InsufficientStorage(ApiError):
    """507: there is no room to store this."""

    status = 507


class NotImplementedByHook(ApiError):
    """501: nothing is inferred for the operation and no hook is written; ``hook`` says which one to write."""

    status = 501

    def __init__(self, operation: str, *, hook: str, reason: str = "") -> None:
        why = f"{reason}: " if reason else ""
        super().__init__(f"not implemented: {why}{operation} needs a hook: write {hook}", code="not_implemented")
        self.operation = operation
        self.hook = hook


class Invalid(ApiError):
    """The input breaks the contract: not readable at all (``malformed``), or read and refused by a schema."""

    def __init__(self, violations: tuple[Violation, ...], *, malformed: bool = False) -> None:
        super().__init__(
            "; ".join(map(str, violations[:3])) + ("; …" if len(violations) > 3 else ""),
            status=400 if malformed else 422,
            code="malformed" if malformed else "invalid",
        )
        self.violations = violations
        self.malformed = malformed


def title_of(status: int) -> str:
    """Return the reason phrase of ``status``, or its class where it has none."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Client Error" if 400 <= status < 500 else "Server Error"
