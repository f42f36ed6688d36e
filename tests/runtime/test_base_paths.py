"""The path of a server's URL, which may stand before the paths of the contract."""

import pytest

from fountaingen.runtime.serving.dispatch import Table
from fountaingen.stages.build.servers import base_paths, host, port


def _found(path: str, *bases: str, method: str = "GET") -> str | None:
    table = Table([("GET", "/things/{id}", "thing"), ("GET", "/v1", "version"), ("PUT", "/{a}/{b}/{c}", "put")], bases)
    match = table.find({"path": path, "raw_path": path.encode()}, method)
    return match.route.handler if match is not None and match.route is not None else None


@pytest.mark.supports("document/servers/path")
def test_a_path_is_found_with_and_without_its_base() -> None:
    assert _found("/things/7", "/v1") == "thing"
    assert _found("/v1/things/7", "/v1") == "thing"
    assert _found("/v1", "/v1") == "version"


def test_what_only_begins_like_a_base_is_not_below_it() -> None:
    assert _found("/v12/things", "/v1") is None
    assert _found("/v2/things/7", "/v1") is None


def test_paths_of_the_contract_itself_go_first() -> None:
    assert _found("/v1/things/7", "/v1", method="PUT") == "put"


def test_bases_are_those_of_all_servers_with_every_value_of_their_variables() -> None:
    variables = {"version": {"default": "v2", "enum": ["v1", "v2"]}}
    servers = [
        {"url": "https://a.example/{version}/", "variables": variables},
        {"url": "/über"},
        {"url": "https://a.b"},
    ]
    assert base_paths({"servers": servers}) == ("/v2", "/v1", "/%C3%BCber")


def test_host_and_port_are_those_of_the_first_server_that_has_one() -> None:
    servers = [{"url": "http://localhost:8004/v1"}, {"url": "https://{name}.example"}, {"url": "https://a.example:1"}]
    assert (host({"servers": servers}), port({"servers": servers})) == ("a.example", 8004)


@pytest.mark.parametrize("servers", [None, [], [None], [{"url": 7}], [{"url": "https://[::1"}], [{"url": "//x:y/"}]])
def test_servers_that_say_nothing_are_left_out(servers: object) -> None:
    data = {"servers": servers}
    assert (host(data), port(data), base_paths(data)) == (None, None, ())
