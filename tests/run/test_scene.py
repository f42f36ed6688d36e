"""All five services at work: a scene written and told over HTTP, a service that is gone, everything started again."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from fleet import Fleet, Up, apart, wait_until
from scene import FACTS, MARIT, PLAN, SCRIPT, SUNE, Scene
from services import CHARACTERS, SCRIPTS, SEQUENCE, SERVICES, SESSIONS, STORIES, Services

pytestmark = pytest.mark.xdist_group("fleet")

CREATES: list[tuple[str, str, dict[str, Any]]] = [
    (SCRIPTS, "/scripts", {"title": "Spring Tide"}),
    (SCRIPTS, "/scripts/{script}/sections", {"title": "EXT. SANDBANK - DAWN"}),
    (CHARACTERS, "/characters", {"name": "PILOT", "description": "He knows the channel."}),
    (CHARACTERS, "/actions", {"description": "A flag goes up."}),
    (CHARACTERS, "/spokenWords", {"text": "Ahoy."}),
    (SESSIONS, "/sessions", {"userId": 9}),
]
NUMBERED = ("/scripts", "/characters", "/actions", "/spokenWords")


def numbers(rows: list[dict[str, Any]]) -> list[int]:
    """Return the sequence numbers of ``rows``."""
    return [row["sequenceNumber"] for row in rows]


def number_of(fleet: Services, element_type: str, element_id: int) -> int:
    """Return the number that the sequence service gives for an element."""
    body = {"elementType": element_type, "elementId": element_id}
    return int(fleet.create(SEQUENCE, "/sequence", body)["sequenceNumber"])


def refused(answer: httpx.Response, status: int) -> str:
    """Check that an answer is an error in the contracts' shape and return its message."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/json"
    body = answer.json()
    assert set(body) <= {"message", "errorCode", "details"}
    assert all(isinstance(value, str) for value in body.values())
    return str(body["message"])


def test_every_type_of_element_is_counted_by_itself(scene: Scene) -> None:
    assert scene.scripts == [{"scriptId": 1, "sequenceNumber": 1}, {"scriptId": 2, "sequenceNumber": 2}]
    assert scene.sections == [
        {"headingId": 1, "scriptId": 1, "sequenceNumber": 1},
        {"headingId": 2, "scriptId": 2, "sequenceNumber": 2},
        {"headingId": 3, "scriptId": 1, "sequenceNumber": 3},
    ]
    assert numbers(scene.characters) == [1, 2, 3]
    assert numbers(scene.lines) == numbers(scene.actions) == [1, 2, 3, 4]


def test_the_sequence_service_knows_the_numbers(fleet: Services, scene: Scene) -> None:
    assert [number_of(fleet, "character", each["characterId"]) for each in scene.characters] == [1, 2, 3]
    assert [number_of(fleet, "session", each["sessionId"]) for each in scene.sessions] == [1, 2, 3, 4, 5]


def test_lists_hold_what_was_written_and_filter_it(fleet: Services, scene: Scene) -> None:
    assert fleet.get(SCRIPTS, f"/scripts/{scene.script}") == {**SCRIPT, **scene.scripts[0]}
    assert fleet.get(CHARACTERS, "/characters", scriptId=scene.script) == [scene.characters[0]]
    assert fleet.get(CHARACTERS, "/actions", scriptId=scene.other) == [scene.actions[1]]
    assert fleet.get(CHARACTERS, "/spokenWords", characterId=1, headingId=1) == [scene.lines[0], scene.lines[3]]
    assert fleet.get(CHARACTERS, "/spokenWords", characterId=1, limit=1, offset=1) == [scene.lines[3]]
    assert fleet.get(SESSIONS, "/sessions", userId=8, characterId=1) == [scene.sessions[2]]
    assert fleet.get(CHARACTERS, "/characters", scriptId=77) == []


