"""The file of kept answers: SQLite, in which several processes may read and write at once.

The settings are those of https://www.sqlite.org/wal.html: readers never wait for the writer. What a power failure takes
away is asked for again, so that nobody waits for the disk. Long texts that many requests share, such as an agent's
instructions, are kept once, line by line: a catalogue whose agents are listed in another order has no new lines.
"""

import hashlib
import json
import logging
import os
import platform
import sqlite3
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Final
from uuid import uuid4

from passmuster import packing
from passmuster.domain.errors import EnvironmentFaultError
from passmuster.domain.values import Fingerprint, json_writer
from passmuster.policies.answer_text import conversation_text, instructions_of, settings_of
from passmuster.policies.caching import Question

FILE: Final = "answers.sqlite"
"""What the file is called in the folder of the cache."""

PATIENCE: Final = 60.0
"""Seconds to wait for another process that writes."""

APPLICATION: Final = 0x504D4143
"""Marks our files (``PRAGMA application_id``)."""

FORM: Final = 1
"""Raised whenever older files cannot be read any more (``PRAGMA user_version``)."""

LARGEST: Final = 64 * 1024 * 1024
"""Bytes that one text may have; a file made by others must not fill the memory."""

LEASE: Final = 30.0
"""Seconds for which a claim holds unless it is renewed: so long others wait for a process that was killed."""

_DIGEST: Final = 8

_WRITE: Final = json_writer(json.JSONEncoder(sort_keys=True, ensure_ascii=False))
_TABLES: Final = (
    "CREATE TABLE IF NOT EXISTS backend (identity TEXT PRIMARY KEY, told TEXT NOT NULL) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS line (address BLOB PRIMARY KEY, data BLOB NOT NULL) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS instructions (address BLOB PRIMARY KEY, lines BLOB NOT NULL) WITHOUT ROWID",
    """CREATE TABLE IF NOT EXISTS answer (
        key BLOB PRIMARY KEY, identity TEXT NOT NULL, said BLOB NOT NULL, instructions BLOB NOT NULL,
        settings TEXT NOT NULL, repetition INTEGER NOT NULL, made REAL NOT NULL, used REAL NOT NULL,
        answer BLOB NOT NULL, conversation BLOB NOT NULL)""",
    "CREATE INDEX IF NOT EXISTS answer_said ON answer (said)",
    "CREATE TABLE IF NOT EXISTS claim (key BLOB PRIMARY KEY, owner TEXT NOT NULL, until REAL NOT NULL) WITHOUT ROWID",
)
_LOG: Final = logging.getLogger("passmuster.cache")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """An answer, ready to be kept.

    Attributes:
        question: What it answers.
        answer: The packed completion.
        made: When it was had, in seconds of the epoch.
    """

    question: Question
    answer: bytes
    made: float


def open_answers(file: Path) -> sqlite3.Connection:
    """Open the file, made if there is none; one that is damaged is put aside, and said so.

    Raises:
        EnvironmentFaultError: If it cannot be used, such as one of another program or of a newer passmuster.
    """
    try:
        return _opened(file)
    except sqlite3.DatabaseError as error:
        if not is_damage(error):
            raise _unusable(file, error) from error
        put_aside(file, error)
    except OSError as error:
        raise _unusable(file, error) from error
    try:
        return _opened(file)
    except (OSError, sqlite3.Error) as error:
        raise _unusable(file, error) from error


def is_damage(error: BaseException) -> bool:
    """Whether an error of SQLite says that the file is broken."""
    # The lower byte is the kind; the others say more closely what happened.
    kind = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return kind in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


def put_aside(file: Path, error: BaseException) -> None:
    """Rename a broken file, so that nothing is lost and a new one can be begun."""
    aside = file.with_name(f"{file.name}.broken-{datetime.now(UTC):%Y%m%dT%H%M%S}")
    for ending in ("", "-wal", "-shm"):
        part = file.with_name(file.name + ending)
        try:
            part.replace(aside.with_name(aside.name + ending))
        except FileNotFoundError:
            continue
        except OSError as fault:
            raise _unusable(file, fault) from fault
    warn(f"the kept answers in {str(file)!r} are damaged ({error}): they were put aside as {str(aside)!r}")


