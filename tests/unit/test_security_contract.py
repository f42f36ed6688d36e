"""Security in contracts: which schemes are taken, which are refused, and what becomes of requirements."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from building import at, operation, service

from fountaingen.model.document import Document
from fountaingen.model.problems import Problem, Severity
from fountaingen.stages.load import yaml_reader
from fountaingen.stages.validate import validate

_URLS = {
    "implicit": ("authorizationUrl",),
    "password": ("tokenUrl",),
    "clientCredentials": ("tokenUrl",),
    "authorizationCode": ("authorizationUrl", "tokenUrl"),
    "deviceAuthorization": ("deviceAuthorizationUrl", "tokenUrl"),
}


def _problems(version: str, scheme: Mapping[str, Any], name: str = "a") -> tuple[Problem, ...]:
    data = {
        "openapi": version,
        "info": {"title": "Test", "version": "1"},
        "security": [{name: []}],
        "paths": {},
        "components": {"securitySchemes": {"a": scheme}},
    }
    source = json.dumps(data).encode()
    value, places = yaml_reader.read(source, "specs/test.yaml")
    return validate(Document("specs/test.yaml", value, source, places), {})


def _flow(name: str) -> dict[str, Any]:
    return {**{url: "https://issuer.test/a" for url in _URLS[name]}, "scopes": {"read": "Read"}}


@pytest.mark.supports("security/oauth2/implicit")
@pytest.mark.supports("security/oauth2/password")
@pytest.mark.supports("security/oauth2/clientCredentials")
@pytest.mark.supports("security/oauth2/authorizationCode")
@pytest.mark.parametrize("version", ["3.0.4", "3.1.1", "3.2.0"])
def test_every_flow_is_taken(version: str) -> None:
    flows = {name: _flow(name) for name in _URLS if name != "deviceAuthorization"}
    assert _problems(version, {"type": "oauth2", "flows": flows}) == ()


@pytest.mark.supports("security/oauth2/deviceAuthorization")
@pytest.mark.supports("security/oauth2/oauth2MetadataUrl")
@pytest.mark.supports("security/deprecated")
def test_what_openapi_3_2_brings_is_taken() -> None:
    scheme = {
        "type": "oauth2",
        "oauth2MetadataUrl": "https://issuer.test/.well-known/oauth-authorization-server",
        "deprecated": True,
        "flows": {"deviceAuthorization": _flow("deviceAuthorization")},
    }
    assert _problems("3.2.0", scheme) == ()


@pytest.mark.refuses("security/http/digest")
@pytest.mark.parametrize(
    "scheme", ["digest", "Digest", "hoba", "mutual", "negotiate", "oauth", "vapid", "dpop", "gnap"]
)
def test_a_scheme_that_a_service_cannot_check_is_refused_or_left_to_the_gateway(scheme: str) -> None:
    (problem,) = _problems("3.1.1", {"type": "http", "scheme": scheme})
    assert (problem.code, problem.is_error) == ("FG112", True)
    assert repr(scheme) in problem.message and "x-fountaingen-security: gateway" in problem.remedy
    assert problem.place.line == 1 and problem.place.column > 1
    assert _problems("3.1.1", {"type": "http", "scheme": scheme, "x-fountaingen-security": "gateway"}) == ()


def test_mutual_tls_is_said_to_be_the_gateways() -> None:
    (problem,) = _problems("3.1.1", {"type": "mutualTLS"})
    assert (problem.code, problem.severity) == ("FG112", Severity.WARNING)
    assert _problems("3.1.1", {"type": "mutualTLS", "x-fountaingen-security": "gateway"}) == ()


@pytest.mark.refuses("security/requirement/undeclared")
def test_a_scheme_that_is_not_declared_is_refused() -> None:
    scheme = {"type": "apiKey", "in": "header", "name": "X-Key"}
    assert [each.code for each in _problems("3.2.0", scheme, "b")] == ["FG110"]
    assert [each.code for each in _problems("3.2.0", scheme, "#/components/securitySchemes/b")] == ["FG110"]
    assert _problems("3.2.0", scheme, "#/components/securitySchemes/a") == ()


@pytest.mark.supports("security/requirement/override")
def test_an_operation_has_the_last_word() -> None:
    made = service(
        {
            "/a": {"get": operation(), "put": operation(security=[]), "post": operation(security=[{"b": ["x"]}, {}])},
            "/b": {"get": operation(security=[{"#/components/securitySchemes/b": ["x"]}])},
        },
        security=[{"a": []}],
    )
    assert [at(made, f"{method} /a").security for method in ("GET", "PUT", "POST")] == [
        ({"a": []},),
        (),
        ({"b": ["x"]}, {}),
    ]
    assert at(made, "GET /b").security == ({"b": ["x"]},)
