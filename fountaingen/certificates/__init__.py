"""A certificate authority for development, and a certificate of it for each host."""

from fountaingen.certificates.store import Outcome, certify

__all__ = ["Outcome", "certify"]
