"""The output as a value: what the folder should hold, before anything touches a disk."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class Tree:
    """Every generated file, by its path below the output folder (forward slashes), and the digests of its inputs.

    ``inputs`` maps an input's name (a spec, a hook, a template, ``settings``, ``fountaingen``) to its sha256 in hex.
    """

    files: Mapping[str, bytes]
    inputs: Mapping[str, str]

    def __post_init__(self) -> None:
        object.__setattr__(self, "files", MappingProxyType(dict(sorted(self.files.items()))))
        object.__setattr__(self, "inputs", MappingProxyType(dict(sorted(self.inputs.items()))))
