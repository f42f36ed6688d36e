"""Templates, printed: nothing but ``Code``, and where each piece of it came to stand."""

import re
from collections.abc import Callable, Mapping, MutableMapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined, Template, Undefined
from jinja2.exceptions import TemplateError

from fountaingen.model.problems import Place, Problem, Rejected
from fountaingen.primitives.code import Code
from fountaingen.stages.render.folders import Folders
from fountaingen.stages.reread.printed import HOLE, Piece, Printed

_PLACE = re.compile("\ufdd0([0-9]+)\ufdd1")
"""Where a piece goes, between noncharacters, which no template holds (Unicode 16, section 23.7)."""


class Printer:
    """Prints templates, each from the first of ``folders`` that has it.

    Text of a contract is put in when a template has printed all of its own, so that no template can obey it.
    """

    def __init__(self, folders: tuple[Path, ...]) -> None:
        self._pieces: list[Code] = []
        self._templates = _Templates(folders, self._placed)

    def printed(self, path: str, template: str, view: Mapping[str, Any]) -> Printed:
        """Return the text of the file at ``path``.

        Raises:
            Rejected: FG301 the template cannot be printed.
        """
        self._pieces.clear()
        self._templates.used.clear()
        try:
            marked = self._templates.get_template(template).render(view)
        except (TemplateError, TypeError) as error:
            raise Rejected([Problem("FG301", f"cannot be printed: {error}", Place(f"templates/{template}"))]) from error
        own = "\n".join(self._templates.own_text(name) for name in sorted(self._templates.used))
        return Printed(path, *_filled(marked, self._pieces), own)

    def _placed(self, value: object) -> object:
        """Refuse to print what is not ``Code``: text of a spec cannot become code, nor None slip through."""
        if isinstance(value, Code):
            self._pieces.append(value)
            return f"\ufdd0{len(self._pieces) - 1}\ufdd1"
        if isinstance(value, Undefined):
            return str(value)  # raises, and says what is undefined
        raise TypeError(f"templates print Code, not {type(value).__name__}")


def _filled(marked: str, codes: list[Code]) -> tuple[str, tuple[Piece, ...]]:
    """Return ``marked`` with ``codes`` in their places, and where they are."""
    parts: list[str] = []
    pieces: list[Piece] = []
    length = at = 0
    for place in _PLACE.finditer(marked):
        parts += [marked[at : place.start()], codes[int(place[1])]]
        length += place.start() - at
        pieces.append(Piece(length, codes[int(place[1])]))
        length, at = pieces[-1].end, place.end()
    return "".join([*parts, marked[at:]]), tuple(pieces)


class _Templates(Environment):
    """Templates that print what ``placed`` makes of values; ``used`` are those that were asked for."""

    def __init__(self, folders: tuple[Path, ...], placed: Callable[[object], object]) -> None:
        self._loader = Folders(folders)
        super().__init__(
            loader=self._loader,
            undefined=StrictUndefined,
            finalize=placed,
            autoescape=False,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
        )
        self.used: set[str] = set()

    def get_template(
        self, name: str | Template, parent: str | None = None, globals: MutableMapping[str, Any] | None = None
    ) -> Template:
        template = super().get_template(name, parent, globals)
        if template.name is not None:
            self.used.add(template.name)
        return template

    def own_text(self, name: str) -> str:
        """Return what a template prints by itself."""
        return _own_text(self._loader.get_source(self, name)[0])


_READER = Environment(trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True)


@lru_cache(maxsize=256)
def _own_text(source: str) -> str:
    parts = []
    for _, kind, value in _READER.lex(source):
        if kind == "data":
            parts.append(value)
        elif kind == "variable_begin":
            parts.append(HOLE)
    return "".join(parts)
