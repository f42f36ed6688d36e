"""Long texts in YAML: folded over lines, and read back as they were by whoever reads them."""

import yaml
from hypothesis import given
from hypothesis import strategies as st

from fountaingen.model.plan import FromData, Plan
from fountaingen.stages.load import yaml_reader
from fountaingen.stages.render import render

_PARTS = (
    " ",
    "  ",
    "\n",
    "\n\n",
    "\t",
    "plain",
    "wörd",
    '"',
    "'",
    "\\",
    ": ",
    " #",
    "- ",
    "\u2028",
    "\x85",
    "𐍈",
    "\x1b",
)
_LONG = st.lists(st.sampled_from(_PARTS), min_size=40, max_size=120).map("".join)


@given(_LONG, st.integers(0, 12))
def test_long_texts_survive_folding(text: str, depth: int) -> None:
    value: object = {"text": text, "list": [text]}
    for _ in range(depth):
        value = {"inner": value}
    written = render(Plan((FromData("a.yaml", value),)), [])["a.yaml"]
    assert written.isascii()
    assert yaml.safe_load(written) == value
    assert yaml_reader.read(written.decode("ascii"), "a.yaml")[0] == value
