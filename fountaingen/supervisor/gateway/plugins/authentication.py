"""The plugins key-auth and basic-auth."""

import base64
import binascii
import hmac
import re

from fountaingen.supervisor.gateway.exchange import Exchange, Identity
from fountaingen.supervisor.gateway.plugins.base import Authentication, Refusal


class KeyAuth(Authentication):
    """Knows callers by a key in a header or a query parameter; a key in a body is not looked for."""

    def identify(self, exchange: Exchange) -> Identity | Refusal:
        """Return whose key it is."""
        challenge = (("WWW-Authenticate", self.challenge("Key")),)
        for name in self.config.get("key_names") or ("apikey",):
            found = self._values(exchange, name)
            if len(found) > 1:
                return Refusal("Duplicate API key found", challenge)
            if found:
                if self.config.get("hide_credentials"):
                    exchange.headers.remove(name)
                    exchange.without_parameter(name)
                if not found[0]:
                    break
                known = self.surroundings.credentials.keys.get(found[0])
                return known or Refusal("Unauthorized", challenge)
        return Refusal("No API key found in request", challenge)

    def _values(self, exchange: Exchange, name: str) -> list[str]:
        found: list[str] = []
        if self.config.get("key_in_header") is not False:
            found = [_as_text(value) for value in exchange.received.headers.all(name)]
        if not found and self.config.get("key_in_query") is not False:
            found = exchange.received.parameters(name)
        return found


class BasicAuth(Authentication):
    """Knows callers by a name and a password (RFC 7617)."""

    def identify(self, exchange: Exchange) -> Identity | Refusal:
        """Return whose password it is."""
        refusal = Refusal("Unauthorized", (("WWW-Authenticate", self.challenge("Basic")),))
        for header in ("proxy-authorization", "authorization"):
            shown = exchange.received.headers.get(header)
            if shown is not None and self.config.get("hide_credentials"):
                exchange.headers.remove(header)
            username, password = _name_and_password(shown or "")
            known = self.surroundings.credentials.passwords.get(username)
            if known and hmac.compare_digest(known.password.encode(), password.encode()):
                return known.identity
        return refusal


def _name_and_password(header: str) -> tuple[str, str]:
    found = re.match(r"\s*[Bb]asic\s*(.+)", header)
    try:
        decoded = base64.b64decode(found[1], validate=True).decode("utf-8", "surrogateescape") if found else ""
    except (binascii.Error, ValueError):
        decoded = ""
    name, _, password = decoded.partition(":")
    return name, password.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _as_text(value: str) -> str:
    """Read a header's bytes as UTF-8, which a configuration is written in, where they are that."""
    try:
        return value.encode("latin-1").decode()
    except UnicodeDecodeError:
        return value
