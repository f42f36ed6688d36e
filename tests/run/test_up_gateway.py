"""``fountaingen up --gateway``: the scene written and told by host names alone, keys and limits enforced on the way."""

import base64
import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
from fleet import Fleet, Up, wait_until
from scene import Scene, play
from services import CHARACTERS, KEY, SCRIPTS, SEQUENCE, SERVICES, SESSIONS, STORIES
from test_scene import (
    test_a_new_order_of_sections_is_all_or_nothing,
    test_a_paraphrase_of_something_else_or_of_nothing_is_refused,
    test_a_renumbering_is_all_or_nothing,
    test_a_story_has_only_what_belongs_to_it,
    test_a_story_that_cannot_be_told_is_refused,
    test_elements_are_renumbered_in_the_sequence,
    test_every_type_of_element_is_counted_by_itself,
    test_lists_hold_what_was_written_and_filter_it,
    test_numbers_asked_for_at_once_are_neither_lost_nor_doubled,
    test_paraphrases_stay_with_their_originals,
    test_part_of_a_story_includes_both_ends,
    test_sections_are_put_in_a_new_order_here_and_in_the_sequence,
    test_sessions_keep_their_context,
    test_the_sequence_service_knows_the_numbers,
    test_the_whole_story_is_told_in_order,
    test_updates_change_what_they_name,
    test_versions_are_counted_by_element_and_leave_its_number,
)

# Played here once more, with everything said through the gateway.
__all__ = [
    "test_a_new_order_of_sections_is_all_or_nothing",
    "test_a_paraphrase_of_something_else_or_of_nothing_is_refused",
    "test_a_renumbering_is_all_or_nothing",
    "test_a_story_has_only_what_belongs_to_it",
    "test_a_story_that_cannot_be_told_is_refused",
    "test_elements_are_renumbered_in_the_sequence",
    "test_every_type_of_element_is_counted_by_itself",
    "test_lists_hold_what_was_written_and_filter_it",
    "test_numbers_asked_for_at_once_are_neither_lost_nor_doubled",
    "test_paraphrases_stay_with_their_originals",
    "test_part_of_a_story_includes_both_ends",
    "test_sections_are_put_in_a_new_order_here_and_in_the_sequence",
    "test_sessions_keep_their_context",
    "test_the_sequence_service_knows_the_numbers",
    "test_the_whole_story_is_told_in_order",
    "test_updates_change_what_they_name",
    "test_versions_are_counted_by_element_and_leave_its_number",
]

pytestmark = pytest.mark.xdist_group("gateway")

REPOSITORY = Path(__file__).parents[2]
HOSTS = {
    SEQUENCE: "centralsequence.fountain.coach",
    CHARACTERS: "character.fountain.coach",
    SCRIPTS: "scriptmanagement.fountain.coach",
    SESSIONS: "sessioncontext.fountain.coach",
    STORIES: "storyfactory.fountain.coach",
}


class Fronted(Fleet):
    """Services that are asked by their hosts, at one address."""

    def url(self, service: str) -> str:
        """Return the one URL that all of them are at."""
        return str(front(self.ups[0])["url"])

    def headers(self, service: str) -> Mapping[str, str]:
        """Return the host of a service."""
        return {"Host": HOSTS[service]}


def front(up: Up) -> Mapping[str, Any]:
    """Return what programs are told of the gateway."""
    found: Mapping[str, Any] = json.loads(up.announcement.read_bytes())["gateway"]
    return found


def ask(up: Up, host: str, method: str, path: str, **headers: str) -> httpx.Response:
    """Send a request to the gateway and return the answer."""
    given = {"Host": host, **{name.replace("_", "-"): value for name, value in headers.items()}}
    return httpx.request(method, front(up)["url"] + path, headers=given, timeout=30, trust_env=False)


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    """The five services behind the gateway, each on a port of the system's choice."""
    project = tmp_path_factory.mktemp("fronted")
    # What is generated is taken over as it is committed, and built anew only where it is out of date.
    for name in ("specs", "hooks", "generated"):
        shutil.copytree(REPOSITORY / name, project / name, ignore=shutil.ignore_patterns("__pycache__"))
    (project / "fountaingen.toml").touch()
    fleet = Fronted(project, Up(project, ("--free-ports", "--gateway")))
    try:
        fleet.start()
        yield fleet
        assert fleet.stop() == [0]
    finally:
        fleet.close()


@pytest.fixture(scope="module")
def scene(fleet: Fleet) -> Scene:
    """What was written on empty databases, once, through the gateway."""
    return play(fleet)


def test_the_hosts_are_shown_and_told(fleet: Fleet) -> None:
    assert front(fleet.ups[0])["hosts"] == {host: service for service, host in HOSTS.items()}
    said = fleet.ups[0].output()
    assert all(host in said for host in HOSTS.values())
    assert "no gateway for production" in said


