"""Reading an output folder and judging it in one go."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from fountaingen.model.manifest import MANIFEST, Manifest, digest
from fountaingen.model.problems import Rejected
from fountaingen.model.tree import Tree
from fountaingen.model.verdict import Finding
from fountaingen.stages.drift.disk import Disk, File, read_manifest_of, read_site
from fountaingen.stages.drift.site import Site, site_of
from fountaingen.stages.drift.table import compare


@dataclass(frozen=True)
class Survey:
    """An output folder as it was read, beside what a build would write there."""

    tree: Tree
    manifest: Manifest | None
    disk: Disk
    findings: tuple[Finding, ...]

    @property
    def drifted(self) -> tuple[Finding, ...]:
        """The findings on what a build would change or refuse."""
        return tuple(finding for finding in self.findings if finding.verdict.is_drift)


def survey(tree: Tree, out: Path) -> Survey:
    """Compare ``out`` with ``tree``, reading no more than the files of either; raises Rejected as ``read`` does."""
    site = site_of(out)
    return survey_with(tree, read_manifest_of(site), site)


def survey_with(tree: Tree, manifest: Manifest | None, site: Site) -> Survey:
    """Compare the folder of ``site`` with ``tree``, taking ``manifest`` for the one that lies there."""
    recorded = {} if manifest is None else manifest.outputs
    disk = read_site(site, {MANIFEST, *tree.files, *recorded})
    return Survey(tree, manifest, disk, compare(tree, manifest, disk))


def unchanged(out: Path, inputs: Mapping[str, str]) -> bool:
    """Tell whether ``out`` is exactly what was last built from ``inputs``, without anything having been rendered.

    ``inputs`` is what ``Tree.inputs`` would be. A bad manifest, or the trace of a killed build, counts as a change.
    """
    try:
        site = site_of(out)
        manifest = None if os.path.lexists(site.work) else read_manifest_of(site)
        if manifest is None or dict(manifest.inputs) != dict(inputs):
            return False
        disk = read_site(site, {MANIFEST, *manifest.outputs})
    except Rejected:
        return False
    expected = {**manifest.outputs, MANIFEST: digest(manifest.to_bytes())}
    return all(_digest_of(disk, path) == value for path, value in expected.items())


def _digest_of(disk: Disk, path: str) -> str | None:
    match disk.entries.get(path):
        case File(digest=found):
            return found
        case _:
            return None
