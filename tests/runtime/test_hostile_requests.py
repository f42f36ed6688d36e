"""Requests made to cost, to break or to mislead: each is refused or answered, soon, and never with a 500."""

import asyncio
import base64
import json
import threading
from collections.abc import AsyncIterator
from typing import Any

import jwt
import pytest
from answering import Caller, Endpoint, answering, ask, document, service
from asking import REFUSED, Asked, parameter
from reading import FORM, PARTS, Got, declared, part, parts, read
from security_kit import Door, Issuer, request

from fountaingen.runtime.bodies.incoming import Shared
from fountaingen.runtime.bodies.part_heads import part_head
from fountaingen.runtime.credentials.passwords import BasicCheck, Cost, User
from fountaingen.runtime.errors import Invalid, ServiceUnavailable, Unauthorized
from fountaingen.runtime.judge import Judges
from fountaingen.runtime.xml.reader import read_xml
from fountaingen.runtime.xml.schema import UNKNOWN, Document, Slot

JSON, XML, BINARY = "application/json", "application/xml", "application/octet-stream"
OBJECT = {"type": "object", "additionalProperties": {}}
NUMBERS = {"type": "array", "items": {"type": "integer"}}
TREE = {"type": "object", "xml": {"name": "tree"}}


def nested(depth: int) -> str:
    """Return the name of a member of ``c`` that stands ``depth`` members down."""
    return "c" + "[a]" * depth


class TestMembersOfMembers:
    def test_a_query(self) -> None:
        asked = Asked(parameter("query", OBJECT, style="deepObject", explode=True))
        assert asked.one(nested(3) + "=1") == {"a": {"a": {"a": "1"}}}
        assert isinstance(asked.one(nested(100) + "=1"), dict)
        assert asked.one(nested(101) + "=1") is REFUSED
        assert asked.one(nested(20_000) + "=1") is REFUSED

    @pytest.mark.parametrize("media_type", [FORM, PARTS])
    def test_a_form(self, media_type: str) -> None:
        kind = media_type.partition(";")[0]
        media = {
            "schema": {"type": "object", "properties": {"c": OBJECT}},
            "encoding": {"c": {"style": "deepObject", "explode": True}},
        }
        body = declared({kind: media})
        for depth in (101, 2_000):
            sent = parts(part(nested(depth), "1")) if kind != FORM else f"{nested(depth)}=1".encode()
            with pytest.raises(Invalid):
                read(body, sent, media_type)


def test_a_number_that_json_does_not_have_is_none_in_a_parameter_either() -> None:
    asked = Asked({"name": "c", "in": "query", "content": {JSON: {"schema": {}}}})
    assert asked.one("c=1e308") == 1e308
    assert asked.one("c=1e999") is REFUSED
    assert asked.one("c=[-1e999]") is REFUSED


class TestManySmallThings:
    @pytest.mark.parametrize(
        ("sent", "reason"),
        [
            (b"a=1&" * 100_001, "more than 100000 pairs"),
            (b"".join(b"a%d=1&" % number for number in range(10_001)), "more than 10000 names"),
        ],
    )
    def test_in_a_form(self, sent: bytes, reason: str) -> None:
        body = declared({FORM: {"schema": {"type": "object"}}})
        with pytest.raises(Invalid, match=reason) as caught:
            read(body, sent, FORM)
        assert caught.value.malformed

    @pytest.mark.parametrize("sent", [b"<a/>" * 100_000, b"<b %s/>" % b" ".join(b'a%d=""' % n for n in range(100_000))])
    def test_in_xml(self, sent: bytes) -> None:
        body = declared({XML: {"schema": TREE}})
        with pytest.raises(Invalid, match="more than 100000 elements and attributes"):
            read(body, b"<tree>%s</tree>" % sent, XML)

    def test_what_a_service_writes_itself_may_be_larger(self) -> None:
        open_document = Document(Slot("tree", node=""), {"": UNKNOWN})
        judge = Judges({}).judge(True)
        accepted, value = read_xml(b"<tree><a/><a/></tree>", "", open_document, judge, most=None)
        assert accepted and value == {"a": ["", ""]}
        with pytest.raises(ValueError, match="more than 2 elements"):
            read_xml(b"<tree><a/><a/></tree>", "", open_document, judge, most=2)


