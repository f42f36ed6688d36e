"""The development gateway on the wire: what streams through it, what it keeps apart, what it survives."""

import asyncio
import json
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from gateway_proxy_services import Asked, Service, answer, read_body
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

pytestmark = pytest.mark.xdist_group("gateway_proxy")

_PATIENCE = 30.0
go_on = threading.Event()
client_left = threading.Event()


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, asked: Asked) -> None:
    asked.body = await read_body(reader, asked.head)
    shown = json.dumps({"target": asked.target, "length": len(asked.body), "head": asked.head.decode("latin-1")})
    writer.write(answer(b"" if asked.head.startswith(b"HEAD") else shown.encode(), b"X-Echo: 1"))


async def smuggled(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, asked: Asked) -> None:
    writer.write(answer(b"smuggled"))


async def events(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, asked: Asked) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n")
    await writer.drain()
    await asyncio.to_thread(go_on.wait, _PATIENCE)
    writer.write(b"data: 2\n\n")
    raise EOFError


async def duplex(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, asked: Asked) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while size := int(await reader.readline(), 16):
        chunk = await reader.readexactly(size + 2)
        writer.write(b"%x\r\n%b" % (size, chunk))
    writer.write(b"0\r\nX-Trailer: secret\r\n\r\n")
    await reader.readline()


async def early(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, asked: Asked) -> None:
    writer.write(answer(b"enough", b"Connection: close", status=b"422 No"))
    await reader.read()


async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, asked: Asked) -> None:
    await reader.read()
    client_left.set()


async def once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, asked: Asked) -> None:
    """Keep the connection open, and close it as soon as it is used again."""
    await read_body(reader, asked.head)
    writer.write(answer(b"once"))
    await reader.readuntil(b"\r\n\r\n")
    raise EOFError


async def surplus(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, asked: Asked) -> None:
    writer.write(answer(b"mine") + answer(b"not yours"))


async def interim(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, asked: Asked) -> None:
    writer.write(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + answer(b"final"))


async def empty(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, asked: Asked) -> None:
    writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")


async def half(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, asked: Asked) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
    raise EOFError


async def garbage(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, asked: Asked) -> None:
    writer.write(b"220 ready\r\n\r\n")
    raise EOFError


async def strange(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, asked: Asked) -> None:
    writer.write(answer(b"", status=b"799 Strange"))


async def split(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, asked: Asked) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 4\r\n\r\nabcd")


SPEECHES = {
    each.__name__: each
    for each in (
        echo,
        smuggled,
        events,
        duplex,
        early,
        hang,
        once,
        surplus,
        interim,
        empty,
        half,
        garbage,
        strange,
        split,
    )
}
HOSTS: dict[str, dict[str, object]] = {
    "good": {"host": "good", "port": 8000},
    "slow": {"host": "good", "port": 8000, "read_timeout": 200},
    "down": {"host": "down", "port": 8000},
    "lost": {"host": "no-such-host.invalid"},
    "pair": {"host": "pair"},
}
CONFIGURATION = {
    "_format_version": "3.0",
    "services": [
        {"name": name, "routes": [{"hosts": [f"{name}.test"], "paths": ["/"], "strip_path": False}], **about}
        for name, about in HOSTS.items()
    ]
    + [{"name": "by-header", "host": "good", "port": 8000, "routes": [{"headers": {"X-Version": ["2"]}}]}],
    "upstreams": [{"name": "pair", "targets": [{"target": "down:8000"}, {"target": "good:8000"}]}],
    "plugins": [{"name": "request-size-limiting", "config": {"allowed_payload_size": 8}}],
}


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    """The service behind the gateway."""
    service = Service(SPEECHES)
    yield service
    service.close()


