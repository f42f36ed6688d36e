"""Formats assert: those of JSON Schema, and those that OpenAPI adds for numbers and bytes."""

from typing import Any

import pytest
from judging import BOTH, judge

FORMATS: list[tuple[str, str, list[Any], list[Any]]] = [
    ("integer", "int32", [2**31 - 1, -(2**31), 1.0], [2**31, -(2**31) - 1, 1.5]),
    ("integer", "int64", [2**63 - 1, -(2**63)], [2**63, -(2**63) - 1]),
    ("number", "float", [3.4e38, 1], [3.5e38, -3.5e38]),
    ("number", "double", [1e308], ["1"]),
    ("string", "byte", ["", "YQ==", "YWJj"], ["YQ", "a b", "Y==="]),
    ("string", "binary", ["\x00"], [1]),
    ("string", "date", ["2020-02-29"], ["2021-02-29", "2020-2-1", "20200101"]),
    (
        "string",
        "date-time",
        ["2020-01-01t00:00:00.5+01:00", "1998-12-31T23:59:60Z"],
        ["2020-01-01 00:00:00Z", "2020-01-01"],
    ),
    ("string", "time", ["12:00:00Z"], ["12:00:00", "25:00:00Z"]),
    ("string", "duration", ["P1Y2M3DT4H5M6S", "P1W"], ["P", "PT", "P1W1D", "PT1D"]),
    ("string", "email", ["a@b.co", '"a b"@c.de', "a@[127.0.0.1]"], ["a", "a@@b", ".a@b.c", "Joe <a@b.co>"]),
    ("string", "idn-email", ["실례@실례.테스트"], ["2962"]),
    ("string", "hostname", ["a-b.c", "xn--4gbwdl.xn--wgbh1c"], ["-a", "a_b", "a..b", "a" * 64, "é.com"]),
    ("string", "idn-hostname", ["실례.테스트"], ["〮실례.테스트"]),
    ("string", "ipv4", ["127.0.0.1"], ["256.1.1.1", "01.1.1.1", "1.1.1"]),
    ("string", "ipv6", ["::1", "::ffff:1.2.3.4"], ["12345::", "::1%eth0", "::1/64"]),
    ("string", "uri", ["http://a.b", "urn:x:y"], ["a", "//a.b/c", "http://a b", "http://é.com/"]),
    ("string", "uri-reference", ["", "#x", "/a"], ["\\\\a", "a b"]),
    ("string", "iri", ["http://é.com/"], ["é"]),
    ("string", "iri-reference", ["é"], ["\\\\a"]),
    ("string", "uuid", ["2EB8AA08-AA98-11EA-B4AA-73B441D16380"], ["2eb8aa08aa9811eab4aa73b441d16380"]),
    ("string", "uri-template", ["http://a/{b}"], ["a{b"]),
    ("string", "json-pointer", ["", "/~0~1"], ["a", "/~2"]),
    ("string", "relative-json-pointer", ["0#", "1/a"], ["-1", "01", "/a"]),
    ("string", "regex", ["(?=a)"], ["(", "\\Z"]),
    ("string", "password", ["x"], [1]),
    ("string", "of-somebody", ["x"], [1]),
]


@pytest.mark.parametrize("version", BOTH)
@pytest.mark.parametrize(
    ("kind", "name", "good", "bad"),
    [pytest.param(*row, marks=pytest.mark.supports(f"schema/format/{row[1]}"), id=row[1]) for row in FORMATS],
)
def test_formats_assert(kind: str, name: str, good: list[Any], bad: list[Any], version: str) -> None:
    accepts = judge({"type": kind, "format": name}, version).accepts
    assert [value for value in good if not accepts(value)] == []
    assert [value for value in bad if accepts(value)] == []
