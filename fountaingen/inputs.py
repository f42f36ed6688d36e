"""The inputs of a build by name and digest: what tells, without rendering anything, whether something changed."""

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from fountaingen.model.document import source_name
from fountaingen.model.manifest import Manifest, digest
from fountaingen.model.problems import Rejected
from fountaingen.primitives.urls import is_remote
from fountaingen.project import Project, SpecSource
from fountaingen.stages import files
from fountaingen.stages.copies import Copies

PACKAGE = Path(__file__).parent
_TOOL = "fountaingen"
_TEMPLATES = "templates"
_SETTINGS = "settings"
_MADE_OF = frozenset({".py", ".jinja", ".jinja2", ".in", ".lock", ".yaml", ".json", ".typed"})
"""The suffixes of the files that a build rests on: caches and editors' copies beside them decide nothing."""


def own_templates() -> Path:
    """Return the folder of fountaingen's templates: beside the package in a checkout, inside it when installed."""
    installed = PACKAGE / _TEMPLATES
    return installed if installed.is_dir() else PACKAGE.parent / _TEMPLATES


def template_folders(project: Project) -> tuple[Path, ...]:
    """Return where templates are looked for: the project's own folder first."""
    own = own_templates()
    return (project.templates, own) if project.templates.is_dir() and project.templates != own else (own,)


def digests(project: Project, documents: Mapping[str, bytes], hooks: Mapping[str, bytes]) -> dict[str, str]:
    """Return the digests of what a tree is made from: ``documents`` and ``hooks`` by name, and its surroundings."""
    named = {**documents, **{f"hooks/{name}": content for name, content in hooks.items()}}
    found = {name: digest(content) for name, content in named.items()}
    return found | _surroundings(project)


def current(project: Project, sources: Iterable[SpecSource], manifest: Manifest) -> dict[str, str]:
    """Return the digests as they are now: of the documents that ``manifest`` names and of everything else there is."""
    listed = tuple(sources)
    contracts = {source_name(source.shown): source.path for source in listed}
    folders = {source.path.parent for source in listed}
    remote = {name for name in _documents(manifest) if is_remote(name)}
    found = _fetched(project, remote)
    for name in {*contracts, *_documents(manifest)} - remote:
        for path in (contracts.get(name), project.root / name, *(folder / name for folder in sorted(folders))):
            if path is not None and (known := _digest(path)):
                found[name] = known
                break
    for service in sorted({path.partition("/")[0] for path in manifest.outputs if "/" in path}):
        for path in hook_files(project.hooks, service):
            found[f"hooks/{path.relative_to(project.hooks).as_posix()}"] = _digest(path)
    return found | _surroundings(project)


def _digest(path: Path) -> str:
    """Return the digest of a file, empty where it is none or cannot be read: who has to read it says so."""
    try:
        return digest(files.read(path))
    except files.Unreadable:
        return ""


def hook_files(folder: Path, service: str) -> Iterator[Path]:
    """Yield the files of the hooks of ``service`` that are there."""
    module, helpers = folder / f"{service}.py", folder / service
    if os.path.lexists(module):
        yield module
        if helpers.is_dir():
            yield from sorted(helpers.rglob("*.py"))


def _fetched(project: Project, urls: set[str]) -> dict[str, str]:
    """Return the digests of the copies of remote documents, without those that are not what was pinned."""
    found: dict[str, str] = {}
    copies = project.copies() if urls else Copies()
    for url in urls:
        with suppress(Rejected, KeyError):
            found[url] = digest(copies.source(url))
    return found


def _documents(manifest: Manifest) -> Iterator[str]:
    for name in manifest.inputs:
        is_ours = name in (_TOOL, _SETTINGS) or name.startswith(("hooks/", "templates/"))
        # A manifest is nobody's word: what it names outside of the project is not looked at.
        if not is_ours and not name.startswith("/") and ".." not in name.split("/"):
            yield name


def _surroundings(project: Project) -> dict[str, str]:
    decided = json.dumps(asdict(project.settings.deployment), sort_keys=True)
    found = {_TOOL: _folder_digest(PACKAGE, own_templates()), _SETTINGS: digest(decided.encode())}
    if project.templates.is_dir() and project.templates != own_templates():
        for path in _source_files(project.templates):
            if known := _digest(path):
                found[f"templates/{path.relative_to(project.templates).as_posix()}"] = known
    return found


def _folder_digest(*folders: Path) -> str:
    lines = [
        f"{path.relative_to(folder).as_posix()} {digest(path.read_bytes())}"
        for folder in folders
        for path in _source_files(folder)
    ]
    return digest("\n".join(lines).encode())


def _source_files(folder: Path) -> Iterator[Path]:
    """Yield the files of ``folder`` that decide what is built, in the order of their paths."""
    for path in sorted(folder.rglob("*")):
        *within, _ = path.relative_to(folder).parts
        if path.suffix in _MADE_OF and not any(name.startswith(".") for name in within) and path.is_file():
            yield path
