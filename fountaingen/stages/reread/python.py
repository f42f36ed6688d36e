"""Python, read back: every text of a contract is one token of its kind, and all that is called or imported is ours."""

import ast
import re
from collections.abc import Iterable, Iterator
from keyword import iskeyword

from fountaingen.primitives.origin import Atom, Sink
from fountaingen.stages.reread import lexer, vocabulary
from fountaingen.stages.reread.lexer import Lexed, Token
from fountaingen.stages.reread.printed import Fault, Piece, Printed
from fountaingen.stages.reread.shape import Shape

_NAME = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*", re.ASCII)
_BARE = re.compile(r"[\w.]*", re.ASCII)
_OURS = re.compile(r"[\w\s()\[\]{},.:=|*+<>!@-]*", re.ASCII)
_OBEYED = re.compile(
    r"#\s*(?:type:|noqa|fmt:|yapf:|isort:|ruff:|mypy:|pyright:|pylint:|pragma|nosec)|coding[:=]", re.IGNORECASE
)


def faults(printed: Printed, tree: ast.Module) -> Iterator[Fault]:
    """Yield what is not as it was meant in Python that parses to ``tree``."""
    lexed = lexer.lex(printed.text)
    known = vocabulary.of_file(printed.own)
    broken = [fault for piece in printed.pieces for fault in _piece(piece, lexed)]
    yield from broken
    if not broken:
        yield from Shape(known, _names(printed), _values(printed, lexed)).faults(tree, printed.text)


def _piece(piece: Piece, lexed: Lexed) -> Iterator[Fault]:
    tokens = list(lexed.over(piece.start, piece.end))
    for token in tokens:
        if token.start < piece.start and not _may_hold(token, piece):
            yield Fault(piece.start, "what is printed here is taken for a part of what stands before it")
            return
        if token.end > piece.end and token.start >= piece.start:
            yield Fault(token.start, "what is printed here does not end where it should")
            return
        if token.is_comment:
            yield from _comment(token, lexed)
    atoms = [atom.moved(piece.start) for atom in piece.code.atoms]
    for atom in atoms:
        yield from _atom(atom, lexed)
    if [(atom.start, atom.end) for atom in atoms] != [(piece.start, piece.end)]:
        yield from _rest(piece, atoms, tokens, lexed)


def _may_hold(token: Token, piece: Piece) -> bool:
    """Say whether a piece may stand inside a comment or string of a template: as a line, or as a name alone."""
    if token.end < piece.end:
        return False
    return token.is_comment or _BARE.fullmatch(piece.code) is not None


def _atom(atom: Atom, lexed: Lexed) -> Iterator[Fault]:
    text = lexed.text[atom.start : atom.end]
    tokens = list(lexed.over(atom.start, atom.end))
    match atom.sink:
        case Sink.LITERAL:
            if not _is_literal(atom, text, tokens, lexed):
                yield Fault(atom.start, "this is not the one string that it was meant to be")
        case Sink.DOCSTRING:
            whole = [(token.start, token.end, token.is_comment) for token in tokens]
            if whole != [(atom.start, atom.end, False)] or not text.startswith(('"""', 'r"""')):
                yield Fault(atom.start, "this is not the one docstring that it was meant to be")
        case Sink.COMMENT:
            if not _is_in_comment(atom, tokens):
                yield Fault(atom.start, "this is not within the one comment that it was meant for")
        case Sink.IDENTIFIER:
            if _NAME.fullmatch(text) is None or any(map(iskeyword, text.split("."))) or text != atom.value:
                yield Fault(atom.start, "this is not the one name that it was meant to be")


def _is_in_comment(atom: Atom, tokens: list[Token]) -> bool:
    if atom.start == atom.end:
        return True
    return len(tokens) == 1 and tokens[0].is_comment and tokens[0].start < atom.start and atom.end <= tokens[0].end


def _is_literal(atom: Atom, text: str, tokens: list[Token], lexed: Lexed) -> bool:
    """Say whether an atom is a string, or several side by side in brackets, with the value that was meant."""
    inset = 1 if text.startswith("(") and text.endswith(")") else 0
    if not tokens or tokens[0].start != atom.start + inset or tokens[-1].end != atom.end - inset:
        return False
    parts: list[str] = []
    at = tokens[0].start
    for token in tokens:
        if token.is_comment or lexed.text[at : token.start].strip(" "):
            return False
        parts.append(lexed.of(token))
        at = token.end
    try:
        return bool("".join(map(ast.literal_eval, parts)) == atom.value)
    except (SyntaxError, ValueError, TypeError):
        return False


def _comment(token: Token, lexed: Lexed) -> Iterator[Fault]:
    text = lexed.of(token)
    if not text.isprintable():
        yield Fault(token.start, "this comment holds what cannot be seen")
    elif _OBEYED.search(text):
        yield Fault(token.start, "this comment is one that tools obey")


def _rest(piece: Piece, atoms: Iterable[Atom], tokens: Iterable[Token], lexed: Lexed) -> Iterator[Fault]:
    """Judge what no encoder made: it is made of words of the plan."""
    ours = vocabulary.of_plan()
    rest = list(piece.code)
    made = [(atom.start - piece.start, atom.end - piece.start) for atom in atoms]
    for token in tokens:
        start, end = max(token.start - piece.start, 0), min(token.end - piece.start, len(rest))
        if token.is_comment or token.start < piece.start:
            made.append((start, end))
        elif not any(first <= start and end <= last for first, last in made):
            values = lexer.constants(lexer.lex(lexed.of(token)))
            if token.is_formatted or not ours.strings.issuperset(values):
                yield Fault(token.start, "no encoder made this string")
            made.append((start, end))
    for start, end in made:
        rest[start:end] = "\n" * (end - start)
    plain = "".join(rest)
    if _OURS.fullmatch(plain) is None:
        yield Fault(piece.start, "this holds more than names and calls")
    for found in lexer.WORD.finditer(plain):
        if found[0] not in ours.words:
            yield Fault(piece.start + found.start(), f"nothing of ours is called {found[0]!r}")


def _names(printed: Printed) -> frozenset[str]:
    """Return the names that encoders made, as they stand in the text: a piece of ours may be grown to one."""
    names: set[str] = set()
    for piece in printed.pieces:
        for atom in piece.code.atoms:
            if atom.sink is Sink.IDENTIFIER:
                start, end = piece.start + atom.start, piece.start + atom.end
                while start and _BARE.fullmatch(printed.text[start - 1]):
                    start -= 1
                found = _BARE.match(printed.text, start)
                names.update((found[0] if found and found.end() >= end else atom.value).split("."))
    return frozenset(names)


def _values(printed: Printed, lexed: Lexed) -> frozenset[str | bytes]:
    """Return the values of the strings that encoders made, and of those of a template with a name printed into them."""
    values: set[str | bytes] = set()
    for piece in printed.pieces:
        values.update(atom.value for atom in piece.code.atoms if atom.sink is Sink.LITERAL)
        for token in lexed.over(piece.start, piece.end):
            if token.start < piece.start and not token.is_comment:
                values.update(lexer.constants(lexer.lex(lexed.of(token))))
    return frozenset(values)
