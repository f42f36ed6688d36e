# Copied by fountaingen from hooks/story_factory_api.py. Do not edit: edit that file.
"""Stories, put together anew for every request from what the other services keep."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from app import schemas
from app.clients.character_management_api import schemas as characters
from app.clients.core_script_management_api import schemas as scripts
from app.clients.session_context_management_api import schemas as sessions
from app.context import Context, GetFullStoryContext, GetStorySequencesContext
from app.runtime.errors import BadRequest, NotFound
from app.runtime.peers import PeerError


async def get_full_story(ctx: GetFullStoryContext, script_id: int) -> schemas.FullStory:
    """The script with its sections and everything that happens in it, in order. There is no music yet."""
    script = await _script(ctx, script_id)
    material = await _material(ctx, script_id)
    story = schemas.FullStory(
        script_id=script_id, title=script.title, sections=_sections(material), story=_elements(material)
    )
    if script.author is not None:
        story.author = script.author
    if script.description is not None:
        story.description = script.description
    return story


async def get_story_sequences(
    ctx: GetStorySequencesContext, script_id: int, start_sequence: int, end_sequence: int
) -> schemas.StorySequence:
    """The elements from the first sequence to the last, both included; a range without any is not found."""
    if start_sequence > end_sequence:
        raise BadRequest("the range ends before it starts")
    await _script(ctx, script_id)
    elements = _elements(await _material(ctx, script_id))
    within = [element for element in elements if start_sequence <= element.sequence <= end_sequence]
    if not within:
        raise NotFound(f"the story of script {script_id} has nothing from {start_sequence} to {end_sequence}")
    return schemas.StorySequence(script_id=script_id, sequences=within)


@dataclass(frozen=True)
class _Material:
    """What a story is made of: actions and lines of the script, and what they may refer to, whoever it belongs to."""

    headings: list[scripts.SectionHeading]
    actions: list[characters.Action]
    lines: list[characters.SpokenWord]
    quoted: list[characters.SpokenWord]
    people: list[characters.Character]
    sessions: list[sessions.Session]


@dataclass(frozen=True)
class _Moment:
    """An action, with the line spoken along with it, or a line for itself."""

    sequence: int
    id: int
    action: characters.Action | None
    line: characters.SpokenWord | None

    @property
    def who(self) -> int | None:
        """Who acts, else who speaks."""
        actor = self.action.character_id if self.action else None
        return actor if actor is not None or self.line is None else self.line.character_id


async def _script(ctx: Context, script_id: int) -> scripts.Script:
    """Return the script; raises NotFound where its keeper says that there is none. Any other failure is a 502."""
    try:
        return await ctx.clients.core_script_management_api.get_script_by_id(script_id)
    except PeerError as error:
        if error.peer_status == 404:
            raise NotFound(f"script {script_id} does not exist") from error
        raise


async def _material(ctx: Context, script_id: int) -> _Material:
    """Ask all services at once; the first failure ends the other calls and is the answer."""
    core, cast = ctx.clients.core_script_management_api, ctx.clients.character_management_api
    try:
        async with asyncio.TaskGroup() as tasks:
            headings = tasks.create_task(core.list_section_headings(script_id))
            actions = tasks.create_task(cast.list_actions(script_id=script_id))
            lines = tasks.create_task(cast.list_spoken_words(script_id=script_id))
            people = tasks.create_task(cast.list_characters())
            situations = tasks.create_task(ctx.clients.session_context_management_api.list_sessions())
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from None
    spoken = {action.dialogue_id for action in actions.result()} - {None}
    known = {line.dialogue_id for line in lines.result()}
    # An action may speak a line that names no script, or another one.
    quoted = [] if spoken <= known else await cast.list_spoken_words()
    about = [each for each in situations.result() if each.script_id in (None, script_id)]
    return _Material(headings.result(), actions.result(), lines.result(), quoted, people.result(), about)


def _sections(material: _Material) -> list[schemas.SectionHeading]:
    return [
        schemas.SectionHeading(
            heading_id=heading.heading_id,
            script_id=heading.script_id,
            title=heading.title,
            sequence=heading.sequence_number,
        )
        for heading in sorted(material.headings, key=lambda each: (each.sequence_number, each.heading_id))
    ]


def _elements(material: _Material) -> list[schemas.StoryElement]:
    """Return an element for each moment, in order, with as many of its parts as are known."""
    people = {person.character_id: person for person in material.people}
    # The latest session about a character tells the situation that the character is in.
    situations = {
        each.character_id: each
        for each in sorted(material.sessions, key=lambda each: each.session_id)
        if each.character_id is not None
    }
    moments = sorted(_moments(material), key=lambda each: (each.sequence, each.id))
    return [_element(moment, people, situations) for moment in moments]


def _moments(material: _Material) -> list[_Moment]:
    """Return one moment an action, and one for each line that no action speaks."""
    lines: dict[int | None, characters.SpokenWord] = {
        line.dialogue_id: line for line in (*material.quoted, *material.lines)
    }
    spoken = {action.dialogue_id for action in material.actions}
    acted = [
        _Moment(action.sequence_number, action.action_id, action, lines.get(action.dialogue_id))
        for action in material.actions
    ]
    free = [line for line in material.lines if line.dialogue_id not in spoken]
    return acted + [_Moment(line.sequence_number, line.dialogue_id, None, line) for line in free]


def _element(
    moment: _Moment, people: Mapping[int, characters.Character], situations: Mapping[int, sessions.Session]
) -> schemas.StoryElement:
    element = schemas.StoryElement(sequence=moment.sequence)
    if action := moment.action:
        element.action = schemas.Action(action_id=action.action_id, description=action.description)
    if line := moment.line:
        element.spoken_word = schemas.SpokenWord(
            dialogue_id=line.dialogue_id, text=line.text, sequence=line.sequence_number
        )
    if (who := moment.who) is not None:
        if person := people.get(who):
            element.character = schemas.Character(character_id=who, name=person.name, description=person.description)
        if situation := situations.get(who):
            element.context = _context(who, situation)
    return element


def _context(character_id: int, session: sessions.Session) -> schemas.Context:
    """Return the facts that the session names, else its text as the one fact."""
    facts = session.data or ({} if session.context is None else {"context": session.context})
    return schemas.Context(context_id=session.session_id, character_id=character_id, data=facts)
