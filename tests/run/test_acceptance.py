"""What the official tests of the five services state, each service by itself: its peers are stand-ins."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest
from fleet import Fleet, Up
from peers import Says, StandIns, slowly, stand_ins
from services import CHARACTERS, KEY, SCRIPTS, SEQUENCE, SERVICES, SESSIONS, STORIES

pytestmark = pytest.mark.xdist_group("fleet")

ASK = ("POST", "/sequence")
REORDER = ("POST", "/sequence/reorder")
NUMBER_ONE = {ASK: Says(201, {"sequenceNumber": 1})}
TIMEOUT = 1.0


class Create(NamedTuple):
    """A create that asks for a number of its type."""

    service: str
    path: str
    element_type: str
    body: dict[str, Any]


CREATES = [
    Create(SCRIPTS, "/scripts", "script", {"title": "Low Tide"}),
    Create(CHARACTERS, "/characters", "character", {"name": "MARIT", "description": "She rows."}),
    Create(CHARACTERS, "/actions", "action", {"description": "Marit rows."}),
    Create(CHARACTERS, "/spokenWords", "spokenWord", {"text": "Row."}),
    Create(SESSIONS, "/sessions", "session", {"userId": 1}),
]

SCRIPT = {"scriptId": 1, "title": "Low Tide", "sequenceNumber": 1}
STORY = {
    ("GET", "/scripts/1"): Says(200, SCRIPT),
    ("GET", "/scripts/1/sections"): Says(
        200, [{"headingId": 1, "scriptId": 1, "title": "EXT. JETTY - DUSK", "sequenceNumber": 1}]
    ),
    ("GET", "/actions"): Says(200, [{"actionId": 1, "description": "Marit rows.", "sequenceNumber": 1}]),
    ("GET", "/spokenWords"): Says(200, []),
    ("GET", "/characters"): Says(200, []),
    ("GET", "/sessions"): Says(200, []),
}


@pytest.fixture(scope="module")
def peers() -> Iterator[StandIns]:
    """What every service takes for its peers."""
    with stand_ins() as peers:
        yield peers


@pytest.fixture(scope="module")
def services(project: Path, peers: StandIns, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    """The five services on empty databases, knowing nothing of each other."""
    folder = tmp_path_factory.mktemp("alone") / "project"
    shutil.copytree(project, folder, ignore=shutil.ignore_patterns(".fountaingen", "up.log"))
    where = {f"{name.upper()}_URL": peers.url for name in SERVICES} | {"PEER_TIMEOUT": str(TIMEOUT)}
    fleet = Fleet(folder, Up(folder, ("--free-ports", *SERVICES), where))
    try:
        fleet.start()
        yield fleet
    finally:
        fleet.close()


def test_sequence(services: Fleet) -> None:
    """The first script is number 1; two sections change places; a version of what was never seen is the second."""
    first = services.create(SEQUENCE, "/sequence", {"elementType": "script", "elementId": 1})
    assert first == {"sequenceNumber": 1}
    for section in (1, 2):
        services.create(SEQUENCE, "/sequence", {"elementType": "section", "elementId": section})
    swap = [{"elementId": 1, "newSequence": 2}, {"elementId": 2, "newSequence": 1}]
    answer = services.change(SEQUENCE, "POST", "/sequence/reorder", {"elementType": "section", "elements": swap})
    assert answer["message"]
    unseen = {"elementType": "spokenWord", "elementId": 77, "newVersionData": {"text": "Row!"}}
    assert services.create(SEQUENCE, "/sequence/version", unseen) == {"versionNumber": 2}


def test_character(services: Fleet, peers: StandIns) -> None:
    """A character is echoed and listed, a paraphrase of it too; a character that is not there is a 404."""
    peers.say(NUMBER_ONE)
    made = services.create(CHARACTERS, "/characters", {"name": "SUNE", "description": "A passer-by."})
    assert made["name"] == "SUNE"
    assert made in services.get(CHARACTERS, "/characters")
    path = f"/characters/{made['characterId']}/paraphrases"
    paraphrase = services.create(CHARACTERS, path, {"text": "A stranger.", "commentary": "Shorter."})
    assert services.get(CHARACTERS, path) == [paraphrase]
    assert services.ask(CHARACTERS, "GET", "/characters/9999/paraphrases").status_code == 404


def test_core_script(services: Fleet, peers: StandIns) -> None:
    """With a sequence that says 1, the first script has id 1 and number 1, and is listed."""
    peers.say(NUMBER_ONE)
    assert services.get(SCRIPTS, "/scripts") == []
    made = services.create(SCRIPTS, "/scripts", {"title": "Low Tide"})
    assert made == {"scriptId": 1, "sequenceNumber": 1}
    assert services.get(SCRIPTS, "/scripts") == [SCRIPT]


def test_session(services: Fleet, peers: StandIns) -> None:
    """A session echoes its user and context; after an update the context that is read is the new one."""
    peers.say(NUMBER_ONE)
    made = services.create(SESSIONS, "/sessions", {"userId": 7, "context": "Marit waits."})
    assert (made["userId"], made["context"]) == (7, "Marit waits.")
    path = f"/sessions/{made['sessionId']}"
    assert services.change(SESSIONS, "PUT", path, {"context": "Marit rows."})["userId"] == 7
    assert services.get(SESSIONS, f"{path}/context")["context"] == "Marit rows."


def test_story_factory(services: Fleet, peers: StandIns) -> None:
    """One section and one action are a story of one section and one element. There is no music to name files of."""
    peers.say(STORY)
    story = services.get(STORIES, "/stories", scriptId=1)
    assert story["sections"] == [{"headingId": 1, "scriptId": 1, "title": "EXT. JETTY - DUSK", "sequence": 1}]
    assert story["story"] == [{"sequence": 1, "action": {"actionId": 1, "description": "Marit rows."}}]
    assert "orchestration" not in story


@pytest.mark.parametrize("create", CREATES, ids=[each.element_type for each in CREATES])
def test_a_create_asks_once_for_the_row_it_stores(services: Fleet, peers: StandIns, create: Create) -> None:
    peers.say({ASK: Says(201, {"sequenceNumber": 70})})
    request_id = f"create-{create.element_type}"
    headers = {"X-API-KEY": KEY, "X-Request-Id": request_id}
    url = services.url(create.service) + create.path
    answer = httpx.post(url, json=create.body, headers=headers, trust_env=False)
    assert answer.status_code == 201
    made = answer.json()
    (asked,) = peers.asked
    element_id = next(value for name, value in made.items() if name.endswith("Id") and name != "userId")
    assert asked.body == {"elementType": create.element_type, "elementId": element_id}
    assert (asked.headers["x-api-key"], asked.headers["x-request-id"]) == (KEY, request_id)
    assert made.get("sequenceNumber", 70) == 70


@pytest.mark.parametrize("create", CREATES, ids=[each.element_type for each in CREATES])
@pytest.mark.parametrize(
    "says",
    [
        Says(500, {"message": "a secret of the peer"}),
        Says(503, b""),
        Says(400, {"message": "a secret of the peer"}),
        Says(401, {"message": "a secret of the peer"}),
        Says(201, b"<html>a secret of the peer</html>"),
        Says(201, {"number": 1}),
        Says(201, {"sequenceNumber": "a secret of the peer"}),
        Says(201, []),
    ],
    ids=["500", "503", "400", "401", "no-json", "no-number", "text", "list"],
)
def test_nothing_is_stored_without_a_number(services: Fleet, peers: StandIns, create: Create, says: Says) -> None:
    before = services.get(create.service, create.path)
    peers.say({ASK: says})
    answer = services.ask(create.service, "POST", create.path, create.body)
    assert answer.status_code == 502, answer.text
    assert set(answer.json()) <= {"message", "errorCode", "details"}
    assert "secret" not in answer.text
    assert services.get(create.service, create.path) == before


def test_a_sequence_that_takes_too_long_is_not_waited_for(services: Fleet, peers: StandIns) -> None:
    before = services.get(SCRIPTS, "/scripts")
    peers.say({ASK: Says(201, {"sequenceNumber": 1}, meanwhile=slowly(2 * TIMEOUT))})
    assert services.ask(SCRIPTS, "POST", "/scripts", {"title": "Slack Water"}).status_code == 502
    assert services.get(SCRIPTS, "/scripts") == before


def test_no_transaction_is_open_while_a_peer_is_asked(services: Fleet, peers: StandIns) -> None:
    """While the sequence is still thinking about one script, another one is stored."""
    inner: list[httpx.Response] = []

    def store_another() -> None:
        peers.answers[ASK] = Says(201, {"sequenceNumber": 5})
        inner.append(services.ask(SCRIPTS, "POST", "/scripts", {"title": "Inner"}))

    peers.say({ASK: Says(201, {"sequenceNumber": 4}, meanwhile=store_another)})
    outer = services.create(SCRIPTS, "/scripts", {"title": "Outer"})
    assert inner[0].status_code == 201, inner[0].text
    assert inner[0].json()["scriptId"] == outer["scriptId"] + 1


@pytest.mark.parametrize("status", [404, 400, 500])
def test_sections_keep_their_order_where_the_sequence_refuses_a_new_one(
    services: Fleet, peers: StandIns, status: int
) -> None:
    """That the sequence knows no such section is no fault of the caller, who named sections that are there."""
    peers.say(NUMBER_ONE)
    script = services.create(SCRIPTS, "/scripts", {"title": "Rip Tide"})["scriptId"]
    heading = services.create(SCRIPTS, f"/scripts/{script}/sections", {"title": "EXT. REEF"})["headingId"]
    before = services.get(SCRIPTS, f"/scripts/{script}/sections")
    peers.say({REORDER: Says(status, {"message": "No."})})
    order = {"elements": [{"headingId": heading, "newSequence": 9}]}
    assert services.ask(SCRIPTS, "POST", f"/scripts/{script}/sections/reorder", order).status_code == 502
    assert services.get(SCRIPTS, f"/scripts/{script}/sections") == before
    assert [each.body["elements"] for each in peers.asked] == [[{"elementId": heading, "newSequence": 9}]]


@pytest.mark.parametrize(
    ("broken", "says", "status"),
    [
        ("/scripts/1", Says(404, {"message": "No."}), 404),
        ("/scripts/1", Says(401, {"message": "No."}), 502),
        ("/scripts/1", Says(500, {"message": "No."}), 502),
        ("/scripts/1/sections", Says(404, {"message": "No."}), 502),
        ("/actions", Says(500, {"message": "No."}), 502),
        ("/spokenWords", Says(400, {"message": "No."}), 502),
        ("/characters", Says(503, b""), 502),
        ("/sessions", Says(200, {"message": "No."}), 502),
    ],
)
def test_a_story_needs_every_service(services: Fleet, peers: StandIns, broken: str, says: Says, status: int) -> None:
    peers.say({**STORY, ("GET", broken): says})
    whole = services.ask(STORIES, "GET", "/stories", scriptId=1)
    part = services.ask(STORIES, "GET", "/stories/sequences", scriptId=1, startSequence=1, endSequence=9)
    assert (whole.status_code, part.status_code) == (status, status), whole.text
    assert set(whole.json()) <= {"message", "errorCode", "details"}


def test_a_line_of_no_script_is_found_where_an_action_speaks_it(services: Fleet, peers: StandIns) -> None:
    action = {"actionId": 1, "description": "Marit calls.", "dialogueId": 5, "sequenceNumber": 1}
    line = {"dialogueId": 5, "text": "Row!", "characterId": 3, "sequenceNumber": 8}
    people = [{"characterId": 3, "name": "MARIT", "description": "She rows.", "sequenceNumber": 1}]
    session = {"sessionId": 2, "userId": 1, "characterId": 3}
    peers.say(
        {
            **STORY,
            ("GET", "/actions"): Says(200, [action]),
            ("GET", "/spokenWords"): Says(200, [line]),
            ("GET", "/characters"): Says(200, people),
            ("GET", "/sessions"): Says(200, [session]),
        }
    )
    (told,) = services.get(STORIES, "/stories", scriptId=1)["story"]
    assert told == {
        "sequence": 1,
        "character": {"characterId": 3, "name": "MARIT", "description": "She rows."},
        "action": {"actionId": 1, "description": "Marit calls."},
        "spokenWord": {"dialogueId": 5, "text": "Row!", "sequence": 8},
        "context": {"contextId": 2, "characterId": 3, "data": {}},
    }
