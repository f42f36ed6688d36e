"""How much of a list is sent at once."""

import sys
from types import ModuleType

import pytest
from sample_client import Client

from fountaingen.runtime.columns import LARGEST
from fountaingen.runtime.storage.paging import MOST_ROWS, Page, Whole


@pytest.mark.parametrize(
    ("page", "bounds"),
    [
        (Page(), (MOST_ROWS, 0)),
        (Page(limit=5, offset=7), (5, 7)),
        (Page(limit=10**30, offset=10**30), (MOST_ROWS, LARGEST)),
        (Page.numbered(3, 20), (20, 40)),
        (Page.numbered(3, None), (MOST_ROWS, 2 * MOST_ROWS)),
        (Page.numbered(3, 10**30), (MOST_ROWS, 2 * MOST_ROWS)),
        (Page.after(None, 10**30), (MOST_ROWS, 0)),
        (Whole(), (LARGEST, 0)),
    ],
)
def test_a_page_is_bounded(page: Page, bounds: tuple[int, int]) -> None:
    assert page.bounds == bounds


def test_pages_that_are_smaller_than_what_was_asked_for_lead_through_the_whole_list(
    call: Client, sample: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.modules["app.runtime.storage.paging"], "MOST_ROWS", 2)
    for number in range(5):
        assert call("POST", "/notes", json={"count": number}).status_code == 201
    for asked in ({}, {"limit": 1000}):
        found, query = [], dict[str, object](asked)
        while True:
            body = call("GET", "/notes", params=query).json()
            assert len(body["items"]) <= 2
            found += [each["count"] for each in body["items"]]
            if not body.get("next"):
                break
            query["cursor"] = body["next"]
        assert found == [0, 1, 2, 3, 4]
