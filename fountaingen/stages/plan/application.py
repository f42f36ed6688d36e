"""The views of ``app/main.py``, ``app/api/``, ``app/context.py``, ``app/protocols.py`` and ``app/hooks``."""

from collections.abc import Iterable, Mapping
from typing import Any

from fountaingen.model.behaviour import PATCHES, Constant, ListRows, Missing, Read, Update, gap
from fountaingen.model.hookset import HookSet
from fountaingen.model.service import Operation, Service
from fountaingen.primitives.code import Code, docstring, identifier, join, literal
from fountaingen.stages.hooks import AUTHENTICATE, expected_parameters
from fountaingen.stages.plan.operations import is_stored
from fountaingen.stages.plan.printing import (
    METHOD_WIDTH,
    answer_type,
    arguments,
    body_type,
    has_view,
    hook_type,
    imports,
    names_in,
    parameter_type,
    signature,
    viewed_body,
    wired_body,
)

_BODY = Code.of("body")
_ROUTED = frozenset({"GET", "PUT", "POST", "DELETE", "OPTIONS", "HEAD", "PATCH", "TRACE"})
"""The methods that a router of FastAPI has functions of."""


def main_view(service: Service, hooks: HookSet) -> Mapping[str, Any]:
    """Return what ``app/main.py`` prints."""
    authenticates = AUTHENTICATE in hooks.hooks
    return {
        "title": docstring(f"The ASGI application of {service.title} {service.version}."),
        "imports": imports(
            {
                "app": {"hooks"} if authenticates else set(),
                "app.api.endpoints": {"router"},
                "app.clients": {"clients"} if service.uses else set(),
                "app.contract": {"CONTRACT"},
                "app.database": {"database"},
                "app.runtime.application": {"Service"},
            }
        ),
        "authenticates": authenticates,
        "uses_peers": bool(service.uses),
    }


def endpoints_view(service: Service, hooks: HookSet, operations: Iterable[Operation]) -> Mapping[str, Any]:
    """Return what an endpoints module prints for ``operations``."""
    endpoints = [_endpoint(operation, service, hooks) for operation in operations]
    kinds = {endpoint["kind"] for endpoint in endpoints}
    text = " ".join(f"{endpoint['signature']} {endpoint['call']}" for endpoint in endpoints)
    return {
        "imports": imports(
            {
                "app": _app_modules(text),
                "app.context": {endpoint["context"] for endpoint in endpoints if endpoint["kind"] == "hook"},
                "app.contract": {"CONTRACT"},
                "app.runtime.call": {"Answer", "Call"},
                "app.runtime.events": {"streamed"} if "await streamed(" in text else set(),
                "app.runtime.storage.changes": _changes(kinds, text),
                "app.runtime.errors": {"NotImplementedByHook"} if "missing" in kinds else set(),
                "app.runtime.routing": {"OperationRouter"},
                "app.runtime.uploads": names_in(text, ("Upload",)),
                "app.runtime.values": names_in(text, ("JsonObject", "JsonValue")),
                "app.runtime.views": {"view"} if "view(" in text else set(),
            }
        ),
        "endpoints": endpoints,
    }


def _changes(kinds: set[str], text: str) -> set[str]:
    names = {name for name in ("patch", "put") if name in kinds}
    return names | {name for name in ("Statuses", "settled") if f" {name}(" in text}


def _app_modules(text: str) -> set[str]:
    return {module for module in ("hooks", "operations", "schemas") if f"{module}." in text}


def _endpoint(operation: Operation, service: Service, hooks: HookSet) -> dict[str, Any]:
    kind, call = _call(operation, service, hooks)
    return {
        "kind": kind,
        **_decorator(operation),
        "operation_id": literal(operation.operation_id),
        "name": identifier(operation.name),
        "signature": signature(Code.of("call: Call"), operation, typed=False),
        "doc": docstring(operation.summary or f"{operation.method} {operation.path}"),
        "call": call,
        "context": Code.of("{}Context", identifier(operation.class_name)),
    }


def _decorator(operation: Operation) -> dict[str, Code]:
    """Return how a route is declared: by the router's function of the method's name, where it has one."""
    if operation.method in _ROUTED:
        return {"decorator": identifier(operation.method.lower()), "path": literal(operation.path)}
    return {
        "decorator": Code.of("api_route"),
        "path": Code.of("{}, methods={}", literal(operation.path), literal([operation.method])),
    }


def _call(operation: Operation, service: Service, hooks: HookSet) -> tuple[str, Code]:
    name = identifier(operation.name)
    if operation.name in hooks.hooks:
        passed = arguments(operation, body=viewed_body(operation))
        called = Code.of("hooks.{}({}Context(call){})", name, identifier(operation.class_name), passed)
        answer = Code.of("await streamed({})", called) if operation.stream else Code.of("await {}", called)
        statuses = _statuses(operation)
        settled = answer if statuses is None else Code.of("settled(call, {}, {})", answer, statuses)
        return "hook", Code.of("return {}", settled)
    if gap(operation.behaviour) is not None:
        wanted = f"async def {name}({', '.join(expected_parameters(operation))}) in hooks/{service.name}.py"
        return "missing", Code.of(
            "raise NotImplementedByHook({}, hook={})", literal(operation.operation_id), literal(wanted)
        )
    match operation.behaviour:
        case Constant(value=value):
            return "constant", Code.of("return {}", literal(dict(value)))
        case behaviour:
            unit = "read" if isinstance(behaviour, Read | ListRows) else "write"
            passed = Code.of("operations.{}{}", name, arguments(operation, body=_BODY))
            if statuses := _statuses(operation):
                return "put", Code.of("return await put(call, {}, {})", statuses, passed)
            if isinstance(behaviour, Update) and behaviour.change in PATCHES:
                return "patch", Code.of("return await patch(call, {})", passed)
            return unit, Code.of("return await call.{}({})", identifier(unit), passed)