class TestReasons:
    """What is wrong with a large value is not sought at length: every reason takes time and memory to make."""

    MANY = ["a"] * 100_000

    def test_the_first_one_is_told_where_it_can_be_had(self) -> None:
        (found,) = Judges({}).judge(NUMBERS).violations("body", self.MANY[:10_000])
        assert (found.path, found.rule) == ((0,), "type")
        (found,) = Judges({}).judge(NUMBERS).violations("body", self.MANY)
        assert (found.path, found.rule) == ((), "schema")

    @pytest.mark.parametrize("word", ["anyOf", "oneOf"])
    def test_none_is_told_where_all_would_have_to_be_made(self, word: str) -> None:
        schema = {word: [NUMBERS, {"type": "array", "items": {"type": "boolean"}}]}
        (found,) = Judges({}).judge(schema).violations("body", self.MANY, ("a",))
        assert (found.path, found.rule) == (("a",), "schema")
        (found,) = Judges({}).judge(schema).violations("body", ["a"])
        assert found.rule == word

    def test_none_is_told_of_a_schema_that_shares_its_judge(self) -> None:
        named = {f"N{number}": {"$ref": f"#/$defs/N{number + 1}"} for number in range(1100)} | {"N1100": NUMBERS}
        judges = Judges(named)
        judge = judges.judge({"$ref": "#/$defs/N0"})
        judges.settle()
        (found,) = judge.violations("body", self.MANY)
        assert found.rule == "schema"

    def test_a_reason_that_lists_every_member_is_cut(self) -> None:
        schema = {"type": "object", "unevaluatedProperties": False}
        (found,) = Judges({}).judge(schema).violations("body", {f"a rather long name {n}": 1 for n in range(1000)})
        assert len(found.message) <= 500


class TestFileNames:
    @pytest.mark.parametrize(
        ("written", "read_as"),
        [
            ('filename=".."', ""),
            ('filename="../.."', ""),
            ('filename="C:\\\\a\\\\..\\\\b.png"', "b.png"),
            ('filename="a%0D%0AX-Evil: 1.png"', "aX-Evil: 1.png"),
            ('filename="a\x1b[2J\x00\x9b.png"', "a[2J.png"),
            ("filename*=utf-8''%e2%82%ac.png", "€.png"),
            ("filename*=iso-8859-1''%e9.png", "é.png"),
        ],
    )
    def test_nothing_but_a_name_is_left(self, written: str, read_as: str) -> None:
        assert part_head({"content-disposition": f'form-data; name="a"; {written}'}).filename == read_as

    @pytest.mark.parametrize("charset", ["unicode_escape", "utf-7", "idna", "punycode", "utf-16", "rot13", "a\0b"])
    def test_a_charset_that_could_make_no_text_is_not_read(self, charset: str) -> None:
        head = part_head({"content-disposition": f"form-data; name=a; filename*={charset}''%5Cud800; filename=b"})
        assert head.filename == "b"

    def test_a_part_of_a_form(self) -> None:
        body = declared({"multipart/form-data": {"schema": {"type": "object", "properties": {"a": {}}}}})
        sent = parts(part("f", b"data", "Content-Type: image/png", filename="..%0d%0a/../x"))
        assert read(body, sent, PARTS) == {"f": Got("x", "image/png", b"data")}


def said(value: Any) -> Endpoint:
    """Return an endpoint that answers ``value``."""

    async def endpoint(_call: Any) -> Any:
        return value

    return endpoint


def stored(value: Any) -> Endpoint:
    """Return an endpoint whose default behaviour answers ``value``."""

    async def endpoint(call: Any) -> Any:
        return await call.write(lambda _unit: value)

    return endpoint


UNSAYABLE = [{"a b": 1}, {"<x>": 1}, {"": 1}, {"a": "\x01"}, {"a": "\uffff"}]


@pytest.mark.parametrize("value", UNSAYABLE, ids=repr)
def test_what_xml_cannot_say_is_said_in_another_type(value: Any) -> None:
    described = document({"/x": {"get": answering({JSON: TREE, XML: TREE})}})
    answer = ask(service(described, {"GET /x": said(value)}), "GET", "/x", accept=XML)
    assert (answer.status, answer.headers["content-type"], answer.json) == (200, JSON, value)
    # Default behaviour can still be undone.
    assert ask(service(described, {"GET /x": stored(value)}), "GET", "/x", accept=XML).status == 406
    assert ask(service(described, {"GET /x": stored(value)}), "GET", "/x").json == value


def test_an_answer_that_breaks_the_contract_is_not_saved_by_another_type() -> None:
    described = document({"/x": {"get": answering({JSON: {}, XML: {**TREE, "required": ["b"]}})}})
    assert ask(service(described, {"GET /x": said({"a": "\x01"})}), "GET", "/x", accept=XML).status == 500


class Sender(Caller):
    """Sends its body piece by piece, each when it is told to; ``leave`` hangs up."""

    def __init__(self, app: Any) -> None:
        self.sent: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        super().__init__(app, "POST", "/x", {"content-type": BINARY})

    def say(self, piece: bytes, *, more: bool = True) -> None:
        """Send a piece of the body."""
        self.sent.put_nowait({"type": "http.request", "body": piece, "more_body": more})

    def leave(self) -> None:
        """Hang up."""
        self.sent.put_nowait({"type": "http.disconnect"})

    async def _receive(self) -> dict[str, Any]:
        return await self.sent.get()


