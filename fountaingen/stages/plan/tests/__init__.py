"""The tests that every generated service carries."""

import re
from collections.abc import Iterable, Iterator, Mapping
from importlib.resources import files
from typing import Any

from fountaingen.model.hookset import HookSet
from fountaingen.model.plan import FromData, FromTemplate, PlannedFile, Verbatim
from fountaingen.model.service import Service
from fountaingen.primitives import names
from fountaingen.primitives.code import Code, docstring, identifier, literal
from fountaingen.stages.plan.contract import ContractData
from fountaingen.stages.plan.printing import header, imports
from fountaingen.stages.plan.tests.arrange import arrange, is_arranged
from fountaingen.stages.plan.tests.cases import Case, views
from fountaingen.stages.plan.tests.chains import chain
from fountaingen.stages.plan.tests.contract import contract_view
from fountaingen.stages.plan.tests.creators import creators_of
from fountaingen.stages.plan.tests.happy import happy
from fountaingen.stages.plan.tests.listeners import listener_answers
from fountaingen.stages.plan.tests.lists import lists
from fountaingen.stages.plan.tests.makers import maker_view
from fountaingen.stages.plan.tests.outages import outage
from fountaingen.stages.plan.tests.peers import peer_answers
from fountaingen.stages.plan.tests.refusals import refusals
from fountaingen.stages.plan.tests.script import Known
from fountaingen.stages.plan.tests.subjects import Subject, subjects_of
from fountaingen.stages.plan.tests.whole import whole

_LARGE = 25
_KIT = (
    "__init__.py",
    "bodies.py",
    "callers.py",
    "contract.py",
    "databases.py",
    "issuer.py",
    "listeners.py",
    "peers.py",
    "service.py",
    "yaml.py",
)


def plan_tests(
    service: Service, hooks: HookSet, peers: tuple[Service, ...], contract: ContractData
) -> tuple[PlannedFile, ...]:
    """Return the files of ``tests/`` and their settings; none where a schema cannot be compiled.

    Paths are below the service's folder.
    """
    if contract.problems:
        return ()
    first = header(service.name, service.spec.document.path)
    subjects = subjects_of(service, hooks, contract)
    entities = {entity.name: entity for entity in service.entities}
    known = _known(Known(creators_of(subjects, service.entities), entities))
    cases = list(_cases(subjects, known, asks=bool(peers)))
    modules = [*_modules(service, cases), ("tests/makers.py", _makers(service, cases, known))]
    return (
        _python("tests/__init__.py", first, {"title": docstring(f"The tests of {service.title}.")}),
        _python("tests/conftest.py", first, _conftest(service, peers)),
        _python("tests/test_contract.py", first, _contract(service, subjects)),
        *(_python(path, first, view) for path, view in modules if view["printed"]),
        *([FromData("tests/peers.json", peer_answers(peers))] if peers else ()),
        *([FromData("tests/listeners.json", listener_answers(service, contract))] if service.outgoing else ()),
        FromTemplate("tests/requirements.txt", "service/tests/requirements.txt.jinja", {}),
        # Whatever pytest is told in a folder above, such as a repository's, is not meant for the service.
        FromTemplate("pytest.ini", "service/pytest.ini.jinja", {}),
        *_kit(),
    )


def _python(path: str, first: Code, view: Mapping[str, Any]) -> PlannedFile:
    name = path.removeprefix("tests/")
    template = "test_operations.py" if name.startswith("test_") and name != "test_contract.py" else name
    return FromTemplate(path, f"service/tests/{template}.jinja", {"header": first, **view})


def _known(found: Known) -> Known:
    """Leave out the creators that cannot be called: what they need in turn cannot be made."""
    kept = {
        shape: each
        for shape, each in found.creators.items()
        if maker_view(each, found) is not None and is_arranged(arrange(each.subject, found, each.body))
    }
    return found if len(kept) == len(found.creators) else _known(Known(kept, found.entities))


def _cases(subjects: tuple[Subject, ...], known: Known, *, asks: bool) -> Iterator[Case]:
    for subject in subjects:
        yield from happy(subject, known)
        yield from whole(subject, known)
        yield from outage(subject, subjects, known) if asks else ()
        yield from lists(subject, known)
        for creator in known.creators.values():
            if creator.subject is subject:
                yield from chain(creator, subjects, known)
        yield from refusals(subject, known)


