"""A copy of generated/ as somebody deploys it: with the secrets of an ``.env`` beside it, and certificates."""

import re
import secrets
import shutil
import sys
from pathlib import Path

from deploy.shell import run

KEY = "key-of-the-tests"
_REPOSITORY = Path(__file__).parents[2]
_VARIABLE = re.compile(r"^#?\s?([A-Z][A-Z0-9_]*)=(.*)$")


def copy(generated: Path, folder: Path) -> Path:
    """Copy what is generated into ``folder`` and make it ready to be deployed; return where it is."""
    copied = folder / "generated"
    shutil.copytree(generated, copied, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("specs", "hooks"):
        shutil.copytree(_REPOSITORY / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "fountaingen.toml").touch()
    (copied / ".env").write_text(environment((copied / ".env.example").read_text("utf-8")))
    run([sys.executable, "-m", "fountaingen", "certs"], environment={"PYTHONPATH": str(_REPOSITORY)}, folder=folder)
    return copied


def environment(example: str) -> str:
    """Fill in what an ``.env.example`` asks for: the key of the tests, and passwords of chance."""
    lines = []
    for line in example.splitlines():
        found = _VARIABLE.match(line)
        if found and not line.startswith("#") and not found[2].strip("'\""):
            lines.append(f"{found[1]}={KEY if found[1].endswith(('API_KEY', 'API_KEYS')) else secrets.token_hex(16)}")
        else:
            lines.append(line)
    return "\n".join(lines) + "\n"


def on_postgres(settings: str, example: str) -> str:
    """Return ``settings`` with all that an ``.env.example`` shows for PostgreSQL, and two replicas of each service."""
    chosen = {"COMPOSE_PROFILES": "postgres"}
    for line in example.splitlines():
        if found := _VARIABLE.match(line):
            name, shown = found.groups()
            if name.endswith(("DATABASE_PASSWORD", "POSTGRES_PASSWORD")):
                chosen[name] = secrets.token_hex(16)
            elif name.endswith("_DATABASE_URL"):
                chosen[name] = shown
            elif name.endswith("_REPLICAS"):
                chosen[name] = "2"
    return settings + "".join(f"{name}={value}\n" for name, value in chosen.items())