class Echo:
    """Answers what is sent, while it comes; ``closed`` tells that it has stopped."""

    def __init__(self, *, reads: bool = True) -> None:
        self.closed = asyncio.Event()
        self._reads = reads

    async def answer(self, _call: Any, body: Any) -> Any:
        """Return the pieces."""
        return self._pieces(body)

    async def _pieces(self, body: Any) -> AsyncIterator[bytes]:
        try:
            yield b"first "
            if not self._reads:
                await asyncio.Event().wait()
            async for piece in body.chunks():
                yield piece
        finally:
            self.closed.set()


def echoing(echo: Echo) -> Any:
    """Return a service that echoes."""
    body = {"requestBody": {"required": True, "content": {BINARY: {}}}}
    return service(document({"/x": {"post": {**answering({BINARY: {}}), **body}}}), {"POST /x": echo.answer})


class TestAnsweringWhatIsStillSent:
    def test_nothing_of_the_body_is_lost(self) -> None:
        async def run() -> None:
            sender = Sender(echoing(Echo()))
            sender.say(b"a")
            assert await sender.piece() == b"first "
            assert await sender.piece() == b"a"
            for piece in (b"b", b"c"):
                sender.say(piece)
                assert await sender.piece() == piece
            sender.say(b"d", more=False)
            await asyncio.wait_for(sender.task, 5)
            assert (sender.answer.body, sender.answer.complete) == (b"first abcd", True)

        asyncio.run(run())

    def test_a_caller_who_leaves_in_the_middle_is_no_error(self, capsys: pytest.CaptureFixture[str]) -> None:
        async def run() -> None:
            echo = Echo()
            sender = Sender(echoing(echo))
            sender.say(b"a")
            assert await sender.piece() + await sender.piece() == b"first a"
            sender.leave()
            sender.leave()
            await asyncio.wait_for(sender.task, 5)
            assert echo.closed.is_set()
            assert not sender.answer.complete

        asyncio.run(run())
        assert "ERROR" not in capsys.readouterr().out

    def test_a_maker_that_does_not_read_is_closed_too(self) -> None:
        async def run() -> None:
            echo = Echo(reads=False)
            sender = Sender(echoing(echo))
            sender.say(b"a", more=False)
            assert await sender.piece() == b"first "
            sender.leave()
            await asyncio.wait_for(sender.task, 5)
            assert echo.closed.is_set()

        asyncio.run(run())

    def test_one_who_watches_takes_nothing_from_one_who_reads(self) -> None:
        async def run() -> None:
            messages: list[dict[str, Any]] = [
                {"type": "http.request", "body": b"%d" % number, "more_body": number < 9} for number in range(10)
            ]

            async def receive() -> dict[str, Any]:
                return messages.pop(0) if messages else {"type": "http.disconnect"}

            shared = Shared(receive)
            left = asyncio.create_task(shared.left())
            read = [(await shared.next())["body"] for _ in range(10)]
            assert b"".join(read) == b"0123456789"
            await asyncio.wait_for(left, 5)
            assert (await shared.next())["type"] == "http.disconnect"

        asyncio.run(run())


def test_guessing_passwords_does_not_make_a_queue_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    may = threading.Event()
    monkeypatch.setattr(User, "knows", lambda _user, _password: may.wait(10) and False)
    check = BasicCheck("basic", "realm", [User("ann", Cost(), b"salt" * 4, b"x" * 32, None)])

    async def run() -> list[Any]:
        def guess(number: int) -> Any:
            sent = base64.b64encode(f"ann:{number}".encode()).decode()
            return asyncio.create_task(check.identity(request(("Authorization", f"Basic {sent}")), ()))

        tasks = [guess(number) for number in range(40)]
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        may.set()
        return await asyncio.gather(*tasks, return_exceptions=True)

    kinds = [type(each) for each in asyncio.run(run())]
    assert kinds.count(ServiceUnavailable) == 8
    assert sum(issubclass(each, Unauthorized) for each in kinds) == 32


@pytest.mark.parametrize("claim", ["exp", "nbf", "iat"])
@pytest.mark.parametrize("value", [float("inf"), float("-inf"), float("nan"), "x", [], {}])
def test_a_time_that_is_none_makes_a_token_bad(claim: str, value: Any) -> None:
    issuer = Issuer()
    door = Door({"bearer": {"type": "http", "scheme": "bearer"}}, {"bearer": ()}, **issuer.settings())
    # The library does not sign what it would not read.
    header = {"kid": issuer.kid}
    claims = json.loads(base64.urlsafe_b64decode(issuer.token().split(".")[1] + "=="))
    token = signed(issuer, header, {**claims, claim: value})
    with pytest.raises(Unauthorized):
        door.admit(("Authorization", f"Bearer {token}"))
    assert door.admit(("Authorization", f"Bearer {signed(issuer, header, claims)}")) is not None


def signed(issuer: Issuer, header: dict[str, Any], claims: dict[str, Any]) -> str:
    """Return a token whose claims nobody has looked at."""
    return jwt.api_jws.encode(json.dumps(claims).encode(), issuer.private, "ES256", headers=header)
