"""Every encoder, and what is in its place when it is switched off: text as it is, in quotes where the sink has some.

A switch replaces the code of a function, not the name that it is found by: whoever has imported it has it, too. What
stands in its place can therefore use nothing but what it imports by itself.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from types import CodeType
from typing import Any

from fountaingen.primitives import (
    code,
    compose,
    dockerfile,
    dumping,
    environment,
    markdown,
    names,
    paths,
    regex,
    shell,
    sql,
    terminal,
    visible,
)
from hostile import scenes
from hostile.contracts import TEXTS
from hostile.scenes import Scene

# What stands in for an encoder is called as it is: by mypy's lights it may take anything.
Anything = Any


def _bare(text: Anything, *_: Anything) -> Anything:
    from fountaingen.primitives.code import Code

    return Code(text)


def _as_it_is(text: Anything) -> Anything:
    return text


def _named(text: Anything, fallback: Anything = "") -> Anything:
    return text or fallback


def _double(text: Anything, *_: Anything) -> Anything:
    from fountaingen.primitives.code import Code

    return Code(f'"{text}"')


def _single(text: Anything) -> Anything:
    from fountaingen.primitives.code import Code

    return Code(f"'{text}'")


def _three(text: Anything, limit: Anything = 0) -> Anything:
    from fountaingen.primitives.code import Code

    return Code(f'"""{text}"""')


def _ticks(text: Anything) -> Anything:
    from fountaingen.primitives.code import Code

    return Code(f"`{text}`")


def _wanted(wanted: Anything, taken: Anything = ()) -> Anything:
    from fountaingen.primitives.code import Code

    return {key: Code(name) for key, name in wanted.items()}


def _pasted(data: Anything) -> Anything:
    return "".join(f"{key}: {value}\n" for key, value in data["info"].items())


def _shown(data: Anything) -> Anything:
    return ascii(data)


def _unescaped(value: Anything) -> Anything:
    from fountaingen.primitives.compose import escaped

    if isinstance(value, dict):
        return {key: escaped(item) for key, item in value.items()}
    return str(value) if isinstance(value, str) else list(map(escaped, value)) if isinstance(value, list) else value


def _never(name: Anything) -> Anything:
    return False


@dataclass(frozen=True)
class Switch:
    """An encoder that can be switched off: ``off`` maps functions to what stands in for them, ``scene`` shows it.

    Where ``normal`` is ``refused``, no text reaches the sink at all, for the encoder takes names alone.
    """

    off: Mapping[Callable[..., Any], Callable[..., Any]]
    scene: Scene
    normal: str = "clean"

    def codes(self) -> list[tuple[Callable[..., Any], CodeType]]:
        """Return the functions and the code that they are given."""
        return [(function, instead.__code__) for function, instead in self.off.items()]


_ENDPOINTS = partial(scenes.application, TEXTS["python"], "endpoints.py")

SWITCHES: Mapping[str, Switch] = {
    "a string in Python": Switch({code._text: _double}, _ENDPOINTS),
    "a docstring": Switch({code.docstring: _three}, _ENDPOINTS),
    "a comment": Switch(
        {code.comment: _bare}, partial(scenes.application, "x", "main.py", spec="specs/a coding=latin-1 .json")
    ),
    "a comment that gives orders": Switch(
        {code.comment: _bare}, partial(scenes.application, "x", "main.py", spec="specs/a # noqa.json")
    ),
    "a name of a function": Switch({names.snake: _named, code.identifier: _bare}, _ENDPOINTS),
    "a name of a class": Switch(
        {names.cap_words: _named, code.identifier: _bare},
        partial(scenes.application, TEXTS["python"], "protocols.py", "schemas.py"),
    ),
    "names that are one": Switch({names.allocate: _wanted}, scenes.twins_of_names),
    "a plain name": Switch({code.plain: _bare}, scenes.base_image, "refused"),
    "what cannot be seen": Switch(
        {visible.shown: _as_it_is}, partial(scenes.application, TEXTS["unseen"], "README.md", "endpoints.py")
    ),
    "YAML": Switch({dumping.as_yaml: _pasted}, scenes.contract_as_yaml),
    "JSON": Switch({dumping.as_json: _shown}, scenes.contract_as_json),
    "compose": Switch({compose.escaped: _unescaped}, scenes.containers),
    "a variable": Switch({environment.text: _bare}, scenes.settings_file),
    "a Dockerfile": Switch({dockerfile.quoted: _double}, scenes.labels),
    "a shell": Switch({shell.quoted: _single}, scenes.scripts),
    "SQL": Switch({sql.name: _bare}, scenes.databases, "refused"),
    "a regular expression": Switch({regex.text: _as_it_is}, partial(scenes.together, "x", "kong.yml")),
    "prose in Markdown": Switch({markdown.markdown: _bare}, partial(scenes.application, TEXTS["markup"], "README.md")),
    "code in Markdown": Switch({markdown.code_span: _ticks}, partial(scenes.application, TEXTS["markup"], "README.md")),
    "a terminal": Switch({terminal.one_line: _as_it_is}, scenes.diagnostics),
    "a line of a log": Switch({terminal.log_line: _as_it_is}, scenes.logs),
    "a folder": Switch({paths.is_device: _never}, scenes.folders),
}
"""Every encoder by the name of its sink."""
