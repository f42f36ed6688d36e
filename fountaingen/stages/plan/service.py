"""The files of one service."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from fountaingen.model.hookset import HookSet
from fountaingen.model.plan import FromData, FromTemplate, FromViews, PlannedFile, Verbatim
from fountaingen.model.service import Operation, Service
from fountaingen.primitives.code import Code, comment, docstring, identifier, literal
from fountaingen.stages.plan.application import context_view, endpoints_view, hooks_view, main_view, protocols_view
from fountaingen.stages.plan.clients import client_view, clients_view
from fountaingen.stages.plan.contract import answers_data
from fountaingen.stages.plan.models import models_view
from fountaingen.stages.plan.operations import operations_view
from fountaingen.stages.plan.outgoing import outgoing_view
from fountaingen.stages.plan.printing import header
from fountaingen.stages.plan.spelling import is_read_everywhere

_LARGE = 25


def app_files(
    service: Service, hooks: HookSet, peers: tuple[Service, ...], contract: Mapping[str, Any]
) -> tuple[PlannedFile, ...]:
    """Return the files of the package ``app``, paths below the service's folder."""
    first = header(service.name, service.spec.document.path)

    def python(path: str, view: Mapping[str, Any]) -> FromTemplate:
        return FromTemplate(path, f"service/{path}.jinja", {"header": first, **view})

    title = docstring(f"{service.title} {service.version}.")
    return (
        python("app/__init__.py", {"title": title}),
        python("app/main.py", main_view(service, hooks)),
        python("app/api/__init__.py", {}),
        *_endpoints(service, hooks, first),
        python("app/models.py", {"title": docstring(f"The tables of {service.title}."), **models_view(service)}),
        FromViews("app/schemas.py", service.views, first),
        python("app/database.py", {"default_url": literal(f"sqlite:///data/{service.name}.db")}),
        python("app/operations.py", operations_view(service, hooks)),
        *([python("app/outgoing.py", outgoing_view(service))] if service.outgoing else []),
        python("app/context.py", context_view(service)),
        python("app/protocols.py", protocols_view(service)),
        python("app/hooks/__init__.py", hooks_view(service, hooks)),
        *_hook_copies(hooks),
        python("app/contract/__init__.py", {}),
        FromData("app/contract/openapi.json", service.spec.written),
        FromData("app/contract/operations.json", contract["operations"]),
        FromData("app/contract/schemas.json", contract["schemas"]),
        *(_client_files(service, peers, first) if peers else ()),
    )


def _endpoints(service: Service, hooks: HookSet, first: Code) -> Iterable[PlannedFile]:
    """Plan ``endpoints.py``, split by group behind the same import path where the contract is large."""
    groups = _groups(service.operations)
    template = "service/app/api/endpoints.py.jinja"
    if len(groups) < 2:
        view = endpoints_view(service, hooks, service.operations)
        yield FromTemplate("app/api/endpoints.py", template, {"header": first, **view})
        return
    for group, operations in groups.items():
        view = endpoints_view(service, hooks, operations)
        yield FromTemplate(f"app/api/{group}_endpoints.py", template, {"header": first, **view})
    modules = [{"module": identifier(f"{group}_endpoints")} for group in groups]
    yield FromTemplate(
        "app/api/endpoints.py", "service/app/api/all_endpoints.py.jinja", {"header": first, "modules": modules}
    )


def _groups(operations: tuple[Operation, ...]) -> dict[str, list[Operation]]:
    groups: dict[str, list[Operation]] = {}
    for operation in operations:
        groups.setdefault(operation.group.rstrip("_"), []).append(operation)
    return dict(sorted(groups.items())) if len(operations) > _LARGE and len(groups) > 1 else {"": list(operations)}


def _hook_copies(hooks: HookSet) -> Iterable[PlannedFile]:
    """Plan the copies of hooks; a module with helpers beside it becomes a package of the same name."""
    module = f"{hooks.service}.py"
    packaged = len(hooks.files) > 1
    for name, content in sorted(hooks.files.items()):
        path = f"{hooks.service}/__init__.py" if packaged and name == module else name
        note = f"# Copied by fountaingen from hooks/{comment(name)}. Do not edit: edit that file.\n"
        yield Verbatim(f"app/hooks/{path}", note.encode("ascii") + content)


def _client_files(service: Service, peers: tuple[Service, ...], first: Code) -> Iterable[PlannedFile]:
    folder = "service/app/clients"
    view = {"header": first, **clients_view(service, peers)}
    yield FromTemplate("app/clients/__init__.py", f"{folder}/__init__.py.jinja", view)
    for peer in peers:
        title = docstring(f"A typed client of {peer.title}, made from its contract.")
        path = f"app/clients/{peer.name}"
        yield FromTemplate(f"{path}/__init__.py", f"{folder}/peer/__init__.py.jinja", {"header": first, "title": title})
        yield FromTemplate(
            f"{path}/client.py", f"{folder}/peer/client.py.jinja", {"header": first, **client_view(peer)}
        )
        yield FromViews(f"{path}/schemas.py", peer.views, first)
        yield FromData(f"{path}/answers.json", answers_data(peer))


def below(folder: str, files: Iterable[PlannedFile]) -> tuple[PlannedFile, ...]:
    """Return ``files`` with their paths moved below ``folder``."""
    return tuple(replace(file, path=f"{folder}/{file.path}") for file in files)


def contract_text(service: Service) -> PlannedFile:
    """Plan ``openapi.yaml``: the contract byte for byte where any reader of YAML reads one file so, else dumped."""
    document = service.spec.document
    if not service.spec.fragments and document.path.endswith((".yaml", ".yml")) and _is_as_written(service):
        return Verbatim("openapi.yaml", document.source)
    return FromData("openapi.yaml", service.spec.written)


def _is_as_written(service: Service) -> bool:
    document = service.spec.document
    return bool(service.spec.written == document.data) and is_read_everywhere(document.source.decode())
