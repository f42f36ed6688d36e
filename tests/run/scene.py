"""A short scene, written through the services as a person would, and what they answered on the way."""

from dataclasses import dataclass
from typing import Any

from services import CHARACTERS, SCRIPTS, SESSIONS, Services

Json = dict[str, Any]


@dataclass(frozen=True)
class Scene:
    """The answers to what was created, in the order of creation.

    The first script is the scene, the second one another that must not get into its story.
    """

    scripts: list[Json]
    sections: list[Json]
    characters: list[Json]
    lines: list[Json]
    actions: list[Json]
    sessions: list[Json]
    paraphrases: list[Json]

    @property
    def script(self) -> int:
        """The id of the script that is the scene."""
        return int(self.scripts[0]["scriptId"])

    @property
    def other(self) -> int:
        """The id of the other script."""
        return int(self.scripts[1]["scriptId"])


SCRIPT = {"title": "Low Tide", "author": "Ines Faro", "description": "Two sisters share one boat."}
MARIT = {"name": "MARIT", "description": "The elder sister; she rows."}
SUNE = {"name": "SUNE", "description": "A passer-by with a lantern."}
FACTS = {"mood": "impatient", "place": "the jetty"}
PLAN = "Sune looks for the ferry that left."


def play(fleet: Services) -> Scene:
    """Write the scene on empty databases."""
    scripts = [fleet.create(SCRIPTS, "/scripts", body) for body in (SCRIPT, {"title": "High Noon"})]
    script, other = (each["scriptId"] for each in scripts)
    sections = [
        fleet.create(SCRIPTS, f"/scripts/{owner}/sections", {"title": title})
        for owner, title in ((script, "EXT. JETTY - DUSK"), (other, "INT. SALOON"), (script, "EXT. BOAT - NIGHT"))
    ]
    here = {"scriptId": script, "headingId": sections[0]["headingId"]}
    characters = [
        fleet.create(CHARACTERS, "/characters", body)
        for body in ({**MARIT, "scriptId": script}, SUNE, {**MARIT, "name": "DOC", "scriptId": other})
    ]
    marit, sune, doc = (each["characterId"] for each in characters)
    lines = [
        fleet.create(CHARACTERS, "/spokenWords", body)
        for body in (
            {"text": "Get in, the water is going.", "characterId": marit, **here},
            {"text": "Is this the ferry?", "characterId": sune},
            {"text": "Draw.", "characterId": doc, "scriptId": other},
            {"text": "It is a boat. It floats.", "characterId": marit, **here},
        )
    ]
    first, second, third, _ = (each["dialogueId"] for each in lines)
    actions = [
        fleet.create(CHARACTERS, "/actions", body)
        for body in (
            {"description": "Marit unties the boat.", "characterId": marit, "dialogueId": first, **here},
            {"description": "Doc draws.", "characterId": doc, "dialogueId": third, "scriptId": other},
            {"description": "Sune lifts the lantern.", "dialogueId": second, "scriptId": script},
            {"description": "A gull lands.", "characterId": 9999, "dialogueId": 9999, "scriptId": script},
        )
    ]
    sessions = [
        fleet.create(SESSIONS, "/sessions", body)
        for body in (
            {"userId": 7, "characterId": marit, "scriptId": script, "context": "Marit waits."},
            {"userId": 7, "characterId": marit, "scriptId": script, "context": "Marit hurries.", "data": FACTS},
            {"userId": 8, "characterId": marit, "scriptId": other, "context": "Nothing to do with the sea."},
            {"userId": 8, "characterId": sune, "context": PLAN},
            {"userId": 8, "context": "About nobody."},
        )
    ]
    originals = (f"/characters/{sune}", f"/actions/{actions[0]['actionId']}", f"/spokenWords/{first}")
    paraphrases = [
        fleet.create(CHARACTERS, f"{original}/paraphrases", {"text": f"{text}.", "commentary": "Shorter."})
        for original, text in zip(originals, ("A stranger", "She unties it", "Hurry"), strict=True)
    ]
    return Scene(scripts, sections, characters, lines, actions, sessions, paraphrases)
