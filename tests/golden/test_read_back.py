"""Every kind of file that golden cases hold is one that is read back before it is written."""

import pytest

from fountaingen.stages.reread import is_read
from tests.golden.goldens import CASES, compiled


@pytest.mark.parametrize("case", CASES)
def test_every_kind_of_file_is_read_back(case: str) -> None:
    assert [path for path in compiled(case).tree.files if not is_read(path)] == []
