"""What a plain YAML scalar means: the core schema of YAML 1.2 (section 10.3.2), so ``no`` and dates stay text."""

import math
import re

from fountaingen.stages.load.limits import MAX_DIGITS

Scalar = str | int | float | bool | None

STRING = "tag:yaml.org,2002:str"
_PREFIX = "tag:yaml.org,2002:"
_KINDS: dict[str, tuple[type, ...]] = {
    _PREFIX + "null": (type(None),),
    _PREFIX + "bool": (bool,),
    _PREFIX + "int": (int,),
    _PREFIX + "float": (int, float),
}
_WORDS: dict[str, bool | None] = (
    dict.fromkeys(("", "~", "null", "Null", "NULL"), None)
    | dict.fromkeys(("true", "True", "TRUE"), True)
    | dict.fromkeys(("false", "False", "FALSE"), False)
)
_INTEGERS = (
    (re.compile(r"[-+]?[0-9]+"), 10),
    (re.compile(r"0o[0-7]+"), 8),
    (re.compile(r"0x[0-9a-fA-F]+"), 16),
)
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")


def plain(text: str) -> Scalar:
    """Return the value of an untagged plain scalar.

    Raises:
        ValueError: it is a number that JSON has no words for; the message says so.
    """
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in "+-.0123456789":
        return text
    for form, base in _INTEGERS:
        if form.fullmatch(text):
            return _integer(text, base)
    return _float(text)


def tagged(text: str, tag: str) -> Scalar:
    """Return the value of a scalar with an explicit standard tag.

    Raises:
        LookupError: the tag is not of the core schema.
        ValueError: the text does not fit the tag, or is a number that JSON has no words for.
    """
    if tag in {STRING, "!"}:
        return text
    kinds = _KINDS[tag]
    value = plain(text)
    if type(value) not in kinds:
        raise ValueError(f"{text!r} does not fit its tag '!!{tag.removeprefix(_PREFIX)}'")
    return float(value) if kinds[-1] is float and isinstance(value, int) else value


def _integer(digits: str, base: int) -> int:
    _measure(digits)
    number = int(digits, base)
    try:
        float(number)
    except OverflowError:
        raise ValueError(f"{digits} is beyond what a number can hold") from None
    return number


def _float(text: str) -> float | str:
    if _NOT_FINITE.fullmatch(text):
        raise ValueError(f"{text} is not a JSON number")
    if not _FLOAT.fullmatch(text):
        return text
    _measure(text)
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text} is beyond what a number can hold")
    return number


def _measure(text: str) -> None:
    if len(text) > MAX_DIGITS:
        raise ValueError(f"a number of more than {MAX_DIGITS:,} characters")
