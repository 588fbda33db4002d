"""What ``bwrap`` is told, in the order in which it does it."""

import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from passmuster.adapters.sandboxes.launching import Places
from passmuster.domain.errors import SandboxError
from passmuster.domain.sandboxes import SandboxLimits

PLACES: Final = Places(folder="/sandbox", temporary="/tmp")  # noqa: S108 - a folder of memory that only the sandbox has
USER: Final = 65_534
"""Whom the command takes itself for."""

SHARED_MEMORY: Final = 67_108_864
SYSTEM: Final = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")
"""Beside ``/usr``; on most systems links into it."""

LINKING: Final = ("/etc/ld.so.cache", "/etc/alternatives")
"""Where programs find libraries and one another; nothing else of ``/etc`` is there."""


@dataclass(frozen=True, slots=True)
class Interpreter:
    """The Python that starts commands.

    Attributes:
        path: The same inside and outside.
        read_only: What must be shown for it, beside the system's folders.
    """

    path: str
    read_only: tuple[Path, ...] = ()


@cache
def interpreter() -> Interpreter:
    """Return the system's own Python, or else the one that runs us.

    Raises:
        SandboxError: If there is none.
    """
    found = shutil.which("python3", path="/usr/bin:/usr/local/bin:/bin")
    if found is not None:
        return Interpreter(found)
    own = getattr(sys, "_base_executable", sys.executable)
    if not own:
        message = "there is no Python that could start commands in a sandbox"
        raise SandboxError(message, hint="install the distribution's python3")
    return Interpreter(str(Path(own).resolve()), (Path(sys.base_prefix),))


@dataclass(frozen=True, slots=True, kw_only=True)
class Confinement:
    """What a command may see, and how much it may put into its folders.

    Attributes:
        read_only: Folders and files of this machine that it may read.
        limits: What it may use.
        seccomp: The descriptor of the filter of system calls.
        forbids_namespaces: Whether the kernel is told to make no further namespaces of users inside. The filter
            refuses them as well.
    """

    read_only: Sequence[Path]
    limits: SandboxLimits
    seccomp: int
    forbids_namespaces: bool = True

    def options(self) -> list[str]:
        """Return all options but those that name descriptors for talking with us."""
        return [
            *("--unshare-all", "--unshare-user"),
            *(["--disable-userns"] if self.forbids_namespaces else []),
            *("--uid", str(USER), "--gid", str(USER), "--hostname", "sandbox"),
            *("--die-with-parent", "--new-session", "--cap-drop", "ALL", "--clearenv"),
            *("--ro-bind", "/usr", "/usr"),
            *_system(),
            *("--proc", "/proc", "--dev", "/dev"),
            *_memory(SHARED_MEMORY, "/dev/shm"),  # noqa: S108 - as above
            *_memory(self.limits.disk, PLACES.temporary),
            *_memory(self.limits.disk, PLACES.folder),
            *_shown(self.read_only),
            *("--remount-ro", "/dev", "--remount-ro", "/", "--chdir", PLACES.folder),
            *("--seccomp", str(self.seccomp)),
        ]


def _memory(size: int, place: str) -> list[str]:
    # A size holds for the one folder that follows it.
    return ["--size", str(size), "--tmpfs", place]


def _shown(places: Sequence[Path]) -> list[str]:
    return [part for place in places for part in ("--ro-bind", str(place), str(place))]


@cache
def _system() -> tuple[str, ...]:
    options: list[str] = []
    for name in SYSTEM:
        place = Path("/") / name
        if place.is_symlink():
            options += ["--symlink", str(place.readlink()), str(place)]
        elif place.is_dir():
            options += ["--ro-bind", str(place), str(place)]
    for linking in LINKING:
        options += ["--ro-bind-try", linking, linking]
    return tuple(options)