def warn(sentence: str) -> None:
    """Say something that a user should know and that is no reason to stop; it is printed unless logs go elsewhere."""
    _LOG.log(logging.WARNING, "%s", sentence)


def _unusable(file: Path, error: BaseException) -> EnvironmentFaultError:
    message = f"the kept answers in {str(file)!r} cannot be used: {error}"
    return EnvironmentFaultError(message, hint="name another folder with PASSMUSTER_CACHE, or write 'cache: false'")


def _opened(file: Path) -> sqlite3.Connection:
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        # Answers may be confidential: they are for the user alone.
        os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))
    # A connection is used by one thread at a time; those are not always the same.
    connection = sqlite3.connect(file, timeout=PATIENCE, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA synchronous = NORMAL")
        application = connection.execute("PRAGMA application_id").fetchone()[0]
        form = connection.execute("PRAGMA user_version").fetchone()[0]
        if (application, form) != (APPLICATION, FORM):
            _begin(connection, application, form)
    except BaseException:
        connection.close()
        raise
    return connection


def _begin(connection: sqlite3.Connection, application: int, form: int) -> None:
    if application not in {0, APPLICATION} or (application == 0 and _tables(connection)):
        message = "it is the database of another program"
        raise sqlite3.OperationalError(message)
    if form not in {0, FORM}:
        message = f"it has form {form} and was written by another version of passmuster"
        raise sqlite3.OperationalError(message)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("BEGIN IMMEDIATE")
    for statement in _TABLES:
        connection.execute(statement)
    connection.execute(f"PRAGMA application_id = {APPLICATION}")
    connection.execute(f"PRAGMA user_version = {FORM}")
    connection.execute("COMMIT")


def _tables(connection: sqlite3.Connection) -> int:
    # Another process may have begun the very same file.
    found = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    ours = {"backend", "line", "instructions", "answer", "claim"}
    return len({name for (name,) in found} - ours)


def packed(text: str) -> bytes:
    """Return a text in as few bytes as can be had quickly."""
    return packing.packed(text.encode("utf-8", "surrogatepass"))


def unpacked(data: bytes) -> str:
    """Return the text.

    Raises:
        ValueError: If the bytes are no packed text, or one that is too long.
    """
    inflating = zlib.decompressobj()
    try:
        content = inflating.decompress(data, LARGEST)
    except zlib.error as error:
        message = f"this is no packed text: {error}"
        raise ValueError(message) from error
    if not inflating.eof:
        message = "this is no packed text: it is cut off, or too long"
        raise ValueError(message)
    return content.decode("utf-8", "surrogatepass")


def row_of(question: Question, text: str, made: float) -> Row:
    """Return an answer, given as text, ready to be kept."""
    return Row(question=question, answer=packed(text), made=made)


def said_address(conversation: str) -> bytes:
    """Return what requests have in common in which the same was said."""
    return _address(conversation)


@lru_cache(maxsize=65_536)
def _address(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:_DIGEST]


@lru_cache(maxsize=4_096)
def instructions_address(text: str) -> bytes:
    """Return the address of what a system prompt says."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[: 2 * _DIGEST]


def keep(connection: sqlite3.Connection, row: Row) -> None:
    """Write an answer with the parts of its key, and take back the claim on it; within a transaction."""
    request = row.question.request
    text, said = instructions_of(request), conversation_text(request)
    address = instructions_address(text)
    _keep_instructions(connection, address, text)
    connection.execute(
        "INSERT OR REPLACE INTO answer VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            row.question.key,
            row.question.identity,
            said_address(said),
            address,
            _WRITE(settings_of(request)),
            request.repetition,
            row.made,
            row.made,
            row.answer,
            packed(said),
        ),
    )
    connection.execute("DELETE FROM claim WHERE key = ?", (row.question.key,))


def _keep_instructions(connection: sqlite3.Connection, address: bytes, text: str) -> None:
    if connection.execute("SELECT 1 FROM instructions WHERE address = ?", (address,)).fetchone():
        return
    lines = text.splitlines(keepends=True)
    connection.executemany(
        "INSERT OR IGNORE INTO line VALUES (?, ?)",
        ((_address(line), line.encode("utf-8", "surrogatepass")) for line in dict.fromkeys(lines)),
    )
    whole = b"".join(map(_address, lines))
    connection.execute("INSERT INTO instructions VALUES (?, ?)", (address, whole))


def kept_instructions(connection: sqlite3.Connection, address: bytes) -> str | None:
    """Return what a system prompt said; ``None`` if it is not kept."""
    found = connection.execute("SELECT lines FROM instructions WHERE address = ?", (address,)).fetchone()
    if found is None:
        return None
    texts = []
    for line in addresses_in(found[0]):
        kept = connection.execute("SELECT data FROM line WHERE address = ?", (line,)).fetchone()
        if kept is None:
            return None
        texts.append(kept[0].decode("utf-8", "surrogatepass"))
    return "".join(texts)


def addresses_in(lines: bytes) -> Iterator[bytes]:
    """Yield the addresses of a system prompt's lines."""
    for start in range(0, len(lines), _DIGEST):
        yield lines[start : start + _DIGEST]


def claim(connection: sqlite3.Connection, key: bytes, *, owner: str, now: float, oldest: float) -> bool:
    """Claim a question unless it is answered or somebody else's; within a transaction."""
    if connection.execute("SELECT 1 FROM answer WHERE key = ? AND made >= ?", (key, oldest)).fetchone():
        return False
    query = (
        "INSERT INTO claim VALUES (:key, :owner, :until) ON CONFLICT (key) DO UPDATE "
        "SET owner = :owner, until = :until WHERE owner = :owner OR until < :now"
    )
    told = {"key": key, "owner": owner, "until": now + LEASE, "now": now}
    return connection.execute(query, told).rowcount > 0


def renew(connection: sqlite3.Connection, keys: Iterable[bytes], *, owner: str, now: float) -> None:
    """Let claims hold longer."""
    connection.executemany(
        "UPDATE claim SET until = ? WHERE key = ? AND owner = ?", [(now + LEASE, key, owner) for key in keys]
    )


def release(connection: sqlite3.Connection, keys: Iterable[bytes], *, owner: str) -> None:
    """Take claims back."""
    connection.executemany("DELETE FROM claim WHERE key = ? AND owner = ?", [(key, owner) for key in keys])


def owner_here() -> str:
    """Return a name for this process, by which others on this machine can tell whether it is still there."""
    return f"{platform.node()}/{os.getpid()}/{uuid4().hex[:8]}"


def forget_gone(connection: sqlite3.Connection) -> None:
    """Take back the claims of processes of this machine that are no more, so that nobody waits for them."""
    owners = [owner for (owner,) in connection.execute("SELECT DISTINCT owner FROM claim")]
    connection.executemany("DELETE FROM claim WHERE owner = ?", [(owner,) for owner in owners if _is_gone(owner)])


def _is_gone(owner: str) -> bool:
    machine, _, rest = owner.partition("/")
    process = rest.partition("/")[0]
    if machine != platform.node() or not process.isdecimal():
        return False
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return True
    except (OSError, OverflowError):
        # Somebody else's process, or a number that none can have: the claim runs out by itself.
        return False
    return False


def introduce(connection: sqlite3.Connection, identity: Fingerprint, told: Mapping[str, object]) -> None:
    """Keep beside the answers what a backend is, so that it can be told what changed; within a transaction."""
    text = json.dumps(told, sort_keys=True, ensure_ascii=False)
    known = connection.execute("SELECT told FROM backend WHERE identity = ?", (identity,)).fetchone()
    if known != (text,):
        connection.execute("INSERT OR REPLACE INTO backend VALUES (?, ?)", (identity, text))
