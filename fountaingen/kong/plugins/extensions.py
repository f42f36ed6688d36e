"""Plugins that run code of others, or call functions and models elsewhere."""

from collections.abc import Mapping

from fountaingen.kong.plugins.plugin import plugin
from fountaingen.kong.schema import checks, rules, typedefs
from fountaingen.kong.schema.checks import Match
from fountaingen.kong.schema.fields import Anything, ArrayOf, Integer, Number, Record, Specialisation, Text

_PHASES = ("certificate", "rewrite", "access", "header_filter", "body_filter", "log")
_SOCKET_PHASES = ("ws_handshake", "ws_client_frame", "ws_upstream_frame", "ws_close")
_ROLES = ("system", "assistant", "user")


def _functions() -> Specialisation:
    names = (*_PHASES, *_SOCKET_PHASES)
    return plugin(
        {name: typedefs.words(required=True, default=()) for name in names},
        checks.at_least_one_of(*(f"config.{name}" for name in names)),
        protocols=typedefs.all_protocols(),
        never_on=("consumer",),
    )


def _unread() -> Specialisation:
    """Return a plugin whose configuration is not looked into: the models that it talks to change too often."""
    kind = plugin({})
    return Specialisation(fields={**kind.fields, "config": Anything(required=True)}, checks=kind.checks)


def _messages() -> ArrayOf:
    return ArrayOf(
        elements=Record(
            fields={
                "role": typedefs.option(*_ROLES, default="system", required=True),
                "content": Text(required=True),
            }
        ),
    )


PLUGINS: Mapping[str, Specialisation] = {
    "pre-function": _functions(),
    "post-function": _functions(),
    "aws-lambda": plugin(
        {
            "timeout": Number(required=True, default=60000),
            "keepalive": Number(required=True, default=60000),
            "aws_key": typedefs.secret(),
            "aws_secret": typedefs.secret(),
            "aws_assume_role_arn": typedefs.secret(),
            "aws_role_session_name": typedefs.text(default="kong"),
            "aws_sts_endpoint_url": typedefs.url(),
            "aws_region": typedefs.host(),
            "function_name": Text(),
            "qualifier": Text(),
            "invocation_type": typedefs.option(
                "RequestResponse", "Event", "DryRun", default="RequestResponse", required=True
            ),
            "log_type": typedefs.option("Tail", "None", default="Tail", required=True),
            "host": typedefs.host(),
            "port": typedefs.port(443),
            "disable_https": typedefs.flag(False),
            "unhandled_status": typedefs.integer(100, 999),
            **{
                name: typedefs.flag(False)
                for name in (
                    "forward_request_method",
                    "forward_request_uri",
                    "forward_request_headers",
                    "forward_request_body",
                    "is_proxy_integration",
                    "awsgateway_compatible",
                )
            },
            "proxy_url": typedefs.url(),
            "skip_large_bodies": typedefs.flag(True),
            "base64_encode_body": typedefs.flag(True),
            "aws_imds_protocol_version": typedefs.option("v1", "v2", default="v1", required=True),
            "empty_arrays_mode": typedefs.option("legacy", "correct", default="legacy", required=True),
        },
        checks.mutually_required("config.aws_key", "config.aws_secret"),
    ),
    "azure-functions": plugin(
        {
            "timeout": Number(default=600000),
            "keepalive": Number(default=60000),
            "https": typedefs.flag(True, required=True),
            "https_verify": typedefs.flag(False, required=True),
            "apikey": typedefs.secret(),
            "clientid": typedefs.secret(),
            "appname": Text(required=True),
            "hostdomain": typedefs.text(required=True, default="azurewebsites.net"),
            "routeprefix": typedefs.text(default="api"),
            "functionname": Text(required=True),
        },
        protocols=typedefs.all_protocols(),
    ),
    "ai-prompt-decorator": plugin(
        {
            "prompts": Record(
                required=True,
                fields={"prepend": _messages(), "append": _messages()},
                checks=(checks.at_least_one_of("prepend", "append"),),
            ),
            "max_request_body_size": Integer(rules=(rules.above(0),), default=8192),
            "llm_format": typedefs.option("openai", default="openai"),
        }
    ),
    "ai-prompt-template": plugin(
        {
            "templates": ArrayOf(
                required=True,
                elements=Record(fields={"name": Text(required=True), "template": Text(required=True)}),
            ),
            "allow_untemplated_requests": typedefs.flag(True, required=True),
            "log_original_request": typedefs.flag(False, required=True),
            "max_request_body_size": Integer(rules=(rules.above(0),), default=8192),
        }
    ),
    "ai-prompt-guard": plugin(
        {
            "allow_patterns": typedefs.words(),
            "deny_patterns": typedefs.words(),
            "allow_all_conversation_history": typedefs.flag(False, required=True),
            "max_request_body_size": Integer(rules=(rules.above(0),), default=8192),
            "match_all_roles": typedefs.flag(False, required=True),
        },
        checks.at_least_one_of("config.allow_patterns", "config.deny_patterns"),
        checks.conditional(
            "config.match_all_roles",
            Match(rules=(rules.equal(True),)),
            "config.allow_all_conversation_history",
            Match(rules=(rules.equal(False),)),
        ),
    ),
    "ai-proxy": _unread(),
    "ai-request-transformer": _unread(),
    "ai-response-transformer": _unread(),
}
