"""Every kind of file that is generated is one that is read back before it is written."""

import pytest
from goldens import compiled

from fountaingen.stages.reread import is_read


@pytest.mark.parametrize("case", ["deployed", "media", "peers"])
def test_every_kind_of_file_is_read_back(case: str) -> None:
    assert [path for path in compiled(case).tree.files if not is_read(path)] == []
