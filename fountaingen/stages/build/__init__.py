"""build: a resolved contract becomes a Service, in which every name, table and behaviour is decided."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from fountaingen.model.behaviour import Missing
from fountaingen.model.document import Spec
from fountaingen.model.problems import Problem, Rejected
from fountaingen.model.service import Operation, Service
from fountaingen.primitives import pointer as pointers
from fountaingen.stages.build import behaviours, collections, entities, operations, outgoing, reserved, servers
from fountaingen.stages.build.views import views_of


def build(spec: Spec) -> Service:
    """Return the service that ``spec`` describes.

    Raises:
        Rejected: FG140 a table, column or reference that is declared and cannot be, FG141 an action likewise.
    """
    reader = operations.Reader(spec.data)
    view_names = operations.ViewNames(reader, reserved.VIEWS)
    declared = operations.read(spec, view_names, reader)
    callbacks, webhooks = outgoing.read(declared, view_names, reader)
    messages = collections.Messages(reader.schemas)
    found = collections.find(declared, messages)
    storage = entities.store(found, declared, reader.schemas)
    inferred = behaviours.infer(declared, storage, messages)
    if faults := tuple(_faults(spec, storage, inferred)):
        raise Rejected(faults)
    info = spec.data.get("info") or {}
    options = spec.data.get("x-fountaingen-service") or {}
    return Service(
        name=spec.name,
        title=str(info.get("title") or spec.name),
        version=str(info.get("version") or "0"),
        description=str(info.get("description") or ""),
        host=options.get("host") or servers.host(spec.data),
        port=options.get("port") or servers.port(spec.data),
        base_paths=servers.base_paths(spec.data),
        uses=tuple(dict.fromkeys(str(each) for each in options.get("uses") or ())),
        operations=inferred,
        entities=entities.in_use(storage, inferred),
        security_schemes=_security_schemes(reader),
        views=views_of(view_names, declared, outgoing.calls(callbacks, webhooks), spec.data),
        spec=spec,
        callbacks=callbacks,
        webhooks=webhooks,
        servers=servers.servers(spec.data, (server for operation in inferred for server in operation.servers)),
    )


def _faults(spec: Spec, storage: entities.Storage, inferred: Iterable[Operation]) -> Iterator[Problem]:
    for fault in storage.faults:
        yield Problem("FG140", fault.message, spec.place(fault.pointer))
    for operation in inferred:
        asked = operation.extension.get("action") != "none" and bool(operation.extension)
        if asked and isinstance(operation.behaviour, Missing):
            place = spec.place(pointers.join(operation.pointer, "x-fountaingen-operation"))
            message = f"{operation.operation_id!r} cannot do what is asked: {operation.behaviour.why}"
            yield Problem("FG141", message, place)


def _security_schemes(reader: operations.Reader) -> Mapping[str, Any]:
    schemes = (reader.data.get("components") or {}).get("securitySchemes") or {}
    return {name: reader.follow(scheme, "")[0] for name, scheme in schemes.items()}
