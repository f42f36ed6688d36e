"""Requests in which one value is hostile and everything else is as the contract wants it."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from fountaingen.model.hookset import HookSet
from fountaingen.model.service import Service
from fountaingen.stages.plan.contract import contract_data
from fountaingen.stages.plan.tests.subjects import Subject, subjects_of
from fountaingen.testkit import bodies
from fountaingen.testkit.callers import Caller, credentials

TEXTS = (
    "' OR '1'='1",
    "'; DROP TABLE shops; --",
    '") OR 1=1 --',
    "%",
    "_",
    "\\",
    "a\x00b",
    "\x1b[31m\x9b31m",
    "x\r\nX-Evil: 1",
    "\u202eevil\u2066",
    "\u2028\x85\x0b",
    "\U0001f4a5e\u0301",
    "\ufffe\uffff",
    "../../../etc/passwd",
    "{{7*7}}${7*7}$(id)`id`%(x)s{0}",
    "__proto__",
    "NaN",
    "Infinity",
    "null",
    "",
    " ",
    "-name,+name;name:desc",
    "id) FROM shops --",
    "9" * 400,
    "-9223372036854775809",
    "1e400",
    "0x10",
    "٣",
    "0000-00-00T00:00:00Z",
    "9999-12-31T23:59:60.999999999+23:59",
    "10000-01-01",
    "W251bGxd",
    "WzFlNDAwXQ",
    "<script>alert(1)</script>&xxe;]]>",
    "x" * 20_000,
)
NUMBERS = (
    "9223372036854775808",
    "-9223372036854775809",
    "1" + "0" * 300,
    "1e308",
    "1e400",
    "-0.0",
    "1.0",
    "0.1",
    "NaN",
)
UNREADABLE = ('{"a": "\\ud800"}', '{"a": NaN}', '{"a": 1, "a": 2}', '{"__proto__": {"a": 1}}', "[" * 5_000, "\ufeff{}")


@dataclass(frozen=True)
class Asked:
    """One request: the target as it goes over the wire, and ``sent``, the value of a JSON body if there is one."""

    operation: str
    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    content: str | None
    sent: Any = None

    def line(self) -> str:
        """Return it as a line of JSON."""
        return json.dumps(vars(self))


def requests_of(service: Service) -> Iterator[Asked]:
    """Yield the requests for every operation of a service that has samples."""
    for subject in subjects_of(service, HookSet(service.name), contract_data(service)):
        yield from _Attack(subject, service.security_schemes).requests()


@dataclass(frozen=True)
class _Attack:
    subject: Subject
    schemes: Mapping[str, Mapping[str, Any]]

    def requests(self) -> Iterator[Asked]:
        for each in self.subject.inputs:
            for name in each.sample or {}:
                yield from (self._asked({name: text}, self._body()) for text in TEXTS)
        body = self._body()
        if body is None or not str(self.subject.payload and self.subject.payload.media_type).endswith("json"):
            return
        yield from (self._asked({}, None, content) for content in UNREADABLE)
        value = json.loads(body)
        for name, member in value.items() if isinstance(value, dict) else ():
            if isinstance(member, str):
                yield from (self._asked({}, json.dumps({**value, name: text})) for text in TEXTS)
            elif isinstance(member, int | float) and not isinstance(member, bool):
                mark = json.dumps({**value, name: "\x01"})
                yield from (self._asked({}, mark.replace('"\\u0001"', number)) for number in NUMBERS)

    def _body(self) -> str | None:
        payload = self.subject.payload
        if payload is None or not payload.samples:
            return None
        return bodies.content(payload.samples[0], payload.media_type).decode("latin-1")

    def _asked(self, changed: Mapping[str, str], body: str | None, content: str | None = None) -> Asked:
        operation = self.subject.operation
        path, pairs, headers, cookies = operation.path, list[str](), list[tuple[str, str]](), list[str]()
        for each in self.subject.inputs:
            for name, value in (each.sample or {}).items():
                if not each.parameter.required and name not in changed:
                    continue
                text = changed.get(name) or bodies.listed(value)[0]
                raw = quote(text, safe="")
                match each.parameter.location:
                    case "path":
                        path = path.replace("{" + name + "}", raw or "%20")
                    case "query":
                        pairs.append(f"{quote(name, safe='')}={raw}")
                    case "header":
                        headers.append((name, text.encode().decode("latin-1")))
                    case _:
                        cookies.append(f"{name}={raw}")
        known = credentials(Caller.KNOWN, operation.security, self.schemes)
        pairs += [f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in known.query.items()]
        cookies += [f"{name}={value}" for name, value in known.cookies.items()]
        headers += [*known.headers.items(), *([("cookie", "; ".join(cookies))] if cookies else [])]
        sent = content if content is not None else body
        if sent is not None and self.subject.payload is not None:
            headers.append(("content-type", bodies.content_type(self.subject.payload.media_type)))
        target = path.replace("#", "%23").replace("?", "%3F") + (f"?{'&'.join(pairs)}" if pairs else "")
        return Asked(operation.operation_id, operation.method, target, tuple(headers), sent, _read(body))


def _read(body: str | None) -> Any:
    try:
        return None if body is None else json.loads(body)
    except ValueError:
        return None
