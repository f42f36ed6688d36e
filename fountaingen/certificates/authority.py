"""The authority: a key and a certificate that issues others (RFC 5280)."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

LIFETIME = timedelta(days=3652)
"""How long an authority is trusted."""

LEAF_LIFETIME = timedelta(days=397)
"""How long a certificate lasts; Apple's systems take none of more than 825 days."""

NEAR_EXPIRY = timedelta(days=30)
_SKEW = timedelta(hours=1)
"""For clocks that are behind, as those of virtual machines are."""

_LONGEST_COMMON_NAME = 64


def new_key() -> EllipticCurvePrivateKey:
    """Return a new key on the curve P-256."""
    return generate_private_key(SECP256R1())


def key_pem(key: EllipticCurvePrivateKey) -> bytes:
    """Return ``key`` as PEM, not encrypted."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def read_key(pem: bytes) -> EllipticCurvePrivateKey:
    """Return the key in ``pem``; raises ValueError where it is none on an elliptic curve, or encrypted."""
    try:
        key = load_pem_private_key(pem, password=None)
    except TypeError as error:
        raise ValueError(str(error)) from error
    if not isinstance(key, EllipticCurvePrivateKey):
        raise ValueError("it is not on an elliptic curve")
    return key


def pem_of(certificate: x509.Certificate) -> bytes:
    """Return ``certificate`` as PEM."""
    return certificate.public_bytes(Encoding.PEM)


def fits(key: EllipticCurvePrivateKey, certificate: x509.Certificate) -> bool:
    """Tell whether ``certificate`` is for ``key``."""
    form = Encoding.DER, PublicFormat.SubjectPublicKeyInfo
    return key.public_key().public_bytes(*form) == certificate.public_key().public_bytes(*form)


@dataclass(frozen=True)
class Authority:
    """A certificate authority that signs certificates of servers, and no further authority."""

    key: EllipticCurvePrivateKey = field(repr=False)
    certificate: x509.Certificate

    @classmethod
    def of(cls, key: EllipticCurvePrivateKey, now: datetime) -> "Authority":
        """Return the authority of ``key``: its name follows from the key, so that one made later issues the same."""
        identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
        name = _name(f"development CA {identifier.digest.hex()[:12]}")
        builder = _builder(name, name, key, (now - _SKEW, now + LIFETIME))
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        builder = builder.add_extension(_usage(signs_certificates=True), critical=True)
        return cls(key, builder.sign(key, hashes.SHA256()))

    def issue(self, host: str, key: EllipticCurvePrivateKey, now: datetime) -> x509.Certificate:
        """Return a certificate of ``host``, a name in ASCII that may begin with ``*.``, for the server with ``key``."""
        until = min(now + LEAF_LIFETIME, self.certificate.not_valid_after_utc)
        subject = _name(host) if len(host) <= _LONGEST_COMMON_NAME else _name()
        issuer_key = x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key())
        builder = _builder(subject, self.certificate.subject, key, (now - _SKEW, until))
        builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        builder = builder.add_extension(_usage(signs_certificates=False), critical=True)
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        return builder.add_extension(issuer_key, critical=False).sign(self.key, hashes.SHA256())

    def issued(self, certificate: x509.Certificate) -> bool:
        """Tell whether ``certificate`` is one of this authority."""
        try:
            certificate.verify_directly_issued_by(self.certificate)
        except (ValueError, TypeError, InvalidSignature):
            return False
        return True


def lasts(certificate: x509.Certificate, now: datetime, beyond: timedelta) -> bool:
    """Tell whether ``certificate`` is valid now and for longer than ``beyond``."""
    return certificate.not_valid_before_utc <= now and now + beyond < certificate.not_valid_after_utc


def names(certificate: x509.Certificate) -> tuple[str, ...]:
    """Return the host names that ``certificate`` is for."""
    try:
        extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return ()
    return tuple(extension.value.get_values_for_type(x509.DNSName))


def _name(common: str = "") -> x509.Name:
    organization = x509.NameAttribute(NameOID.ORGANIZATION_NAME, "fountaingen")
    return x509.Name([organization, *([x509.NameAttribute(NameOID.COMMON_NAME, common)] if common else [])])


def _builder(
    subject: x509.Name, issuer: x509.Name, key: EllipticCurvePrivateKey, valid: tuple[datetime, datetime]
) -> x509.CertificateBuilder:
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(valid[0])
        .not_valid_after(valid[1])
        .add_extension(identifier, critical=False)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )
