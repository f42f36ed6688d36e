"""Scenes of commands that write single files: ``new``, ``init`` and ``certs``."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

from fountaingen.certificates.authority import Authority, fits, read_key
from fountaingen.stages.write.single import PART
from fountaingen.starter.contract import new_spec

from .commands import HOSTS, command
from .disk import Thing, contents, outside, put, things, touched
from .injector import Job, Outcome, plain
from .kinds import NO_FLAGS, NO_LINKS, NO_LOCKS, NO_UNNAMED, Lack
from .scenes import ended_badly

OURS = {"hooks/x.py": b"hook\n", "notes.txt": b"notes\n", "fountaingen.toml": b""}


@dataclass(frozen=True)
class Making:
    """A new contract, the first of a project or beside another."""

    name: str
    others: bool = False
    lacks: tuple[Lack, ...] = ()

    def prepare(self, project: Path) -> None:
        put(project, OURS)
        if self.others:
            put(project, {"specs/stock.yaml": b"openapi: 3.1.0\nservers: [{url: 'http://localhost:8001'}]\n"})

    def job(self, project: Path) -> Job:
        return command(project, "new", "orders")

    def left(self, project: Path, before: dict[str, Thing], outcome: Outcome) -> Iterator[str]:
        yield from ended_badly(outcome)
        after = things(project)
        if wrong := touched(before, after):
            yield f"{wrong} were touched"
        made = after.get("specs/orders.yaml")
        if made is not None and made.content != self._wanted():
            yield f"the contract is neither whole nor missing: {made.content!r}"
        if outcome.status == 0 and made is None:
            yield "it says that it is done, and it is not"
        unfinished = {path for path in after if path.endswith(PART)}
        if unfinished and (outcome.status == 0 or NO_UNNAMED not in self.lacks):
            yield f"it left {unfinished}"
        if more := after.keys() - before.keys() - unfinished - {"specs", "specs/orders.yaml"}:
            yield f"{more} appeared"

    def finished(self, project: Path, before: dict[str, Thing]) -> Iterator[str]:
        made = (project / "specs/orders.yaml").exists()
        again = plain(self.job(project))
        if again.status != int(made) or (made and "FG632" not in again.said):
            yield f"the next run ends with {again.status}:\n{again.said}"
        after = things(project)
        if touched(before, after) or after.keys() != before.keys() | {"specs", "specs/orders.yaml"}:
            yield f"the next run leaves {sorted(after)}"
        if after["specs/orders.yaml"].content != self._wanted():
            yield "the next run leaves a contract that is not whole"

    def _wanted(self) -> bytes:
        return new_spec("orders", "Order", 8002 if self.others else 8001).encode()


@dataclass(frozen=True)
class Starting:
    """A folder that becomes a project: one that is not there yet, or one that somebody works in."""

    name: str
    folder: str
    mine: tuple[str, ...] = ()
    lacks: tuple[Lack, ...] = ()

    def prepare(self, project: Path) -> None:
        put(project, {"notes.txt": b"notes\n", **dict.fromkeys(self.mine, b"# mine\n")})

    def job(self, project: Path) -> Job:
        return command(project, "init", *filter(None, (self.folder,)), "--name", "orders")

    def left(self, project: Path, before: dict[str, Thing], outcome: Outcome) -> Iterator[str]:
        yield from ended_badly(outcome)
        after, wanted = things(project), self._wanted()
        if wrong := touched(before, after):
            yield f"{wrong} were touched"
        made = contents_of(after) - before.keys()
        unfinished = {path for path in made if path.endswith(PART)}
        if wrong := [path for path in made & wanted.keys() if after[path].content != wanted[path]]:
            yield f"{wrong} are neither whole nor missing"
        if more := made - wanted.keys() - unfinished:
            yield f"{more} appeared"
        if unfinished and (outcome.status == 0 or NO_UNNAMED not in self.lacks):
            yield f"it left {unfinished}"
        if outcome.status == 0 and (missing := wanted.keys() - after.keys()):
            yield f"it says that it is done, and {missing} are not there"

    def finished(self, project: Path, before: dict[str, Thing]) -> Iterator[str]:
        halfway = outside(things(project), (path for path in contents(project) if path.endswith(PART)))
        again = plain(self.job(project))
        if again.status != 0:
            yield f"the next run ends with {again.status}:\n{again.said}"
        after = things(project)
        if wrong := touched(halfway, after):
            yield f"the next run touches {wrong}"
        files = {path: after[path].content for path in contents_of(after) - before.keys()}
        if files != self._wanted():
            yield f"the next run leaves {sorted(files)}, or one of them is not whole"

    def _wanted(self) -> dict[str, bytes]:
        """Return what an undisturbed run adds."""
        if self not in _WANTED:
            with TemporaryDirectory() as folder:
                self.prepare(Path(folder))
                before = contents(Path(folder))
                plain(self.job(Path(folder)))
                _WANTED[self] = {path: data for path, data in contents(Path(folder)).items() if path not in before}
        return _WANTED[self]


_WANTED: dict[Starting, dict[str, bytes]] = {}

CERTS, HOME = ".fountaingen/certs", ".fountaingen/ca"
FILES = {f"{CERTS}/{host}.{end}" for host in HOSTS for end in ("key", "crt")} | {
    f"{CERTS}/ca.crt",
    f"{CERTS}/.gitignore",
    f"{HOME}/ca.key",
    f"{HOME}/ca.crt",
    ".fountaingen/.gitignore",
}
FOLDERS = {".fountaingen", CERTS, HOME}


@dataclass(frozen=True)
class Certifying:
    """Certificates for hosts: for all of them, or for one that is new beside those that are there."""

    name: str
    others: bool = False
    lacks: tuple[Lack, ...] = ()

    def prepare(self, project: Path) -> None:
        put(project, {"specs/x.yaml": b"openapi: 3.1.0\n", **OURS})
        if self.others:
            assert plain(self.job(project)).status == 0
            for path in sorted((project / CERTS).glob(f"{HOSTS[0]}.*")):
                path.unlink()
            (project / HOME / "ca.crt").unlink()

    def job(self, project: Path) -> Job:
        return command(project, "certs")

    def left(self, project: Path, before: dict[str, Thing], outcome: Outcome) -> Iterator[str]:
        yield from ended_badly(outcome)
        after = things(project)
        # The certificate of the authority is gone, and so what was made anew is published anew.
        if wrong := touched(outside(before, (f"{CERTS}/ca.crt",)), after):
            yield f"{wrong} were touched"
        unfinished = {path for path in after if path.endswith(PART)}
        if unfinished and outcome.status == 0:
            yield f"it left {unfinished}"
        if more := after.keys() - before.keys() - unfinished - FILES - FOLDERS:
            yield f"{more} appeared"
        yield from _unusable(project)
        if outcome.status == 0:
            yield from _missing(project)

    def finished(self, project: Path, before: dict[str, Thing]) -> Iterator[str]:
        halfway = contents(project)
        again = plain(self.job(project))
        if again.status != 0:
            yield f"the next run ends with {again.status}:\n{again.said}"
        after = contents(project)
        keys = {path for path in halfway if path.endswith(".key")}
        if lost := [path for path in keys if after.get(path) != halfway[path]]:
            yield f"the next run changes {lost}"
        if after.keys() != {*contents_of(before), *FILES}:
            yield f"the next run leaves {sorted(after)}"
        yield from _unusable(project)
        yield from _missing(project)


def contents_of(found: dict[str, Thing]) -> set[str]:
    """Return the paths of the files among things."""
    return {path for path, thing in found.items() if thing.mode & 0o170000 == 0o100000}


def _missing(project: Path) -> Iterator[str]:
    if missing := FILES - contents(project).keys():
        yield f"it says that it is done, and {sorted(missing)} are not there"


def _unusable(project: Path) -> Iterator[str]:
    """Say which key or certificate is not whole, does not fit the other, or may end up in version control."""
    try:
        yield from _misfits(project)
    except ValueError as error:
        yield f"a key or certificate is not whole: {error}"


def _misfits(project: Path) -> Iterator[str]:
    found = contents(project)
    keys = {path: read_key(data) for path, data in found.items() if path.endswith(".key")}
    certificates = {path: x509.load_pem_x509_certificate(data) for path, data in found.items() if path.endswith(".crt")}
    authority = keys.get(f"{HOME}/ca.key")
    for path, certificate in certificates.items():
        key = authority if path.endswith("/ca.crt") else keys.get(f"{path.removesuffix('.crt')}.key")
        if key is None or not fits(key, certificate):
            yield f"'{path}' has no key that it fits"
        elif (own := certificates.get(f"{HOME}/ca.crt")) and not _issued(authority, own, certificate):
            yield f"'{path}' is not of the authority"
    for path in keys:
        if found.get(".fountaingen/.gitignore") != b"*\n":
            yield f"'{path}' may be committed"
        if (project / path).stat().st_mode & 0o077:
            yield f"'{path}' may be read by others"


def _issued(key: EllipticCurvePrivateKey | None, authority: x509.Certificate, certificate: x509.Certificate) -> bool:
    return key is not None and Authority(key, authority).issued(certificate)


WRITING = (
    Making("new, first"),
    Making("new, beside another", others=True),
    Making("new, no unnamed files", others=True, lacks=(NO_UNNAMED,)),
    Making("new, no unnamed files, links or locks", lacks=(NO_UNNAMED, NO_LINKS, NO_FLAGS, NO_LOCKS)),
    Starting("init, first", "a/shop"),
    Starting("init, beside others", "", mine=("pyproject.toml", ".gitignore", ".ci/other", "specs/notes.txt")),
    Starting("init, no unnamed files", "shop", lacks=(NO_UNNAMED,)),
    Starting("init, no unnamed files, links or locks", "", lacks=(NO_UNNAMED, NO_LINKS, NO_FLAGS, NO_LOCKS)),
    Certifying("certs, first"),
    Certifying("certs, one more", others=True),
    Certifying("certs, no unnamed files", others=True, lacks=(NO_UNNAMED, NO_FLAGS)),
)
