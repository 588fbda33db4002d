"""Looks for a planted key in everything that was written: in files, databases, and what is packed in them."""

import gzip
import html
import io
import json
import sqlite3
import zipfile
import zlib
from base64 import b64encode
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from urllib.parse import quote, quote_plus

KEY = 'made-up/key+with="quotes\\0815'
"""What notations write in different ways, and a header can carry all the same."""

_DATABASE = b"SQLite format 3\x00"
_DEEPEST = 4


def notations(key: str) -> dict[str, bytes]:
    """Return the key as it may stand somewhere; not made by what is tested."""
    raw = key.encode()
    inside = json.dumps(key)[1:-1]
    written = {
        "as it is": key,
        "JSON": inside,
        "JSON in JSON": json.dumps(inside)[1:-1],
        "JSON with slashes": inside.replace("/", "\\/"),
        "an address": quote(key, safe=""),
        "a path": quote(key),
        "a form": quote_plus(key),
        "HTML": html.escape(key),
        "hexadecimal": raw.hex(),
        # Three bytes become four characters, so that there are three ways for the key to lie; the edges are left out.
        **{f"base64 {before}": b64encode(b"x" * before + raw)[4:-4].decode() for before in range(3)},
        "UTF-16": "\0".join(key),
    }
    return {name: text.encode() for name, text in written.items()}


def found(folder: Path, key: str = KEY) -> list[str]:
    """Return where the key stands below a folder, and in which notation."""
    wanted = notations(key)
    return [
        f"{place}: {name}"
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        for place, data in _layers(str(path.relative_to(folder)), path.read_bytes())
        for name, form in wanted.items()
        if form in data
    ] + [str(path) for path in folder.rglob("*") if key in path.name]


def _layers(place: str, data: bytes, depth: int = 0) -> Iterator[tuple[str, bytes]]:
    """Yield data as they stand, and everything that is packed in them."""
    yield place, data
    if depth == _DEEPEST:
        return
    if data.startswith(_DATABASE):
        for where, value in _cells(data):
            yield from _layers(f"{place}, {where}", value, depth + 1)
    if zipfile.is_zipfile(io.BytesIO(data)):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for name in archive.namelist():
                yield from _layers(f"{place}, {name}", archive.read(name), depth + 1)
    for unpack in (zlib.decompress, gzip.decompress):
        with suppress(zlib.error, gzip.BadGzipFile, EOFError):
            yield from _layers(f"{place}, unpacked", unpack(data), depth + 1)


def _cells(data: bytes) -> Iterator[tuple[str, bytes]]:
    with closing(sqlite3.connect(":memory:")) as connection:
        # A database that others write to ahead of itself cannot be read from memory otherwise.
        connection.deserialize(data[:18] + b"\x01\x01" + data[20:])
        connection.text_factory = bytes
        tables = [
            name.decode() for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        ]
        for table in tables:
            for row, cells in enumerate(connection.execute(f'SELECT * FROM "{table}"')):  # noqa: S608 - names of its own tables
                for column, value in enumerate(cells):
                    if isinstance(value, bytes):
                        yield f"{table} {row} {column}", value
