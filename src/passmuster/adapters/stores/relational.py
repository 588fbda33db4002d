"""The store in a relational database: one file of SQLite.

One process writes at a time, and what it wrote is on the disk before it says so; others read meanwhile. The library of
Python is asked directly: what stands between takes longer to import than a run of one case may take.
"""

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field

from passmuster.adapters.stores.blobs import Blob, pack, pack_parts, unpack
from passmuster.adapters.stores.codec import CASES, MANIFEST, ROSTER, text_of_cases
from passmuster.adapters.stores.codec import SEGMENT as SEGMENTS
from passmuster.adapters.stores.opening import file_of, open_database
from passmuster.adapters.stores.rows import (
    OUTCOMES,
    TRIALS,
    PackedTrial,
    SharedReader,
    TrialReader,
    Values,
    blob_columns,
    pack_trial,
)
from passmuster.adapters.stores.tables import column, words
from passmuster.components import BuildContext, Component
from passmuster.domain.agents import Roster
from passmuster.domain.cases import Case
from passmuster.domain.endpoints import RunSegment
from passmuster.domain.errors import RunNotFoundError
from passmuster.domain.results import FinishedTrials, Outcome, Run, RunManifest, Trial, TrialKey
from passmuster.domain.values import CaseIdentifier, Fingerprint, RunIdentifier, SubjectName
from passmuster.ports import Store

CHUNK: Final = 500
"""Trials that are put into rows at once."""


class RelationalStore:
    """A store in a file of SQLite; conforms to :class:`passmuster.ports.Store`.

    A loaded run's trials are in the order of the manifest's subjects, then of the run's cases, then of repetitions.
    """

    def __init__(self, file: Path, *, busy_timeout: int = 30_000) -> None:
        """Open the file, made if there is none.

        Args:
            file: Where runs are kept; its folder is made if there is none.
            busy_timeout: Milliseconds to wait for another writer.

        Raises:
            StoreError: If the file cannot be used.
        """
        self._database = open_database(file, busy_timeout=busy_timeout)
        # Cases are a third of what a run has in memory, and whoever begins a run has them already.
        self._begun: tuple[bytes, tuple[Case, ...]] = (b"", ())

    def begin(self, manifest: RunManifest, roster: Roster, cases: Sequence[Case]) -> None:
        """Open a run; a second call with the same identifier changes nothing."""
        blobs = {
            "manifest": pack(MANIFEST.write(manifest)),
            "roster": pack(ROSTER.write(roster)),
            "cases": pack_parts(text_of_cases(cases)),
        }
        self._begun = (blobs["cases"].address, tuple(cases))
        revision = manifest.revision
        columns = {
            "identifier": manifest.identifier,
            "suite": manifest.suite,
            "started_at": manifest.started_at,
            "planned": manifest.planned,
            "revision": revision.commit if revision else None,
            "branch": revision.branch if revision else None,
            "is_dirty": revision.is_dirty if revision else None,
            "roster_fingerprint": manifest.roster,
            "dataset_fingerprint": manifest.dataset,
            **{name: blob.address for name, blob in blobs.items()},
        }
        with self._database.writing() as connection:
            if _number(connection, manifest.identifier) is None:
                _insert_blobs(connection, blobs.values())
                _insert(connection, "run", [columns])

    def append(self, run: RunIdentifier, trials: Sequence[Trial]) -> None:
        """Keep trials, all or none; when this returns they survive a kill. A trial delivered twice is kept once.

        Raises:
            RunNotFoundError: If the run was not begun.
        """
        # Packed before the lock is taken, so that others wait for the disk only.
        packed = _unique(pack_trial(trial) for trial in trials)
        with self._database.writing() as connection:
            number = _number(connection, run)
            if number is None:
                raise _unknown(run)
            for start in range(0, len(packed), CHUNK):
                _append(connection, number, packed[start : start + CHUNK])

    def finished(self, run: RunIdentifier) -> FinishedTrials:
        """Return the keys of the run's finished trials; of a run that was not begun, none."""
        finished: defaultdict[int, int] = defaultdict(int)
        with self._database.reading() as connection:
            number = _number(connection, run)
            trials = "SELECT cell, repetition FROM trial WHERE run = ? AND is_finished"
            for cell, repetition in connection.execute(trials, (number,)):
                finished[cell] |= 1 << repetition
            cells = (
                "SELECT number, case_identifier, subject, fingerprint FROM cell "
                "WHERE number IN (SELECT cell FROM trial WHERE run = ?)"
            )
            return FinishedTrials(
                {
                    (CaseIdentifier(words(case)), SubjectName(words(subject)), Fingerprint(words(fingerprint))): (
                        finished[cell]
                    )
                    for cell, case, subject, fingerprint in connection.execute(cells, (number,))
                    if cell in finished
                }
            )

    def record(self, run: RunIdentifier, segment: RunSegment) -> None:
        """Keep what one process did for a run; of two segments that began at one moment, the last.

        Raises:
            RunNotFoundError: If the run was not begun.
        """
        columns = {
            "started_at": segment.started_at,
            "ending": segment.ending.value,
            "duration": segment.duration,
            "trials": segment.trials,
            "detail": SEGMENTS.write(segment),
        }
        with self._database.writing() as connection:
            number = _number(connection, run)
            if number is None:
                raise _unknown(run)
            changes = ", ".join(f"{name} = excluded.{name}" for name in columns)
            otherwise = f"ON CONFLICT (run, started_at) DO UPDATE SET {changes}"
            _insert(connection, "segment", [{"run": number, **columns}], otherwise)

    def load(self, run: RunIdentifier) -> Run:
        """Return a run with everything in it.

        Raises:
            RunNotFoundError: If there is none of that name.
            StoreError: If the file is damaged.
        """
        with self._database.reading() as connection:
            query = "SELECT number, started_at, manifest, roster, cases FROM run WHERE identifier = ?"
            row = connection.execute(query, (column(run),)).fetchone()
            if row is None:
                raise _unknown(run)
            number, started_at, *addresses = row
            manifest = MANIFEST.read(_text(connection, addresses[0]))
            roster = ROSTER.read(_text(connection, addresses[1]))
            begun, cases = self._begun
            if begun != addresses[2]:
                cases = CASES.read(_text(connection, addresses[2]))
            trials = list(_trials(connection, number, [case.identifier for case in cases]))
            segments = _segments(connection, number)
        subjects = [subject.name for subject in manifest.subjects]
        return Run(
            manifest=replace(manifest, started_at=datetime.fromisoformat(started_at)),
            roster=roster,
            cases=cases,
            trials=_in_order(trials, subjects, [case.identifier for case in cases]),
            segments=segments,
        )

    def history(self, suite: str, *, limit: int) -> Sequence[RunManifest]:
        """Return the suite's latest runs, the newest first; at most ``limit``.

        Raises:
            StoreError: If the file is damaged.
        """
        query = (
            f"SELECT run.started_at, {blob_columns('blob')} FROM run JOIN blob ON blob.address = run.manifest "  # noqa: S608 - names of our own
            "WHERE run.suite = ? ORDER BY run.started_at DESC, run.identifier DESC LIMIT ?"
        )
        manifests = SharedReader(MANIFEST)
        with self._database.reading() as connection:
            return tuple(
                replace(manifests.read(*blob), started_at=datetime.fromisoformat(started_at))
                for started_at, *blob in connection.execute(query, (column(suite), max(limit, 0)))
            )

    def close(self) -> None:
        """Let go of the file; a second call does nothing."""
        self._database.close()


