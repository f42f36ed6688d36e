"""The files beside ``app``: requirements and README of a service."""

from collections.abc import Mapping

from fountaingen.model.behaviour import gap
from fountaingen.model.document import source_name
from fountaingen.model.hookset import HookSet
from fountaingen.model.plan import FromTemplate, PlannedFile
from fountaingen.model.service import Operation, Service
from fountaingen.model.system import PORT
from fountaingen.primitives.code import Code, identifier, literal
from fountaingen.primitives.markdown import code_span, markdown
from fountaingen.stages.plan import security
from fountaingen.stages.plan.printing import header


def folder_files(service: Service, hooks: HookSet) -> tuple[PlannedFile, ...]:
    """Return the files of a service's folder that are not Python, paths below that folder."""
    view = {
        "header": header(service.name, service.spec.document.path),
        "name": identifier(service.name),
        "title": markdown(service.title),
        "version": markdown(service.version),
        "spec": code_span(source_name(service.spec.document.path)),
        "port": literal(PORT),
        "schemes": [_scheme(each) for each in security.schemes(service, hooks)],
        "variables": [
            {"name": identifier(each.name), "meaning": each.meaning, "default": each.default}
            for each in security.variables(service, hooks)
        ],
        "peers": [identifier(f"{name.upper()}_URL") for name in service.uses],
        "operations": [_row(operation, hooks) for operation in service.operations],
    }
    names = ("requirements.txt", "README.md")
    return tuple(FromTemplate(name, f"service/{name}.jinja", view) for name in names)


def _scheme(scheme: security.Scheme) -> Mapping[str, Code]:
    sent = markdown(scheme.sent)
    if scheme.carrier:
        sent = Code.of("{} {}", sent, code_span(scheme.carrier))
    return {"name": code_span(scheme.name), "sent": sent, "by": scheme.by}


def _row(operation: Operation, hooks: HookSet) -> Mapping[str, Code]:
    if operation.name in hooks.hooks:
        answers = Code.of("hook `{}`", identifier(operation.name))
    elif gap(operation.behaviour) is not None:
        answers = Code.of("501 until a hook is written")
    else:
        answers = markdown(operation.behaviour.why)
    return {
        "route": code_span(f"{operation.method} {operation.path}"),
        "operation_id": code_span(operation.operation_id),
        "answers": answers,
    }
