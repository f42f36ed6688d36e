"""Uploads on a disk that is full: the caller is told 507, and nothing stays open."""

import asyncio
import errno
import tempfile
from pathlib import Path
from typing import Any

import pytest

from fountaingen.runtime import uploads
from fountaingen.runtime.errors import InsufficientStorage
from fountaingen.runtime.uploads import Label, Spool, StoredUpload

PIECE = b"x" * 1000


class FullFile:
    """A file on a disk without room, which says so when it is written to, and again when it is closed."""

    def write(self, _piece: bytes) -> int:
        """Fail."""
        raise OSError(errno.ENOSPC, "No space left on device")

    def close(self) -> None:
        """Fail: what could not be written is tried once more."""
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_spool_without_room_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "_Memory", lambda **_: FullFile())
    spool = Spool(1)
    with pytest.raises(InsufficientStorage):
        asyncio.run(spool.append(PIECE))
    spool.close()


def test_a_spool_without_a_folder_that_takes_a_byte(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    # What tempfile says where every folder for temporary files is full.
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "missing"))
    spool = Spool(1)
    with pytest.raises(InsufficientStorage):
        asyncio.run(spool.append(PIECE))
    spool.close()


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_a_spool_that_fills_up_when_it_is_read(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    spool = Spool(1)
    asyncio.run(spool.append(PIECE))

    def seek(*_: Any) -> int:
        raise OSError(number, "the rest of the buffer does not fit")

    monkeypatch.setattr(spool._file, "seek", seek)
    with pytest.raises(InsufficientStorage):
        asyncio.run(spool.read(0, 10))
    spool.close()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full on this system")
def test_saving_to_a_full_disk() -> None:
    async def save() -> None:
        spool = Spool(10 * len(PIECE))
        await spool.append(PIECE)
        try:
            await StoredUpload(Label(), spool, 0, len(PIECE)).save("/dev/full")
        finally:
            spool.close()

    with pytest.raises(InsufficientStorage):
        asyncio.run(save())
