"""The contract as a service shows it: as it was written, where everybody reads it so."""

import pytest
import yaml

from fountaingen.model.document import Document
from fountaingen.model.plan import FromData, Plan, Verbatim
from fountaingen.stages.build import build
from fountaingen.stages.load import yaml_reader
from fountaingen.stages.plan.service import contract_text
from fountaingen.stages.render import render
from fountaingen.stages.resolve import resolve

_TEXT = "openapi: 3.1.0  # the version\ninfo: {title: Test, version: '1'}\npaths: {}\n"


def _planned(text: str) -> FromData | Verbatim:
    data, positions = yaml_reader.read(text, "specs/test.yaml")
    planned = contract_text(build(resolve("test", Document("specs/test.yaml", data, text.encode(), positions), {})))
    assert isinstance(planned, FromData | Verbatim)
    return planned


@pytest.mark.parametrize(
    "more", ["", "x-a: [a, 'b?']\n", "x-a: 'a\tb'\n", "x-a: \U0001f600\n", "x-a: |\n  {?\n", "x-a: '[what?'\n"]
)
def test_comments_and_order_stay(more: str) -> None:
    assert _planned(_TEXT + more) == Verbatim("openapi.yaml", (_TEXT + more).encode())


@pytest.mark.parametrize(
    "text",
    [
        _TEXT.replace("openapi: ", "openapi:\t"),
        f"{_TEXT}x-a: [a?, b:c]\n",
        f"{_TEXT}x-a: a\u202eb\n",
        f"{_TEXT}# \u2066hidden\n",
        f"{_TEXT}x-a: a\u200bb\n",
    ],
)
def test_what_readers_disagree_about_and_what_moves_is_written_anew(text: str) -> None:
    written = render(Plan((_planned(text),)), [])["openapi.yaml"].decode()
    assert all(each.isprintable() for each in written.split("\n"))
    assert yaml.load(written, Loader=yaml.SafeLoader) == yaml_reader.read(text, "")[0]