def _statuses(operation: Operation) -> Code | None:
    behaviour = operation.behaviour
    if not isinstance(behaviour, Update) or behaviour.statuses is None:
        return None
    return Code.of("Statuses(created={}, replaced={})", behaviour.statuses.created, behaviour.statuses.replaced)


def context_view(service: Service) -> Mapping[str, Any]:
    """Return what ``app/context.py`` prints: what each hook is given, its default behaviour among it."""
    holders = {each.owner: identifier(each.class_name) for each in service.callbacks}
    contexts = [
        {**_context(operation), "callbacks": holders.get(operation.operation_id, Code.of(""))}
        for operation in service.operations
    ]
    text = " ".join(f"{context['signature']} {context['call']} {context['result']}" for context in contexts)
    return {
        "title": docstring(f"What the hooks of {service.title} are given."),
        "imports": imports(
            {
                "app": _app_modules(text),
                "app.clients": {"Clients", "clients"} if service.uses else set(),
                "app.outgoing": {*holders.values(), *(("WEBHOOKS", "Webhooks") if service.webhooks else ())},
                "app.runtime.context": {"HookContext"},
                "app.runtime.uploads": names_in(text, ("Upload",)),
                "app.runtime.values": names_in(text, ("JsonObject", "JsonValue")),
                "app.runtime.views": {name for name in ("view", "wire") if f"{name}(" in text},
            }
        ),
        "uses_peers": bool(service.uses),
        "has_webhooks": bool(service.webhooks),
        "contexts": contexts,
    }


def _context(operation: Operation) -> dict[str, Any]:
    default = _default(operation)
    return {
        "name": Code.of("{}Context", identifier(operation.class_name)),
        "doc": docstring(f"What the hook {operation.name} is given."),
        "signature": signature(Code.of("self"), operation, typed=True) if default else Code.of(""),
        "result": hook_type(operation.result) if default else Code.of(""),
        "default_doc": docstring(_why(operation), METHOD_WIDTH),
        "call": default or Code.of(""),
    }


def _why(operation: Operation) -> str:
    return f"Do what the operation does without a hook: {operation.behaviour.why}."


def _default(operation: Operation) -> Code | None:
    match operation.behaviour:
        case Missing():
            return None
        case Constant(value=value):
            made = literal(dict(value))
        case behaviour if is_stored(behaviour):
            unit = "run_read" if isinstance(behaviour, Read | ListRows) else "run_write"
            unit = "run_put" if _statuses(operation) else unit
            passed = arguments(operation, body=wired_body(operation))
            made = Code.of("await self.{}(operations.{}{})", identifier(unit), identifier(operation.name), passed)
    if operation.result is None:
        return made
    if has_view(operation.result):
        return Code.of("return view({}, {})", hook_type(operation.result), made)
    return Code.of("return {}", made)


def protocols_view(service: Service) -> Mapping[str, Any]:
    """Return what ``app/protocols.py`` prints: the signature of every hook that can be written."""
    protocols = [
        {
            "name": identifier(operation.class_name),
            "doc": docstring(
                f"The hook {operation.name}: {operation.summary or operation.method + ' ' + operation.path}"
            ),
            # A function that yields is no coroutine.
            "define": Code.of("def") if operation.stream else Code.of("async def"),
            "signature": _protocol_signature(operation),
            "result": answer_type(operation.result, operation.stream),
        }
        for operation in service.operations
    ]
    text = " ".join(f"{protocol['signature']} {protocol['result']}" for protocol in protocols)
    return {
        "title": docstring(f"The signatures of the hooks of {service.title}."),
        "imports": imports(
            {
                "pathlib": names_in(text, ("Path",)),
                "typing": {"Protocol"} if protocols else set(),
                "app": _app_modules(text),
                "app.context": {f"{identifier(operation.class_name)}Context" for operation in service.operations},
                "app.runtime.call": names_in(text, ("Reply",)),
                "app.runtime.events": names_in(text, ("Event", "MayStream", "Streaming")),
                "app.runtime.uploads": names_in(text, ("Upload",)),
                "app.runtime.values": names_in(text, ("JsonObject", "JsonValue")),
            }
        ),
        "protocols": protocols,
    }


def _protocol_signature(operation: Operation) -> Code:
    parts = [Code.of("self"), Code.of("ctx: {}Context", identifier(operation.class_name))]
    parts += [Code.of("{}: {}", identifier(each.argument), parameter_type(each)) for each in operation.parameters]
    body = body_type(operation, typed=True)
    return join(", ", [*parts, Code.of("body: {}", body)] if body is not None else parts)


def hooks_view(service: Service, hooks: HookSet) -> Mapping[str, Any]:
    """Return what ``app/hooks/__init__.py`` prints: each hook bound to its protocol."""
    module = identifier(service.name)
    bound = [
        {
            "name": identifier(operation.name),
            "key": literal(operation.name),
            "protocol": Code.of("protocols.{}", identifier(operation.class_name)),
        }
        for operation in service.operations
        if operation.name in hooks.hooks
    ]
    authenticates = AUTHENTICATE in hooks.hooks
    wanted = {
        "app": {"protocols"} if bound else set(),
        "app.hooks": {f"{module} as implementation"},
        "app.runtime.hooks": {"check_hooks"},
    }
    if authenticates:
        wanted["app.runtime.security"] = {"Authenticate"}
    return {
        "title": docstring(f"The hooks of {service.title}, each held to its protocol."),
        "imports": imports(wanted),
        "present": bool(hooks.hooks),
        "bound": bound,
        "authenticates": authenticates,
    }
