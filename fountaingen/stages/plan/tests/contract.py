"""The view of ``tests/test_contract.py``: the contract as a whole, and what is served beside it."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from fountaingen.model.service import Service
from fountaingen.primitives.code import Code, docstring, join, literal
from fountaingen.stages.plan.tests.subjects import Subject
from fountaingen.stages.plan.tests.wire import text

_METHODS = ("DELETE", "PATCH", "PUT", "POST", "GET")
_NOWHERE = ("/nothing-is-here", "/nothing/is/here", "/nothing/is/here/at/all/of/any/kind")
_MOST = 30
_BESIDE = ("/health", "/ready", "/openapi.json", "/openapi.yaml")


def contract_view(service: Service, subjects: tuple[Subject, ...]) -> Mapping[str, Any]:
    """Return what ``tests/test_contract.py`` prints."""
    paths = {operation.path for operation in service.operations}
    patterns = {path: _pattern(path) for path in paths}
    nowhere = next((path for path in _NOWHERE if not any(each.fullmatch(path) for each in patterns.values())), None)
    # Where the contract itself has something at such a path, that is what answers.
    beside = {path: not any(each.fullmatch(path) for each in patterns.values()) for path in _BESIDE}
    refused = list(_refused_methods(subjects, patterns))[:_MOST]
    signs = [path for path in ("/health", "/ready") if beside[path]]
    return {
        "title": docstring(f"The contract of {service.title} as a whole, and what is served beside it."),
        "serves_json": beside["/openapi.json"],
        "serves_yaml": beside["/openapi.yaml"],
        "signs": [literal(path) for path in signs],
        "echo": literal(signs[-1]) if signs else None,
        "nowhere": literal(nowhere) if nowhere else None,
        "refused": [
            {"method": literal(method), "path": literal(path), "allowed": _set(allowed)}
            for method, path, allowed in refused
        ],
    }


def _set(values: Iterable[str]) -> Code:
    return Code.of("{{{}}}", join(", ", map(literal, values)))


def _refused_methods(
    subjects: Iterable[Subject], patterns: Mapping[str, re.Pattern[str]]
) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Yield a method that each path does not have, the path filled in, and the methods that it has."""
    by_path: dict[str, list[Subject]] = {}
    for subject in subjects:
        by_path.setdefault(subject.operation.path, []).append(subject)
    for path, declared in by_path.items():
        methods = tuple(each.operation.method for each in declared)
        method = next((each for each in _METHODS if each not in methods), None)
        filled = _filled(path, declared[0])
        others = [
            other for other, pattern in patterns.items() if other != path and filled and pattern.fullmatch(filled)
        ]
        if method is not None and filled is not None and not others:
            yield method, filled, methods


def _filled(path: str, subject: Subject) -> str | None:
    for each in subject.inputs:
        if each.parameter.location == "path":
            if each.sample is None:
                return None
            value = text(each.sample[each.parameter.name])
            if not re.fullmatch(r"[A-Za-z0-9._~-]+", value):
                return None
            path = path.replace(f"{{{each.parameter.name}}}", value)
    return None if "{" in path else path.replace("#", "%23").replace("?", "%3F")


def _pattern(path: str) -> re.Pattern[str]:
    literals = re.split(r"\{[^{}]*\}", path)
    return re.compile("[^/]+".join(map(re.escape, literals)))
