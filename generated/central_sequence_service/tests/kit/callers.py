"""Who calls: somebody whom the service knows, somebody whom it does not, or nobody who says."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

API_KEY = "key-of-the-tests"
USERNAME = "tester"
PASSWORD = "password-of-the-tests"
TOKEN = "token-of-the-tests"


class Caller(Enum):
    """Whose credentials a request carries."""

    KNOWN = "known"
    UNKNOWN = "unknown"
    NOBODY = "nobody"


@dataclass
class Credentials:
    """Where credentials are put in a request."""

    headers: dict[str, str] = field(default_factory=dict)
    query: dict[str, str] = field(default_factory=dict)
    cookies: dict[str, str] = field(default_factory=dict)


def credentials(
    caller: Caller, alternatives: Sequence[Mapping[str, Any]], schemes: Mapping[str, Mapping[str, Any]]
) -> Credentials:
    """Return what ``caller`` sends to an operation with these security requirements (OAS 4.8.30)."""
    found = Credentials()
    usable = [each for each in alternatives if all(_is_known(schemes.get(name, {})) for name in each)]
    if caller is Caller.NOBODY or not usable:
        return found
    for scheme in min(usable, key=len):
        _add(found, schemes.get(scheme, {}), "" if caller is Caller.KNOWN else "wrong-")
    return found


def _is_known(scheme: Mapping[str, Any]) -> bool:
    if scheme.get("type") == "http":
        return str(scheme.get("scheme")).lower() in ("basic", "bearer")
    return scheme.get("type") in ("apiKey", "oauth2", "openIdConnect")


def _add(found: Credentials, scheme: Mapping[str, Any], wrong: str) -> None:
    if scheme.get("type") == "apiKey":
        places = {"header": found.headers, "query": found.query, "cookie": found.cookies}
        places[scheme["in"]][scheme["name"]] = f"{wrong}{API_KEY}"
    elif scheme.get("type") == "http" and scheme["scheme"].lower() == "basic":
        pair = f"{USERNAME}:{wrong}{PASSWORD}".encode()
        found.headers["Authorization"] = f"Basic {base64.b64encode(pair).decode()}"
    else:
        found.headers["Authorization"] = f"Bearer {wrong}{TOKEN}"
