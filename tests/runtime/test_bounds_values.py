"""Values of every kind that are as large, as deep or as many as can be sent: answered or refused, never a 500."""

import gzip
import json

import pytest
from sample_client import Client

JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (b'{"data": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", 400),
        (b'{"data": ' + b'{"a":' * 100_000 + b"1" + b"}" * 100_000 + b"}", 400),
        (b'{"data": ' + b"9" * 1_000_000 + b"}", 400),
        (b'{"data": -1' + b"0" * 1_000_000 + b".5e999999999999}", 400),
        (b'{"data": 1e' + b"9" * 100_000 + b"}", 400),
        (b'{"data": [' + b"1," * 1_000_000 + b"1]}", 201),
        (b'{"data": "' + b"\\u0061" * 1_000_000 + b'"}', 201),
        (b'{"data": ' + b"9" * 4000 + b"}", 201),
        (b"{" + b'"data": 1,' * 100_000 + b'"data": 2}', 201),
    ],
    ids=["lists", "objects", "digits", "fraction", "exponent", "members", "escapes", "long", "duplicates"],
)
def test_json(call: Client, sent: bytes, expected: int) -> None:
    answer = call("POST", "/notes", content=sent, headers=JSON)
    assert answer.status_code == expected, answer.text[:300]
    assert len(answer.content) < 10_000 or expected == 201


@pytest.mark.parametrize(
    "path",
    [
        "/scripts?" + "&".join(f"a{n}=1" for n in range(1000)),
        "/scripts?" + "author=a&" * 1000,
        "/scripts?limit=" + "9" * 7000,
        "/scripts/" + "9" * 7000,
        "/scripts/" + "%2F" * 2000,
        "/scripts" + "/a" * 4000,
        "/scripts" + "/" * 8000,
        "/scripts?sort=" + "title," * 1000,
        "/notes?cursor=" + "A" * 7000,
    ],
)
def test_targets(call: Client, path: str) -> None:
    answer = call("GET", path)
    assert answer.status_code in (200, 400, 404, 422)
    assert len(answer.content) < 10_000


@pytest.mark.parametrize(
    "headers",
    [
        {"Accept": ", ".join(f"a/b{n};q=0.{n}" for n in range(3000))},
        {"Accept": "," * 30_000},
        {"Accept": 'text/html;a="' + "\\" * 30_000},
        {"Cookie": "a=b; " * 6000},
        {"X-Request-Id": "a" * 30_000},
        {"Range": "bytes=" + ",".join(f"{n}-{n}" for n in range(6000))},
        {"If-None-Match": ", ".join(f'"{n}"' for n in range(3000))},
        {"Forwarded": "for=1;" * 5000},
    ],
    ids=["ranges", "commas", "quotes", "cookies", "id", "parts", "tags", "hops"],
)
def test_headers(call: Client, headers: dict[str, str]) -> None:
    answer = call("GET", "/scripts", headers=headers)
    assert answer.status_code in (200, 406)
    assert sum(len(name) + len(value) for name, value in answer.headers.items()) < 1000


@pytest.mark.refuses("request-body/content-encoding")
@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd", "gzip, gzip", "x" * 5000])
def test_nothing_is_unpacked(call: Client, coding: str) -> None:
    bomb = gzip.compress(json.dumps({"data": "a" * 10_000_000}).encode())
    answer = call("POST", "/notes", content=bomb, headers={**JSON, "Content-Encoding": coding})
    assert answer.status_code == 415
    assert len(answer.content) < 1000
