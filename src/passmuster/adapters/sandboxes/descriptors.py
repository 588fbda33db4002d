"""The descriptors that lead in and out of a sandbox."""

import fcntl
import os
import socket
from typing import Final, Self

SEALED: Final = fcntl.F_SEAL_SEAL | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE


class Descriptors:
    """Descriptors that are closed together; each is ours, or for the process that is started.

    Sockets are used where no other process inside may open them by way of ``/proc``, which it may with pipes.
    """

    def __init__(self) -> None:
        self._ours: set[int] = set()
        self._theirs: set[int] = set()

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close all that are open."""
        _close(self._ours)
        _close(self._theirs)

    def sockets(self) -> tuple[int, int]:
        """Return two connected sockets, ours first."""
        ours, theirs = socket.socketpair()
        return self._kept(ours.detach(), theirs.detach())

    def pipe(self) -> tuple[int, int]:
        """Return both ends of a pipe, the one to read from first; that is ours."""
        return self._kept(*os.pipe())

    def pipe_in(self) -> tuple[int, int]:
        """Return both ends of a pipe, the one to read from first; that is the process's."""
        theirs, ours = os.pipe()
        self._kept(ours, theirs)
        return theirs, ours

    def file(self, content: bytes) -> int:
        """Return a file in memory that nobody can change, for the process."""
        descriptor = os.memfd_create("passmuster", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        self._theirs.add(descriptor)
        view = memoryview(content)
        while view:
            view = view[os.write(descriptor, view) :]
        os.lseek(descriptor, 0, os.SEEK_SET)
        # Else a command could fill it, and no limit would see that memory.
        fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, SEALED)
        return descriptor

    def close_theirs(self) -> None:
        """Close those that are for the process, which has its own by now."""
        _close(self._theirs)

    def _kept(self, ours: int, theirs: int) -> tuple[int, int]:
        os.set_blocking(ours, False)
        self._ours.add(ours)
        self._theirs.add(theirs)
        return ours, theirs


def _close(descriptors: set[int]) -> None:
    while descriptors:
        os.close(descriptors.pop())
