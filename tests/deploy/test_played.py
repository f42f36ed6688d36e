"""The scene of five services at work, played through the published port of containers."""

import pytest
from scene import Scene, play
from services import Services
from test_scene import (
    test_a_new_order_of_sections_is_all_or_nothing,
    test_a_paraphrase_of_something_else_or_of_nothing_is_refused,
    test_a_renumbering_is_all_or_nothing,
    test_a_section_of_no_script_takes_no_number,
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

from deploy.conftest import Running

__all__ = [
    "test_a_new_order_of_sections_is_all_or_nothing",
    "test_a_paraphrase_of_something_else_or_of_nothing_is_refused",
    "test_a_renumbering_is_all_or_nothing",
    "test_a_section_of_no_script_takes_no_number",
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


@pytest.fixture(scope="module")
def fleet(running: Running) -> Services:
    """The services behind the published port."""
    return running.services


@pytest.fixture(scope="module")
def scene(fleet: Services, running: Running) -> Scene:
    """What was written on empty databases, once, before any test."""
    with running.deployment.lapses.measure("scene played through the published port"):
        return play(fleet)
