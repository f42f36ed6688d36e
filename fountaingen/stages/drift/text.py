"""The difference between what lies on disk and what a build would write, as text."""

from difflib import unified_diff

from fountaingen.model.manifest import MANIFEST, Manifest
from fountaingen.model.tree import Tree
from fountaingen.model.verdict import Finding, Verdict
from fountaingen.stages.drift.disk import Disk, File

MAX_LINES = 200_000
"""Above this many lines on both sides together a diff takes longer than anyone waits."""

NOTHING = "/dev/null"


def diff(finding: Finding, tree: Tree, disk: Disk) -> str:
    """Return the unified diff that a build would apply to ``finding.path``; empty where it would change nothing.

    Files that are not UTF-8 text, links and special files are named as differing, without content.
    """
    if finding.verdict in (Verdict.CLEAN, Verdict.STRAY):
        return ""
    path = finding.path
    after = Manifest.of(tree).to_bytes() if path == MANIFEST else tree.files.get(path)
    old = f"a/{path}" if path in disk.entries else NOTHING
    new = f"b/{path}" if after is not None else NOTHING
    before = _content(path, disk)
    if before is None:
        return f"{old} and {new} differ\n"
    return _text_diff(before, after or b"", old, new)


def _content(path: str, disk: Disk) -> bytes | None:
    match disk.entries.get(path):
        case None:
            return b""
        case File(data=data):
            return data
        case _:
            return None


def _text_diff(before: bytes, after: bytes, old: str, new: str) -> str:
    sides = [_lines(before), _lines(after)]
    if sides[0] is None or sides[1] is None:
        return f"binary files {old} and {new} differ\n"
    if len(sides[0]) + len(sides[1]) > MAX_LINES:
        return f"large files {old} and {new} differ\n"
    shown = "".join(_ended(line) for line in unified_diff(sides[0], sides[1], old, new))
    return shown or f"--- {old}\n+++ {new}\n"  # an empty file that comes or goes


def _lines(data: bytes) -> list[str] | None:
    """Split at line feeds alone, as diff and patch do; None where the content is no text."""
    if b"\0" in data:
        return None
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return None
    lines = [f"{line}\n" for line in text.split("\n")]
    lines[-1] = lines[-1][:-1]
    return lines if lines[-1] else lines[:-1]


def _ended(line: str) -> str:
    return line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
