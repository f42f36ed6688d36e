"""Values, dumped as JSON and YAML."""

import json
from typing import Any

import yaml


def as_json(data: Any) -> str:
    """Return ``data`` as JSON in ASCII (RFC 8259)."""
    return json.dumps(data, indent=2, ensure_ascii=True, allow_nan=False) + "\n"


def as_yaml(data: Any) -> str:
    """Return ``data`` as YAML in ASCII that means the same in YAML 1.1 and 1.2."""
    written: str = yaml.dump(data, Dumper=_Dumper, sort_keys=False, width=120)
    return written


class _Dumper(yaml.CSafeDumper):
    """Writes YAML without anchors, so that each part of the file stands alone."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _written(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    """Quote text that YAML 1.2 would read as a number where YAML 1.1 does not, such as ``0o7`` or ``1e3``."""
    style = "'" if text[:1] in tuple("+-.0123456789") else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _written)
