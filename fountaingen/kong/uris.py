"""Paths as Kong's router sees them (``kong/tools/uri.lua``): reserved characters stay encoded, others do not."""

import re

_TRIPLET = re.compile(rb"%([0-9A-Fa-f]{2})")
_UNSAFE = re.compile(rb"[^!#$&'()*+,/:;=?@\[\]A-Za-z0-9\-_.~%]")
_RESERVED = frozenset(b"!*'();:@&=+$,/?%#[]")


def normalized(path: str, *, merge_slashes: bool = True) -> str:
    """Decode what is not reserved, remove dot segments, and make one slash of several.

    A path of bytes that are no UTF-8 keeps them as surrogates.
    """
    raw = path.encode("utf-8", "surrogateescape")
    if b"%" in raw:
        raw = _TRIPLET.sub(_decoded, raw)
    text = raw.decode("utf-8", "surrogateescape")
    if "." not in text and not (merge_slashes and "//" in text):
        return text
    return _without_dots(text, merge_slashes)


def _decoded(match: re.Match[bytes]) -> bytes:
    byte = int(match[1], 16)
    return match[0].upper() if byte in _RESERVED else bytes((byte,))


def _without_dots(rest: str, merge_slashes: bool) -> str:
    kept: list[str] = []
    while rest:
        if rest in {".", ".."}:
            rest = ""
        elif rest == "/." or rest.startswith("/./"):
            rest = "/" + rest[3:]
        elif rest == "/.." or rest.startswith("/../"):
            rest = "/" + rest[4:]
            kept = kept[:-1]
        elif rest.startswith(("../", "./")):
            rest = rest[rest.index("/") + 1 :]
        elif merge_slashes and rest.startswith("//"):
            rest = rest[1:]
        else:
            end = rest.find("/", 1)
            kept.append(rest if end < 0 else rest[:end])
            rest = "" if end < 0 else rest[end:]
    return "".join(kept)


def escaped(path: str) -> str:
    """Encode what may not stand in a request line, as Kong does when it passes a normalized path on."""
    raw = path.encode("utf-8", "surrogateescape")
    return _UNSAFE.sub(lambda match: b"%%%02X" % match[0][0], raw).decode("ascii")
