"""Texts that take longer to read than to send: what is percent-encoded, and what XML can be read as."""

import time
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fountaingen.runtime.judge import Judge, Judges
from fountaingen.runtime.parameters import styles
from fountaingen.runtime.xml import reader
from fountaingen.runtime.xml.reader import read_xml
from fountaingen.runtime.xml.schema import Document, Node, Slot

DOCUMENT = Document(Slot("x", node="x"), {"x": Node(("object",)), "any": Node()})
"""What is inside ``x`` can be text of five types."""


def seconds(work: Callable[[], object]) -> float:
    begin = time.thread_time()
    work()
    return time.thread_time() - begin


def test_long_encoded_texts_are_read_in_the_time_of_others() -> None:
    text = "%41" * 1_000_000
    assert styles.percent(text) == "A" * 1_000_000
    assert seconds(lambda: styles.percent(text)) < 0.5


@given(st.text(alphabet=st.sampled_from("a+%é€\U0001f4a54g1FC0")))
def test_they_are_read_as_short_ones_are(text: str) -> None:
    def read() -> Any:
        try:
            return styles.percent(text)
        except UnicodeDecodeError:
            return None

    short = read()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(styles, "_LONG", 0)
        assert read() == short
    assert short is None or short == unquote(text)


class Counting(Judge):
    """Refuses everything, and counts how often it is asked."""

    def __init__(self) -> None:
        super().__init__(False, None)
        self.asked = 0
        self.accepts = self._refuse

    def _refuse(self, _value: Any) -> bool:
        self.asked += 1
        return False


@pytest.mark.parametrize(
    ("text", "times"),
    [("", 1), ("a", 1), ("7", 3), ("true", 2)],
)
def test_xml_is_read_as_often_as_some_text_has_another_type(text: str, times: int) -> None:
    judge = Counting()
    assert read_xml(f"<x><a>b</a><a>{text}</a></x>".encode(), "", DOCUMENT, judge)[0] is False
    assert judge.asked == times


@pytest.mark.refuses("request-body/application/xml/ambiguous")
def test_large_xml_is_read_twice_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "_MOST_READ", 2_000)
    judge = Counting()
    assert read_xml(b"<x>" + b"<a>7</a>" * 1_000 + b"</x>", "", DOCUMENT, judge) == (False, {"a": [7] * 1_000})
    assert judge.asked == 2
    second = Judges({}).judge({"properties": {"a": {"items": {"type": "string"}}}})
    assert read_xml(b"<x>" + b"<a>true</a>" * 1_000 + b"</x>", "", DOCUMENT, second)[0]
