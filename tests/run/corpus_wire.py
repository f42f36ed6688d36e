"""Requests written down as HTTP carries them (OAS 4.8.12.2 style values), from samples and from garbage."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote, urlencode

_BETWEEN = {"spaceDelimited": "%20", "pipeDelimited": "|"}
_BOUNDARY = "b0undary"
_GARBAGE_IN_PATHS = ("%00", "a%2Fb", "9" * 40, "%FF", "-1", "x%20y", "%C3%A4")
_GARBAGE_IN_QUERIES = (
    "%FF=%ZZ&&=&a=b=c",
    "limit=99999999999999999999&offset=-1&page=0&size=-5&sort=nothing&cursor=%00",
    "limit=abc&page=abc&cursor=abc&PageToken=abc&order=abc",
)
_GARBAGE_BODIES = (
    (b"", "application/json"),
    (b"{", "application/json"),
    (b"null", "application/json"),
    (b"[]", "application/json"),
    (b'{"a": 1e999, "id": 123456789012345678901234567890}', "application/json"),
    (b'"\\ud800"', "application/json"),
    (b"[" * 3000, "application/json"),
    (b"\xff\xfe\x00", "application/json; charset=utf-16"),
    (b"a=%FF&b=%ZZ&a=2", "application/x-www-form-urlencoded"),
    (b"--x\r\n\r\n", "multipart/form-data"),
    (b"{}", "text/csv"),
    (b"{}", ""),
)


class Unwritable(ValueError):
    """HTTP cannot carry the value so."""


@dataclass(frozen=True)
class Request:
    """One request: ``target`` is the path and the query, percent-encoded."""

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes | None = None
    about: str = ""

    @property
    def target(self) -> str:
        return f"{self.path}?{self.query}" if self.query else self.path


def request_of(
    operation: Mapping[str, Any], values: Mapping[str, Any], body: tuple[str, Any] | None = None, about: str = ""
) -> Request:
    """Write a request of ``operation``: ``values`` by argument, ``body`` a media type and a value.

    Raises:
        Unwritable: a value cannot be carried.
    """
    path = operation["path"].replace("#", "%23").replace("?", "%3F")
    query: list[str] = []
    headers: dict[str, str] = {}
    cookies: list[str] = []
    for declared in operation["parameters"]:
        if declared["argument"] not in values:
            continue
        name, value = declared["name"], values[declared["argument"]]
        match declared["in"]:
            case "path":
                path = path.replace(f"{{{name}}}", _in_path(declared, value))
            case "query":
                query += _pairs(declared, value)
            case "header":
                headers[name] = _in_header(_joined(declared, value))
            case _:
                cookies += _pairs(declared, value)
    if cookies:
        headers["Cookie"] = "; ".join(cookies)
    content = None
    if body is not None:
        content, headers["Content-Type"] = _content(*body)
    return Request(operation["method"], path, "&".join(query), headers, content, about)


def garbage_of(operation: Mapping[str, Any], good: Request) -> Iterator[Request]:
    """Yield requests of ``operation`` that no contract foresees, made from one that is good."""
    for text in _GARBAGE_IN_PATHS if "{" in operation["path"] else ():
        path = operation["path"].replace("#", "%23").replace("?", "%3F")
        for declared in operation["parameters"]:
            path = path.replace(f"{{{declared['name']}}}", text) if declared["in"] == "path" else path
        yield replace(good, path=path, about="garbage in the path")
    for query in _GARBAGE_IN_QUERIES:
        yield replace(good, query=query, about="garbage in the query")
    for declared in operation["parameters"]:
        if declared["in"] == "query":
            name = quote(declared["name"], safe="")
            yield replace(good, query=f"{name}=", about=f"nothing in {name}")
            yield replace(good, query=f"{name}=%5B&{name}=%00&{name}[a]=1&{name}[]=x", about=f"garbage in {name}")
        elif declared["in"] == "header":
            yield replace(good, headers={**good.headers, declared["name"]: "\x7f\xe4,"}, about="garbage in a header")
    for content, media_type in _GARBAGE_BODIES:
        headers = {name: value for name, value in good.headers.items() if name != "Content-Type"}
        if media_type:
            headers["Content-Type"] = media_type
        yield replace(good, headers=headers, content=content, about=f"a body of {content[:20]!r} as {media_type!r}")


def _in_path(declared: Mapping[str, Any], value: Any) -> str:
    if "content" in declared:
        return quote(json.dumps(value), safe="")
    written = {
        "label": lambda: "." + _joined(declared, value, "." if declared["explode"] else ",", encoded=True),
        "matrix": lambda: "".join(f";{each}" for each in _pairs({**declared, "style": "form"}, value)),
    }.get(declared.get("style", "simple"), lambda: _joined(declared, value, encoded=True))()
    if written in ("", ".", ".."):
        raise Unwritable(declared["name"])
    return written


def _joined(declared: Mapping[str, Any], value: Any, between: str = ",", *, encoded: bool = False) -> str:
    """Write a value of style simple."""
    if "content" in declared:
        return json.dumps(value)
    write = _encoded if encoded else _text
    if isinstance(value, dict):
        inner = "=" if declared["explode"] else between
        return between.join(f"{write(name)}{inner}{write(each)}" for name, each in value.items())
    return between.join(map(write, value)) if isinstance(value, list) else write(value)


def _pairs(declared: Mapping[str, Any], value: Any) -> list[str]:
    """Write a value of style form, and of those that only queries have."""
    name = quote(declared["name"], safe="[]$")
    if "content" in declared:
        return [f"{name}={quote(json.dumps(value), safe='')}"]
    explode = declared.get("explode", True)
    match value:
        case dict():
            return _members(declared, name, value)
        case []:
            raise Unwritable("an empty list, which nothing tells from none")
        case list() if explode and declared.get("style") not in _BETWEEN:
            return [f"{name}={_encoded(each)}" for each in value]
        case list():
            return [f"{name}={_listed(value, declared.get('style', 'form'))}"]
        case _:
            return [f"{name}={_encoded(value)}"]


def _members(declared: Mapping[str, Any], name: str, value: Mapping[str, Any]) -> list[str]:
    if declared.get("style") == "deepObject":
        return [f"{name}[{_encoded(member)}]={_encoded(each)}" for member, each in value.items()]
    if declared.get("explode", True):
        return [f"{_encoded(member)}={_encoded(each)}" for member, each in value.items()]
    return [f"{name}={_listed([part for pair in value.items() for part in pair], 'form')}"]


def _listed(values: Sequence[Any], style: str) -> str:
    return _BETWEEN.get(style, ",").join(map(_encoded, values))


def _encoded(value: Any) -> str:
    return quote(_text(value), safe="")


def _text(value: Any) -> str:
    if isinstance(value, dict | list):
        raise Unwritable("a value in a value")
    return value if isinstance(value, str) else json.dumps(value)


def _in_header(text: str) -> str:
    if not (text.isascii() and text.isprintable()) or text != text.strip() or not text:
        raise Unwritable(text)
    return text


def _content(media_type: str, value: Any) -> tuple[bytes, str]:
    essence = media_type.partition(";")[0].strip().lower()
    if "*" in essence and essence != "*/*":
        essence = media_type = essence.replace("*", "plain")
    if essence == "multipart/form-data":
        return _multipart(value), f"{essence}; boundary={_BOUNDARY}"
    if essence == "application/x-www-form-urlencoded":
        return urlencode(list(_form(value))).encode(), media_type
    if essence.endswith("json") or "*" in essence:
        return json.dumps(value).encode(), "application/json" if "*" in essence else media_type
    return value.encode() if isinstance(value, str) else json.dumps(value).encode(), media_type


def _form(value: Any) -> Iterator[tuple[str, str]]:
    if not isinstance(value, dict):
        raise Unwritable("a form that is no object")
    for name, each in value.items():
        if each == []:
            raise Unwritable(name)
        for one in each if isinstance(each, list) else [each]:
            yield name, json.dumps(one) if isinstance(one, dict | list) else _text(one)


def _multipart(value: Any) -> bytes:
    parts = [
        f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{quote(name)}"\r\n\r\n{each}\r\n'
        for name, each in _form(value)
    ]
    return ("".join(parts) + f"--{_BOUNDARY}--\r\n").encode()
