"""Certificates for development: believed by who trusts their authority, kept while good, never over somebody else's."""

import ssl
import stat
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from fountaingen.certificates import Outcome, certify, files
from fountaingen.certificates.authority import Authority, key_pem, new_key, pem_of, read_key
from fountaingen.model.problems import Rejected

_NOW = datetime.now(UTC).replace(microsecond=0)
_HOSTS = ("api.shop.com", "*.eu.shop.com", "xn--bcher-kva.shop.com")
_LONG = ".".join(["a" * 60] * 4)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "private" / "ca"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "certs"


def contents(folder: Path) -> Mapping[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def loaded(path: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(path.read_bytes())


def serving(folder: Path, hosts: Iterable[str]) -> ssl.SSLContext:
    """Return a server's context that chooses the certificate by the name that a client asks for, as a gateway does."""
    contexts = {}
    for host in hosts:
        contexts[host] = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        contexts[host].load_cert_chain(folder / f"{host}.crt", folder / f"{host}.key")
    first = next(iter(contexts.values()))

    def choose(connection: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> None:
        wildcard = f"*.{(name or '').partition('.')[2]}"
        connection.context = contexts.get(name or "") or contexts.get(wildcard) or first

    first.sni_callback = choose
    return first


def trusting(authority: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(authority))
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    return context


def shake_hands(server: ssl.SSLContext, client: ssl.SSLContext, host: str) -> None:
    """Do a whole TLS handshake in memory; raises ssl.SSLError where the client does not believe the server."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    asking = client.wrap_bio(to_client, to_server, server_hostname=host)
    answering = server.wrap_bio(to_server, to_client, server_side=True)
    waiting: list[Callable[[], None]] = [asking.do_handshake, answering.do_handshake]
    for _ in range(10):
        waiting = [each for each in waiting if not _done(each)]
    assert not waiting
    asking.write(b"hello")
    assert answering.read() == b"hello"


def _done(step: Callable[[], None]) -> bool:
    try:
        step()
    except ssl.SSLWantReadError:
        return False
    return True


@pytest.mark.parametrize("host", ["api.shop.com", "any.eu.shop.com", "bücher.shop.com", _LONG])
def test_who_trusts_the_authority_believes_every_host(folder: Path, home: Path, host: str) -> None:
    hosts = (*_HOSTS, _LONG)
    assert certify(hosts, folder, home, _NOW) == dict.fromkeys(hosts, Outcome.ISSUED)
    shake_hands(serving(folder, hosts), trusting(folder / "ca.crt"), host)


@pytest.mark.parametrize("host", ["shop.com", "other.shop.com", "eu.shop.com", "a.b.eu.shop.com"])
def test_no_other_host_is_believed(folder: Path, home: Path, host: str) -> None:
    certify(_HOSTS, folder, home, _NOW)
    with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
        shake_hands(serving(folder, _HOSTS), trusting(folder / "ca.crt"), host)


def test_another_authority_is_not_believed(folder: Path, home: Path, tmp_path: Path) -> None:
    certify(_HOSTS, folder, home, _NOW)
    certify(_HOSTS, tmp_path / "other", tmp_path / "home", _NOW)
    with pytest.raises(ssl.SSLCertVerificationError, match="self-signed"):
        shake_hands(serving(folder, _HOSTS), trusting(tmp_path / "other" / "ca.crt"), "api.shop.com")


def test_a_certificate_cannot_issue_others(folder: Path, home: Path, tmp_path: Path) -> None:
    certify(_HOSTS, folder, home, _NOW)
    key = read_key((folder / "api.shop.com.key").read_bytes())
    leaf = Authority(key, loaded(folder / "api.shop.com.crt"))
    forged_key = new_key()
    forged = pem_of(leaf.issue("bank.com", forged_key, _NOW)) + (folder / "api.shop.com.crt").read_bytes()
    (tmp_path / "bank.com.crt").write_bytes(forged)
    (tmp_path / "bank.com.key").write_bytes(key_pem(forged_key))
    with pytest.raises(ssl.SSLCertVerificationError):
        shake_hands(serving(tmp_path, ["bank.com"]), trusting(folder / "ca.crt"), "bank.com")


def test_keys_are_read_by_their_owner_only(folder: Path, home: Path) -> None:
    certify(_HOSTS, folder, home, _NOW)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (*folder.iterdir(), *home.iterdir())}
    assert {mode for name, mode in modes.items() if name.endswith(".key")} == {0o600}
    assert {mode for name, mode in modes.items() if name.endswith(".crt")} == {0o644}
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    assert "ca.key" not in contents(folder)
    assert contents(folder)[".gitignore"] == b"*\n"


def test_the_same_hosts_change_nothing_and_a_new_one_nothing_else(folder: Path, home: Path) -> None:
    certify(_HOSTS, folder, home, _NOW)
    before = contents(folder)
    assert set(certify(_HOSTS, folder, home, _NOW).values()) == {Outcome.KEPT}
    assert contents(folder) == before
    outcomes = certify((*_HOSTS, "new.shop.com"), folder, home, _NOW)
    assert outcomes == {**dict.fromkeys(_HOSTS, Outcome.KEPT), "new.shop.com": Outcome.ISSUED}
    after = contents(folder)
    assert after.keys() - before.keys() == {"new.shop.com.crt", "new.shop.com.key"}
    assert {name: after[name] for name in before} == before
    shake_hands(serving(folder, ["new.shop.com"]), trusting(folder / "ca.crt"), "new.shop.com")


def test_what_is_near_its_expiry_is_renewed_with_the_key_that_it_has(folder: Path, home: Path) -> None:
    certify(_HOSTS, folder, home, _NOW - timedelta(days=360))
    assert set(certify(_HOSTS, folder, home, _NOW).values()) == {Outcome.KEPT}
    before = contents(folder)
    assert set(certify(_HOSTS, folder, home, _NOW + timedelta(days=8)).values()) == {Outcome.RENEWED}
    after = contents(folder)
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {f"{host}.crt" for host in _HOSTS}
    assert loaded(folder / "api.shop.com.crt").not_valid_after_utc == _NOW + timedelta(days=405)


def test_an_authority_near_its_expiry_is_renewed_and_what_it_issued_is_still_its_own(folder: Path, home: Path) -> None:
    certify(["api.shop.com"], folder, home, _NOW - timedelta(days=3600))
    key = (home / "ca.key").read_bytes()
    assert certify(["api.shop.com"], folder, home, _NOW) == {"api.shop.com": Outcome.RENEWED}
    assert (home / "ca.key").read_bytes() == key
    assert loaded(folder / "ca.crt").not_valid_after_utc > _NOW + timedelta(days=3000)
    shake_hands(serving(folder, ["api.shop.com"]), trusting(folder / "ca.crt"), "api.shop.com")


def test_a_run_that_was_killed_is_finished_by_the_next(folder: Path, home: Path) -> None:
    certify(_HOSTS, folder, home, _NOW)
    key = (folder / "api.shop.com.key").read_bytes()
    (folder / "api.shop.com.crt").unlink()
    (folder / "*.eu.shop.com.key").unlink()
    (folder / ".left.part").write_bytes(b"")
    (home / "ca.crt").unlink()
    outcomes = certify(_HOSTS, folder, home, _NOW)
    assert outcomes == dict(zip(_HOSTS, (Outcome.ISSUED, Outcome.RENEWED, Outcome.KEPT), strict=True))
    assert (folder / "api.shop.com.key").read_bytes() == key
    for host in ("api.shop.com", "any.eu.shop.com", "xn--bcher-kva.shop.com"):
        shake_hands(serving(folder, _HOSTS), trusting(folder / "ca.crt"), host)


def test_runs_at_the_same_time_agree(folder: Path, home: Path) -> None:
    hosts = [f"h{number}.shop.com" for number in range(8)]
    with ThreadPoolExecutor(6) as workers:
        for done in [workers.submit(certify, hosts, folder, home, _NOW) for _ in range(6)]:
            assert done.result().keys() == set(hosts)
    for host in hosts:
        shake_hands(serving(folder, hosts), trusting(folder / "ca.crt"), host)
    assert set(certify(hosts, folder, home, _NOW).values()) == {Outcome.KEPT}


def foreign(host: str) -> tuple[bytes, bytes]:
    """Return a certificate and a key of somebody else."""
    key = new_key()
    return pem_of(Authority.of(new_key(), _NOW).issue(host, key, _NOW)), key_pem(key)


def test_nothing_of_somebody_else_is_overwritten_and_all_of_it_is_told(folder: Path, home: Path) -> None:
    folder.mkdir()
    certificate, key = foreign("a.shop.com")
    (folder / "a.shop.com.crt").write_bytes(certificate)
    (folder / "a.shop.com.key").write_bytes(key)
    (folder / "b.shop.com.crt").write_bytes(b"no certificate")
    (folder / "c.shop.com.key").write_bytes(b"no key")
    (folder / "ca.crt").write_bytes(pem_of(Authority.of(new_key(), _NOW).certificate))
    before = contents(folder)
    with pytest.raises(Rejected) as caught:
        certify([f"{letter}.shop.com" for letter in "abcd"], folder, home, _NOW)
    assert {(each.code, Path(each.place.path).name) for each in caught.value.problems} == {
        ("FG641", name) for name in ("a.shop.com.crt", "b.shop.com.crt", "c.shop.com.key", "ca.crt")
    }
    assert contents(folder) == before


@pytest.mark.parametrize("key", [None, b"no key", key_pem(new_key())], ids=["none", "unreadable", "another"])
def test_an_authority_without_its_own_key_is_left_alone(folder: Path, home: Path, key: bytes | None) -> None:
    certify(_HOSTS, folder, home, _NOW)
    (home / "ca.key").unlink()
    if key is not None:
        (home / "ca.key").write_bytes(key)
    before = {**contents(folder), **contents(home)}
    with pytest.raises(Rejected) as caught:
        certify(_HOSTS, folder, home, _NOW)
    assert [each.code for each in caught.value.problems] == ["FG641"]
    assert {**contents(folder), **contents(home)} == before


def test_a_key_that_lies_there_alone_is_used(folder: Path, home: Path) -> None:
    folder.mkdir()
    key = key_pem(new_key())
    (folder / "api.shop.com.key").write_bytes(key)
    assert certify(["api.shop.com"], folder, home, _NOW) == {"api.shop.com": Outcome.ISSUED}
    assert (folder / "api.shop.com.key").read_bytes() == key
    assert ".gitignore" not in contents(folder)
    shake_hands(serving(folder, ["api.shop.com"]), trusting(folder / "ca.crt"), "api.shop.com")


def test_a_folder_that_cannot_be_used_is_told(tmp_path: Path, home: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(Rejected) as caught:
        certify(_HOSTS, tmp_path / "file" / "certs", home, _NOW)
    assert [each.code for each in caught.value.problems] == ["FG642"]


def test_files_appear_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files.create(tmp_path / "a", b"one", 0o600)
    with pytest.raises(FileExistsError):
        files.create(tmp_path / "a", b"two", 0o600)
    monkeypatch.setattr("os.fsync", lambda _: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        files.replace(tmp_path / "a", b"three", 0o600)
    assert contents(tmp_path) == {"a": b"one"}
