"""Whether the files of a database are still where they were opened: what is written to one that was removed is lost."""

import logging
import os
from collections.abc import Iterable
from pathlib import Path

from .faults import unavailable

logger = logging.getLogger(__name__)


class Whereabouts:
    """The files at ``paths`` as they are when it is made, by their inodes, as SQLite itself knows them."""

    def __init__(self, paths: Iterable[Path]) -> None:
        self._known = [(os.path.abspath(path), os.stat(path).st_ino) for path in paths]
        self._gone = False

    def check(self) -> None:
        """Raise ServiceUnavailable where another file, or none, is at a path; costs some microseconds."""
        try:
            for path, inode in self._known:
                if os.stat(path).st_ino != inode:
                    self._miss()
        except (FileNotFoundError, NotADirectoryError):
            self._miss()
        except OSError:
            # Not to be seen is not gone.
            return
        if self._gone:
            self._gone = False
            logger.info("the files of the database are back")

    def _miss(self) -> None:
        if not self._gone:
            self._gone = True
            logger.critical(
                "a file of the database was removed or replaced while it was open, and what is written would be lost: "
                "put it back, or stop the service, put the right files there and start it again"
            )
        raise unavailable()
