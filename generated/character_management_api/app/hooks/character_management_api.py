# Copied by fountaingen from hooks/character_management_api.py. Do not edit: edit that file.
"""Characters, actions and spoken lines carry numbers from the central sequence; paraphrases carry none."""

from typing import Literal

from app import models, schemas
from app.clients.central_sequence_service import schemas as sequence
from app.context import Context, CreateActionContext, CreateCharacterContext, CreateSpokenWordContext


async def create_character(ctx: CreateCharacterContext, body: schemas.CharacterCreateRequest) -> schemas.Character:
    """A character is stored with its number; where the sequence gives none, nothing is stored."""
    character_id = await ctx.new_id(models.Character)
    number = await _number(ctx, "character", character_id)
    return await ctx.with_columns(character_id=character_id, sequence_number=number).default(body)


async def create_action(ctx: CreateActionContext, body: schemas.ActionCreateRequest) -> schemas.Action:
    """An action is stored with its number; where the sequence gives none, nothing is stored."""
    action_id = await ctx.new_id(models.Action)
    number = await _number(ctx, "action", action_id)
    return await ctx.with_columns(action_id=action_id, sequence_number=number).default(body)


async def create_spoken_word(ctx: CreateSpokenWordContext, body: schemas.SpokenWordCreateRequest) -> schemas.SpokenWord:
    """A line is stored with its number; where the sequence gives none, nothing is stored."""
    dialogue_id = await ctx.new_id(models.SpokenWord)
    number = await _number(ctx, "spokenWord", dialogue_id)
    return await ctx.with_columns(dialogue_id=dialogue_id, sequence_number=number).default(body)


async def _number(ctx: Context, element_type: Literal["character", "action", "spokenWord"], element_id: int) -> int:
    element = sequence.SequenceRequest(element_type=element_type, element_id=element_id)
    return (await ctx.clients.central_sequence_service.generate_sequence_number(element)).sequence_number
