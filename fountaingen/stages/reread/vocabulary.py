"""What may stand in generated Python beside names and values of a contract: the words of a template and of the plan.

Both are taken from source that we wrote, never from what was printed.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from fountaingen.stages.reread import lexer
from fountaingen.stages.reread.lexer import Lexed

_STAGES = Path(__file__).parents[1]
_MODEL = _STAGES.parent / "model"
_DECORATOR = re.compile(r"@([^\W\d]\w*)")
_MODULE = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*")
_ESCAPE = re.compile(r"\\[nrt]")
_STRING = re.compile(r"""[rbfRBF]*("(?!"")|'(?!''))(.*)\1""", re.DOTALL)
_CHOSEN = re.compile(r"""Code\.of\(\s*"[\w.{}]*?([^\W\d]\w*)"|else "([^\W\d]\w*)"\)""")
_IMPORT = re.compile(r"^[ \t]*(?:from|import)[ \t]+([\w.]+)", re.MULTILINE)


@dataclass(frozen=True)
class Vocabulary:
    """``words`` are names and keywords, ``calls`` what is called, ``strings`` the values of strings."""

    words: frozenset[str]
    calls: frozenset[str]
    strings: frozenset[str | bytes]
    decorators: frozenset[str]
    modules: frozenset[str]

    def __or__(self, other: "Vocabulary") -> "Vocabulary":
        return Vocabulary(
            self.words | other.words,
            self.calls | other.calls,
            self.strings | other.strings,
            self.decorators | other.decorators,
            self.modules | other.modules,
        )


def _signs(code: str, lexed: Lexed) -> Iterator[str]:
    """Yield what says as a keyword does that there is something of its kind."""
    if any(token.is_formatted for token in lexed.tokens):
        yield FORMATTED
    if WALRUS in code:
        yield WALRUS


@lru_cache(maxsize=256)
def of_file(own: str) -> Vocabulary:
    """Return what may stand in a file whose templates print ``own`` by themselves."""
    return of_template(own) | of_plan()


def of_template(own: str) -> Vocabulary:
    """Return what the text of a template has in it."""
    lexed = lexer.lex(own)
    code = lexer.bare(lexed)
    return Vocabulary(
        frozenset(lexer.WORD.findall(code)) | set(_signs(code, lexed)),
        frozenset(lexer.CALL.findall(code)),
        frozenset(lexer.constants(lexed)),
        frozenset(_DECORATOR.findall(code)),
        frozenset(_IMPORT.findall(code)),
    )


FORMATTED = "f''"
"""What stands for formatted strings among the words."""

WALRUS = ":="
"""The sign of an assignment inside an expression, which stands for itself."""

_CONSTANTS = frozenset({"False", "None", "True"})
"""What literals are made of beside strings and numbers."""


@cache
def of_plan() -> Vocabulary:
    """Return what the stages that compose code have in their strings: every piece of code is made of those."""
    sources = [path.read_text(encoding="utf-8") for path in _sources()]
    texts = frozenset(text for source in sources for text in _texts(source))
    joined = "\n".join(texts)
    quoting = (text.replace("{{", "{").replace("}}", "}") for text in texts if "'" in text or '"' in text)
    return Vocabulary(
        frozenset(lexer.WORD.findall(joined)) | _CONSTANTS,
        frozenset(lexer.CALL.findall(joined))
        | {name for source in sources for found in _CHOSEN.findall(source) for name in found if name},
        frozenset(constant for text in quoting for constant in lexer.constants(lexer.lex(text))),
        frozenset(),
        frozenset(text for text in texts if _MODULE.fullmatch(text)),
    )


def _sources() -> Iterator[Path]:
    yield from sorted((_STAGES / "plan").glob("*.py"))
    yield from sorted((_STAGES / "plan" / "tests").glob("*.py"))
    yield from sorted(_MODEL.glob("*.py"))


def _texts(source: str) -> Iterator[str]:
    """Yield what stands between the quotes of each string that is no docstring."""
    lexed = lexer.lex(source)
    for token in lexed.tokens:
        if not token.is_comment and (found := _STRING.fullmatch(lexed.of(token))) is not None:
            yield _ESCAPE.sub(" ", found[2])
