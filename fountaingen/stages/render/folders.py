"""Where templates come from: the first folder that has one, read as what strangers may have written is read."""

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

from jinja2 import BaseLoader, Environment, TemplateNotFound
from jinja2.loaders import split_template_path

from fountaingen.model.problems import Place, Problem, Rejected
from fountaingen.stages import files

_LONGEST = 4 << 20


class Folders(BaseLoader):
    """Loads templates from ``folders``; those of all but the last, which is fountaingen's own, lie in their folder."""

    def __init__(self, folders: tuple[Path, ...]) -> None:
        self._folders = folders

    def get_source(self, environment: Environment, template: str) -> tuple[str, str, Callable[[], bool]]:
        """Return the text of a template, its file, and what tells whether that is still the same.

        Raises:
            Rejected: FG301 it cannot be read.
            TemplateNotFound: no folder has it.
        """
        for folder in self._folders:
            path = folder.joinpath(*split_template_path(template))
            if not os.path.lexists(path):
                continue
            try:
                stamp = _stamp(path)
                content = files.read(path, most=_LONGEST, within=None if folder is self._folders[-1] else (folder,))
                return content.decode("utf-8"), str(path), partial(_is_as, path, stamp)
            except files.Unreadable as error:
                raise _rejected(error.why, template) from error
            except UnicodeDecodeError as error:
                raise _rejected("is not UTF-8", template) from error
        raise TemplateNotFound(template)


def _rejected(why: str, template: str) -> Rejected:
    return Rejected([Problem("FG301", why, Place(f"templates/{template}"))])


def _stamp(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return -1


def _is_as(path: Path, stamp: int) -> bool:
    return _stamp(path) == stamp
