"""What services write is shown line by line after their names, and cannot steer the terminal."""

import io
from pathlib import Path

import pytest

from fountaingen.supervisor.screen import Screen
from fountaingen.supervisor.units import ServiceUnit


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Broken(io.StringIO):
    def write(self, text: str) -> int:
        raise BrokenPipeError


def unit(name: str, title: str = "A title") -> ServiceUnit:
    return ServiceUnit(name, Path("/"), 8001, {}, title)


def test_lines_come_after_the_names_in_one_column_each_to_its_own_stream() -> None:
    out, err = io.StringIO(), io.StringIO()
    screen = Screen(out, err)
    screen.know(["orders", "api"])
    screen.log("api", "hello", is_error=False)
    screen.log("orders", "\ttrouble", is_error=True)
    assert (out.getvalue(), err.getvalue()) == ("api    | hello\n", "orders | \ttrouble\n")


def test_control_characters_are_shown_and_not_obeyed() -> None:
    out, err = io.StringIO(), io.StringIO()
    screen = Screen(out, err)
    screen.log("a", "x\x1b[2J\r\u202ey\x9b", is_error=False)
    screen.event("a\nb")
    screen.failure("c\x07", ["d\x1b"])
    assert out.getvalue() == "a | x\\x1b[2J\\r\\u202ey\\x9b\n"
    assert err.getvalue() == "a\\nb\nerror: c\\x07\n    d\\x1b\n"


def test_markup_of_rich_is_plain_text() -> None:
    out = io.StringIO()
    Screen(out, io.StringIO()).table([unit("a", "[red]:smile:[/red]\nx")], "key [b]")
    assert "[red]:smile:[/red]\\nx" in out.getvalue()
    assert "key [b]" in out.getvalue()


def test_urls_are_never_cut() -> None:
    out = io.StringIO()
    Screen(out, io.StringIO()).table([unit("a" * 60, "t" * 60)], "")
    assert "http://127.0.0.1:8001/docs" in out.getvalue()


@pytest.mark.parametrize(("no_color", "coloured"), [("", True), ("1", False)])
def test_colours_are_for_terminals_without_no_color(
    monkeypatch: pytest.MonkeyPatch, no_color: str, coloured: bool
) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    for name in ("FORCE_COLOR", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NO_COLOR", no_color)
    terminal, file = Terminal(), io.StringIO()
    for stream in (terminal, file):
        screen = Screen(stream, io.StringIO())
        screen.know(["a", "b"])
        screen.log("a", "line", is_error=False)
    assert ("\x1b[" in terminal.getvalue()) is coloured
    assert file.getvalue() == "a | line\n"


def test_a_reader_that_went_away_does_not_stop_the_services() -> None:
    screen = Screen(Broken(), Broken())
    screen.log("a", "line", is_error=False)
    screen.failure("f")
    screen.table([unit("a")], "key")
