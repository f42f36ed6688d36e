"""The folder ``.fountaingen`` of a project: databases, the development key and what is running now."""

import json
import os
import re
import secrets
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from fountaingen.model.problems import Place, Problem, Rejected
from fountaingen.stages import files
from fountaingen.stages.write import single
from fountaingen.supervisor.callers import Issuer, user
from fountaingen.supervisor.units import ServiceUnit, ServiceView, base_url, peer_variable

FOLDER = ".fountaingen"
_LONGEST = 1 << 20
_KEY_NAME = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._@-]*:")


@dataclass(frozen=True)
class Keys:
    """The API keys services accept, comma-separated as ``API_KEYS`` holds them, and whether they are our own making."""

    accepted: str = field(repr=False)
    is_development_key: bool

    @property
    def first(self) -> str:
        """The key that peers, and people trying the services, send; empty where only hashes are known."""
        plain = (_KEY_NAME.sub("", entry.strip()).partition(";scopes=")[0] for entry in self.accepted.split(","))
        return next((key for key in plain if not key.startswith("sha256=")), "")


@dataclass(frozen=True)
class Development:
    """The project's folder for what running its services leaves behind; never committed."""

    folder: Path

    @classmethod
    def of(cls, root: Path) -> "Development":
        """Make the folder below ``root``, with a ``.gitignore`` that keeps it out of version control.

        Raises:
            Rejected: it cannot be made or written to.
        """
        development = cls(root / FOLDER)
        try:
            development.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not (development.folder / ".gitignore").exists():
                with single.alone(development.folder) as folder, suppress(FileExistsError):
                    single.create(folder, ".gitignore", b"*\n")
        except OSError as error:
            raise _unusable(FOLDER, error) from error
        return development

    def keys(self, environment: Mapping[str, str]) -> Keys:
        """Return the keys of ``API_KEYS``, else the development key, made once and readable by its owner only.

        Services read those of ``API_KEYS_FILE`` by themselves: there are none to return.

        Raises:
            Rejected: the key cannot be read or written.
        """
        if given := environment.get("API_KEYS", "").strip(", "):
            return Keys(given, is_development_key=False)
        if environment.get("API_KEYS_FILE"):
            return Keys("", is_development_key=False)
        return Keys(self._secret("dev-key"), is_development_key=True)

    def issuer(self) -> Issuer:
        """Return the issuer of tokens, whose secret is made once and readable by its owner only.

        Raises:
            Rejected: the secret cannot be read or written.
        """
        return Issuer(self._secret("dev-secret"))

    def hand_out(self, scopes: Iterable[str]) -> str:
        """Write ``dev-token``, a token with ``scopes`` for people who try the services, and return it.

        Raises:
            Rejected: it cannot be written.
        """
        token = self.issuer().token(scopes)
        try:
            _write_private(self.folder / "dev-token", f"{token}\n")
        except OSError as error:
            raise _unusable(f"{FOLDER}/dev-token", error) from error
        return token

    def _secret(self, name: str) -> str:
        path = self.folder / name
        try:
            if not path.exists():
                _write_private(path, f"dev-{secrets.token_urlsafe(24)}\n")
            if held := files.read(path, most=_LONGEST).decode("utf-8").strip(", \n"):
                return held
        except files.Unreadable as error:
            raise Rejected([Problem("FG625", error.why, Place(f"{FOLDER}/{name}"), "delete it")]) from error
        except (OSError, UnicodeDecodeError) as error:
            raise _unusable(f"{FOLDER}/{name}", error) from error
        raise Rejected([Problem("FG625", "holds no key", Place(f"{FOLDER}/{name}"), "delete the file")])

    def database_url(self, name: str) -> str:
        """Return the SQLite database of the service ``name``."""
        return f"sqlite:///{(self.folder / name).absolute().as_posix()}.db"

    def announce(
        self, units: Sequence[ServiceUnit], key: str, token: str = "", gateway: Mapping[str, object] | None = None
    ) -> None:
        """Write ``up.json``: the key, a token where services take any, their URLs, for programs that talk to them.

        ``gateway`` is what stands there about one in front of them.

        Raises:
            Rejected: it cannot be written.
        """
        services = {unit.name: {"url": unit.url, "docs": unit.docs_url} for unit in units}
        shown = {"key": key, **({"token": token} if token else {})}
        front = {"gateway": gateway} if gateway else {}
        document = {"process": os.getpid(), **shown, "services": services, **front}
        fresh = self.folder / f"up.json.{os.getpid()}"
        try:
            _write_private(fresh, json.dumps(document, indent=2) + "\n")
            fresh.replace(self._announcement)
        except OSError as error:
            raise _unusable(f"{FOLDER}/up.json", error) from error

    def withdraw(self) -> None:
        """Remove ``up.json`` if it is this process's."""
        try:
            if json.loads(files.read(self._announcement, most=_LONGEST)).get("process") == os.getpid():
                self._announcement.unlink()
        except (OSError, ValueError, AttributeError, files.Unreadable, RecursionError):
            pass  # Nothing there, or nothing of ours.

    @property
    def _announcement(self) -> Path:
        return self.folder / "up.json"


def environment_of(
    view: ServiceView, ports: Mapping[str, int], development: Development, keys: Keys, outer: Mapping[str, str]
) -> dict[str, str]:
    """Return what a service's environment adds to ``outer``, the caller's own: database, keys, its peers' URLs.

    A peer's URL that ``outer`` sets itself stays, for that is how a peer that runs elsewhere is named. So does what it
    says of users, of tokens and of the service's database.
    """
    peers = {peer_variable(peer): base_url(ports[peer]) for peer in view.uses if peer in ports}
    return {
        # Whoever runs it reads the log, and wrote the code that failed.
        "LOG_TRACEBACKS": outer.get("LOG_TRACEBACKS") or "true",
        "DATABASE_URL": outer.get(database_variable(view.name)) or development.database_url(view.name),
        **({"API_KEYS": keys.accepted} if keys.accepted else {}),
        **(user(keys.first) if view.callers.passwords and keys.first and not sets(outer, "BASIC_USERS") else {}),
        **(development.issuer().environment() if view.callers.tokens and not sets(outer, "JWT_") else {}),
        "PEER_API_KEY": outer.get("PEER_API_KEY") or keys.first,
        **{variable: outer.get(variable) or url for variable, url in peers.items()},
    }


def database_variable(name: str) -> str:
    """Return the variable that names the database of the service ``name``, where it is not to be a SQLite file."""
    return f"{name.upper()}_DATABASE_URL"


def sets(outer: Mapping[str, str], prefix: str) -> bool:
    """Tell whether ``outer`` sets a variable that begins with ``prefix``."""
    return any(name.startswith(prefix) and value for name, value in outer.items())


def _write_private(path: Path, text: str) -> None:
    with single.alone(path.parent) as folder:
        single.replace(folder, path.name, text.encode("utf-8"), 0o600)


def _unusable(shown: str, error: OSError | UnicodeDecodeError) -> Rejected:
    reason = error.strerror if isinstance(error, OSError) else "it is not text"
    return Rejected([Problem("FG625", f"'{shown}' cannot be used: {reason}", Place(shown))])
