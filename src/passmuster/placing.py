"""Files put in their place whole or not at all."""

import os
import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from passmuster.domain.errors import EnvironmentFaultError

WHOLE = "whole"

_PASSING = ".partial"


def place(files: Mapping[str, bytes], destination: Path) -> tuple[Path, ...]:
    """Write files into a folder, which is made if need be.

    Every file is first written under a passing name beside its place. Only when all of them are complete are they
    moved, so a full disk leaves the former files as they were.

    Args:
        files: Contents by the path inside the folder, such as ``charts/one.svg``.
        destination: The folder.

    Returns:
        Where the files are, in the order given.

    Raises:
        EnvironmentFaultError: If the place cannot be written.
    """
    targets = {destination / name: content for name, content in files.items()}
    passing: dict[Path, Path] = {}
    try:
        for target, content in targets.items():
            target.parent.mkdir(parents=True, exist_ok=True)
            _refuse_folder(target)
            passing[target] = target.with_name(f".{target.name}.{secrets.token_hex(8)}{_PASSING}")
            # Created exclusively: neither a link nor a file of somebody else is written through.
            with passing[target].open("xb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
        for target, source in passing.items():
            source.replace(target)
    except OSError as error:
        raise _fault(error, destination) from error
    finally:
        for source in passing.values():
            with suppress(OSError):
                source.unlink(missing_ok=True)
    return tuple(targets)


def write_whole(path: Path, content: str) -> None:
    """Write one text file so that readers see the old content or the new, never half of it.

    Raises:
        EnvironmentFaultError: If the place cannot be written; what was there stays.
    """
    place({path.name: content.encode("utf-8")}, path.parent)


@contextmanager
def written_whole(path: Path) -> Iterator[BinaryIO]:
    """Let one file be written piece by piece, of whatever size; it is put in its place when the block ends well.

    Yields:
        What to write into. If the block raises, what was there stays, and nothing else is left behind.

    Raises:
        EnvironmentFaultError: If the place cannot be written.
    """
    passing = path.with_name(f".{path.name}.{secrets.token_hex(8)}{_PASSING}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _refuse_folder(path)
        with passing.open("xb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        passing.replace(path)
    except OSError as error:
        raise _fault(error, path.parent) from error
    finally:
        with suppress(OSError):
            passing.unlink(missing_ok=True)


@contextmanager
def written_folder(location: Path) -> Iterator[Path]:
    """Let a folder be made; it is put in its place when the block ends well.

    Yields:
        A folder to work in, on the same disk. What the block makes in it under the name ``WHOLE`` is what is put in
        its place; everything else in it goes away, and if the block raises, all of it.

    Raises:
        EnvironmentFaultError: If the place is taken by anything but an empty folder, or cannot be written.
    """
    passing = location.with_name(f".{location.name}.{secrets.token_hex(8)}{_PASSING}")
    try:
        if location.exists() and (not location.is_dir() or any(location.iterdir())):
            message = f"{str(location)!r} is already there"
            raise EnvironmentFaultError(message, hint="name a new folder, or move this one away")
        passing.mkdir(parents=True)
        yield passing
        (passing / WHOLE).replace(location)
    except OSError as fault:
        message = f"cannot write {str(location)!r}: {fault.strerror or fault}"
        raise EnvironmentFaultError(message, hint="name another folder, or make room there") from fault
    finally:
        shutil.rmtree(passing, ignore_errors=True)


def _refuse_folder(target: Path) -> None:
    if target.is_dir():
        message = "Is a directory"
        raise IsADirectoryError(None, message, str(target))


def _fault(error: OSError, destination: Path) -> EnvironmentFaultError:
    place_named = os.fspath(error.filename or destination)
    if place_named.endswith(_PASSING):
        # People know the folder, not the passing name.
        place_named = os.path.dirname(place_named)  # noqa: PTH120 - error.filename is text, and may be bytes
    reason = error.strerror or type(error).__name__
    message = f"cannot write {place_named!r}: {reason}"
    return EnvironmentFaultError(
        message, hint="name another folder, move what is in the way, or make room and allow writing there"
    )