@pytest.fixture(scope="module")
def port(service: Service, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of a gateway, started as people start it."""
    config = tmp_path_factory.mktemp("gateway") / "kong.json"
    config.write_text(json.dumps(CONFIGURATION), "utf-8")
    command = [sys.executable, "-m", "fountaingen.supervisor.gateway", "--config", str(config)]
    nowhere = socket.create_server(("127.0.0.1", 0))
    places = (f"good=127.0.0.1:{service.port}", f"down=127.0.0.1:{nowhere.getsockname()[1]}")
    nowhere.close()
    command += ["--listen", "127.0.0.1:0", *(f"--resolve={place}" for place in places)]
    with subprocess.Popen(command, cwd=Path(__file__).parents[2], stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        said = process.stderr.readline()
        found = re.match(r"listening on 127\.0\.0\.1:(\d+); for development only", said)
        assert found, said
        yield int(found[1])
        assert process.poll() is None, "the gateway died"
        process.terminate()
        assert process.stderr.read() == ""


@pytest.fixture
def client(port: int) -> Iterator[httpx.Client]:
    """A client of the service that answers well."""
    with httpx.Client(
        base_url=f"http://127.0.0.1:{port}", headers={"Host": "good.test"}, timeout=_PATIENCE, trust_env=False
    ) as client:
        yield client


def spoken(port: int, *parts: bytes) -> bytes:
    """Send bytes and return all that comes back until the gateway closes."""
    with closing(socket.create_connection(("127.0.0.1", port), _PATIENCE)) as connection:
        for part in parts:
            connection.sendall(part)
        heard = b""
        while data := connection.recv(65536):
            heard += data
        return heard


def statuses(heard: bytes) -> list[int]:
    return [int(each) for each in re.findall(rb"HTTP/1\.1 (\d+)", heard)]


def test_paths_and_queries_are_left_as_they_are(client: httpx.Client, port: int) -> None:
    target = b"/echo/a%2Fb;c=1/%C3%A9?x=%20+&&y=[1]&x"
    heard = spoken(port, b"GET " + target + b" HTTP/1.1\r\nHost: good.test\r\nConnection: close\r\n\r\n")
    assert json.loads(heard.partition(b"\r\n\r\n")[2])["target"].encode() == target


def test_bodies_arrive_whole_however_they_are_framed(client: httpx.Client) -> None:
    body = bytes(range(256)) * 20_000
    assert client.post("/echo", content=body).json()["length"] == len(body)
    assert client.post("/echo", content=(body[at : at + 70_000] for at in range(0, len(body), 70_000))).json()[
        "length"
    ] == len(body)
    assert client.head("/echo").headers["x-echo"] == "1"
    assert client.get("/empty").status_code == 204
    assert client.get("/interim").text == "final"


def test_an_answer_is_passed_on_while_it_comes(client: httpx.Client) -> None:
    go_on.clear()
    with client.stream("GET", "/events") as stream:
        parts = stream.iter_text()
        assert next(parts) == "data: 1\n\n"
        go_on.set()
        assert list(parts) == ["data: 2\n\n"]


def test_body_and_answer_stream_at_the_same_time_and_trailers_stay_out(port: int) -> None:
    with closing(socket.create_connection(("127.0.0.1", port), _PATIENCE)) as connection:
        connection.sendall(b"POST /duplex HTTP/1.1\r\nHost: good.test\r\nTransfer-Encoding: chunked\r\n\r\n")
        heard = b""
        for word in (b"one", b"two", b"three"):
            connection.sendall(b"%x\r\n%b\r\n" % (len(word), word))
            while word not in heard:
                heard += connection.recv(65536)
        connection.sendall(b"0\r\nX-Secret: 1\r\n\r\n")
        while not heard.endswith(b"0\r\n\r\n"):
            heard += connection.recv(65536)
        assert b"railer: secret" not in heard


def test_a_service_may_answer_before_it_has_read_everything(client: httpx.Client) -> None:
    answered = client.post("/early", content=b"x" * 5_000_000)
    assert (answered.status_code, answered.text) == (422, "enough")


def test_a_body_in_chunks_is_cut_off_at_its_limit(client: httpx.Client) -> None:
    answered = client.post("/echo", content=(b"x" * 1_000_000 for _ in range(9)))
    assert (answered.status_code, answered.json()["message"]) == (413, "Request size limit exceeded")
    assert client.get("/echo").status_code == 200


def test_a_service_is_told_when_the_client_has_gone(port: int) -> None:
    client_left.clear()
    with closing(socket.create_connection(("127.0.0.1", port), _PATIENCE)) as connection:
        connection.sendall(b"GET /hang HTTP/1.1\r\nHost: good.test\r\n\r\n")
        asked = spoken(port, b"GET /echo HTTP/1.1\r\nHost: good.test\r\nConnection: close\r\n\r\n")
        assert statuses(asked) == [200]
    assert client_left.wait(_PATIENCE)


def test_a_connection_that_its_service_closed_is_replaced(client: httpx.Client, service: Service) -> None:
    for method in ("GET", "PUT", "DELETE", "GET"):
        assert client.request(method, "/once").text == "once"


def test_connections_to_services_are_used_again(client: httpx.Client, service: Service) -> None:
    client.get("/echo")
    before = service.connections
    assert all(client.get("/echo").status_code == 200 for _ in range(20))
    assert service.connections - before <= 1


def test_what_a_service_says_unasked_is_nobodys_answer(client: httpx.Client) -> None:
    for _ in range(20):
        assert client.get("/surplus").text == "mine"
        assert client.get("/echo").json()["target"] == "/echo"


@pytest.mark.parametrize(
    ("host", "path", "status"),
    [
        ("good.test", "/garbage", 502),
        ("good.test", "/split", 502),
        ("good.test", "/strange", 502),
        ("down.test", "/echo", 502),
        ("lost.test", "/echo", 503),
        ("slow.test", "/hang", 504),
    ],
)
def test_a_service_that_fails_is_said_to(client: httpx.Client, host: str, path: str, status: int) -> None:
    answered = client.get(path, headers={"Host": host})
    assert answered.status_code == status
    assert set(answered.json()) == {"message", "request_id"}


def test_another_target_is_tried_where_one_is_down(client: httpx.Client) -> None:
    assert [client.get("/echo", headers={"Host": "pair.test"}).status_code for _ in range(4)] == [200] * 4


def test_an_answer_that_ends_too_soon_does_not_look_whole(client: httpx.Client) -> None:
    with pytest.raises(httpx.RemoteProtocolError):
        client.get("/half")


def test_two_hundred_at_once_each_get_their_own_answer(client: httpx.Client) -> None:
    def ask(number: int) -> bool:
        target, body = f"/echo/{number}?n={number}", b"x" * number
        answered = client.post(target, content=body).json()
        return bool(answered["target"] == target and answered["length"] == number)

    with ThreadPoolExecutor(50) as people:
        assert all(people.map(ask, range(200)))


def test_clients_that_leave_early_take_nobodys_answer_along(client: httpx.Client, port: int) -> None:
    def ask(number: int) -> bool:
        if number % 2:
            with closing(socket.create_connection(("127.0.0.1", port), _PATIENCE)) as connection:
                connection.sendall(b"GET /echo/gone HTTP/1.1\r\nHost: good.test\r\n\r\n")
            return True
        return bool(client.get(f"/echo/{number}").json()["target"] == f"/echo/{number}")

    with ThreadPoolExecutor(20) as people:
        assert all(people.map(ask, range(200)))


def test_routes_may_go_by_headers(client: httpx.Client) -> None:
    assert client.get("/echo", headers={"Host": "any.test", "X-Version": "2"}).status_code == 200
    assert client.get("/echo", headers={"Host": "any.test", "X-Version": "3"}).status_code == 404


def test_requests_in_one_piece_are_answered_one_by_one(port: int) -> None:
    asked = b"".join(b"GET /echo/%d HTTP/1.1\r\nHost: good.test\r\n\r\n" % number for number in range(5))
    heard = spoken(port, asked + b"GET /echo/last HTTP/1.1\r\nHost: good.test\r\nConnection: close\r\n\r\n")
    assert re.findall(rb'"target": "(.+?)"', heard) == [b"/echo/%d" % number for number in range(5)] + [b"/echo/last"]


SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: good.test\r\n\r\n"
FRAMINGS = (
    b"Content-Length: 4\r\nTransfer-Encoding: chunked",
    b"Transfer-Encoding: chunked\r\nContent-Length: 60",
    b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
    b"Transfer-Encoding: xchunked",
    b"Transfer-Encoding: chunked, identity",
    b"Transfer-Encoding : chunked",
    b"Transfer-Encoding:\x0bchunked",
    b"Transfer-Encoding: \x00chunked",
    b" Transfer-Encoding: chunked",
    b"X: y\nTransfer-Encoding: chunked\r\nContent-Length: 4",
    b"Content-Length: 4\r\nContent-Length: 60",
    b"Content-Length: 4, 60",
    b"Content-Length: +60",
    b"Content-Length: 6_0",
    b"Content-Length: " + b"9" * 5000,
    b"Content-Length: -1",
)


@pytest.mark.parametrize("framing", FRAMINGS)
def test_no_request_hides_in_another(port: int, service: Service, framing: bytes) -> None:
    """Whatever the framing, it is refused or understood in one way: a service sees what the client is answered."""
    before = len(service.asked)
    request = b"POST /echo HTTP/1.1\r\nHost: good.test\r\n" + framing + b"\r\n\r\n0\r\n\r\n" + SMUGGLED
    heard = spoken(port, request + b"\r\n" * 10 + b"GET / HTTP/9.9\r\n\r\n")
    assert len(service.asked) == before
    assert statuses(heard) in ([400], [501])


def test_a_folded_line_is_part_of_its_field(port: int, service: Service) -> None:
    head = b"POST /echo HTTP/1.1\r\nHost: good.test\r\nX: y\r\n Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n"
    heard = spoken(port, head + b"0\r\n\r\n" + SMUGGLED.replace(b"Host", b"Connection: close\r\nHost"))
    assert statuses(heard) == [200, 200]
    assert [asked.target for asked in service.asked[-2:]] == ["/echo", "/smuggled"]
    assert service.asked[-2].body == b"0\r\n\r\n"
    assert b"x: y Transfer-Encoding: chunked\r\n" in service.asked[-2].head


_bytes = st.binary(max_size=60)
_lines = st.lists(
    st.one_of(
        st.sampled_from([each for framing in FRAMINGS for each in framing.split(b"\r\n")]),
        st.tuples(st.sampled_from([b"Host", b"Connection", b"Expect", b"Upgrade", b"X-A", b""]), _bytes).map(
            b": ".join
        ),
        _bytes,
    ),
    max_size=6,
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.tuples(st.sampled_from([b"GET", b"POST", b"HEAD", b"OPTIONS", b"get", b"\xff"]), _bytes), _lines, _bytes)
def test_no_bytes_bring_it_down(
    client: httpx.Client, port: int, first: tuple[bytes, bytes], lines: list[bytes], rest: bytes
) -> None:
    method, path = first
    with closing(socket.create_connection(("127.0.0.1", port), _PATIENCE)) as connection:
        connection.sendall(method + b" /echo/" + path + b" HTTP/1.1\r\nHost: good.test\r\n")
        connection.sendall(b"\r\n".join(lines) + b"\r\n\r\n" + rest)
    assert client.get("/echo/mine").json()["target"] == "/echo/mine"


def test_heads_beyond_64_kib_are_refused(port: int) -> None:
    for size in (70_000, 700_000):
        huge = b"GET /echo HTTP/1.1\r\nHost: good.test\r\n" + b"X-A: " + b"a" * size + b"\r\n\r\n"
        try:
            assert statuses(spoken(port, huge)) == [400]
        except ConnectionError:
            assert size == 700_000  # It does not wait for the end of it.


def test_slow_clients_hold_up_nobody_else(port: int, client: httpx.Client) -> None:
    slow = [socket.create_connection(("127.0.0.1", port), _PATIENCE) for _ in range(50)]
    try:
        for connection in slow:
            connection.sendall(b"POST /echo HTTP/1.1\r\nHost: good.test\r\nContent-Length: 3\r\n")
        for connection in slow[:25]:
            connection.sendall(b"\r\nx")
        assert client.get("/echo").status_code == 200
        for connection in slow[:25]:
            connection.sendall(b"yz")
            assert statuses(connection.recv(65536)) == [200]
    finally:
        for connection in slow:
            connection.close()


@pytest.mark.parametrize(
    ("text", "said"),
    [("[]", "expected an object"), ('{"_format_version": "3.0", "servces": []}', "unknown field"), (None, "kong.yml")],
)
def test_what_kong_would_refuse_is_not_served(tmp_path: Path, text: str | None, said: str) -> None:
    config = tmp_path / "kong.yml"
    if text is not None:
        config.write_text(text, "utf-8")
    command = [sys.executable, "-m", "fountaingen.supervisor.gateway", "--config", str(config)]
    done = subprocess.run(
        [*command, "--listen", "127.0.0.1:0"],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr.startswith("error: ")) == (1, True)
    assert said in done.stderr
