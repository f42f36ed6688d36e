"""What a project decides about its deployment: the tables ``gateway``, ``dns``, ``kubernetes`` … of its settings.

Each class is one table. Its fields are the keys with their defaults; an underscore is written as a hyphen or as it is.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from fountaingen.model.dns import Dns
from fountaingen.model.gateway import Gateway
from fountaingen.model.image import Image
from fountaingen.model.kubernetes import Kubernetes

__all__ = ["Deployment", "Dns", "Gateway", "Image", "Kubernetes", "Tls"]

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
_HTTPS = re.compile(r"https://[^\s/?#@]+(?:/[^\s?#]*)?")


@dataclass(frozen=True)
class Tls:
    """Where Kong's certificates come from: ``mounted`` files, or ``acme``, an authority that issues them by itself.

    ``acme_email`` is the account's at the authority, whose ``acme_directory`` is an https URL (RFC 8555 section 7.1.1).
    ``acme_accept_terms`` agrees to its terms of service, without which it issues nothing.
    """

    certificates: Literal["mounted", "acme"] = "mounted"
    acme_email: str = ""
    acme_accept_terms: bool = False
    acme_directory: str = "https://acme-v02.api.letsencrypt.org/directory"

    def faults(self) -> Iterator[tuple[str, str]]:
        """Yield the keys whose values cannot be, and why."""
        if self.acme_email and not _EMAIL.fullmatch(self.acme_email):
            yield "acme_email", f"must be an e-mail address, not {self.acme_email!r}"
        if not _HTTPS.fullmatch(self.acme_directory):
            yield "acme_directory", f"must be an https URL, not {self.acme_directory!r}"
        if self.certificates == "acme":
            if not self.acme_email:
                yield "acme_email", "must be given where certificates come by acme"
            if not self.acme_accept_terms:
                yield "acme_accept_terms", "must be true: the authority issues nothing before its terms are agreed to"


@dataclass(frozen=True)
class Deployment:
    """The tables of a project's settings that are about its deployment; ``kubernetes`` is None where there is none."""

    image: Image = field(default_factory=Image)
    gateway: Gateway = field(default_factory=Gateway)
    tls: Tls = field(default_factory=Tls)
    dns: Dns = field(default_factory=Dns)
    kubernetes: Kubernetes | None = None
