"""The file of settings that a project starts with: every setting there is, with its default, commented out."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, Field, fields
from typing import Any

from fountaingen.model.settings import TABLES, Settings

_HEAD = """\
# What this project decides. Each line shows a default: take its '# ' away, and that of its [table], to change it.

# The folders of the contracts, of what is generated, of the business logic, and of templates in place of ours.
"""
_SHARED = """
# One more folder, inside the project or beside it, whose files contracts may refer to. None, if not said.
# shared = "../contracts"
"""
_WORDS: Mapping[str, str] = {
    "image": "Images of containers: what services are made from, what they are called, and what runs beside them.",
    "gateway": "What Kong is told: one route an 'operation' or a 'host', limits of each caller (0 for none), and more.",
    "tls": "Where the gateway's certificates come from: 'mounted' files, or 'acme', an authority of the internet.",
    "dns": "Where the contracts' hosts lead: to addresses, to a cname, or to an alias in Route 53.",
    "kubernetes": "Manifests are written where this table is, even if it is empty.",
    "remote": "Servers on other ports than 443 that 'build --allow-remote' may fetch from: https://host:port.",
}


def settings_text() -> str:
    """Return the text of ``fountaingen.toml``, in which nothing is set yet."""
    folders = [_assigned(each.name, each.default) for each in fields(Settings) if each.default and _is_text(each)]
    return _HEAD + "".join(folders) + _SHARED + "".join(_table(name, kind) for name, kind in TABLES.items())


def _table(name: str, kind: type[Any]) -> str:
    return f"\n# {_WORDS[name]}\n# [{name}]\n" + "".join(_assignments(kind))


def _assignments(kind: type[Any]) -> Iterator[str]:
    for each in fields(kind):
        default = each.default if each.default_factory is MISSING else each.default_factory()
        if default is not None:
            yield _assigned(each.name.replace("_", "-"), default)


def _is_text(each: Field[Any]) -> bool:
    return isinstance(each.default, str)


def _assigned(key: str, value: object) -> str:
    # Our own defaults: plain words, numbers and lists of words, which JSON writes as TOML does.
    return f"# {key} = {json.dumps(value)}\n"
