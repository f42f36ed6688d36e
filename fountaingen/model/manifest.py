"""The manifest: what the last build was made from and what it wrote, kept beside the output as ``manifest.json``."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from types import MappingProxyType

from fountaingen.model.problems import Place, Problem, Rejected
from fountaingen.model.tree import Tree

MANIFEST = "manifest.json"
"""Where the manifest lies below the output folder."""

IGNORED = frozenset({"__pycache__", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".DS_Store"})
"""Names that tools leave behind in any folder: never read, never reported, removed with a folder nothing else is in."""

IGNORED_SUFFIXES = (".pyc",)
"""Endings of names that are ignored in the same way."""

MAX_BYTES = 32 * 1024 * 1024
MAX_PATH = 1024
MAX_PART = 255
DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)

_SEAL = "digest"
"""The key of the digest of all other entries."""


@dataclass(frozen=True)
class Manifest:
    """The sha256 in hex of every input by its name, and of every output by its path; never holds itself.

    Its file ends in the digest of all that: one that was edited or merged is no longer as a build writes it, and what
    it says of the outputs is not taken for what the inputs give.
    """

    inputs: Mapping[str, str]
    outputs: Mapping[str, str]

    def __post_init__(self) -> None:
        object.__setattr__(self, "inputs", MappingProxyType(dict(sorted(self.inputs.items()))))
        object.__setattr__(self, "outputs", MappingProxyType(dict(sorted(self.outputs.items()))))

    @classmethod
    def of(cls, tree: Tree) -> "Manifest":
        """Return the manifest that belongs to ``tree``; raises Rejected where a path in it could not be written."""
        manifest = cls(tree.inputs, {path: digest(data) for path, data in tree.files.items()})
        manifest._check("the generated files")
        return manifest

    def to_bytes(self) -> bytes:
        """Return the manifest as JSON, the same bytes for the same manifest, one entry a line."""
        entries = {"inputs": dict(self.inputs), "outputs": dict(self.outputs)}
        sealed = {**entries, _SEAL: digest(json.dumps(entries).encode("ascii"))}
        return json.dumps(sealed, indent=2).encode("ascii") + b"\n"

    @classmethod
    def parse(cls, data: bytes, shown: str = MANIFEST) -> "Manifest":
        """Read a manifest nobody vouches for; ``shown`` names its file in the problems of the Rejected it raises."""
        match load_json(data, shown):
            case {"inputs": dict() as inputs, "outputs": dict() as outputs, **rest} if set(rest) <= {_SEAL}:
                manifest = cls(_texts(inputs, shown), _texts(outputs, shown))
            case _:
                raise unreadable(shown, "it must hold 'inputs' and 'outputs' and nothing else")
        manifest._check(shown)
        return manifest

    def _check(self, shown: str) -> None:
        faults = [f"path {path!r} {fault}" for path in self.outputs if (fault := path_fault(path))]
        faults += [f"path {path!r} lies below another file" for path in sorted(shadowed(self.outputs))]
        entries = [*self.inputs.items(), *self.outputs.items()]
        faults += [f"{name!r} has no sha256 in hex" for name, value in entries if not DIGEST.fullmatch(value)]
        if faults:
            raise Rejected(problem for fault in faults for problem in unreadable(shown, fault).problems)


def digest(data: bytes) -> str:
    """Return the sha256 of ``data`` in hex."""
    return sha256(data).hexdigest()


def ignored(name: str) -> bool:
    """Tell whether a file or folder of this name is something tools leave behind."""
    return name in IGNORED or name.endswith(IGNORED_SUFFIXES)


def path_fault(path: str) -> str:
    """Return what forbids ``path`` as a place below the output folder, empty where it is a fine one."""
    parts = path.split("/")
    rules = (
        ("is empty", not path),
        (
            "is longer than a path may be",
            len(path) > MAX_PATH or any(len(part.encode("utf-8", "replace")) > MAX_PART for part in parts),
        ),
        ("holds a control character or a backslash", not path.isprintable() or "\\" in path),
        ("is not relative, or has an empty part", "" in parts),
        ("leaves its folder", "." in parts or ".." in parts),
        ("is the manifest's own", path == MANIFEST or path.startswith(f"{MANIFEST}/")),
        ("is one that is ignored as left by tools", any(ignored(part) for part in parts)),
    )
    return next((fault for fault, broken in rules if broken), "")


def ancestors(path: str) -> tuple[str, ...]:
    """Return the folders ``path`` lies in, outermost first, without the output folder itself."""
    parts = path.split("/")
    return tuple("/".join(parts[:depth]) for depth in range(1, len(parts)))


def shadowed(paths: Mapping[str, object]) -> frozenset[str]:
    """Return the paths that cannot be files because a folder they lie in is a file too."""
    return frozenset(path for path in paths if any(folder in paths for folder in ancestors(path)))


def load_json(data: bytes, shown: str) -> object:
    """Decode JSON nobody vouches for: bounded, strict UTF-8, no repeated keys; raises Rejected."""
    if len(data) > MAX_BYTES:
        raise unreadable(shown, f"it is larger than {MAX_BYTES} bytes")
    try:
        return json.loads(data.decode("utf-8"), object_pairs_hook=_unrepeated)
    except json.JSONDecodeError as error:
        raise unreadable(shown, f"it is not JSON: {error.msg}", Place(shown, error.lineno, error.colno)) from error
    except RecursionError as error:
        raise unreadable(shown, "it is nested too deeply") from error
    except ValueError as error:
        raise unreadable(shown, f"it is not JSON: {error}") from error


def unreadable(shown: str, why: str, place: Place | None = None) -> Rejected:
    """Return the refusal of a file of ours that holds something we would not have written."""
    remedy = "restore it from version control, or run the build with --force to write everything anew"
    return Rejected([Problem("FG504", f"'{shown}' cannot be used: {why}", place or Place(shown), remedy)])


def _unrepeated(pairs: list[tuple[str, object]]) -> dict[str, object]:
    held = dict(pairs)
    if len(held) != len(pairs):
        raise ValueError("a key appears twice")
    return held


def _texts(values: dict[object, object], shown: str) -> dict[str, str]:
    texts = {name: value for name, value in values.items() if isinstance(name, str) and isinstance(value, str)}
    if len(texts) != len(values):
        raise unreadable(shown, "every digest must be a text")
    return texts