def test_paraphrases_stay_with_their_originals(fleet: Services, scene: Scene) -> None:
    originals = ("/characters/2", "/actions/1", "/spokenWords/1")
    for path, paraphrase, original_id in zip(originals, scene.paraphrases, (2, 1, 1), strict=True):
        assert paraphrase["originalId"] == original_id
        assert fleet.get(CHARACTERS, f"{path}/paraphrases") == [paraphrase]
    assert fleet.get(CHARACTERS, "/characters/1/paraphrases") == []


def test_a_paraphrase_of_something_else_or_of_nothing_is_refused(fleet: Services, scene: Scene) -> None:
    body = {"text": "Other words.", "commentary": "Why not."}
    refused(fleet.ask(CHARACTERS, "POST", "/actions/1/paraphrases", {**body, "originalId": 2}), 400)
    refused(fleet.ask(CHARACTERS, "POST", "/actions/77/paraphrases", body), 404)
    refused(fleet.ask(CHARACTERS, "GET", "/spokenWords/77/paraphrases"), 404)
    assert fleet.get(CHARACTERS, "/actions/1/paraphrases") == [scene.paraphrases[1]]


def test_updates_change_what_they_name(fleet: Services, scene: Scene) -> None:
    path = f"/scripts/{scene.other}"
    assert fleet.change(SCRIPTS, "PUT", path, {"description": ""}) == scene.scripts[1]
    assert fleet.get(SCRIPTS, path) == {"title": "High Noon", "description": "", **scene.scripts[1]}
    assert fleet.change(SCRIPTS, "PUT", f"{path}/sections/2", {"title": "INT. BANK"}) == scene.sections[1]
    assert fleet.get(SCRIPTS, f"{path}/sections") == [{"title": "INT. BANK", **scene.sections[1]}]
    refused(fleet.ask(SCRIPTS, "PUT", f"{path}/sections/1", {"title": "Not of this script"}), 404)


def test_sessions_keep_their_context(fleet: Services, scene: Scene) -> None:
    changed = fleet.change(SESSIONS, "PUT", "/sessions/5", {"context": "About the tide."})
    assert changed == {**scene.sessions[4], "context": "About the tide."}
    assert fleet.get(SESSIONS, "/sessions/5/context") == {"sessionId": 5, "context": "About the tide."}
    refused(fleet.ask(SESSIONS, "GET", "/sessions/77/context"), 404)


def test_sections_are_put_in_a_new_order_here_and_in_the_sequence(fleet: Services, scene: Scene) -> None:
    path = f"/scripts/{scene.script}/sections"
    for order in ([(1, 3), (3, 1)], [(1, 1), (3, 3)]):
        elements = [{"headingId": heading, "newSequence": number} for heading, number in order]
        answer = fleet.change(SCRIPTS, "POST", f"{path}/reorder", {"elements": elements})
        assert answer["updatedElements"] == elements
        told = {each["headingId"]: each["sequenceNumber"] for each in fleet.get(SCRIPTS, path)}
        assert list(told.items()) == sorted(order, key=lambda pair: pair[1])
        assert [number_of(fleet, "section", heading) for heading, _ in order] == [number for _, number in order]


@pytest.mark.parametrize(
    ("script", "order", "status"),
    [
        (1, [(1, 5), (1, 6)], 400),
        (1, [(1, 5), (3, 5)], 400),
        (1, [(1, 0)], 400),
        (1, [], 400),
        (1, [(3, 1), (2, 3)], 404),
        (1, [(3, 1), (77, 3)], 404),
        (77, [(1, 1)], 404),
    ],
)
def test_a_new_order_of_sections_is_all_or_nothing(
    fleet: Services, scene: Scene, script: int, order: list[tuple[int, int]], status: int
) -> None:
    before = fleet.kept()
    elements = [{"headingId": heading, "newSequence": number} for heading, number in order]
    refused(fleet.ask(SCRIPTS, "POST", f"/scripts/{script}/sections/reorder", {"elements": elements}), status)
    assert fleet.kept() == before
    assert [number_of(fleet, "section", each["headingId"]) for each in scene.sections] == [1, 2, 3]


