"""Texts and numbers with a meaning, and Kong's words for those that have none."""

import re

from fountaingen.kong import addresses, uris
from fountaingen.kong.patterns import pcre

_PATH = re.compile(r"/[\w.\-~/%:@!$&'()*+,;=]*", re.ASCII)
_TRIPLET = re.compile(r"%[0-9A-Fa-f]{2}")
_TAG = re.compile("[ !-+\\-.0-~\u0080-\U0010ffff]+")
_UTF8_NAME = re.compile("[0-9A-Za-z.\\-_~\u0080-\U0010ffff]+")
_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")


def path_fault(value: str) -> str | None:
    """Say why a text is no path."""
    if not _PATH.fullmatch(value):
        return f"invalid path: '{value}' (characters outside of the reserved list of RFC 3986 found)"
    return _percent_fault(value)


def router_path_fault(value: str) -> str | None:
    """Say why a text is no path of a route."""
    if _PATH.fullmatch(value):
        fault = _percent_fault(value)
        if fault:
            return fault
    if not value.startswith("~"):
        normal = uris.normalized(value)
        return None if value == normal else f"non-normalized path, consider use '{normal}' instead"
    refused = pcre.fault(value[1:])
    return f"invalid regex: '{value[1:]}' (PCRE returned: {refused})" if refused else None


def header_name_fault(value: str) -> str | None:
    """Say why a text is no name of a header."""
    if re.fullmatch(r"[A-Za-z0-9\-_]+", value):
        return None
    return f"bad header name '{value}', allowed characters are A-Z, a-z, 0-9, '_', and '-'"


def cookie_name_fault(value: str) -> str | None:
    """Say why a text is no name of a cookie."""
    if _TOKEN.fullmatch(value):
        return None
    return (
        "contains one or more invalid characters. ASCII control characters (0-31;127), space, tab and the "
        'characters ()<>@,;:\\"/?={}[] are not allowed.'
    )


def delay_fault(value: float) -> str | None:
    """Say why a number is no delay of a queue."""
    return None if 0.001 <= value <= 1000000 else "value should be between 0 and 1000000"


def _percent_fault(value: str) -> str | None:
    raw = _TRIPLET.sub("___", value)
    at = raw.find("%")
    return None if at < 0 else f"invalid url-encoded value: '{raw[at : at + 3]}'"


def empty_segment_fault(value: str) -> str | None:
    """Say why a path has a segment with nothing in it."""
    return "must not have empty segments" if "//" in value else None


def many_wildcards_fault(value: str) -> str | None:
    """Say why a host has too many wildcards."""
    return "invalid wildcard: must have at most one wildcard" if value.count("*") > 1 else None


def inner_wildcard_fault(value: str) -> str | None:
    """Say why the wildcard of a host stands in the wrong place."""
    if "*" not in value or value.startswith("*.") or value.endswith(".*"):
        return None
    return "invalid wildcard: must be placed at leftmost or rightmost label"


def net_fault(value: str) -> str | None:
    """Say why a text is neither an address nor a range."""
    return None if addresses.is_ip_or_cidr(value) else f"invalid ip or cidr range: '{value}'"


def tag_fault(value: str) -> str | None:
    """Say why a text is no tag."""
    if _TAG.fullmatch(value):
        return None
    return f"invalid tag '{value}': expected printable ascii (except `,` and `/`) or valid utf-8 sequences"


def name_fault(value: str) -> str | None:
    """Say why a text is no name of an entity."""
    if _UTF8_NAME.fullmatch(value):
        return None
    return f"invalid value '{value}': the only accepted ascii characters are alphanumerics or ., -, _, and ~"
