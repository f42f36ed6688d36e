"""The folders that hold an authority and its certificates: what is there is kept, what is missing or old is issued.

Nothing of anybody else is overwritten: a certificate is ours where our authority issued it. A key is written once and
never replaced, so that the two files of a host fit each other at every moment, also when a run is killed.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import TypeVar

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

from fountaingen.certificates import files
from fountaingen.certificates.authority import (
    LEAF_LIFETIME,
    NEAR_EXPIRY,
    Authority,
    fits,
    key_pem,
    lasts,
    names,
    new_key,
    pem_of,
    read_key,
)
from fountaingen.model.problems import Place, Problem, Rejected

AUTHORITY = "ca"
"""The stem of the authority's files, which no host can have."""


Value = TypeVar("Value")


class Outcome(Enum):
    """What was done about a certificate."""

    ISSUED = "issued"
    RENEWED = "renewed"
    KEPT = "kept"


@dataclass(frozen=True)
class _Host:
    """A host and what is there of it: both, one, or none."""

    name: str
    key: EllipticCurvePrivateKey | None
    certificate: x509.Certificate | None


def certify(hosts: Iterable[str], folder: Path, home: Path, now: datetime) -> dict[str, Outcome]:
    """Bring ``folder`` to hold ``<host>.crt`` and ``<host>.key`` for every host, and ``ca.crt``; ``home`` keeps the CA.

    Both folders are made where they are missing. All is looked at before anything is written into ``folder``.

    Raises:
        Rejected: FG641 a file in the way that is not ours; FG642 one that cannot be read or written.
    """
    with _reported(home):
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        files.tidy(home)
        authority = _authority(home, now)
    with _reported(folder):
        _make(folder)
        found = _found(hosts, folder, authority)
        _publish(folder, authority)
        return {host.name: _certified(host, folder, authority, now) for host in found}


def _authority(home: Path, now: datetime) -> Authority:
    key_path, path = home / f"{AUTHORITY}.key", home / f"{AUTHORITY}.crt"
    if (pem := files.read(key_path)) is None:
        if path.exists():
            raise _foreign(path, f"there is no '{key_path.name}' beside it")
        pem = _kept(key_path)
    key = _read(key_path, pem, read_key)
    return Authority(key, _publish_own(path, key, now))


def _publish_own(path: Path, key: EllipticCurvePrivateKey, now: datetime) -> x509.Certificate:
    """Return the authority's certificate, made anew where it would not outlast one that it issues."""
    pem = files.read(path)
    certificate = None if pem is None else _read(path, pem, x509.load_pem_x509_certificate)
    if certificate is not None and not fits(key, certificate):
        raise _foreign(path, "it is not for the key beside it")
    if certificate is None or not lasts(certificate, now, LEAF_LIFETIME):
        certificate = Authority.of(key, now).certificate
        files.replace(path, pem_of(certificate), files.CERTIFICATE_MODE)
    return certificate


def _kept(path: Path) -> bytes:
    """Write a new key where there is none, and return the one that is there."""
    with suppress(FileExistsError):  # another run made one meanwhile, which is as good
        files.create(path, key_pem(new_key()), files.KEY_MODE)
    return path.read_bytes()


def _make(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    if not files.tidy(folder):
        # Keys are in it, and somebody's version control may be around it.
        with suppress(FileExistsError):
            files.create(folder / ".gitignore", b"*\n", files.CERTIFICATE_MODE)


def _found(hosts: Iterable[str], folder: Path, authority: Authority) -> list[_Host]:
    found: list[_Host] = []
    problems: list[Problem] = []
    for name in hosts:
        try:
            found.append(_looked_at(name, folder, authority))
        except Rejected as rejected:
            problems += rejected.problems
    published = folder / f"{AUTHORITY}.crt"
    if (pem := files.read(published)) is not None:
        try:
            certificate = _read(published, pem, x509.load_pem_x509_certificate)
            if not fits(authority.key, certificate):
                raise _foreign(published, "it is of another authority")
        except Rejected as rejected:
            problems += rejected.problems
    if problems:
        raise Rejected(problems)
    return found


def _looked_at(name: str, folder: Path, authority: Authority) -> _Host:
    path, key_path = folder / f"{name}.crt", folder / f"{name}.key"
    pem, secret = files.read(path), files.read(key_path)
    certificate = None if pem is None else _read(path, pem, x509.load_pem_x509_certificate)
    if certificate is not None and not authority.issued(certificate):
        raise _foreign(path, "another authority issued it")
    return _Host(name, None if secret is None else _read(key_path, secret, read_key), certificate)


def _publish(folder: Path, authority: Authority) -> None:
    path, pem = folder / f"{AUTHORITY}.crt", pem_of(authority.certificate)
    if files.read(path) != pem:
        files.replace(path, pem, files.CERTIFICATE_MODE)


def _certified(host: _Host, folder: Path, authority: Authority, now: datetime) -> Outcome:
    key, certificate = host.key, host.certificate
    if key is None:
        key = read_key(_kept(folder / f"{host.name}.key"))
    elif certificate is not None and _is_good(host.name, key, certificate, now):
        return Outcome.KEPT
    chain = pem_of(authority.issue(host.name, key, now)) + pem_of(authority.certificate)
    files.replace(folder / f"{host.name}.crt", chain, files.CERTIFICATE_MODE)
    return Outcome.ISSUED if certificate is None else Outcome.RENEWED


def _is_good(name: str, key: EllipticCurvePrivateKey, certificate: x509.Certificate, now: datetime) -> bool:
    return fits(key, certificate) and name in names(certificate) and lasts(certificate, now, NEAR_EXPIRY)


def _read(path: Path, pem: bytes, reader: Callable[[bytes], Value]) -> Value:
    try:
        return reader(pem)
    except ValueError as error:
        raise _foreign(path, "it cannot be read") from error


def _foreign(path: Path, why: str) -> Rejected:
    message = f"'{path}' is in the way: {why}, and it is not overwritten"
    return Rejected([Problem("FG641", message, Place(str(path)), "move it away, or name another folder with --out")])


@contextmanager
def _reported(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        path = str(error.filename or folder)
        message = f"'{path}' cannot be used: {(error.strerror or str(error)).lower()}"
        raise Rejected([Problem("FG642", message, Place(path))]) from error
