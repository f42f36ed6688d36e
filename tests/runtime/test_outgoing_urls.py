"""The URLs of callbacks: what expressions make of a request, and which of them may be called."""

import asyncio
from collections.abc import Sequence
from ipaddress import ip_address
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fountaingen.runtime.calls.addresses import CallbackRefused, Guard, is_public, trusted
from fountaingen.runtime.calls.expressions import Absent, Exchange, Expression, Message, Template
from fountaingen.runtime.calls.under_way import UnderWay
from fountaingen.runtime.contract import Operation, Parameter
from fountaingen.runtime.judge import Judges
from fountaingen.runtime.parameters.shapes import Shape

REQUEST = Message(
    {"x-hook": "http://h.example/1", "x-many": ["a", "b"]},
    {"url": "http://b.example/2", "id": 7, "deep": {"a/b": [{"~": "x y&z"}]}, "nothing": None},
    {"u": "http://q.example/3", "flag": True},
    {"id": "a/b"},
)
EXCHANGE = Exchange(
    "https://api.example/things?x=1", "POST", REQUEST, 201, Message({"location": "/things/9"}, {"id": 10**20})
)


@pytest.mark.supports("operation/callbacks/runtime-expression")
@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("$url", "https://api.example/things?x=1"),
        ("$method", "POST"),
        ("$statusCode", 201),
        ("$request.header.X-Hook", "http://h.example/1"),
        ("$request.query.u", "http://q.example/3"),
        ("$request.path.id", "a/b"),
        ("$request.body#/url", "http://b.example/2"),
        ("$request.body#/deep/a~1b/0/~0", "x y&z"),
        ("$request.body", REQUEST.body),
        ("$request.body#", REQUEST.body),
        ("$response.header.Location", "/things/9"),
        ("$response.body#/id", 10**20),
    ],
)
def test_an_expression_is_what_it_names(text: str, value: Any) -> None:
    assert Expression.parse(text).value(EXCHANGE) == value


@pytest.mark.parametrize(
    "text",
    [
        "$request.body#/none",
        "$request.body#/nothing",
        "$request.body#/deep/a~1b/1/~0",
        "$request.body#/deep/a~1b/-1",
        "$request.body#/url/x",
        "$request.query.none",
        "$request.header.None",
        "$request.path.none",
    ],
)
def test_what_is_not_there_is_absent(text: str) -> None:
    with pytest.raises(Absent):
        Expression.parse(text).value(EXCHANGE)


def test_there_is_no_answer_before_it_is_given() -> None:
    early = Exchange("", "POST", REQUEST)
    for text in ("$statusCode", "$response.body#/id", "$response.header.Location"):
        assert Expression.parse(text).needs_answer
        with pytest.raises(Absent):
            Expression.parse(text).value(early)
    assert not Expression.parse("$request.body#/id").needs_answer


@pytest.mark.parametrize(
    "text", ["$", "$URL", "$request", "$request.cookie.a", "$request.body/x", "$response.query.a", "$url ", "$body"]
)
def test_what_is_no_expression(text: str) -> None:
    with pytest.raises(ValueError, match=r"\$"):
        Expression.parse(text)


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("$request.body#/url", "http://b.example/2"),
        ("{$request.body#/url}", "http://b.example/2"),
        ("{$request.body#/url}/events", "http://b.example/2/events"),
        ("http://n.example?m={$method}&v={$request.body#/deep/a~1b/0/~0}", "http://n.example?m=POST&v=x%20y%26z"),
        ("http://n.example/{$request.path.id}/{$request.query.flag}", "http://n.example/a%2Fb/true"),
        ("http://n.example/{id}", "http://n.example/{id}"),
        ("http://n.example", "http://n.example"),
    ],
)
def test_a_template_is_filled(template: str, text: str) -> None:
    assert Template.parse(template).text(EXCHANGE) == text


@given(st.text())
def test_what_is_embedded_after_the_start_changes_no_part_of_the_url_but_its_own(value: str) -> None:
    exchange = Exchange("", "POST", Message({}, {"v": value}))
    made = Template.parse("http://n.example/a/{$request.body#/v}?k={$request.body#/v}").text(exchange)
    assert made.startswith("http://n.example/a/")
    assert [made.count(mark) for mark in "/?@#&= "] == [4, 1, 0, 0, 0, 1, 0]


