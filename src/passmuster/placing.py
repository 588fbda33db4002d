"""Files that are written whole or not at all."""

import os
import tempfile
from contextlib import suppress
from pathlib import Path

from passmuster.domain.errors import EnvironmentFaultError


def write_whole(path: Path, content: str) -> None:
    """Write a text file so that readers see the old content or the new, never half of it.

    The text goes into a temporary file beside the target, which then takes its place in one step. Folders that are
    missing are made.

    Raises:
        EnvironmentFaultError: If the place cannot be written; what was there stays.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_dir():
            raise IsADirectoryError(None, "there is a folder of that name")
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    except OSError as error:
        raise _refused(path, error) from error
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        # mkstemp makes files that only their owner may read; reports and baselines are to be shared.
        Path(name).chmod(0o666 & ~_mask())
        Path(name).replace(path)
    except BaseException as error:
        with suppress(OSError):
            Path(name).unlink()
        if isinstance(error, OSError):
            raise _refused(path, error) from error
        raise


def _mask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _refused(path: Path, error: OSError) -> EnvironmentFaultError:
    message = f"cannot write {str(path)!r}: {error.strerror or error}"
    return EnvironmentFaultError(message, hint="name another place, or make this one writable")