@pytest.mark.parametrize("service", SERVICES)
def test_nobody_gets_past_the_gateway_without_a_key(fleet: Fleet, scene: Scene, service: str) -> None:
    method, path = ("POST", "/sequence") if service == SEQUENCE else ("GET", _LISTS[service])
    up, host = fleet.ups[0], HOSTS[service]
    for headers, said in (({}, "No API key found in request"), ({"X_API_KEY": "another"}, "Unauthorized")):
        answer = ask(up, host, method, path, **headers)
        assert (answer.status_code, answer.json()["message"]) == (401, said)
        assert answer.headers["www-authenticate"].startswith("Key")
        assert answer.headers["x-request-id"]
    assert ask(up, host, "GET", "/health").json() == {"status": "ok"}


_LISTS = {CHARACTERS: "/characters", SCRIPTS: "/scripts", SESSIONS: "/sessions", STORIES: "/stories?scriptId=1"}


def test_what_is_no_operation_of_a_host_is_no_route(fleet: Fleet) -> None:
    for host, method, path in (
        (HOSTS[CHARACTERS], "GET", "/scripts"),
        (HOSTS[CHARACTERS], "DELETE", "/characters"),
        (HOSTS[CHARACTERS], "GET", "/characters/"),
        (HOSTS[CHARACTERS].upper(), "GET", "/characters"),
        ("127.0.0.1", "GET", "/characters"),
    ):
        answer = ask(fleet.ups[0], host, method, path, X_API_KEY=KEY)
        assert (answer.status_code, answer.json()["message"]) == (404, "no Route matched with those values")


def test_limits_are_told_and_browsers_may_ask_first(fleet: Fleet) -> None:
    up, host = fleet.ups[0], HOSTS[CHARACTERS]
    answer = ask(up, host, "GET", "/characters", X_API_KEY=KEY)
    assert (answer.status_code, answer.headers["x-ratelimit-limit-minute"]) == (200, "1000")
    asked = {"Origin": "https://stage.test", "Access_Control_Request_Method": "POST"}
    preflight = ask(up, host, "OPTIONS", "/characters", **asked)
    assert preflight.status_code == 200
    assert "X-API-KEY" in preflight.headers["access-control-allow-headers"]


_PETS = """\
openapi: 3.1.0
info: {title: Pets, version: 1.0.0}
servers: [{url: 'https://pets.test/v1'}]
paths:
  /pets:
    get:
      operationId: listPets
      security: [{key: []}]
      responses:
        '200': {description: All., content: {application/json: {schema: {$ref: '#/components/schemas/Pets'}}}}
    post:
      operationId: createPet
      security: [{user: []}]
      requestBody: {required: true, content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}}
      responses: {'201': {description: It., content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}}}
  /pets/{id}:
    get:
      operationId: readPet
      security: [{token: [read]}]
      parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
      responses: {'200': {description: It., content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}}}
components:
  securitySchemes:
    key: {type: apiKey, in: query, name: key}
    user: {type: http, scheme: basic}
    token: {type: http, scheme: bearer, bearerFormat: JWT}
  schemas:
    Pets: {type: array, items: {$ref: '#/components/schemas/Pet'}}
    Pet: {type: object, required: [name], properties: {id: {type: integer, readOnly: true}, name: {type: string}}}
"""


@pytest.fixture
def pets(tmp_path: Path) -> Iterator[Up]:
    """A service with three ways in, rebuilt when it changes."""
    (tmp_path / "specs").mkdir()
    (tmp_path / "specs" / "pets.yaml").write_text(_PETS, "utf-8")
    (tmp_path / "fountaingen.toml").touch()
    up = Up(tmp_path, ("--free-ports", "--gateway", "--watch"))
    try:
        up.start()
        yield up
    finally:
        up.discard()


def test_credentials_of_development_pass_and_a_changed_contract_is_served_by_its_new_host(pets: Up) -> None:
    def create(host: str, password: str) -> httpx.Response:
        shown = base64.b64encode(f"dev:{password}".encode()).decode()
        url, headers = front(pets)["url"] + "/v1/pets", {"Host": host, "Authorization": f"Basic {shown}"}
        return httpx.post(url, json={"name": "Rex"}, headers=headers, timeout=30, trust_env=False)

    token = (pets.project / ".fountaingen" / "dev-token").read_text("utf-8").strip()
    assert create("pets.test", "wrong").status_code == 401
    assert create("pets.test", KEY).status_code == 201
    assert ask(pets, "pets.test", "GET", f"/v1/pets?key={KEY}").json() == [{"id": 1, "name": "Rex"}]
    assert ask(pets, "pets.test", "GET", "/v1/pets?key=wrong").status_code == 401
    assert ask(pets, "pets.test", "GET", "/v1/pets/1", Authorization=f"Bearer {token}").status_code == 200
    assert ask(pets, "pets.test", "GET", "/v1/pets/1", Authorization=f"Bearer {token}x").status_code == 401

    specs = pets.project / "specs" / "pets.yaml"
    specs.write_text(_PETS.replace("pets.test/v1", "animals.test/v2"), "utf-8")
    wait_until(_told(pets, "animals.test"), "the gateway does not follow", pets.output)
    assert ask(pets, "animals.test", "GET", f"/v2/pets?key={KEY}").json() == [{"id": 1, "name": "Rex"}]
    assert ask(pets, "pets.test", "GET", f"/v1/pets?key={KEY}").status_code == 404


def _told(up: Up, host: str) -> Callable[[], bool]:
    return lambda: host in front(up)["hosts"]
