"""Text that people see as it is: what is invisible, or would move or reorder what stands around it, is written out."""

import re
import unicodedata

_FOLDED = re.compile("[ \t\n\xa0\u1680\u2000-\u200a\u202f\u205f\u3000]+|\r\n")
"""What separates words: spaces of any width (category Zs), tabs, ends of lines; a carriage return alone does not."""

_UNSEEN = frozenset(
    map(chr, (0x34F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180B, 0x180C, 0x180D, 0x180F, 0x3164, 0xFFA0))
) | frozenset(map(chr, (*range(0xFE00, 0xFE0F), *range(0xE0100, 0xE01F0))))
"""Letters and marks that nobody sees (Default_Ignorable_Code_Point), but for the one that makes a sign colourful."""


def shown(text: str) -> str:
    """Return ``text`` with controls, formats, surrogates and what has no shape as escapes such as ``\\x1b``.

    Letters, marks, digits, punctuation and symbols of every script stay, and the space.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(each if _is_seen(each) else ascii(each)[1:-1] for each in text)


def prose(text: str) -> str:
    """Return ``text`` as ``shown`` does, in one line: what separates words is one space, and none is at the ends."""
    return shown(_FOLDED.sub(" ", text)).strip()


def width(text: str) -> int:
    """Return how many columns ``text`` takes: characters of East Asia two, marks none (UAX #11)."""
    if text.isascii():
        return len(text)
    return sum(0 if unicodedata.combining(each) else _columns(each) for each in text)


def cut(text: str, columns: int) -> str:
    """Return ``text`` where it takes ``columns`` at most, else as much as does with three dots behind it.

    It is cut between words where one ends in the second half of what fits.
    """
    if width(text) <= columns:
        return text
    room, end = columns - len("..."), 0
    for each in text:
        room -= width(each)
        if room < 0:
            break
        end += 1
    kept = text[:end]
    between = text.rfind(" ", 0, end + 1)
    return (kept[:between] if between > end // 2 else kept).rstrip(".,;: ") + "..."


def _is_seen(character: str) -> bool:
    # Printable is all but the categories Cc, Cf, Cs, Co, Cn, Zl, Zp and, save the space, Zs.
    return character.isprintable() and character not in _UNSEEN


def _columns(character: str) -> int:
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
