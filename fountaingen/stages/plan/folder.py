"""The files beside ``app``: requirements, Dockerfile, README of a service, and those of the whole system."""

from collections.abc import Mapping
from typing import Any

from fountaingen.model.behaviour import gap
from fountaingen.model.document import source_name
from fountaingen.model.hookset import HookSet
from fountaingen.model.plan import FromData, FromTemplate, PlannedFile
from fountaingen.model.service import Operation, Service
from fountaingen.primitives.code import Code, comment, identifier
from fountaingen.stages.plan import security
from fountaingen.stages.plan.printing import header

_PORT = 8000


def folder_files(service: Service, hooks: HookSet) -> tuple[PlannedFile, ...]:
    """Return the files of a service's folder that are not Python, paths below that folder."""
    view = {
        "header": header(service.name, service.spec.document.path),
        "name": identifier(service.name),
        "title": markdown(service.title),
        "version": markdown(service.version),
        "spec": code_span(source_name(service.spec.document.path)),
        "port": Code(str(_PORT)),
        "schemes": [_scheme(each) for each in security.schemes(service, hooks)],
        "variables": [
            {"name": Code(each.name), "meaning": Code(each.meaning), "default": Code(each.default)}
            for each in security.variables(service, hooks)
        ],
        "peers": [Code(f"{name.upper()}_URL") for name in service.uses],
        "operations": [_row(operation, hooks) for operation in service.operations],
    }
    names = ("requirements.txt", "Dockerfile", ".dockerignore", "README.md")
    return tuple(FromTemplate(name, f"service/{name}.jinja", view) for name in names)


def _scheme(scheme: security.Scheme) -> Mapping[str, Code]:
    sent = Code(f"{scheme.sent} {code_span(scheme.carrier)}") if scheme.carrier else Code(scheme.sent)
    return {"name": code_span(scheme.name), "sent": sent, "by": markdown(scheme.by)}


def system_files(services: tuple[Service, ...]) -> tuple[PlannedFile, ...]:
    """Return the files of the whole system: its README and its Compose file."""
    rows = [
        {
            "name": identifier(service.name),
            "title": markdown(service.title),
            "version": markdown(service.version),
            "operations": Code(str(len(service.operations))),
            "tables": Code(str(len(service.entities))),
        }
        for service in services
    ]
    return (
        FromTemplate("README.md", "README.md.jinja", {"services": rows}),
        FromData("docker-compose.yml", _compose(services)),
    )


def _compose(services: tuple[Service, ...]) -> Mapping[str, Any]:
    volumes = {f"{service.name}_data": None for service in services}
    return {"services": {service.name: _container(service) for service in services}, "volumes": volumes}


def _container(service: Service) -> Mapping[str, Any]:
    environment = {
        **{name: f"${{{name}:-}}" for name in security.wanted(service)},
        "DATABASE_URL": f"sqlite:////data/{service.name}.db",
        **{f"{name.upper()}_URL": f"http://{name}:{_PORT}" for name in service.uses},
        **({"PEER_API_KEY": "${PEER_API_KEY:-}"} if service.uses else {}),
    }
    container: dict[str, Any] = {
        "build": f"./{service.name}",
        "environment": environment,
        "volumes": [f"{service.name}_data:/data"],
        "restart": "unless-stopped",
    }
    if service.port is not None:
        container["ports"] = [f"127.0.0.1:{service.port}:{_PORT}"]
    return container


def _row(operation: Operation, hooks: HookSet) -> Mapping[str, Code]:
    if operation.name in hooks.hooks:
        answers = Code(f"hook `{identifier(operation.name)}`")
    elif gap(operation.behaviour) is not None:
        answers = Code("501 until a hook is written")
    else:
        answers = markdown(operation.behaviour.why)
    return {
        "route": code_span(f"{operation.method} {operation.path}"),
        "operation_id": code_span(operation.operation_id),
        "answers": answers,
    }


def code_span(text: str) -> Code:
    """Write ``text`` as code in Markdown, in prose or in a table's cell, where nothing but its end has a meaning."""
    plain = comment(text).replace("`", "'").replace("|", "\\|")
    return Code(f"`{plain}`")


def markdown(text: str) -> Code:
    """Write ``text`` for a line or table cell of Markdown: one line, with what Markdown or HTML would obey escaped."""
    plain = comment(text)
    return Code("".join(f"\\{character}" if character in "\\`*_{}[]<>#|!~$&" else character for character in plain))
