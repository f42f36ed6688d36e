"""Requests as the bytes that go through the socket: each made from a good one, with one thing wrong with it."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random

from corpus_wire import Request

Make = Callable[[Random, Request, Mapping[str, str]], bytes]

_HOSTILE_TEXT = (
    "%00",
    "%FF%FE",
    "%ED%A0%80",
    "..%2F..%2F..%2Fetc%2Fpasswd",
    "%0D%0AX-Injected:%201",
    "'%20OR%201=1--",
    "%25%5F%5C",
    "9" * 400,
    "-9223372036854775809",
    "1e400",
    "NaN",
    "%F0%9F%92%A9" * 50,
    "a" * 6000,
    "0x10",
    "%7B%22a%22:1%7D",
    "",
)
_HOSTILE_JSON: tuple[bytes, ...] = (
    b"",
    b"null",
    b"[]",
    b"{",
    b'{"a":1,"a":2}',
    b"NaN",
    b"[Infinity,-Infinity]",
    b"1e400",
    b"-0.0e-99999999",
    b"9" * 100_000,
    b"[" * 100_000 + b"]" * 100_000,
    b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
    b'"\\ud800"',
    b'"\xff\xfe"',
    b'"\xed\xa0\x80"',
    b"\xef\xbb\xbf{}",
    b'{"\\u0000":"\\u0000"}',
    b'{"__proto__":{"a":1},"constructor":null}',
    b"{}garbage",
    b"{} {}",
    b"// no\n{}",
    b"\x00" * 1000,
    b'"' + b"a" * 1_000_000 + b'"',
    b"[" + b",".join([b"0"] * 1_000_000) + b"]",
    b"[" + b",".join([b"{}"] * 300_000) + b"]",
    b"{" + b",".join(b'"k%d":0' % number for number in range(100_000)) + b"}",
)
_VALUES: tuple[bytes, ...] = (
    b"null",
    b"true",
    b"-1",
    b"0",
    b"1e400",
    b"1" + b"0" * 400,
    b"18446744073709551616",
    b"NaN",
    b'""',
    b'"\\u0000"',
    b'"\\ud800"',
    b'"\\r\\nX-Injected: 1"',
    b'"' + b"x" * 100_000 + b'"',
    b'"%\' OR 1=1; DROP TABLE x;--"',
    b"[]",
    b"{}",
    b"[" * 200 + b"]" * 200,
)
_TYPES = ("application/json", "application/xml", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x")


@dataclass(frozen=True)
class Kind:
    """One way of going wrong. ``complete`` requests have to be answered or cut off, others wait for more to come."""

    name: str
    make: Make
    complete: bool = True


def good(_: Random, request: Request, known: Mapping[str, str]) -> bytes:
    """Return the request as it should be."""
    return _whole(request.method, request.target, {**known, **request.headers}, request.content)


def _whole(method: str, target: str, headers: Mapping[str, str], content: bytes | None) -> bytes:
    lines = [
        f"{method} {target} HTTP/1.1",
        "Host: service.test",
        *(f"{name}: {text}" for name, text in headers.items()),
    ]
    if content is not None:
        lines.append(f"Content-Length: {len(content)}")
    lines.append("Connection: close")
    return "\r\n".join(lines).encode("latin-1", "replace") + b"\r\n\r\n" + (content or b"")


def _in_path(random: Random, request: Request, known: Mapping[str, str]) -> bytes:
    segments = request.path.split("/")
    segments[random.randrange(1, len(segments)) if len(segments) > 1 else 0] = random.choice(_HOSTILE_TEXT)
    target = "/".join(segments) + (f"?{request.query}" if request.query else "")
    return _whole(request.method, target, {**known, **request.headers}, request.content)


def _in_query(random: Random, request: Request, known: Mapping[str, str]) -> bytes:
    names = [pair.partition("=")[0] for pair in request.query.split("&") if pair] + ["limit", "offset", "sort", "q"]
    pairs = [f"{random.choice(names)}={random.choice(_HOSTILE_TEXT)}" for _ in range(random.choice((1, 3, 1000)))]
    target = f"{request.path}?{'&'.join(pairs)}"[:60_000]
    return _whole(request.method, target, {**known, **request.headers}, request.content)


def _in_headers(random: Random, request: Request, known: Mapping[str, str]) -> bytes:
    hostile = random.choice(
        (
            {"Accept": "*/*;q=" + "9" * 5000},
            {"Accept": ",".join(f"a{number}/b" for number in range(2000))},
            {"If-None-Match": ",".join(['"x"'] * 3000)},
            {"If-Match": '"\x80\xff'},
            {"Range": "bytes=" + ",".join(f"{number}-" for number in range(1500))},
            {"Cookie": "; ".join(f"c{number}={number}" for number in range(2000))},
            {"Authorization": "Bearer " + "a." * 10_000},
            {"Authorization": "Basic \xff\xfe=="},
            {"X-Request-ID": "\x1b[31m" + "z" * 3000},
            {"traceparent": "00-" + "f" * 5000},
            {"Content-Encoding": "gzip"},
            {"Expect": "100-continue"},
            {"Prefer": "a=" * 3000},
            {"Idempotency-Key": "k" * 20_000},
            {f"X-{number}": "v" for number in range(500)},
        )
    )
    return _whole(request.method, request.target, {**known, **request.headers, **hostile}, request.content)


def _in_body(random: Random, request: Request, known: Mapping[str, str]) -> bytes:
    headers = {**known, **request.headers}
    if random.random() < 0.2 or "Content-Type" not in headers:
        headers["Content-Type"] = random.choice(_TYPES)
    return _whole(request.method, request.target, headers, random.choice(_HOSTILE_JSON))


def _in_a_member(random: Random, request: Request, known: Mapping[str, str]) -> bytes:
    """Put a hostile value where a member of a good body stands, or beside its members."""
    try:
        body = json.loads(request.content or b"{}")
    except ValueError:
        return _in_body(random, request, known)
    names = [*body, "id", "extra"] if isinstance(body, dict) else ["extra"]
    members = {name: json.dumps(value).encode() for name, value in body.items()} if isinstance(body, dict) else {}
    members[random.choice(names)] = random.choice(_VALUES)
    content = b"{" + b",".join(json.dumps(name).encode() + b":" + value for name, value in members.items()) + b"}"
    return _whole(request.method, request.target, {**known, **request.headers}, content)


def _mutated(random: Random, request: Request, known: Mapping[str, str]) -> bytes:
    """Flip, drop or repeat some bytes anywhere."""
    raw = bytearray(good(random, request, known))
    for _ in range(random.randrange(1, 6)):
        at = random.randrange(len(raw))
        match random.randrange(3):
            case 0:
                raw[at] = random.randrange(256)
            case 1:
                del raw[at]
            case _:
                raw[at:at] = raw[max(0, at - 20) : at] or b"\0"
    return bytes(raw)


def _bad_http(random: Random, request: Request, known: Mapping[str, str]) -> bytes:
    line = f"{request.method} {request.target}".encode("latin-1", "replace")
    host = b"\r\nHost: service.test\r\nConnection: close\r\n"
    return random.choice(
        (
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(random.randrange(256) for _ in range(200)),
            b"\r\n\r\n\r\n",
            b"GET\r\n\r\n",
            line + b"\r\n\r\n",
            line + b" HTTP/9.9" + host + b"\r\n",
            line + b" HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n",
            line + b" HTTP/1.1\r\nConnection: close\r\n\r\n",
            line + b" HTTP/1.1\nHost: x\nConnection: close\n\n",
            line + b" HTTP/1.1" + host + b"No colon here\r\n\r\n",
            line + b" HTTP/1.1" + host + b" folded: yes\r\n more\r\n\r\n",
            line + b" HTTP/1.1" + host + b"X-Nul: a\0b\r\n\r\n",
            line + b" HTTP/1.1" + host + b"X-Long: " + b"a" * 200_000 + b"\r\n\r\n",
            line + b" HTTP/1.1" + host + b"A: b\r\n" * 20_000 + b"\r\n",
            line + b" HTTP/1.1" + host + b"Content-Length: -1\r\n\r\n",
            line + b" HTTP/1.1" + host + b"Content-Length: 1e3\r\n\r\n{}",
            line + b" HTTP/1.1" + host + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
            line + b" HTTP/1.1" + host + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            line + b" HTTP/1.1" + host + b"Transfer-Encoding: chunked\r\n\r\nZZ\r\n{}\r\n0\r\n\r\n",
            line + b" HTTP/1.1" + host + b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n",
            line + b" HTTP/1.1" + host + b"Transfer-Encoding: gzip, identity\r\n\r\n",
            line + b" HTTP/1.1" + host + b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: x\r\n\r\n",
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
            b"CONNECT example.org:443 HTTP/1.1" + host + b"\r\n",
            b"OPTIONS * HTTP/1.1" + host + b"\r\n",
            b"GET http://[::1]:99999/ HTTP/1.1" + host + b"\r\n",
            b"GET /" + b"a" * 100_000 + b" HTTP/1.1" + host + b"\r\n",
            b"GET /\xff\xfe HTTP/1.1" + host + b"\r\n",
            b"TRACE " + request.path.encode("latin-1", "replace") + b" HTTP/1.1" + host + b"\r\n",
        )
    )


def _cut_off(random: Random, request: Request, known: Mapping[str, str]) -> bytes:
    raw = good(random, request, known)
    return raw[: random.randrange(len(raw))]


def _longer_promised(random: Random, request: Request, known: Mapping[str, str]) -> bytes:
    head = _whole(request.method, request.target, {**known, **request.headers}, None)
    return head.removesuffix(b"\r\n") + b"Content-Length: 1000000000\r\n\r\n" + (request.content or b"{")


KINDS = (
    Kind("good", good),
    Kind("path", _in_path),
    Kind("query", _in_query),
    Kind("headers", _in_headers),
    Kind("body", _in_body),
    Kind("member", _in_a_member),
    Kind("bytes", _mutated, complete=False),
    Kind("http", _bad_http, complete=False),
    Kind("cut off", _cut_off, complete=False),
    Kind("longer promised", _longer_promised, complete=False),
)
"""Every way of going wrong; those that are not complete are hung up on by the client after a moment."""
