"""Links and callbacks: what they name is there, and says how it is meant (FG120 to FG122).

All are warnings: a service answers the same with a link that leads nowhere, and a hook can name the URL of a callback
that says none.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from fountaingen.model.grammar import Kind, Node
from fountaingen.model.problems import Problem, Severity
from fountaingen.primitives import pointer as pointers
from fountaingen.primitives.suggest import did_you_mean
from fountaingen.stages.build.outgoing import can_send
from fountaingen.stages.validate.contract import Contract, Operation

_TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_SOURCE = re.compile(
    rf"\$(?:url|method|statusCode|(?:request\.(?:query|path)\.(?P<name>.+))"
    rf"|(?P<side>request|response)\.(?:header\.(?P<header>{_TOKEN})|body(?:#(?:/.*)?)?))",
    re.DOTALL,
)
_EMBEDDED = re.compile(r"\{(\$[^{}]*)\}")
_GRAMMAR = "write it as OAS 3.1 section 4.8.20.3 says, such as '$request.body#/callbackUrl'"


def check(contract: Contract) -> Iterator[Problem]:
    """Yield what is wrong with links, callbacks and webhooks."""
    named = {
        str(node.value["operationId"]): node
        for node in contract.of(Kind.OPERATION)
        if isinstance(node.value.get("operationId"), str)
    }
    targets = {operation.pointer: operation for operation in contract.operations}
    for link in contract.of(Kind.LINK):
        yield from _link(contract, link, named, targets)
    for operation in contract.operations:
        yield from _callbacks(contract, operation)
    yield from _bodies(contract)


def _warn(contract: Contract, code: str, message: str, pointer: str, remedy: str = "") -> Problem:
    return Problem(code, message, contract.place(pointer), remedy, Severity.WARNING)


def _link(
    contract: Contract, link: Node, named: Mapping[str, Node], targets: Mapping[str, Operation]
) -> Iterator[Problem]:
    target: Operation | None = None
    name, reference = link.value.get("operationId"), link.value.get("operationRef")
    if isinstance(name, str):
        if name not in named:
            message = f"the link leads to the operation {name!r}, which does not exist{did_you_mean(name, named)}"
            yield _warn(contract, "FG120", message, pointers.join(link.pointer, "operationId"))
            return
        target = targets.get(named[name].pointer)
    elif isinstance(reference, str) and reference.startswith("#/") and _in_entry(contract, link.pointer):
        target = targets.get(reference[1:])
        if target is None:
            message = f"the link leads to {reference!r}, which is no operation"
            yield _warn(contract, "FG120", message, pointers.join(link.pointer, "operationRef"))
            return
    given = link.value.get("parameters")
    for parameter, value in given.items() if isinstance(given, dict) else ():
        pointer = pointers.join(link.pointer, "parameters", parameter)
        declared = _declared(contract, target) if target is not None else None
        if declared is not None and parameter not in declared:
            yield _warn(
                contract,
                "FG120",
                f"the link gives {parameter!r}, which is no parameter of its operation"
                f"{did_you_mean(parameter, declared)}",
                pointer,
            )
        yield from _expressions(contract, value, pointer)


def _in_entry(contract: Contract, pointer: str) -> bool:
    return contract.place(pointer).path == contract.place("").path


def _declared(contract: Contract, operation: Operation) -> list[str]:
    """Return the names of an operation's parameters, alone and with their places before them."""
    found: list[str] = []
    for owner, pointer in ((operation.item, operation.item_pointer), (operation.value, operation.pointer)):
        listed = owner.get("parameters")
        for index, written in enumerate(listed if isinstance(listed, list) else ()):
            _, value = contract.follow(pointers.join(pointer, "parameters", index), written)
            if isinstance(value, dict):
                found += [str(value.get("name")), f"{value.get('in')}.{value.get('name')}"]
    return found


def _expressions(contract: Contract, value: Any, pointer: str) -> Iterator[Problem]:
    for text in _parts(value) if isinstance(value, str) else ():
        if _SOURCE.fullmatch(text) is None:
            yield _warn(contract, "FG121", f"{text!r} is no runtime expression", pointer, _GRAMMAR)


def _parts(text: str) -> list[str]:
    return [text] if text.startswith("$") else _EMBEDDED.findall(text)


def _callbacks(contract: Contract, operation: Operation) -> Iterator[Problem]:
    held = operation.value.get("callbacks")
    for name, written in held.items() if isinstance(held, dict) else ():
        pointer, callback = contract.follow(pointers.join(operation.pointer, "callbacks", name), written)
        for expression in callback if isinstance(callback, dict) else ():
            if not expression.startswith("x-"):
                place = pointers.join(pointer, expression)
                yield from _expressions(contract, expression, place)
                yield from _undeclared(contract, operation, expression, place)


def _undeclared(contract: Contract, operation: Operation, expression: str, pointer: str) -> Iterator[Problem]:
    if not _parts(expression) and not expression.lower().startswith(("http://", "https://")):
        message = f"{expression!r} is neither a URL nor a runtime expression"
        yield _warn(contract, "FG121", message, pointer, "until it is, a hook must name the URL")
    declared = _declared(contract, operation)
    for text in _parts(expression):
        found = _SOURCE.fullmatch(text)
        if found is None or found["side"] == "response":
            continue
        wanted = f"header.{found['header']}" if found["header"] else text.removeprefix("$request.")
        known = {each.lower() if each.startswith("header.") else each for each in declared}
        key = wanted.lower() if found["header"] else wanted
        if (found["name"] or found["header"]) and key not in known:
            message = f"{text!r} names no parameter of its operation{did_you_mean(wanted, known)}"
            yield _warn(contract, "FG121", message, pointer, "declare it: what is not declared cannot be evaluated")


def _bodies(contract: Contract) -> Iterator[Problem]:
    for node in contract.of(Kind.OPERATION):
        if not _is_outgoing(node.pointer):
            continue
        pointer, body = contract.follow(pointers.join(node.pointer, "requestBody"), node.value.get("requestBody"))
        content = body.get("content") if isinstance(body, dict) else None
        if isinstance(content, dict) and not can_send(content):
            message = f"{' and '.join(map(repr, content))} cannot be sent by a service: no hook can make this request"
            yield _warn(contract, "FG122", message, pointers.join(pointer, "content"), "declare JSON, text or a form")


def _is_outgoing(pointer: str) -> bool:
    return pointer.startswith(("/webhooks/", "/components/callbacks/")) or "/callbacks/" in pointer
