"""What a gateway decides before a request comes here: certificates (mutualTLS) and schemes that are left to it.

A header proves nothing unless the gateway is the only way in and removes it from what comes from outside; so nobody
passes until the service is told to trust it.
"""

import hmac

from ..parameters.binder import Sources
from ..settings import switch
from .authorization import sole_header
from .environment import Environment, setting
from .identity import Identity, Insufficient, Refused

_VERIFIED = "ssl-client-verify: SUCCESS"
_SUBJECT = "ssl-client-subject-dn"
_USER = "X-Consumer-Username"
_NOBODY = b"-"
"""What the gateway writes over the name of a user, where a request claims to have one."""


class CertificateCheck:
    """Mutual TLS that the gateway ends: one header says that the certificate is good, another whose it is."""

    challenge = ""
    personal = False

    def __init__(self, scheme: str, environment: Environment) -> None:
        """Read TRUST_GATEWAY_MTLS, GATEWAY_MTLS_HEADER and GATEWAY_MTLS_SUBJECT; raises ValueError naming one."""
        self._scheme = scheme
        self.trusted = switch(environment, "TRUST_GATEWAY_MTLS", False)
        verified = setting(environment, "GATEWAY_MTLS_HEADER") or _VERIFIED
        name, colon, value = verified.partition(":")
        if not (colon and name.strip() and value.strip()):
            raise ValueError(f"GATEWAY_MTLS_HEADER must be a header and its value, such as {_VERIFIED!r}")
        self._verified = _header(name)
        self._value = value.strip().encode()
        self._subject = _header(setting(environment, "GATEWAY_MTLS_SUBJECT") or _SUBJECT)

    async def identity(self, sources: Sources, scopes: tuple[str, ...]) -> Identity | None:
        """Return whose certificate it is, None where the gateway says nothing; raises Refused where it is not good."""
        if not self.trusted:
            return None
        verified = sole_header(sources.scope, self._verified)
        if verified is None:
            return None
        if not hmac.compare_digest(verified.strip(), self._value):
            raise Refused
        subject = sole_header(sources.scope, self._subject)
        name = subject.decode("latin-1") if subject else self._scheme
        return Identity(name, frozenset(scopes), schemes=(self._scheme,))

    def insufficient(self, scopes: tuple[str, ...]) -> Insufficient:
        """Return the error for a certificate without these scopes."""
        return Insufficient()


class GatewayCheck:
    """A scheme that the contract leaves to the gateway: a header names whom it has let in."""

    challenge = ""
    personal = True

    def __init__(self, scheme: str, environment: Environment) -> None:
        """Read TRUST_GATEWAY_AUTH and GATEWAY_AUTH_USER; raises ValueError naming the first."""
        self._scheme = scheme
        self.trusted = switch(environment, "TRUST_GATEWAY_AUTH", False)
        self._user = _header(setting(environment, "GATEWAY_AUTH_USER") or _USER)

    async def identity(self, sources: Sources, scopes: tuple[str, ...]) -> Identity | None:
        """Return whom the gateway let in, None where it names nobody; raises Refused where it names several."""
        user = sole_header(sources.scope, self._user) if self.trusted else None
        if not user or user == _NOBODY:
            return None
        return Identity(user.decode("latin-1"), frozenset(scopes), schemes=(self._scheme,))

    def insufficient(self, scopes: tuple[str, ...]) -> Insufficient:
        """Return the error for a user without these scopes."""
        return Insufficient()


def _header(name: str) -> bytes:
    return name.strip().lower().encode()