def _unknown(run: RunIdentifier) -> RunNotFoundError:
    return RunNotFoundError(f"the store holds no run {run!r}", hint="leave the name out for the latest run")


def _number(connection: sqlite3.Connection, run: RunIdentifier) -> int | None:
    row = connection.execute("SELECT number FROM run WHERE identifier = ?", (column(run),)).fetchone()
    return None if row is None else int(row[0])


_UNLESS_KNOWN: Final = "ON CONFLICT DO NOTHING"
"""Leaves a row out that breaks a unique key."""


def _insert(connection: sqlite3.Connection, table: str, rows: Sequence[Values], otherwise: str = "") -> None:
    """Insert rows.

    Args:
        connection: Within a transaction.
        table: Where to.
        rows: All of the same columns.
        otherwise: What is to happen with a row that breaks a unique key.
    """
    if not rows:
        return
    names = tuple(rows[0])
    places = ", ".join("?" * len(names))
    statement = f"INSERT INTO {table} ({', '.join(names)}) VALUES ({places}) {otherwise}"  # noqa: S608 - names of our own
    connection.executemany(statement, ([column(row[name]) for name in names] for row in rows))


def _insert_blobs(connection: sqlite3.Connection, blobs: Iterable[Blob]) -> None:
    unique = {blob.address: blob for blob in blobs}
    rows = [
        {"address": blob.address, "codec": blob.codec, "size": blob.size, "data": blob.data} for blob in unique.values()
    ]
    _insert(connection, "blob", rows, _UNLESS_KNOWN)


def _unique(packed: Iterable[PackedTrial]) -> Sequence[PackedTrial]:
    """Keep one delivery of each key: the first finished one, or else the last."""
    kept: dict[TrialKey, PackedTrial] = {}
    for trial in packed:
        former = kept.get(trial.key)
        if former is None or not former.is_finished:
            kept[trial.key] = trial
    return list(kept.values())


