"""How the values of parameters are written in a request (OAS 4.8.12.2 style values)."""

import json
from collections.abc import Mapping
from typing import Any

_BETWEEN = {"spaceDelimited": " ", "pipeDelimited": "|"}


class Unwritable(ValueError):
    """The tests do not write this kind of parameter."""


def written(declared: Mapping[str, Any], value: Any) -> dict[str, Any]:
    """Return what a request carries for ``value`` of a parameter of ``operations.json``, by name.

    Raises:
        Unwritable: no such request can be written down plainly.
    """
    name, place = declared["name"], declared["in"]
    if "content" in declared:
        if place == "querystring" or not declared["content"].endswith("json"):
            raise Unwritable(name)
        return {name: json.dumps(value)}
    if value in ([], {}):
        # Nothing would be sent, which says that the parameter is absent.
        raise Unwritable(name)
    if place == "query" and isinstance(value, dict):
        return _members(declared, value)
    if place == "query" and isinstance(value, list) and declared.get("explode", True) and declared["style"] == "form":
        return {name: [_scalar(each) for each in value]}
    return {name: _placed(declared, value)}


def _members(declared: Mapping[str, Any], value: Mapping[str, Any]) -> dict[str, Any]:
    if declared["style"] == "deepObject":
        return {f"{declared['name']}[{member}]": _scalar(each) for member, each in value.items()}
    if declared.get("explode", True):
        return {member: _scalar(each) for member, each in value.items()}
    raise Unwritable(declared["name"])


def _placed(declared: Mapping[str, Any], value: Any) -> Any:
    style = declared["style"]
    if isinstance(value, dict) or (isinstance(value, list) and style in ("label", "matrix")):
        raise Unwritable(declared["name"])
    plain = _BETWEEN.get(style, ",").join(map(text, value)) if isinstance(value, list) else _scalar(value)
    if declared["in"] == "path":
        return _in_path(declared, plain)
    if declared["in"] != "query":
        return _in_header(plain)
    return plain


def _in_path(declared: Mapping[str, Any], plain: Any) -> Any:
    if text(plain) in ("", ".", ".."):
        raise Unwritable(declared["name"])
    match declared["style"]:
        case "label":
            return f".{text(plain)}"
        case "matrix":
            return f";{declared['name']}={text(plain)}"
        case _:
            return plain


def _in_header(plain: Any) -> str:
    shown = text(plain)
    if not (shown.isascii() and shown.isprintable()) or shown != shown.strip() or not shown:
        raise Unwritable(shown)
    return shown


def _scalar(value: Any) -> Any:
    if isinstance(value, dict | list):
        raise Unwritable(str(value))
    return value


def text(value: Any) -> str:
    """Return a scalar as the text that stands for it."""
    return value if isinstance(value, str) else json.dumps(value)
