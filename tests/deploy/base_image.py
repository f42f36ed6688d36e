"""A stand-in for the Python image that Dockerfiles are based on: no registry of images is needed to try them.

It is Debian's smallest system with Debian's CPython, which is not older than the real one, and pip where that has it.
"""

import ast
import hashlib
import os
import shutil
import ssl
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from deploy.engine import Engine
from deploy.shell import attempt, run

DEBIAN = "fountaingen-debian"
"""What the system alone is called, without the settings of this machine that images on top of it are given."""

_SUITE = "trixie"
_INCLUDE = "ca-certificates,netbase,tzdata,python3,python3-venv"
_FINISH = """
set -eu
ln -s /usr/bin/python3 /usr/local/bin/python
ln -s /usr/bin/python3 /usr/local/bin/python3
rm -f /usr/lib/python3*/EXTERNALLY-MANAGED
wheel=$(echo /usr/share/python-wheels/pip-*.whl)
python3 "$wheel/pip" install --quiet --no-index --no-cache-dir "$wheel"
rm -rf /var/cache/apt/* /var/lib/apt/lists/* /var/log/* /usr/share/doc/* /usr/share/man/* /usr/share/locale/* /tmp/*
"""
_DOCKERFILE = """
FROM {debian}
COPY ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY pip.conf /etc/pip.conf
ENV PATH=/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8
CMD ["python3"]
"""
_REGISTRY = ("index-url", "extra-index-url", "trusted-host", "proxy", "default-timeout", "timeout")


def make(engine: Engine, name: str, folder: Path) -> None:
    """Give the engine an image called ``name``; ``folder`` is for what it is made from."""
    engine.docker("import", system(), DEBIAN)
    folder.mkdir()
    (folder / "Dockerfile").write_text(_DOCKERFILE.format(debian=DEBIAN))
    bundle = os.environ.get("PIP_CERT") or os.environ.get("SSL_CERT_FILE") or ssl.get_default_verify_paths().cafile
    shutil.copy(bundle or "/etc/ssl/certs/ca-certificates.crt", folder / "ca-certificates.crt")
    lines = ("[global]", "cert = /etc/ssl/certs/ca-certificates.crt", *_registry())
    (folder / "pip.conf").write_text("\n".join(lines) + "\n")
    engine.docker("build", "--quiet", "--network", "host", "--tag", name, folder)


def system() -> Path:
    """Return an archive of the system, made once and kept in the user's cache."""
    archive = cached(_SUITE, _INCLUDE, _FINISH)
    if not archive.exists():
        with tempfile.TemporaryDirectory(prefix="fg-debian-") as made:
            _bootstrap(Path(made, "root"), Path(made, "root.tar"))
            shutil.copy(Path(made, "root.tar"), archive.with_suffix(".new"))
        archive.with_suffix(".new").replace(archive)
    return archive


def cached(name: str, *recipe: str) -> Path:
    """Return where an archive called ``name`` that is made by ``recipe`` is kept in the user's cache, if it is."""
    caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = caches / "fountaingen" / "deploy"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{name}-{hashlib.sha256(chr(0).join(recipe).encode()).hexdigest()[:12]}.tar"


def _bootstrap(root: Path, archive: Path) -> None:
    """Make the system in mounts of its own, so that none is left behind."""
    apart = ["unshare", "--mount", "--fork"]
    run([*apart, "debootstrap", "--variant=minbase", f"--include={_INCLUDE}", _SUITE, root])
    run([*apart, "chroot", root, "sh", "-c", _FINISH], environment={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", **_NO_PIP})
    run(["tar", "-C", root, "--create", "--file", archive, "--exclude=./proc/*", "--exclude=./dev/*", "."])


_NO_PIP = {"PIP_CONFIG_FILE": "/dev/null", "PIP_CERT": "", "PIP_FIND_LINKS": "", "PIP_INDEX_URL": ""}


def _registry() -> Iterator[str]:
    """Say where this machine's pip finds packages; what lies in its own folders is nothing to a container."""
    for pip in (["pip3"], ["pip"], [sys.executable, "-m", "pip"]):
        if (shown := attempt([*pip, "config", "list"]) if shutil.which(pip[0]) else None) and not shown.returncode:
            break
    else:
        return
    for line in shown.stdout.splitlines():
        key, _, value = line.partition("=")
        name = key.rpartition(".")[2]
        words = [word for word in str(ast.literal_eval(value)).split() if not word.startswith(("file:", "/"))]
        if name in _REGISTRY and words:
            yield f"{name} = {' '.join(words)}"