def _append(connection: sqlite3.Connection, run: int, packed: Sequence[PackedTrial]) -> None:
    _insert_blobs(connection, (blob for trial in packed for blob in trial.blobs))
    cells = _cells(connection, packed)
    trials: list[Values] = []
    scores: list[Values] = []
    for trial in packed:
        place = {"run": run, "cell": cells[_cell(trial.key)]}
        if _has_given_way(connection, *place.values(), trial.key.repetition):
            trials.append({**trial.columns, **place})
            scores += [{**outcome, **place, "repetition": trial.key.repetition} for outcome in trial.outcomes]
    _insert(connection, "trial", trials)
    _insert(connection, "score", scores)


def _has_given_way(connection: sqlite3.Connection, *key: int) -> bool:
    """Take away a trial that is stored already, unless it is finished; return whether its place is free."""
    where = "WHERE run = ? AND cell = ? AND repetition = ?"
    known = connection.execute(f"SELECT is_finished FROM trial {where}", key).fetchone()  # noqa: S608 - text of our own
    if known is None:
        return True
    if known[0]:
        return False
    for table in ("score", "trial"):
        connection.execute(f"DELETE FROM {table} {where}", key)  # noqa: S608 - text of our own
    return True


def _cell(key: TrialKey) -> tuple[str, str, str]:
    return (key.case, key.subject, key.fingerprint)


def _cells(connection: sqlite3.Connection, packed: Sequence[PackedTrial]) -> Mapping[tuple[str, str, str], int]:
    """Return the number of every cell that the trials belong to, new ones included."""
    wanted = list(dict.fromkeys(_cell(trial.key) for trial in packed))
    names = ("case_identifier", "subject", "fingerprint")
    _insert(connection, "cell", [dict(zip(names, cell, strict=True)) for cell in wanted], _UNLESS_KNOWN)
    query = "SELECT number FROM cell WHERE case_identifier = ? AND subject = ? AND fingerprint = ?"
    return {cell: connection.execute(query, [column(part) for part in cell]).fetchone()[0] for cell in wanted}


def _text(connection: sqlite3.Connection, address: bytes) -> str:
    query = f"SELECT {blob_columns('blob')} FROM blob WHERE address = ?"  # noqa: S608 - names of our own
    address, codec, size, data = connection.execute(query, (address,)).fetchone()
    return unpack(Blob(address=address, codec=codec, size=size, data=data))


def _trials(connection: sqlite3.Connection, run: int, cases: Sequence[str]) -> Iterator[Trial]:
    reader = TrialReader(cases)
    # Both come in the order of cells and repetitions, so that outcomes need not be held until their trial comes.
    judged = groupby(connection.execute(OUTCOMES, (run,)), key=lambda row: row[:2])
    place, outcomes = next(judged, _NONE)
    for row in connection.execute(TRIALS, (run,)):
        found: list[Outcome] = []
        if place == (row[0], row[4]):
            found = [reader.outcome(outcome) for outcome in outcomes]
            place, outcomes = next(judged, _NONE)
        yield reader.trial(row, found)


_NONE: Final[tuple[tuple[int, ...], Iterator[tuple[Any, ...]]]] = ((), iter(()))


def _segments(connection: sqlite3.Connection, run: int) -> tuple[RunSegment, ...]:
    query = "SELECT detail FROM segment WHERE run = ? ORDER BY started_at"
    return tuple(SEGMENTS.read(words(detail)) for (detail,) in connection.execute(query, (run,)))


def _in_order(trials: Iterable[Trial], subjects: Sequence[str], cases: Sequence[str]) -> tuple[Trial, ...]:
    subject_places = {name: place for place, name in enumerate(subjects)}
    case_places = {name: place for place, name in enumerate(cases)}

    def place(trial: Trial) -> tuple[int, str, int, str, int, str]:
        key = trial.key
        return (
            subject_places.get(key.subject, len(subjects)),
            key.subject,
            case_places.get(key.case, len(cases)),
            key.case,
            key.repetition,
            key.fingerprint,
        )

    return tuple(sorted(trials, key=place))


class RelationalStoreOptions(BaseModel):
    """Where runs are kept."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    location: str = Field(
        min_length=1,
        description="A file of SQLite: a path from the suite's folder on, or a URL such as sqlite:///runs.sqlite.",
    )
    busy_timeout: int = Field(
        default=30_000, ge=0, le=3_600_000, description="Milliseconds to wait for another process that writes."
    )


def build(options: RelationalStoreOptions, context: BuildContext) -> Store:
    """Open the store that the options name."""
    return RelationalStore(file_of(options.location, context.folder), busy_timeout=options.busy_timeout)


COMPONENT: Final = Component(options=RelationalStoreOptions, build=build, is_deterministic=lambda _options: True)
