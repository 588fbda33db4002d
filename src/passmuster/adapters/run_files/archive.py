"""Members of a ZIP archive that nobody trusts: read by name one at a time, bounded, and never written anywhere."""

import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

from passmuster.adapters.run_files.complaints import refuse, unreadable
from passmuster.domain.values import SourceLocation
from passmuster.libraries import imported

MOST_BYTES: Final = 256 * 1024 * 1024
"""One member may have so many bytes; a sample with a long transcript has some millions."""

SUSPICIOUS_BYTES: Final = 1024 * 1024 * 1024
SUSPICIOUS_RATIO: Final = 500
"""More in all than the former, and more than so many times the archive itself, is no log but a bomb."""

_ZSTANDARD: Final = 93
"""The method of APPNOTE 4.4.5 that Python's library knows from version 3.14 on."""

_LARGEST_WINDOW: Final = 128 * 1024 * 1024
_HEADER: Final = struct.Struct("<4s22xHH")
_ENCRYPTED: Final = 1
_SIGNATURE: Final = b"PK\x03\x04"
_BROKEN: Final = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, struct.error)


class Archive:
    """An open archive."""

    def __init__(self, file: BinaryIO, path: str, *, most: int = MOST_BYTES) -> None:
        """Read the list of members.

        Args:
            file: The archive.
            path: Its name, for messages.
            most: Bytes that one member may have.

        Raises:
            InvalidInputError: If it is no archive, or its members are too large for its own size.
        """
        self._file, self._path, self._most = file, path, most
        try:
            self._zip = zipfile.ZipFile(file)
        except _BROKEN as error:
            refuse(
                f"this is no ZIP archive that can be read: {error}", SourceLocation(path=path), rule="run-file-damaged"
            )
        size = file.seek(0, 2)
        whole = sum(info.file_size for info in self._zip.infolist())
        if whole > SUSPICIOUS_BYTES and whole > SUSPICIOUS_RATIO * size:
            message = f"its members are to have {whole:,} bytes, out of {size:,}"
            refuse(message, SourceLocation(path=path), rule="run-file-size", hint="this is no log; leave it out")

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all members, each once, in their order; of two of one name the last counts."""
        return tuple(self._zip.NameToInfo)

    def place(self, name: str) -> str:
        """Return what a member is called in a message."""
        return f"{self._path}: {name}"

    def read(self, name: str) -> bytes:
        """Return the content of a member.

        Raises:
            InvalidInputError: If it is damaged or too large.
            MissingExtraError: If it is compressed by a method that takes a package which is not installed.
        """
        info = self._zip.NameToInfo[name]
        where = SourceLocation(path=self.place(name))
        if info.file_size > self._most:
            self._refuse_size(where)
        if info.header_offset < 0:
            refuse("this part of the archive begins before it", where, rule="run-file-damaged")
        try:
            content = self._zstandard(info) if info.compress_type == _ZSTANDARD else self._plain(info)
        except _BROKEN as error:
            refuse(f"this part of the archive is damaged: {error}", where, rule="run-file-damaged")
        if len(content) > self._most:
            self._refuse_size(where)
        return content

    def _refuse_size(self, where: SourceLocation) -> None:
        hint = "write the log again without its largest samples"
        refuse(f"this has more than {self._most:,} bytes", where, rule="run-file-size", hint=hint)

    def _plain(self, info: zipfile.ZipInfo) -> bytes:
        with self._zip.open(info) as member:
            # What an archive says of sizes need not be so. Read to the end, its checksum is compared.
            return member.read(self._most + 1)

    def _zstandard(self, info: zipfile.ZipInfo) -> bytes:
        if info.flag_bits & _ENCRYPTED:
            message = "it is encrypted"
            raise zipfile.BadZipFile(message)
        library = imported("zstandard", extra="inspect")
        self._file.seek(info.header_offset)
        signature, name, extra = _HEADER.unpack(self._file.read(_HEADER.size))
        if signature != _SIGNATURE:
            message = "its header is not where it should be"
            raise zipfile.BadZipFile(message)
        self._file.seek(name + extra, 1)
        decompressor = library.ZstdDecompressor(max_window_size=_LARGEST_WINDOW)
        packed = self._file.read(min(info.compress_size, self._most))
        content = bytearray()
        try:
            with decompressor.stream_reader(packed, read_across_frames=True) as reader:
                while len(content) <= self._most and (part := reader.read(min(self._most, 1024 * 1024))):
                    content += part
        except library.ZstdError as error:
            raise zipfile.BadZipFile(str(error)) from error
        if len(content) <= self._most and zlib.crc32(content) != info.CRC:
            message = "its checksum is another"
            raise zipfile.BadZipFile(message)
        return bytes(content)


@contextmanager
def opened_archive(location: Path) -> Iterator[Archive]:
    """Open an archive, and close it again.

    Raises:
        InvalidInputError: If it is none.
        EnvironmentFaultError: If it cannot be read.
    """
    try:
        with location.open("rb") as file:
            yield Archive(file, str(location))
    except OSError as error:
        raise unreadable(str(location), error) from error