def test_elements_are_renumbered_in_the_sequence(fleet: Services, scene: Scene) -> None:
    ids = [each["sessionId"] for each in scene.sessions]
    for order in ([5, 4, 3, 2, 1], [1, 2, 3, 4, 5]):
        elements = [{"elementId": key, "newSequence": number} for key, number in zip(ids, order, strict=True)]
        body = {"elementType": "session", "elements": elements}
        assert fleet.change(SEQUENCE, "POST", "/sequence/reorder", body)["updatedElements"] == elements
        assert [number_of(fleet, "session", key) for key in ids] == order


@pytest.mark.parametrize(
    ("order", "status"),
    [
        ([(1, 2), (1, 3)], 400),
        ([(1, 2), (2, 2)], 400),
        ([(1, 2**60)], 400),
        ([(2, 1), (77, 2)], 404),
        ([(key, key) for key in range(1, 10_001)], 404),
        ([(key, key) for key in range(1, 10_002)], 400),
    ],
    ids=["element-twice", "number-twice", "number-too-large", "unknown", "most-allowed", "too-many"],
)
def test_a_renumbering_is_all_or_nothing(
    fleet: Services, scene: Scene, order: list[tuple[int, int]], status: int
) -> None:
    elements = [{"elementId": key, "newSequence": number} for key, number in order]
    refused(fleet.ask(SEQUENCE, "POST", "/sequence/reorder", {"elementType": "action", "elements": elements}), status)
    assert [number_of(fleet, "action", each["actionId"]) for each in scene.actions] == [1, 2, 3, 4]


def test_versions_are_counted_by_element_and_leave_its_number(fleet: Services, scene: Scene) -> None:
    def version(element_type: str, element_id: int) -> int:
        body = {"elementType": element_type, "elementId": element_id, "newVersionData": {"text": "Again.", "n": 2**70}}
        return int(fleet.create(SEQUENCE, "/sequence/version", body)["versionNumber"])

    assert [version("spokenWord", 2), version("spokenWord", 2), version("spokenWord", 3)] == [2, 3, 2]
    assert [number_of(fleet, "spokenWord", each["dialogueId"]) for each in scene.lines] == [1, 2, 3, 4]


# What the services told, as the story factory tells it: other names, and no more than belongs to a story.
CAST = {1: {"characterId": 1, **MARIT}, 2: {"characterId": 2, **SUNE}}
WAITING = {"contextId": 2, "characterId": 1, "data": FACTS}
STORY: list[dict[str, Any]] = [
    {
        "sequence": 1,
        "character": CAST[1],
        "action": {"actionId": 1, "description": "Marit unties the boat."},
        "spokenWord": {"dialogueId": 1, "text": "Get in, the water is going.", "sequence": 1},
        "context": WAITING,
    },
    {
        "sequence": 3,
        "character": CAST[2],
        "action": {"actionId": 3, "description": "Sune lifts the lantern."},
        "spokenWord": {"dialogueId": 2, "text": "Is this the ferry?", "sequence": 2},
        "context": {"contextId": 4, "characterId": 2, "data": {"context": PLAN}},
    },
    {"sequence": 4, "action": {"actionId": 4, "description": "A gull lands."}},
    {
        "sequence": 4,
        "character": CAST[1],
        "spokenWord": {"dialogueId": 4, "text": "It is a boat. It floats.", "sequence": 4},
        "context": WAITING,
    },
]
SECTIONS = [
    {"headingId": 1, "scriptId": 1, "title": "EXT. JETTY - DUSK", "sequence": 1},
    {"headingId": 3, "scriptId": 1, "title": "EXT. BOAT - NIGHT", "sequence": 3},
]


def test_the_whole_story_is_told_in_order(fleet: Services, scene: Scene) -> None:
    told = fleet.get(STORIES, "/stories", scriptId=scene.script)
    assert told == {"scriptId": 1, **SCRIPT, "sections": SECTIONS, "story": STORY}


