"""What people are told about who may call: the variables of this contract, and no others."""

from typing import Any

import pytest
from building import operation, service
from hypothesis import example, given
from hypothesis import strategies as st

from fountaingen.model.hookset import Hook, HookSet
from fountaingen.model.problems import Place
from fountaingen.runtime.credentials import environment
from fountaingen.stages.plan.security import schemes, variables

KEY = {"type": "apiKey", "in": "header", "name": "X-Key"}
BEARER = {"type": "http", "scheme": "bearer"}
NONE = HookSet("test")
HOOKED = HookSet("test", {"authenticate": Hook("authenticate", ("credentials",), True, Place("hooks/test.py"))})


def _made(**declared: Any) -> Any:
    return service(
        {"/a": {"get": operation()}},
        security=[{name: []} for name in declared if name != "unused"],
        components={"securitySchemes": declared},
    )


@pytest.mark.parametrize(
    ("scheme", "names"),
    [
        (KEY, ["API_KEYS"]),
        ({"type": "http", "scheme": "Basic"}, ["BASIC_USERS"]),
        (BEARER, ["JWT_ISSUER", "JWT_AUDIENCE", "JWT_JWKS"]),
        ({"type": "oauth2", "flows": {}}, ["JWT_ISSUER", "JWT_AUDIENCE", "JWT_JWKS"]),
        ({"type": "mutualTLS"}, ["TRUST_GATEWAY_MTLS"]),
        ({"type": "http", "scheme": "digest", "x-fountaingen-security": "gateway"}, ["TRUST_GATEWAY_AUTH"]),
    ],
)
def test_a_scheme_calls_for_its_own_variables(scheme: Any, names: list[str]) -> None:
    found = variables(_made(a=scheme, unused=KEY), NONE)
    assert [each.name for each in found if each.default == "none"] == names


def test_what_the_hook_decides_calls_for_none() -> None:
    made = _made(a=KEY, b=BEARER)
    assert [each.name for each in variables(made, HOOKED)] == ["API_KEYS"]
    assert [each.by for each in schemes(made, HOOKED)] == [
        "`API_KEYS`, or `API_KEYS_A`",
        "`authenticate` in `hooks/test.py`",
    ]


def test_discovery_is_for_openid_connect() -> None:
    oidc = {"type": "openIdConnect", "openIdConnectUrl": "https://a.test"}
    assert "OIDC_DISCOVERY" in [each.name for each in variables(_made(a=oidc), NONE)]
    assert "OIDC_DISCOVERY" not in [each.name for each in variables(_made(a=BEARER), NONE)]
    assert list(variables(_made(), NONE)) == []


@example(".")
@given(st.from_regex(r"[A-Za-z0-9._-]{1,20}", fullmatch=True))
def test_a_scheme_has_the_same_variable_in_the_readme_as_in_the_service(name: str) -> None:
    (found,) = schemes(_made(**{name: KEY}), NONE) if name != "unused" else schemes(_made(a=KEY), NONE)
    assert found.by.endswith(f" `API_KEYS_{environment.variable_of(found.name)}`")
