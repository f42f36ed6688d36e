"""What is fetched, and every rule by which something is not: each on a server that does what the rule is about."""

import gzip
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from tls_server import HOST, OTHER, PRIVATE, Behave, Server, answer, redirect, serving

from fountaingen.remote.fetch import Fetched, fetch
from fountaingen.remote.network import Deadline, Limits, Network, Unfetched, resolved

_QUICK = Limits(connect=5, read=0.2, total=0.4, size=1000)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("tls")) as running:
        yield running


def _fetch(server: Server, url: str, network: Network | None = None) -> Fetched:
    return fetch(url, server.origins, network or server.network(), Deadline.after(30))


def _refused(server: Server, url: str, network: Network | None = None) -> str:
    with pytest.raises(Unfetched) as caught:
        _fetch(server, url, network)
    return str(caught.value)


def test_a_document_is_fetched_by_a_plain_request(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    server.answers["/a.yaml?b=c"] = answer(b"a: 1\n", "Content-Type: text/html")
    found = _fetch(server, server.url("/a.yaml?b=c"))
    assert found == Fetched(b"a: 1\n", server.url("/a.yaml?b=c"))
    lines = server.asked[-1].decode().split("\r\n")
    assert lines[:2] == ["GET /a.yaml?b=c HTTP/1.1", f"Host: {HOST}:{server.port}"]
    assert not [line for line in lines if line.lower().startswith(("accept-encoding", "cookie", "authorization"))]


def test_a_redirect_is_followed_and_remembered(server: Server) -> None:
    server.answers |= {
        "/old": redirect(f"//{OTHER}:{server.port}/v2/x#frag"),
        "/v2/x": redirect("y"),
        "/v2/y": answer(b"y"),
    }
    assert _fetch(server, server.url("/old")) == Fetched(b"y", server.url("/v2/y", OTHER))


@pytest.mark.parametrize(
    ("location", "why"),
    [
        ("file:///etc/passwd", "which is no https URL"),
        ("FILE:/etc/passwd", "which is no https URL"),
        (f"http://{HOST}/a", "which is no https URL"),
        ("ftp://docs.example/a", "which is no https URL"),
        ("data:text/plain,a", "which is no https URL"),
        ("https://127.0.0.1/", "which names a host by its number"),
        ("https://169.254.169.254/latest/meta-data/", "which names a host by its number"),
        ("https://[::ffff:127.0.0.1]/", "which names a host by its number"),
        ("https://0x7f000001/", "which names a host by its number"),
        ("//2130706433/", "which names a host by its number"),
        ("https://user:pass@docs.example/", "which holds a user's name or password"),
        (f"https://{HOST}:8443/", "which names a port other than 443"),
        ("https://localhost/", "which does not name a host"),
        ("/a b", "which holds a character"),
        ("/\u00e9", "which holds a character"),
    ],
)
def test_a_redirect_is_judged_like_a_reference(server: Server, location: str, why: str) -> None:
    server.answers["/away"] = redirect(location)
    before = len(server.asked), len(server.resolved)
    told = _refused(server, server.url("/away"))
    assert why in told
    assert "pass@" not in told
    assert (len(server.asked), len(server.resolved)) == (before[0] + 1, before[1] + 1)


def test_a_redirect_to_a_name_with_a_private_address_is_not_followed(server: Server) -> None:
    server.answers["/in"] = redirect(server.url("/", PRIVATE))
    before = len(server.asked)
    assert "not of the public internet" in _refused(server, server.url("/in"))
    assert len(server.asked) == before + 1


def test_redirects_end(server: Server) -> None:
    server.answers["/round"] = redirect("/round")
    before = len(server.asked)
    assert "more than 5 times" in _refused(server, server.url("/round"))
    assert len(server.asked) == before + 6


@pytest.mark.parametrize("others", [(), ("127.0.0.1",)], ids=["alone", "beside another"])
@pytest.mark.parametrize(
    "address", ["127.0.0.2", "10.0.0.1", "169.254.169.254", "::1", "::ffff:127.0.0.1", "fe80::1%lo"]
)
def test_one_private_address_of_a_name_refuses_all(server: Server, address: str, others: tuple[str, ...]) -> None:
    network = Network(lambda *_: (*others, address), server.network().permits, server.trust)
    before = len(server.asked)
    assert "not of the public internet" in _refused(server, server.url("/a"), network)
    assert len(server.asked) == before


def test_the_address_that_was_looked_at_is_connected_to(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """A resolver that answers otherwise when asked again is not asked again."""
    answers = iter([("127.0.0.1",), ("127.0.0.2",)])
    server.answers["/bound"] = answer(b"1")
    network = Network(lambda *_: next(answers), server.network().permits, server.trust)
    connected: list[object] = []
    create = socket.create_connection

    def note(address: tuple[str, int], timeout: float) -> socket.socket:
        connected.append(address[0])
        return create(address, timeout)

    monkeypatch.setattr(socket, "create_connection", note)
    assert _fetch(server, server.url("/bound"), network).content == b"1"
    assert connected == ["127.0.0.1"]
    assert next(answers) == ("127.0.0.2",)


@pytest.mark.parametrize("name", ["localhost", "localhost.localdomain", "ip6-localhost"])
def test_the_network_of_builds_takes_no_address_nearby(server: Server, name: str) -> None:
    """Whatever the system's resolver says of these names, the parts that are not replaced refuse it."""
    with pytest.raises(Unfetched, match=r"does not name a host|not of the public|not found|too long"):
        fetch(f"https://{name}:{server.port}/", (f"https://{name}:{server.port}",), Network(), Deadline.after(5))


def test_the_resolver_of_the_system_is_asked() -> None:
    assert "127.0.0.1" in resolved("127.0.0.1", 443, 5)
    with pytest.raises(OSError, match=r"."):
        resolved("a..b", 443, 5)


@pytest.mark.parametrize(
    ("behave", "why"),
    [
        (answer(b"", status="404 Not Found"), "its server answers 404"),
        (answer(b"a", status="206 Partial Content"), "its server answers 206"),
        (answer(gzip.compress(b"a" * 10_000), "Content-Encoding: gzip"), "compresses it"),
        (answer(gzip.compress(b"a"), "Content-Encoding: identity", "Content-Encoding: gzip"), "compresses it"),
        (answer(b"a" * 1001), "larger than 1,000 bytes"),
        (lambda it: it.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999\r\n\r\n"), "larger than 1,000"),
        (lambda it: it.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"), "does not speak HTTP|closed"),
        (lambda it: it.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nabc"), "does not speak HTTP"),
        (
            lambda it: it.sendall(b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"),
            "does not speak",
        ),
        (lambda it: it.sendall(b"SSH-2.0-OpenSSH_9\r\n\r\n"), "does not speak HTTP"),
        (lambda it: it.sendall(b"HTTP/1.1 200 OK\r\nA: " + b"a" * 100_000), "does not speak HTTP"),
        (lambda it: None, "does not speak HTTP"),
    ],
)
def test_an_answer_that_is_no_document_is_refused(server: Server, behave: Behave, why: str) -> None:
    server.answers["/odd"] = behave
    with pytest.raises(Unfetched, match=why):
        _fetch(server, server.url("/odd"), server.network(Limits(connect=5, read=5, total=10, size=1000)))


@pytest.mark.parametrize(
    "part", [b"3e8\r\n" + b"a" * 1000 + b"\r\n", b"1\r\na\r\n", b"1;x=" + b"y" * 900 + b"\r\na\r\n"]
)
def test_a_body_without_end_is_left(server: Server, part: bytes) -> None:
    def behave(connection: object) -> None:
        assert hasattr(connection, "sendall")
        connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while not server.ended.is_set():
            connection.sendall(part * 64)

    server.answers["/endless"] = behave
    limits = Limits(connect=5, read=5, total=20, size=1000)
    assert "larger than 1,000 bytes" in _refused(server, server.url("/endless"), server.network(limits))


def test_interim_answers_without_end_are_left(server: Server) -> None:
    def behave(connection: object) -> None:
        assert hasattr(connection, "sendall")
        while not server.ended.is_set():
            connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n" * 1000)

    server.answers["/interim"] = behave
    limits = Limits(connect=5, read=5, total=20, size=1000)
    assert "larger than 1,000 bytes" in _refused(server, server.url("/interim"), server.network(limits))


def test_a_server_that_says_nothing_is_left(server: Server) -> None:
    def behave(_: object) -> None:
        server.ended.wait(20)

    server.answers["/silent"] = behave
    assert "took too long" in _refused(server, server.url("/silent"), server.network(_QUICK))


@pytest.mark.parametrize("head", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n"], ids=["head", "body"])
def test_a_server_that_says_little_at_a_time_is_left(server: Server, head: bytes) -> None:
    """Each byte comes before the time between two readings is over: the time in all is what ends it."""

    def behave(connection: object) -> None:
        assert hasattr(connection, "sendall")
        connection.sendall(head)
        while not server.ended.wait(0.05):
            connection.sendall(b"H")

    server.answers["/slow"] = behave
    assert "took too long" in _refused(server, server.url("/slow"), server.network(_QUICK))


def test_a_server_that_accepts_and_waits_is_left() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        network = Network(lambda *_: ("127.0.0.1",), lambda _: True, limits=Limits(connect=0.2, total=1))
        with pytest.raises(Unfetched, match="does not speak TLS"):
            fetch(f"https://{HOST}:{port}/", (f"https://{HOST}:{port}",), network, Deadline.after(5))


def test_a_resolver_that_waits_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    done = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: done.wait(20) and [])
    with pytest.raises(Unfetched, match="took too long to be found"):
        fetch(f"https://{HOST}/", (), Network(limits=Limits(connect=0.1)), Deadline.after(5))
    done.set()


def test_certificates_are_for_the_name_and_of_a_known_authority(server: Server, tmp_path: Path) -> None:
    own = server.network()
    with pytest.raises(Unfetched, match="its server is not trusted"):
        _fetch(server, server.url("/a"), Network(own.resolve, own.permits))
    with serving(tmp_path, [OTHER]) as other, pytest.raises(Unfetched, match="its server is not trusted"):
        _fetch(other, other.url("/a"))


def test_nothing_is_sent_when_the_time_is_up(server: Server) -> None:
    before = len(server.resolved)
    with pytest.raises(Unfetched, match="took too long"):
        fetch(server.url("/a"), server.origins, server.network(), Deadline.after(0))
    assert len(server.resolved) == before


def test_other_ports_are_for_origins_of_the_settings_alone(server: Server) -> None:
    with pytest.raises(Unfetched, match="port other than 443"):
        fetch(server.url("/a"), (f"https://{OTHER}:{server.port}",), server.network(), Deadline.after(5))
