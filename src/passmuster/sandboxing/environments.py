"""The environment of answers: prepared once on a machine, whole or not at all, and never written again."""

import fcntl
import json
import os
import shutil
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import distributions
from pathlib import Path
from typing import Final

from passmuster.domain.errors import EnvironmentFaultError
from passmuster.domain.sandboxes import PythonEnvironment
from passmuster.domain.values import Fingerprint, fingerprint_of
from passmuster.placing import write_whole
from passmuster.sandboxing.installing import PINS, TYPE_SETTINGS, TYPES, USUAL_IMPORTS, Told, made
from passmuster.sandboxing.interpreters import Interpreter, found_interpreter, is_readable_by_all

FORM: Final = "1"
"""Raised whenever equal pins are made into another environment."""

READY: Final = "ready.json"
"""Written last, so that nothing that was interrupted looks ready."""

ROOT_HOME: Final = Path("/var/cache/passmuster")
"""Where root keeps it: a sandbox runs as another user, who cannot read what lies below root's own folder."""

_WAIT: Final = 0.2
_NAME: Final = 16
_OTHERS_MAY_WRITE: Final = stat.S_IWGRP | stat.S_IWOTH


def default_home(cache: Path) -> Path:
    """Return the folder of environments where none is named.

    Args:
        cache: The user's folder for what can be made anew.
    """
    return ROOT_HOME if os.geteuid() == 0 else cache / "sandbox"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """An environment that is ready.

    Attributes:
        environment: What a sandbox needs to know of it.
        version: The interpreter's.
        packages: The version of every package by its name.
        seconds: How long preparing took.
        size: Bytes on the disk.
    """

    environment: PythonEnvironment
    version: str
    packages: dict[str, str]
    seconds: float
    size: int


_OF_THE_RELEASE: Final = frozenset({"async-timeout", "pip", "setuptools", "wheel"})
"""Packages that only some releases of a series need or bring along; no answer's verdict depends on them."""


@dataclass(frozen=True)
class Environments:
    """The environments of one machine.

    Attributes:
        home: The folder that holds them, and copies of programs beside them.
        make: Fills the folder of one.
    """

    home: Path
    make: Callable[[Interpreter, Path, Told], None] = made

    @property
    def programs(self) -> Path:
        """The folder for copies of programs."""
        return self.home / "programs"

    @property
    def results(self) -> Path:
        """The folder for results of examinations that are kept."""
        return self.home / "examinations"

    @cached_property
    def interpreter(self) -> Interpreter:
        """The interpreter to make them with; raises EnvironmentFaultError where there is none."""
        return found_interpreter()

    @property
    def folder(self) -> Path:
        """Where the environment of these pins and this interpreter is, or will be."""
        made_of = [path.read_text(encoding="utf-8") for path in (PINS, TYPE_SETTINGS, USUAL_IMPORTS)]
        name = fingerprint_of([FORM, str(self.interpreter.path), self.interpreter.version, *made_of])
        return self.home / "environments" / name[:_NAME]

    def find(self) -> Ready | None:
        """Return the environment if it is ready, and every file of it is still there.

        Raises:
            EnvironmentFaultError: If there is no interpreter, or others can write where it lies.
        """
        folder = self.folder
        try:
            told = json.loads((folder / READY).read_text(encoding="utf-8"))
            packages = {str(name): str(version) for name, version in told["packages"].items()}
            seconds, size = float(told["seconds"]), int(told["size"])
            files = int(told.get("files", 0))
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            return None
        if _count(folder) < files:
            # Answers would be blamed for what is missing, as after a clean-up of old files.
            return None
        _refuse_open(folder)
        version = self.interpreter.version
        environment = PythonEnvironment(
            python=folder / "bin" / "python",
            read_only=(folder, *self.interpreter.read_only),
            fingerprint=_fingerprint(version, packages),
            type_cache=folder / TYPES,
        )
        return Ready(environment=environment, version=version, packages=packages, seconds=seconds, size=size)

    def prepare(self, told: Told) -> Ready:
        """Return the environment, made first if it is not ready; another process that makes it is waited for.

        Args:
            told: Told which share is done, and what is done now.

        Raises:
            EnvironmentFaultError: If it cannot be made.
        """
        if (ready := self.find()) is not None:
            return ready
        self._open_home()
        with self._locked(told):
            if (ready := self.find()) is None:
                self._make(told)
                ready = self.find()
        if ready is None:
            message = f"the environment in {str(self.folder)!r} was made, and cannot be read"
            raise EnvironmentFaultError(message, hint="`passmuster sandbox remove`, then prepare it again")
        told(1.0, "ready")
        return ready

    def remove(self) -> int:
        """Remove environments, copies of programs and kept results; return how many bytes that were.

        Raises:
            EnvironmentFaultError: If something cannot be removed.
        """
        size = _size(self.home)
        environments = self.home / "environments"
        for ready in environments.glob(f"*/{READY}"):
            ready.unlink(missing_ok=True)
        for folder in (environments, self.programs, self.results):
            _remove(folder)
        return size - _size(self.home)

    def _make(self, told: Told) -> None:
        began, folder = time.monotonic(), self.folder
        _remove(folder)
        try:
            folder.mkdir(mode=0o755, parents=True)
            self.make(self.interpreter, folder, told)
            _make_read_only(folder)
        except BaseException:
            with suppress(EnvironmentFaultError):
                _remove(folder)
            raise
        packages = {item.name.lower(): item.version for item in distributions(path=[*map(str, _libraries(folder))])}
        told_of = {
            "python": self.interpreter.version,
            "packages": dict(sorted(packages.items())),
            "seconds": round(time.monotonic() - began, 1),
            "size": _size(folder),
            "files": _count(folder),
        }
        write_whole(folder / READY, json.dumps(told_of, indent=1) + "\n")
        (folder / READY).chmod(0o644)

    def _open_home(self) -> None:
        """Make the folder that holds environments, readable by others where a sandbox is another user."""
        try:
            self.home.mkdir(mode=0o755, parents=True, exist_ok=True)
        except OSError as error:
            message = f"cannot write {str(self.home)!r}: {error.strerror}"
            hint = "name another folder in PASSMUSTER_SANDBOX_ENVIRONMENT"
            raise EnvironmentFaultError(message, hint=hint) from error
        _refuse_open(self.home)
        if os.geteuid() == 0 and not is_readable_by_all(self.home):
            message = f"a sandbox runs as another user, who cannot read {str(self.home)!r}"
            hint = "name a folder in PASSMUSTER_SANDBOX_ENVIRONMENT that everybody can read, such as below /var/cache"
            raise EnvironmentFaultError(message, hint=hint)

    @contextmanager
    def _locked(self, told: Told) -> Iterator[None]:
        """Keep other processes from preparing the same; their locks go when they end, however they end."""
        with (self.home / f"{self.folder.name}.lock").open("w") as stream:
            while True:
                try:
                    fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    told(0.0, "waiting for another process that prepares it")
                    time.sleep(_WAIT)
            yield