def test_a_request_under_way_holds_what_is_declared() -> None:
    judge = Judges({}).judge(True)
    parameters = tuple(
        Parameter(name, place, False, "simple", False, False, Shape(), judge, None, None)
        for name, place in (("Id", "path"), ("X-A", "header"), ("q", "query"))
    )
    operation = Operation("op", "PUT", "/t/{Id}", 200, parameters, None, {}, (), "op")
    scope = {
        "headers": [(b"host", b"h:1"), (b"x-b", b"2")],
        "raw_path": b"/t/%31",
        "path": "/t/1",
        "query_string": b"q=2",
        "scheme": "https",
    }
    exchange = UnderWay(operation, scope, ("1", "a", 2)).exchange()
    assert exchange == Exchange("https://h:1/t/%31?q=2", "PUT", Message({"x-a": "a"}, None, {"q": 2}, {"Id": "1"}))


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0"),
        *("224.0.0.1", "255.255.255.255", "240.0.0.1", "192.0.2.1", "198.18.0.1"),
        *("::1", "::", "fe80::1", "fc00::1", "fd00:ec2::254", "fec0::1", "ff02::1", "2001:db8::1"),
        *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::7f00:1", "2002:7f00:1::"),
        # A gateway of one's own may read another part of it than the last.
        "64:ff9b:1:7f00:0:1:808:808",
        "2001:0:4136:e378:8000:63bf:80ff:fffe",
    ],
)
def test_addresses_that_are_not_public(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize(
    "address", ["1.1.1.1", "93.184.216.34", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]
)
def test_addresses_that_are_public(address: str) -> None:
    assert is_public(ip_address(address))


class Names:
    """A DNS that knows a few names and counts how often it is asked."""

    def __init__(self, **known: Sequence[str]) -> None:
        self.known = known
        self.asked: list[tuple[str, int]] = []

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        """Resolve a name."""
        self.asked.append((host, port))
        if host not in self.known:
            raise OSError("no such name")
        return self.known[host]


def led(url: str, guard: Guard | None = None, **known: Sequence[str]) -> str | None:
    """Return the address that a URL is connected to."""
    return asyncio.run((guard or Guard()).destination(url, Names(**known))).address


def test_a_name_is_resolved_once_and_held_to_its_address() -> None:
    names = Names(far=["1.1.1.1", "2606:4700::1111"])
    destination = asyncio.run(Guard().destination("http://far:8080/a?b", names))
    assert (str(destination.pinned), destination.url.netloc) == ("http://1.1.1.1:8080/a?b", b"far:8080")
    assert names.asked == [("far", 8080)]


@pytest.mark.parametrize(
    "url",
    [
        *("ftp://far/", "file:///etc/passwd", "gopher://far", "//far/x", "far", "", "http://", "http:///x", "/x"),
        *(
            "http://a:b@far/",
            "https://a@far/",
            "http://far\\@near/",
            "http://far/ x",
            "http://far/\nx",
            "http://far:0/",
        ),
        *("http://far:99999/", "http://far:x/", f"http://far/{'x' * 3000}"),
        *("http://near/", "http://mixed/", "http://127.0.0.1/", "http://[::1]/", "http://[::ffff:7f00:1]/"),
        *("http://169.254.169.254/latest/meta-data/", "http://empty/", "http://[fe80::1%25eth0]/"),
    ],
)
@pytest.mark.refuses("operation/callbacks/private-address")
def test_urls_that_are_refused(url: str) -> None:
    with pytest.raises(CallbackRefused) as refused:
        led(url, far=["1.1.1.1"], near=["10.0.0.1"], mixed=["1.1.1.1", "127.0.0.1"], empty=[])
    assert "10.0.0.1" not in refused.value.message


def test_a_name_that_nobody_knows_is_no_refusal() -> None:
    with pytest.raises(OSError, match="no such name"):
        led("http://nowhere/")


def test_the_operator_can_let_private_addresses_be_called() -> None:
    assert led("http://10.0.0.1/", Guard(allow_private=True)) is None
    assert led("http://Inside.:81/", Guard(hosts=frozenset({"inside"}))) is None
    with pytest.raises(CallbackRefused):
        led("http://10.0.0.1/", Guard(hosts=frozenset({"inside"})))
    with pytest.raises(CallbackRefused):
        led("http://a:b@10.0.0.1/", Guard(allow_private=True))


def test_what_the_environment_says() -> None:
    assert Guard.from_environment({}) == Guard()
    read = Guard.from_environment({"CALLBACK_ALLOW_PRIVATE": "true", "CALLBACK_HOSTS": "Hooks.Internal., 10.0.0.1,"})
    assert read == Guard(True, frozenset({"hooks.internal", "10.0.0.1"}))
    with pytest.raises(ValueError, match="CALLBACK_ALLOW_PRIVATE"):
        Guard.from_environment({"CALLBACK_ALLOW_PRIVATE": "perhaps"})


def test_what_the_operator_wrote_is_trusted_where_it_is_a_url() -> None:
    assert trusted("http://10.0.0.1:81/x").address is None
    with pytest.raises(ValueError, match="'inside/x'"):
        trusted("inside/x")
