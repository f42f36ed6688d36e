"""Security schemes as services see them: what each comes to, whatever OpenAPI calls it."""

from collections.abc import Mapping
from enum import Enum
from typing import Any


class SchemeKind(Enum):
    """Whose business the credentials of a scheme are, and how they are sent."""

    KEY = "API key"
    BASIC = "name and password"
    TOKEN = "bearer token"
    CERTIFICATE = "certificate, by the gateway"
    GATEWAY = "by the gateway"
    UNKNOWN = "nobody can pass"


_TYPES = {"apiKey": SchemeKind.KEY, "oauth2": SchemeKind.TOKEN, "openIdConnect": SchemeKind.TOKEN}
_HTTP = {"basic": SchemeKind.BASIC, "bearer": SchemeKind.TOKEN}


def kind_of(scheme: Mapping[str, Any]) -> SchemeKind:
    """Return what a Security Scheme Object comes to; ``x-fountaingen-security: gateway`` leaves any to the gateway."""
    kind = scheme.get("type")
    if kind == "mutualTLS":
        return SchemeKind.CERTIFICATE
    if scheme.get("x-fountaingen-security") == "gateway":
        return SchemeKind.GATEWAY
    if kind == "http":
        return _HTTP.get(str(scheme.get("scheme")).lower(), SchemeKind.UNKNOWN)
    return _TYPES.get(str(kind), SchemeKind.UNKNOWN)
