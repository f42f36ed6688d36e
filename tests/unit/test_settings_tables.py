"""Tables of settings: what they may hold, and where what they may not is told."""

import tomllib

import pytest

from fountaingen.model.deployment import Gateway, Kubernetes
from fountaingen.model.problems import Rejected
from fountaingen.model.settings import Settings, SettingsFile, parse_settings


def parsed(text: str) -> Settings:
    return parse_settings(tomllib.loads(text), SettingsFile("fountaingen.toml", text))


def faults(text: str) -> list[str]:
    with pytest.raises(Rejected) as caught:
        parsed(text)
    return [f"{problem.place}: {problem.code}: {problem.message}" for problem in caught.value.problems]


def test_tables_are_read_into_their_classes() -> None:
    settings = parsed('[gateway]\nroutes = "host"\nrequests-per-hour = 60000\n[kubernetes]\n')
    assert settings.deployment.gateway == Gateway(routes="host", requests_per_hour=60000)
    assert settings.deployment.kubernetes == Kubernetes()


def test_kubernetes_is_off_unless_there_is_its_table() -> None:
    assert parsed("").deployment.kubernetes is None


def test_an_unknown_key_of_a_table_is_told_at_its_place() -> None:
    assert faults('[gateway]\nroutes = "host"\nrequests-per-minut = 5\n') == [
        "fountaingen.toml:3:1: FG601: unknown setting 'gateway.requests-per-minut'; did you mean 'requests-per-minute'?"
    ]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("gateway = 5", "1:1: FG602: 'gateway' must be a table"),
        ("gateway = {routes = 5}", "1:1: FG602: 'gateway.routes' must be one of operation, host"),
        (
            '[dns]\n\nttl = "300"',
            "3:1: FG602: 'dns.ttl' must be a whole number that is not negative",
        ),
        ("[dns]\nttl = true", "2:1: FG602: 'dns.ttl' must be a whole number that is not negative"),
    ],
)
def test_a_value_of_the_wrong_kind_is_told_at_its_place(text: str, fault: str) -> None:
    assert faults(text) == [f"fountaingen.toml:{fault}"]
