"""What browsers are told: of /docs, of pages and files that a service answers, of what they are to be saved as."""

import base64
import hashlib
import re
from typing import Any

import pytest
from answering import Answer, answering, ask, document, service
from answering import contract as loaded
from hypothesis import given, settings
from hypothesis import strategies as st

from fountaingen.runtime.call import Reply
from fountaingen.runtime.serving.docs import docs_of
from fountaingen.runtime.uploads import disposition

HTML, SVG, TEXT, BINARY, JSON = (
    "text/html",
    "image/svg+xml",
    "text/plain",
    "application/octet-stream",
    "application/json",
)
PLAIN = {"type": "string"}


def contract(title: str, *servers: str) -> Any:
    """Return a contract as far as the page looks at it."""
    written = document({"/x": {"get": answering()}})
    written.data["info"]["title"] = title
    written.data["servers"] = [{"url": url} for url in servers]
    return loaded(written)


def answered(media_type: str, value: Any) -> Answer:
    """Return what a service answers as one media type."""

    async def endpoint(_call: Any) -> Any:
        return value

    schema = {} if media_type == BINARY else PLAIN
    return ask(service(document({"/x": {"get": answering({media_type: schema})}}), {"GET /x": endpoint}), "GET", "/x")


class TestDocs:
    @pytest.mark.parametrize(
        "title", ["</title><script>alert(1)</script>", '"onload="x', "{{7*7}}{0}", "&amp;<b>", "é\u2028"]
    )
    def test_the_title_is_text(self, title: str) -> None:
        page = docs_of(contract(title)).body.decode()
        assert page.count("<script") == 2 and page.count("</title>") == 1
        assert "<b>" not in page and "alert(1)</script>" not in page

    def test_nothing_runs_but_what_the_page_names(self) -> None:
        outcome = docs_of(contract("Docs"))
        headers, page = dict(outcome.headers), outcome.body.decode()
        policy = headers[b"content-security-policy"].decode()
        (inline,) = re.findall(r"<script>(.*?)</script>", page)
        digest = base64.b64encode(hashlib.sha256(inline.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy
        assert "'unsafe-inline'" not in policy.partition("script-src")[2].partition(";")[0]
        sources = re.findall(r'<(?:script|link)[^>]* (?:src|href)="([^"]+)" integrity="(sha384-[^"]{64})"', page)
        assert len(sources) == 2
        assert all(re.search(r"@\d+\.\d+\.\d+/", source) and source in policy for source, _ in sources)
        assert headers[b"x-content-type-options"] == b"nosniff" and headers[b"x-frame-options"] == b"DENY"

    def test_it_may_ask_the_servers_and_nobody_else(self) -> None:
        servers = [
            "https://a.example/v1",
            "/v1",
            "https://b.example:8443",
            "https://c.example; script-src *",
            "{s}://d",
        ]
        policy = dict(docs_of(contract("Docs", *servers)).headers)[b"content-security-policy"].decode()
        (asked,) = re.findall(r"connect-src ([^;]*)", policy)
        assert asked == "'self' https://a.example https://b.example:8443"

    def test_what_is_not_to_be_shown_is_not_there(self, monkeypatch: pytest.MonkeyPatch) -> None:
        paths = ("/docs", "/openapi.json", "/health")

        def shown() -> list[int]:
            app = service(document({"/x": {"get": answering()}}), {})
            return [ask(app, "GET", path).status for path in paths]

        assert shown() == [200, 200, 200]
        monkeypatch.setenv("DOCS", "false")
        assert shown() == [404, 200, 200]
        monkeypatch.setenv("OPENAPI", "false")
        monkeypatch.setenv("DOCS", "true")
        assert shown() == [404, 404, 200]


@pytest.mark.parametrize("media_type", [HTML, SVG, TEXT, BINARY])
def test_content_is_what_it_is_declared_as(media_type: str) -> None:
    answer = answered(media_type, b"<script>" if media_type == BINARY else "<script>")
    assert answer.status == 200
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert ("content-security-policy" in answer.headers) == (media_type in (HTML, SVG))


def test_a_page_runs_no_scripts_unless_its_hook_says_so() -> None:
    policy = answered(HTML, "<p>").headers["content-security-policy"]
    assert policy.startswith("default-src 'none'") and "script-src" not in policy
    answer = answered(HTML, Reply("<p>", headers={"Content-Security-Policy": "script-src 'self'"}))
    assert [value for name, value in answer.lines if name == "content-security-policy"] == ["script-src 'self'"]
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_plain_json_carries_nothing_more() -> None:
    assert "x-content-type-options" not in answered(JSON, "a").headers


@settings(max_examples=50)
@given(st.text(max_size=40))
def test_a_file_name_is_one_header_and_no_path(name: str) -> None:
    written = disposition(name)
    assert written.isascii() and written.isprintable()
    plain = re.fullmatch(
        r'attachment; filename="([^"\\/%;]+)"(; filename\*=UTF-8\'\'[A-Za-z0-9!#$&+.^_`|~%-]+)?', written
    )
    assert plain is not None and plain[1].strip(". ")


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("a.png", 'filename="a.png"'),
        ("../../etc/passwd", 'filename="passwd"'),
        ("C:\\a\\b.txt", 'filename="b.txt"'),
        ("..", 'filename="file"'),
        ('é"\r\n.png', "filename=\"____.png\"; filename*=UTF-8''%C3%A9%22__.png"),
    ],
)
def test_a_file_is_saved_as_it_is_called(name: str, written: str) -> None:
    assert disposition(name) == f"attachment; {written}"