def _fingerprint(version: str, packages: dict[str, str]) -> Fingerprint:
    """Return what scores of two machines have in common that may be compared: a series of Python, and packages.

    Releases of one series judge alike, and hardly two machines have the same one.
    """
    series = version.rpartition(".")[0]
    return fingerprint_of([series, sorted(item for item in packages.items() if item[0] not in _OF_THE_RELEASE)])


def _libraries(folder: Path) -> Iterator[Path]:
    yield from sorted(folder.glob("lib/python*/site-packages"))


def _refuse_open(folder: Path) -> None:
    """Refuse what another user could have put things into: its programs would be run."""
    told = folder.stat()
    if told.st_uid not in {0, os.geteuid()} or told.st_mode & _OTHERS_MAY_WRITE:
        message = f"others can write {str(folder)!r}, so that nothing in it can be trusted"
        raise EnvironmentFaultError(message, hint=f"remove it, or `chmod go-w {folder}` if you know what is in it")


def _make_read_only(folder: Path) -> None:
    for root, folders, names in os.walk(folder):
        if Path(root) == folder:
            # It is copied before it is used, and a copy takes over who may write.
            folders[:] = [name for name in folders if name != TYPES]
        for name in names:
            path = Path(root) / name
            if not path.is_symlink():
                path.chmod(0o555 if path.stat().st_mode & stat.S_IXUSR else 0o444)
        if Path(root) != folder:
            Path(root).chmod(0o555)


def _remove(folder: Path) -> None:
    for root, _, _ in os.walk(folder):
        # What cannot be written cannot be emptied, either.
        with suppress(OSError):
            Path(root).chmod(0o755)
    try:
        shutil.rmtree(folder)
    except FileNotFoundError:
        return
    except OSError as error:
        message = f"cannot remove {str(error.filename or folder)!r}: {error.strerror}"
        raise EnvironmentFaultError(message, hint="remove it by hand") from error


def _count(folder: Path) -> int:
    return sum(name != READY for _, _, names in os.walk(folder) for name in names)


def _size(folder: Path) -> int:
    return sum((Path(root) / name).lstat().st_size for root, _, names in os.walk(folder) for name in names)
