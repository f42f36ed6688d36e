"""Metrics of a service that several processes serve: each writes down what it counted, whoever is asked adds it up.

They share a folder of one run: the processes with the same parent, which is the server that starts the workers. A
worker that is gone leaves its counts behind, as a counter must not fall; what it was doing is gone with it.
"""

import fcntl
import json
import logging
import os
import shutil
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from .traffic import Reading

logger = logging.getLogger(__name__)

_GONE = "gone.json"


class SharedReadings:
    """The folder of one run below ``base``; raises OSError where it cannot be made, or is somebody else's."""

    def __init__(self, base: Path, service: str) -> None:
        self._own = os.getpid()
        self._base = base
        self._folder = base / f"metrics-{service}-{_identity(os.getppid())}"
        base.mkdir(parents=True, exist_ok=True)
        begins = not self._folder.exists()
        self._folder.mkdir(mode=0o700, exist_ok=True)
        _check_own(self._folder)
        _remove_ended(base, f"metrics-{service}-", self._folder)
        with self._locked():
            if begins:
                _remove_of_the_library(base)
            self._bury()

    def publish(self, reading: Reading) -> None:
        """Tell the others what this process counted so far."""
        self._write(f"{self._own}.json", reading)

    def readings(self) -> Mapping[int, Reading]:
        """Return what every process that lives has told, by process; 0 is for all those that are gone."""
        with self._locked():
            self._bury(but=self._own)
            found = {int(path.stem): reading for path, reading in self._told()}
            gone = self._read(self._folder / _GONE)
        return {**found, **({} if gone is None else {0: gone})}

    def _bury(self, but: int | None = None) -> None:
        """Add what processes left that are gone to the rest of them; a new process may bear the id of one."""
        dead = [(path, each) for path, each in self._told() if int(path.stem) != but and not self._lives(path)]
        if not dead:
            return
        before = self._read(self._folder / _GONE)
        self._write(_GONE, Reading.together([*([before] if before else []), *(each.ended() for _, each in dead)]))
        for path, _ in dead:
            path.unlink(missing_ok=True)
            for gauge in self._base.glob(f"gauge_live*_{path.stem}.db"):
                gauge.unlink(missing_ok=True)

    def _lives(self, path: Path) -> bool:
        process = int(path.stem)
        return process != self._own and _identity(process) != f"{process}-0"

    def _told(self) -> Iterator[tuple[Path, Reading]]:
        for path in sorted(self._folder.glob("*.json")):
            if path.stem.isdigit() and (reading := self._read(path)) is not None:
                yield path, reading

    def _read(self, path: Path) -> Reading | None:
        try:
            return Reading.read(json.loads(path.read_bytes()))
        except FileNotFoundError:
            return None
        except (KeyError, TypeError, ValueError):
            logger.warning("%s holds no metrics", path.name)
            return None

    def _write(self, name: str, reading: Reading) -> None:
        beside = self._folder / f"{name}.{self._own}.new"
        beside.write_text(json.dumps(reading.written()), "utf-8")
        os.replace(beside, self._folder / name)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with open(self._folder / "lock", "a+b") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _identity(process: int) -> str:
    """Return the id of a process with the time of its start, which tells it from a later one; 0 where it is gone."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()
    except OSError:
        return f"{process}-{int(not Path('/proc/self/stat').exists() and _answers(process))}"
    # Field 22 of proc(5); field 3, the state, comes first behind the name.
    return f"{process}-{fields[19]}" if fields[0] not in "ZX" else f"{process}-0"


def _answers(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _check_own(folder: Path) -> None:
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        raise PermissionError(f"{folder} belongs to somebody else")


def _remove_of_the_library(base: Path) -> None:
    """Remove what prometheus-client keeps there for metrics of hooks and for processes that are gone."""
    for path in base.glob("*_*.db"):
        process = path.stem.rpartition("_")[2]
        if process.isdigit() and _identity(int(process)) == f"{process}-0":
            path.unlink(missing_ok=True)


def _remove_ended(base: Path, prefix: str, current: Path) -> None:
    """Remove the folders of runs whose server is gone."""
    for folder in base.glob(f"{prefix}*"):
        process, _, _ = folder.name.removeprefix(prefix).partition("-")
        if folder == current or not process.isdigit() or folder.name == f"{prefix}{_identity(int(process))}":
            continue
        try:
            _check_own(folder)
        except OSError:
            continue
        shutil.rmtree(folder, ignore_errors=True)
