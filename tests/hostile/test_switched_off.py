"""No text of a contract is obeyed by what it is written into, and it is each encoder alone that sees to it."""

from collections.abc import Iterator
from html import escape

import pytest

from fountaingen.runtime.serving import docs
from fountaingen.stages import reread
from hostile import scenes
from hostile.contracts import TEXTS, twins
from hostile.switches import SWITCHES, Switch


@pytest.mark.parametrize("name", TEXTS)
def test_text_is_text_in_every_file_of_a_service(name: str) -> None:
    assert scenes.application(TEXTS[name]) == []


@pytest.mark.parametrize("name", TEXTS)
def test_text_is_text_in_every_file_of_a_system(name: str) -> None:
    assert scenes.together(TEXTS[name]) == []


def test_names_that_are_one_to_somebody_are_told_apart() -> None:
    assert scenes.application("", data=twins()) == []


@pytest.mark.parametrize("name", SWITCHES)
def test_nothing_is_obeyed(name: str) -> None:
    switch = SWITCHES[name]
    assert scenes.outcome(switch.scene) == switch.normal


def _off(switch: Switch, patch: pytest.MonkeyPatch) -> str:
    for function, instead in switch.codes():
        patch.setattr(function, "__code__", instead)
    return scenes.outcome(switch.scene)


@pytest.mark.parametrize("name", SWITCHES)
def test_without_its_encoder_a_sink_obeys(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(*_: object) -> Iterator[object]:
        return iter(())

    for check in ("printed_python", "printed_text", "dumped", "path_faults"):
        monkeypatch.setattr(reread, check, nothing)
    assert _off(SWITCHES[name], monkeypatch) not in ("clean", "refused")


@pytest.mark.parametrize("name", SWITCHES)
def test_what_is_generated_without_an_encoder_is_refused_or_seen(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert _off(SWITCHES[name], monkeypatch) not in ("clean", "refused")


def test_a_page_without_its_encoder_obeys(monkeypatch: pytest.MonkeyPatch) -> None:
    assert scenes.page() == []
    monkeypatch.setattr(docs, escape.__name__, str)
    assert scenes.page() == ["canary is an element"]
