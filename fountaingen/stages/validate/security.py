"""Security: schemes that are named are declared, and are ones that a service can enforce (FG110, FG112)."""

from collections.abc import Iterator
from typing import Any

from fountaingen.model.problems import Problem, Severity
from fountaingen.primitives import pointer as pointers
from fountaingen.primitives.suggest import did_you_mean
from fountaingen.stages.validate.contract import Contract

_HTTP = ("basic", "bearer")
_LEFT = "x-fountaingen-security"
_WAIVER = f"'{_LEFT}: gateway'"


def check(contract: Contract) -> Iterator[Problem]:
    """Yield what is wrong with the security requirements and the schemes that they use."""
    schemes = contract.get("components", "securitySchemes")
    known: dict[str, Any] = schemes if isinstance(schemes, dict) else {}
    used: set[str] = set()
    for pointer, written in _required(contract):
        # OpenAPI 3.2 section 4.30: a name, or the URI of a scheme where no scheme has that name.
        name = written if written in known else written.removeprefix("#/components/securitySchemes/")
        used.add(name)
        if name not in known:
            message = f"the security scheme {name!r} is not declared{did_you_mean(name, known)}"
            yield Problem("FG110", message, contract.place(pointer), "declare it under components/securitySchemes")
    for name, scheme in known.items():
        if name in used:
            yield from _scheme(contract, name, scheme)


def _required(contract: Contract) -> Iterator[tuple[str, str]]:
    """Yield (pointer, scheme) of each requirement, those of the whole contract first."""
    holders = [("", contract.data), *((operation.pointer, operation.value) for operation in contract.operations)]
    for pointer, holder in holders:
        alternatives = holder.get("security")
        for index, requirement in enumerate(alternatives if isinstance(alternatives, list) else ()):
            for name in requirement if isinstance(requirement, dict) else ():
                yield pointers.join(pointer, "security", index, name), name


def _scheme(contract: Contract, name: str, value: Any) -> Iterator[Problem]:
    pointer, scheme = contract.follow(pointers.join("/components/securitySchemes", name), value)
    if not isinstance(scheme, dict):
        return
    kind, http = scheme.get("type"), scheme.get("scheme")
    if scheme.get(_LEFT) == "gateway":
        return
    if kind == "mutualTLS":
        place = contract.place(pointers.join(pointer, "type"))
        message = "mutual TLS is left to the gateway; until the service is told to trust it, nobody can pass"
        remedy = f"set TRUST_GATEWAY_MTLS=true where the service runs, and write {_WAIVER} beside the type"
        yield Problem("FG112", message, place, remedy, Severity.WARNING)
    elif kind == "http" and isinstance(http, str) and http.lower() not in _HTTP:
        message = f"the HTTP authentication scheme {http!r} is not supported{did_you_mean(http, _HTTP)}"
        remedy = "use http bearer, http basic, apiKey, oauth2 or openIdConnect, "
        remedy += f"or write {_WAIVER} beside it where the gateway checks it"
        yield Problem("FG112", message, contract.place(pointers.join(pointer, "scheme")), remedy)
