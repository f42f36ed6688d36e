"""The views of ``app/clients``: a typed client for every service that this one uses, made from its contract."""

from collections.abc import Mapping
from typing import Any

from fountaingen.model.service import Operation, Parameter, Service
from fountaingen.primitives import names
from fountaingen.primitives.code import Code, docstring, identifier, join, literal
from fountaingen.stages.plan.printing import (
    METHOD_WIDTH,
    body_type,
    hook_type,
    imports,
    mapping,
    names_in,
    parameter_type,
    wired_body,
)


def clients_view(service: Service, peers: tuple[Service, ...]) -> Mapping[str, Any]:
    """Return what ``app/clients/__init__.py`` prints."""
    wanted = {f"app.clients.{peer.name}.client": {_client_name(peer)} for peer in peers}
    return {
        "title": docstring(f"The services that {service.title} uses."),
        "imports": imports({**wanted, "app.runtime.peers": {"Peer", "PeerClients"}}),
        "peers": [
            {
                "name": identifier(peer.name),
                "client": _client_name(peer),
                "service": literal(peer.name),
                "api_key": literal(_api_key_header(peer)),
            }
            for peer in peers
        ],
    }


def client_view(peer: Service) -> Mapping[str, Any]:
    """Return what ``app/clients/<peer>/client.py`` prints."""
    methods = [_method(operation) for operation in peer.operations]
    text = " ".join(f"{method['signature']} {method['result']} {method['call']}" for method in methods)
    package = f"app.clients.{peer.name}"
    return {
        "title": docstring(f"A typed client of {peer.title} {peer.version}."),
        "imports": imports(
            {
                package: {"schemas"} if "schemas." in text else set(),
                "app.runtime.calls.answers": {"Answers"},
                "app.runtime.peers": {"PeerClient"},
                "pathlib": {"Path"},
                "app.runtime.uploads": names_in(text, ("Upload",)),
                "app.runtime.values": {name for name in ("JsonObject", "JsonValue") if name in text},
                "app.runtime.views": {"wire"} if "wire(" in text else set(),
            }
        ),
        "name": _client_name(peer),
        "doc": docstring(f"Calls {peer.title}; every method is one operation."),
        "methods": methods,
    }


def _client_name(peer: Service) -> Code:
    return identifier(names.cap_words(" ".join(part.capitalize() for part in names.words(peer.name))) + "Client")


def _api_key_header(peer: Service) -> str | None:
    for scheme in peer.security_schemes.values():
        if scheme.get("type") == "apiKey" and scheme.get("in") == "header":
            return str(scheme.get("name"))
    return None


def _method(operation: Operation) -> Mapping[str, Any]:
    made = Code.of("await self.call({})", join(", ", _call_arguments(operation)))
    if operation.result is not None:
        told = hook_type(operation.result)
        made = returned(told, made)
    return {
        "name": identifier(operation.name),
        "signature": _signature(operation),
        "doc": docstring(operation.summary or f"{operation.method} {operation.path}", METHOD_WIDTH),
        "result": hook_type(operation.result),
        "call": made,
    }


def returned(told: Code, made: Code) -> Code:
    """Write that a call's answer is returned, as the type ``told``."""
    return Code.of("return {}", made) if told == "JsonValue" else Code.of("return self.typed({}, {})", told, made)


def _signature(operation: Operation) -> Code:
    parts = [Code.of("self")]
    parts += [declared_argument(each) for each in operation.parameters if each.location == "path"]
    body = body_type(operation, typed=True)
    if body is not None:
        parts.append(Code.of("body: {}", body))
    optional = [each for each in operation.parameters if each.location in ("query", "header")]
    if optional:
        parts += [Code.of("*"), *map(declared_argument, sorted(optional, key=lambda each: not each.required))]
    return join(", ", parts)


def declared_argument(parameter: Parameter) -> Code:
    """Write a parameter as an argument that is left out where the request can do without it."""
    written = parameter_type(parameter)
    if parameter.required:
        return Code.of("{}: {}", identifier(parameter.argument), written)
    nullable = written if written == "JsonValue" or written.endswith("| None") else Code.of("{} | None", written)
    return Code.of("{}: {} = None", identifier(parameter.argument), nullable)


def _call_arguments(operation: Operation) -> list[Code]:
    parts = [literal(operation.method), literal(operation.path)]
    for location, keyword in (("path", "path"), ("query", "query"), ("header", "headers")):
        passed = [each for each in operation.parameters if each.location == location]
        if passed:
            members = mapping({each.name: identifier(each.argument) for each in passed})
            parts.append(Code.of("{}={}", identifier(keyword), members))
    if operation.body is not None:
        parts.append(Code.of("body={}", wired_body(operation)))
    return parts