def _modules(service: Service, cases: list[Case]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield each test module: one, or one a group where the contract is large."""
    groups: dict[str, list[Case]] = {}
    for case in cases:
        groups.setdefault(case.group, []).append(case)
    if len(service.operations) <= _LARGE or len(groups) < 2:
        groups = {"operations": cases}
    files_of = names.allocate({group: group or "other" for group in groups}, ["contract"])
    for group, members in sorted(groups.items()):
        about = "operation by operation" if len(groups) == 1 else f"for {group}"
        title = docstring(f"What {service.title} answers, {about}.")
        tests = views(members)
        yield f"tests/test_{files_of[group]}.py", {**_using(members), "title": title, "tests": tests, "printed": tests}


def _using(cases: Iterable[Case]) -> Mapping[str, Any]:
    """Return the imports of a module of tests."""
    text = "\n".join(line for case in cases for line in case.lines)
    makers = {found[1] for found in re.finditer(r"\b(make_\w+)\(service", text)}
    return {
        "imports": imports(
            {
                "tests.kit.callers": {"Caller"} if "Caller." in text else set(),
                "tests.kit.service": {"RunningService"},
                "tests.makers": makers,
            }
        )
    }


def _makers(service: Service, cases: Iterable[Case], known: Known) -> Mapping[str, Any]:
    """Return what ``tests/makers.py`` prints: the makers that the tests call, and those that these call."""
    by_name = {str(creator.name): maker_view(creator, known) for creator in known.creators.values()}
    pending = ["\n".join(line for case in cases for line in case.lines)]
    used: set[str] = set()
    while pending:
        for found in re.finditer(r"\b(make_\w+)\(service", pending.pop()):
            view = by_name.get(found[1])
            if view is not None and found[1] not in used:
                used.add(found[1])
                pending += view["lines"]
    makers = [view for name, view in sorted(by_name.items()) if name in used]
    return {
        "title": docstring(f"What the tests of {service.title} make before they begin, by real requests."),
        "imports": imports({"tests.kit.service": {"RunningService"}}),
        "makers": makers,
        "printed": makers,
    }


def _conftest(service: Service, peers: tuple[Service, ...]) -> Mapping[str, Any]:
    outgoing = bool(service.outgoing)
    app = {
        "app.api.endpoints": {"router"},
        "app.clients": {"clients"} if peers else set(),
        "app.contract": {"CONTRACT"},
        "app.models": {"Base"},
        "app.outgoing": {"OUTLET"} if outgoing else set(),
        "app.runtime.calls.addresses": {"Guard"} if outgoing else set(),
        "app.runtime.application": {"Service"},
        "app.runtime.database": {"Database"},
    }
    kit = {
        "tests.kit.callers": {"environment"},
        "tests.kit.contract": {"DeclaredContract"},
        "tests.kit.databases": {"Files", "Schema", "databases"},
        "tests.kit.listeners": {"listening"} if outgoing else set(),
        "tests.kit.peers": {"FakePeers"} if peers else set(),
        "tests.kit.service": {"RunningService"},
    }
    return {
        "title": docstring(f"How {service.title} is run for its tests."),
        "imports": Code.of("{}\n{}", imports(app), imports(kit)),
        "peers": [{"name": literal(peer.name), "client": identifier(peer.name)} for peer in peers],
        "outgoing": outgoing,
    }


def _contract(service: Service, subjects: tuple[Subject, ...]) -> Mapping[str, Any]:
    view = contract_view(service, subjects)
    kit = {
        "tests.kit.service": {"RunningService"},
        "tests.kit.yaml": {"read_yaml"} if view["serves_yaml"] else set(),
    }
    return {**view, "imports": Code.of("{}\n{}", imports({"app.main": {"app"}}), imports(kit))}


def _kit() -> Iterator[Verbatim]:
    folder = files("fountaingen.testkit")
    for name in _KIT:
        yield Verbatim(f"tests/kit/{name}", folder.joinpath(name).read_bytes())