def test_a_story_has_only_what_belongs_to_it(fleet: Services, scene: Scene) -> None:
    told = fleet.get(STORIES, "/stories", scriptId=scene.other)
    assert "author" not in told
    assert [each["action"]["actionId"] for each in told["story"]] == [2]
    assert told["story"][0]["spokenWord"]["text"] == "Draw."


@pytest.mark.parametrize(("start", "end", "told"), [(1, 3, STORY[:2]), (3, 3, STORY[1:2]), (4, 2**40, STORY[2:])])
def test_part_of_a_story_includes_both_ends(
    fleet: Services, scene: Scene, start: int, end: int, told: list[dict[str, Any]]
) -> None:
    query = {"scriptId": scene.script, "startSequence": start, "endSequence": end}
    assert fleet.get(STORIES, "/stories/sequences", **query) == {"scriptId": 1, "sequences": told}


@pytest.mark.parametrize(
    ("path", "query", "status"),
    [
        ("/stories", {"scriptId": 77}, 404),
        ("/stories", {"scriptId": 0}, 400),
        ("/stories", {"scriptId": "low tide"}, 400),
        ("/stories", {}, 400),
        ("/stories/sequences", {"scriptId": 1, "startSequence": 3, "endSequence": 2}, 400),
        ("/stories/sequences", {"scriptId": 1, "startSequence": 0, "endSequence": 2}, 400),
        ("/stories/sequences", {"scriptId": 1, "startSequence": 1}, 400),
        ("/stories/sequences", {"scriptId": 1, "startSequence": 2, "endSequence": 2}, 404),
        ("/stories/sequences", {"scriptId": 1, "startSequence": 5, "endSequence": 9}, 404),
        ("/stories/sequences", {"scriptId": 77, "startSequence": 1, "endSequence": 9}, 404),
    ],
)
def test_a_story_that_cannot_be_told_is_refused(
    fleet: Services, scene: Scene, path: str, query: dict[str, Any], status: int
) -> None:
    refused(fleet.ask(STORIES, "GET", path, **query), status)


@pytest.mark.parametrize(
    ("service", "path"),
    [
        (SEQUENCE, "/sequence"),
        (CHARACTERS, "/characters"),
        (SCRIPTS, "/scripts"),
        (SESSIONS, "/sessions"),
        (STORIES, "/stories?scriptId=1"),
    ],
)
@pytest.mark.parametrize("headers", [{}, {"X-API-KEY": "another"}])
def test_nobody_gets_in_without_a_key(fleet: Services, service: str, path: str, headers: dict[str, str]) -> None:
    method = "POST" if service == SEQUENCE else "GET"
    refused(httpx.request(method, fleet.url(service) + path, headers=headers, trust_env=False), 401)
    assert httpx.get(fleet.url(service) + "/health", headers=headers, trust_env=False).json() == {"status": "ok"}


def test_a_section_of_no_script_takes_no_number(fleet: Services, scene: Scene) -> None:
    script = fleet.create(SCRIPTS, "/scripts", {"title": "Undertow"})["scriptId"]
    highest = max(numbers(_sections(fleet)))
    refused(fleet.ask(SCRIPTS, "POST", "/scripts/7777/sections", {"title": "INT. NOWHERE"}), 404)
    added = fleet.create(SCRIPTS, f"/scripts/{script}/sections", {"title": "EXT. REEF"})
    assert added["sequenceNumber"] == number_of(fleet, "section", added["headingId"]) == highest + 1


def _sections(fleet: Services) -> list[dict[str, Any]]:
    scripts = [each["scriptId"] for each in fleet.get(SCRIPTS, "/scripts")]
    return [each for script in scripts for each in fleet.get(SCRIPTS, f"/scripts/{script}/sections")]


