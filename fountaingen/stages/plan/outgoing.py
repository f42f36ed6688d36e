"""The view of ``app/outgoing.py``: a class for every request that the service makes by itself."""

from collections.abc import Iterable, Mapping
from typing import Any

from fountaingen.model.service import Operation, Outgoing, Service
from fountaingen.primitives.code import Code, docstring, identifier, join, literal
from fountaingen.stages.plan.clients import declared_argument, returned
from fountaingen.stages.plan.printing import METHOD_WIDTH, body_type, hook_type, imports, names_in

_ANSWERED = ("$response", "$statusCode")


def outgoing_view(service: Service) -> Mapping[str, Any]:
    """Return what ``app/outgoing.py`` prints."""
    callbacks = [_callback(outgoing) for each in service.callbacks for outgoing in each.calls]
    webhooks = [_webhook(outgoing) for outgoing in service.webhooks]
    text = " ".join(f"{each['signature']} {each['result']} {each['sent']}" for each in (*callbacks, *webhooks))
    return {
        "title": docstring(f"The requests that {service.title} makes by itself."),
        "imports": imports(
            {
                "app": {"schemas"} if "schemas." in text else set(),
                "app.contract": {"CONTRACT"},
                "app.runtime.call": {"Answer"} if " Answer" in text else set(),
                "app.runtime.outgoing": {
                    "Headers",
                    *(("Callback",) if callbacks else ()),
                    *(("Delivery", "Webhook") if webhooks else ()),
                },
                "app.runtime.calls.outlet": {"Outlet"},
                "app.runtime.uploads": names_in(text, ("Upload",)),
                "app.runtime.values": {name for name in ("JsonObject", "JsonValue") if name in text},
            }
        ),
        "callbacks": callbacks,
        "holders": [
            {
                "name": identifier(each.class_name),
                "doc": docstring(f"The callbacks of {each.owner}."),
                "members": _members(each.calls),
            }
            for each in service.callbacks
        ],
        "webhooks": webhooks,
        "subscriptions": _members(service.webhooks),
    }


def _members(calls: Iterable[Outgoing]) -> list[Mapping[str, Code]]:
    return [
        {"name": identifier(each.call.name), "class": identifier(each.call.class_name), "key": literal(each.key)}
        for each in calls
    ]


def _callback(outgoing: Outgoing) -> Mapping[str, Any]:
    call = outgoing.call
    answered = any(each in call.path for each in _ANSWERED)
    options = [Code.of("url: str | None = None"), *([Code.of("answer: Answer = None")] if answered else [])]
    to = Code.of("await self.to(url, values, answer)") if answered else Code.of("await self.to(url, values)")
    return _printed(call, f"{call.method} {call.path}", options, to)


def _webhook(outgoing: Outgoing) -> Mapping[str, Any]:
    call = outgoing.call
    url = Code.of("url: str")
    passed = [Code.of("body"), Code.of("url=url")] if call.body is not None else [Code.of("url=url")]
    passed += [Code.of("{}={}", identifier(each.argument), identifier(each.argument)) for each in call.parameters]
    passed.append(Code.of("headers=headers"))
    return {
        **_printed(call, f"{call.method} of the webhook {call.path}", [url], Code.of("await self.to(url)")),
        "announced": _signature(call, []),
        "announce_doc": docstring(f"Send it to each subscriber of WEBHOOK_{call.name.upper()}_URLS.", METHOD_WIDTH),
        "again": Code.of("lambda url: self({})", join(", ", passed)),
    }


def _printed(call: Operation, what: str, options: list[Code], to: Code) -> Mapping[str, Any]:
    passed = [identifier(each.argument) for each in call.parameters]
    body = Code.of("body") if call.body is not None else Code.of("None")
    sent = Code.of("await self.send({}, values, {}, headers)", to, body)
    told = hook_type(call.result)
    if call.result is not None:
        sent = returned(told, sent)
    return {
        "name": identifier(call.class_name),
        "doc": docstring(what),
        "signature": _signature(call, options),
        "result": told,
        "call_doc": docstring(call.summary or what, METHOD_WIDTH),
        "given": Code.of("({},)", *passed) if len(passed) == 1 else Code.of("({})", join(", ", passed)),
        "sent": sent,
    }


def _signature(call: Operation, options: list[Code]) -> Code:
    parts = [Code.of("self")]
    body = body_type(call, typed=True)
    if body is not None:
        parts.append(Code.of("body: {}", body))
    ordered = sorted(call.parameters, key=lambda each: not each.required)
    headers = Code.of("headers: Headers | None = None")
    return join(", ", [*parts, Code.of("*"), *map(declared_argument, ordered), *options, headers])
