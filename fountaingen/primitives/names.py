"""Names: identifiers computed from words people wrote, each given once within a scope."""

import keyword
import re
import unicodedata
from collections.abc import Iterable, Mapping

from fountaingen.primitives.code import Code
from fountaingen.primitives.origin import Sink

_BOUNDARY = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|[^A-Za-z0-9]+")
_LENGTH = 80
_LONGEST_LABEL = 50
"""Below the 63 of a label, so that what is put behind the name still fits."""
_SOFT_KEYWORDS = {"match", "case", "type", "_"}


def _ascii(text: str) -> str:
    """Return ``text`` in ASCII: accents go, letters that are two of another alphabet become these, the rest is lost."""
    return unicodedata.normalize("NFKD", text.translate(_LETTERS)).encode("ascii", "ignore").decode("ascii")


_LETTERS = str.maketrans(
    {"ß": "ss", "æ": "ae", "Æ": "Ae", "œ": "oe", "Œ": "Oe", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D"}
)


def words(text: str) -> list[str]:
    """Split ``text`` into words: ``spokenWordId``, ``spoken-word_id`` and ``Spoken word ID`` give the same three."""
    return [word.lower() for word in _BOUNDARY.split(_ascii(text)) if word]


def snake(text: str, fallback: str = "value") -> str:
    """Return a valid, lower-case identifier made of the words of ``text``; ``fallback`` where it has none."""
    name = "_".join(words(text))[:_LENGTH].strip("_") or fallback
    if name[0].isdigit():
        name = f"{fallback}_{name}"
    return f"{name}_" if keyword.iskeyword(name) or name in _SOFT_KEYWORDS else name


def cap_words(text: str, fallback: str = "Value") -> str:
    """Return a valid class name made of the words of ``text``; inner capitals that people wrote stay."""
    parts = [part for part in re.split(r"[^A-Za-z0-9]+", _ascii(text)) if part]
    name = "".join(part[0].upper() + part[1:] for part in parts)[:_LENGTH] or fallback
    if name[0].isdigit():
        name = f"{fallback}{name}"
    # Not an underscore: datamodel-code-generator takes it away, and is left with the keyword.
    return f"{name}{fallback}" if keyword.iskeyword(name) else name


def folded(text: str) -> str:
    """Return the form in which two spellings of one name are equal: its letters and digits, of any script, folded."""
    plain = unicodedata.normalize("NFKD", text.translate(_LETTERS)).casefold()
    return "".join(character for character in plain if character.isalnum()) or text


def singular(text: str) -> str:
    """Return the singular of a plural English word, by its ending; other words come back as they are."""
    for ending, replacement in (("ies", "y"), ("sses", "ss"), ("shes", "sh"), ("ches", "ch"), ("xes", "x"), ("s", "")):
        if text.endswith(ending) and len(text) > len(ending) + 1 and not text.endswith(("ss", "us", "is")):
            return text[: -len(ending)] + replacement
        if text.endswith(ending) and ending == "sses":
            return text[:-2]
    return text


def host_label(name: str) -> str:
    """Return the name of a service as one label of a host name (RFC 1123 section 2.1): ``core_api`` is ``core-api``.

    It is what containers, gateway targets and Kubernetes objects of the service are called.
    """
    return "-".join(words(name))[:_LONGEST_LABEL].strip("-") or "service"


def beside(name: str, reserved: Iterable[str]) -> str:
    """Return ``name``, with an underscore after it where it is one of ``reserved``."""
    return f"{name}_" if name in reserved else name


def allocate(wanted: Mapping[str, str], taken: Iterable[str] = ()) -> dict[str, Code]:
    """Give every key its wanted name, numbering the later ones of a clash, in the order of the sorted keys.

    Keys are source pointers, so that the order in which a spec is written changes no name. Names are compared without
    case, for file systems and SQL fold it.
    """
    used = {name.casefold() for name in taken}
    names: dict[str, Code] = {}
    # Where to go on counting: thousands of names may wish for one.
    numbers: dict[str, int] = {}
    for key in sorted(wanted):
        base = name = wanted[key]
        numbered = f"{base.rstrip('_')}{'_' if '_' in base or base.islower() else ''}"
        while name.casefold() in used:
            number = numbers.get(numbered.casefold(), 2)
            numbers[numbered.casefold()] = number + 1
            name = f"{numbered}{number}"
        used.add(name.casefold())
        names[key] = Code.encoded(name, Sink.IDENTIFIER, name)
    return names