def test_numbers_asked_for_at_once_are_neither_lost_nor_doubled(fleet: Services, scene: Scene) -> None:
    before = fleet.get(CHARACTERS, "/spokenWords")
    with ThreadPoolExecutor(8) as people:
        bodies = [{"text": f"Line {number}."} for number in range(40)]
        made = list(people.map(lambda body: fleet.create(CHARACTERS, "/spokenWords", body), bodies))
    first = max(numbers(before)) + 1
    assert sorted(numbers(made)) == list(range(first, first + 40))
    assert len({each["dialogueId"] for each in made}) == 40


@dataclass(frozen=True)
class Restart:
    """All services stopped and started again: what they kept before and after, how the stop went, who runs them now."""

    before: dict[str, Any]
    after: dict[str, Any]
    exit_codes: list[int]
    announced: tuple[bool, bool]
    sequence: Up


@pytest.fixture(scope="session")
def restart(fleet: Fleet, scene: Scene, project: Path) -> Restart:
    """Start everything again, the sequence service by an ``up`` of its own from now on."""

    def told() -> dict[str, Any]:
        return {**fleet.kept(), "/stories": fleet.get(STORIES, "/stories", scriptId=scene.script)}

    announcement = fleet.ups[0].announcement
    before, running = told(), announcement.exists()
    exit_codes = fleet.stop()
    stopped = announcement.exists()
    sequence, others = apart(project)
    fleet.start(sequence, others)
    return Restart(before, told(), exit_codes, (running, stopped), sequence)


def test_everything_stops_cleanly(restart: Restart) -> None:
    assert restart.exit_codes == [0]
    assert restart.announced == (True, False)


def test_everything_is_there_after_a_restart(restart: Restart) -> None:
    assert restart.after == restart.before
    assert restart.after["/stories"]["story"] == STORY


def test_nothing_is_stored_while_the_sequence_is_gone(fleet: Services, restart: Restart) -> None:
    before, story = fleet.kept(), fleet.get(STORIES, "/stories", scriptId=1)
    restart.sequence.kill()
    try:
        for service, path, body in CREATES:
            message = refused(fleet.ask(service, "POST", path.format(script=1), body), 502)
            assert "127.0.0.1" not in message
        order = {"elements": [{"headingId": 1, "newSequence": 3}, {"headingId": 3, "newSequence": 1}]}
        refused(fleet.ask(SCRIPTS, "POST", "/scripts/1/sections/reorder", order), 502)
        refused(fleet.ask(SCRIPTS, "POST", "/scripts/7777/sections", {"title": "INT. NOWHERE"}), 404)
        assert fleet.kept() == before
        assert fleet.get(STORIES, "/stories", scriptId=1) == story
    finally:
        restart.sequence.start()

    for service, path, body in CREATES:
        made = fleet.create(service, path.format(script=1), body)
        if path in NUMBERED:
            assert made["sequenceNumber"] == max(numbers(before[path]), default=0) + 1
    after = fleet.kept()
    assert {path: len(after[path]) for path in NUMBERED} == {path: len(before[path]) + 1 for path in NUMBERED}


def test_a_service_that_dies_is_there_again(fleet: Fleet, scene: Scene) -> None:
    """Kill the sequence service between two creates: its supervisor starts it again, and the counting goes on."""
    before = fleet.create(SCRIPTS, "/scripts", {"title": "Ebb"})
    fleet.ups[0].kill_service(SEQUENCE)
    after: list[dict[str, Any]] = []

    def created() -> bool:
        answer = fleet.ask(SCRIPTS, "POST", "/scripts", {"title": "Flood"})
        if answer.status_code == 201:
            after.append(answer.json())
        else:
            refused(answer, 502)
        return bool(after)

    wait_until(created, "the sequence service does not come back")
    assert after[0]["sequenceNumber"] == before["sequenceNumber"] + 1


def test_the_contract_is_served_as_it_is_written(fleet: Services) -> None:
    for service in SERVICES:
        contract = httpx.get(fleet.url(service) + "/openapi.json", trust_env=False).json()
        assert contract["openapi"] == "3.1.0"
        assert contract["paths"]["/health"]["get"]["operationId"] == "getHealth"
