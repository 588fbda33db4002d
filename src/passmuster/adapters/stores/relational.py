"""The store in a relational database, by statements that every one of them understands.

What was written is on the disk before it is said to be kept; others read meanwhile. Databases are asked directly: what
would stand between takes longer to import than a run of one case may take.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import groupby
from typing import Any, Final, TypeVar

from passmuster.adapters.stores.blobs import Blob, pack, pack_parts, unpack
from passmuster.adapters.stores.chains import (
    MANIFEST_LINK,
    RUN,
    TRIALS_LINK,
    Entry,
    content_of,
    digest_of,
    next_link,
    written,
)
from passmuster.adapters.stores.chains import SEGMENT as SEGMENT_COLUMNS
from passmuster.adapters.stores.codec import CASES, MANIFEST, ROSTER, text_of_cases
from passmuster.adapters.stores.codec import SEGMENT as SEGMENTS
from passmuster.adapters.stores.databases import Connection, Database
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
from passmuster.domain.agents import Roster
from passmuster.domain.cases import Case
from passmuster.domain.endpoints import RunSegment
from passmuster.domain.errors import RunNotFoundError
from passmuster.domain.results import FinishedTrials, Outcome, Run, RunManifest, Trial, TrialKey
from passmuster.domain.values import CaseIdentifier, Fingerprint, RunIdentifier, SubjectName

CHUNK: Final = 500
"""Trials that are put into rows at once."""


Cell = tuple[str, str, str]
"""A case, a subject, and the fingerprint of the work."""

ItemT = TypeVar("ItemT")


class RelationalStore:
    """A store in a database; conforms to :class:`passmuster.ports.Store`.

    A loaded run's trials are in the order of the manifest's subjects, then of the run's cases, then of repetitions.

    Those who write at one time take texts, then cells, then trials, each in the order of their keys, so that no two of
    them can wait for each other.
    """

    def __init__(self, database: Database) -> None:
        """Keep runs in a database.

        Args:
            database: With all tables in their latest form.
        """
        self._database = database
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
        shown = {**columns, **{name: blob.digest.hex() for name, blob in blobs.items()}}
        content = content_of([((0, 0), digest_of(written(RUN, [shown[name] for name in RUN])))])
        with self._database.writing() as connection:
            if _number(connection, manifest.identifier) is None:
                _insert_blobs(connection, blobs.values())
                _insert(connection, "run", [columns])
                _link(connection, _number(connection, manifest.identifier) or 0, MANIFEST_LINK, content)

    def append(self, run: RunIdentifier, trials: Sequence[Trial]) -> None:
        """Keep trials, all or none; when this returns they survive a kill. A trial delivered twice is kept once.

        Raises:
            RunNotFoundError: If the run was not begun.
        """
        # Packed before the lock is taken, so that others wait for the disk only.
        packed = _unique(pack_trial(trial) for trial in trials)
        with self._database.writing() as connection:
            number = _number(connection, run, self._database.locking)
            if number is None:
                raise _unknown(run)
            connection.execute("DELETE FROM summary WHERE run = ?", (number,))
            _insert_blobs(connection, (blob for trial in packed for blob in trial.blobs))
            cells = _cells(connection, sorted({_cell(trial.key) for trial in packed}))
            for chunk in _chunks(packed):
                _append(connection, number, cells, chunk)

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
        content = content_of([((0, 0), digest_of(written(SEGMENT_COLUMNS, columns.values())))])
        with self._database.writing() as connection:
            number = _number(connection, run, self._database.locking)
            if number is None:
                raise _unknown(run)
            changes = ", ".join(f"{name} = excluded.{name}" for name in columns)
            otherwise = f"ON CONFLICT (run, started_at) DO UPDATE SET {changes}"
            _insert(connection, "segment", [{"run": number, **columns}], otherwise)
            _link(connection, number, str(column(segment.started_at)), content)

    def load(self, run: RunIdentifier) -> Run:
        """Return a run with everything in it.

        Raises:
            RunNotFoundError: If there is none of that name.
            StoreError: If the file is damaged.
        """
        with self._database.reading() as connection:
            number, head = self._head(connection, run)
            cases = [case.identifier for case in head.cases]
            trials = list(self._trials(connection, number, TrialReader(cases)))
        subjects = [subject.name for subject in head.manifest.subjects]
        return replace(head, trials=in_order(trials, subjects, cases))

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
        """Let go of the database; a second call does nothing."""
        self._database.close()

    def _head(self, connection: Connection, run: RunIdentifier) -> tuple[int, Run]:
        """Return a run's number, and the run without its trials."""
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
        manifest = replace(manifest, started_at=datetime.fromisoformat(started_at))
        segments = _segments(connection, number)
        return number, Run(manifest=manifest, roster=roster, cases=cases, trials=(), segments=segments)

    def _trials(
        self, connection: Connection, run: int, reader: TrialReader, cells: Sequence[int] = ()
    ) -> Iterator[Trial]:
        """Yield a run's trials, or those of some cells, in the order of cells and repetitions."""
        only, values = within(cells), (run, *cells)
        # Both come in the order of cells and repetitions, so that outcomes need not be held until their trial comes.
        rows = self._database.stream(connection, OUTCOMES.format(only=only.format("score")), values)
        judged = groupby(rows, key=lambda row: row[:2])
        place, outcomes = next(judged, _NONE)
        for row in self._database.stream(connection, TRIALS.format(only=only.format("trial")), values):
            found: list[Outcome] = []
            if place == (row[0], row[4]):
                found = [reader.outcome(outcome) for outcome in outcomes]
                place, outcomes = next(judged, _NONE)
            yield reader.trial(row, found)


def within(cells: Sequence[int]) -> str:
    """Return what a query of ``rows`` says of these cells, with a place for its table; nothing where all are meant."""
    return f" AND {{}}.cell IN ({_places(len(cells))})" if cells else ""


def run_number(connection: Connection, run: RunIdentifier) -> int:
    """Return a run's number; raises RunNotFoundError if there is none of that name."""
    number = _number(connection, run)
    if number is None:
        raise _unknown(run)
    return number


def _unknown(run: RunIdentifier) -> RunNotFoundError:
    return RunNotFoundError(f"the store holds no run {run!r}", hint="leave the name out for the latest run")


def _number(connection: Connection, run: RunIdentifier, locking: str = "") -> int | None:
    query = f"SELECT number FROM run WHERE identifier = ?{locking}"  # noqa: S608 - text of our own
    row = connection.execute(query, (column(run),)).fetchone()
    return None if row is None else int(row[0])


_UNLESS_KNOWN: Final = "ON CONFLICT DO NOTHING"
"""Leaves a row out that breaks a unique key."""


def _insert(connection: Connection, table: str, rows: Sequence[Values], otherwise: str = "") -> None:
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
    statement = f"INSERT INTO {table} ({', '.join(names)}) VALUES ({_places(len(names))}) {otherwise}"  # noqa: S608 - names of our own
    connection.executemany(statement, ([column(row[name]) for name in names] for row in rows))


def _insert_blobs(connection: Connection, blobs: Iterable[Blob]) -> None:
    unique = {blob.address: blob for blob in blobs}
    rows = [
        {"address": address, "codec": blob.codec, "size": blob.size, "data": blob.data}
        for address, blob in sorted(unique.items())
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


def _append(connection: Connection, run: int, cells: Mapping[Cell, int], packed: Sequence[PackedTrial]) -> None:
    places = {trial.key: (cells[_cell(trial.key)], trial.key.repetition) for trial in packed}
    known = _known(connection, run, sorted({cell for cell, _ in places.values()}))
    trials: list[Values] = []
    scores: list[Values] = []
    entries: list[Entry] = []
    for trial in packed:
        cell, repetition = places[trial.key]
        is_finished = known.get((cell, repetition))
        if is_finished:
            continue
        if is_finished is not None:
            _remove(connection, run, cell, repetition)
        place = {"run": run, "cell": cell}
        trials.append({**trial.columns, **place})
        scores += [{**outcome, **place, "repetition": repetition} for outcome in trial.outcomes]
        entries.append(((cell, repetition), trial.digest))
    _insert(connection, "trial", trials)
    _insert(connection, "score", scores)
    if entries:
        _link(connection, run, TRIALS_LINK, content_of(entries))


def _link(connection: Connection, run: int, kind: str, content: bytes) -> None:
    """Go on with a run's chain, in a transaction that holds the run."""
    row = next_link(connection, run, kind, content)
    _insert(connection, "link", [] if row is None else [row])


def _known(connection: Connection, run: int, cells: Sequence[int]) -> Mapping[tuple[int, int], bool]:
    """Return whether each trial of these cells that is stored is finished, by cell and repetition."""
    query = f"SELECT cell, repetition, is_finished FROM trial WHERE run = ? AND cell IN ({_places(len(cells))})"  # noqa: S608 - question marks
    return {(cell, repetition): bool(done) for cell, repetition, done in connection.execute(query, (run, *cells))}


def _remove(connection: Connection, *key: int) -> None:
    for table in ("score", "trial"):
        connection.execute(f"DELETE FROM {table} WHERE run = ? AND cell = ? AND repetition = ?", key)  # noqa: S608 - names of our own


def _cell(key: TrialKey) -> Cell:
    return (key.case, key.subject, key.fingerprint)


def _cells(connection: Connection, wanted: Sequence[Cell]) -> Mapping[Cell, int]:
    """Return the number of every cell, new ones included."""
    names = ("case_identifier", "subject", "fingerprint")
    _insert(connection, "cell", [dict(zip(names, cell, strict=True)) for cell in wanted], _UNLESS_KNOWN)
    numbers: dict[Cell, int] = {}
    for chunk in _chunks(wanted):
        rows = ", ".join(["(?, ?, ?)"] * len(chunk))
        query = f"SELECT {', '.join(names)}, number FROM cell WHERE ({', '.join(names)}) IN (VALUES {rows})"  # noqa: S608 - names and question marks
        found = connection.execute(query, [column(part) for cell in chunk for part in cell])
        numbers.update({(words(case), words(subject), words(work)): number for case, subject, work, number in found})
    return numbers


def _chunks(items: Sequence[ItemT]) -> Iterator[Sequence[ItemT]]:
    return (items[start : start + CHUNK] for start in range(0, len(items), CHUNK))


def _places(count: int) -> str:
    return ", ".join("?" * count)


def _text(connection: Connection, address: bytes) -> str:
    query = f"SELECT {blob_columns('blob')} FROM blob WHERE address = ?"  # noqa: S608 - names of our own
    address, codec, size, data = connection.execute(query, (address,)).fetchone()
    return unpack(Blob(address=address, codec=codec, size=size, data=data))


_NONE: Final[tuple[tuple[int, ...], Iterator[tuple[Any, ...]]]] = ((), iter(()))


def _segments(connection: Connection, run: int) -> tuple[RunSegment, ...]:
    query = "SELECT detail FROM segment WHERE run = ? ORDER BY started_at"
    return tuple(SEGMENTS.read(words(detail)) for (detail,) in connection.execute(query, (run,)))


def in_order(trials: Iterable[Trial], subjects: Sequence[str], cases: Sequence[str]) -> tuple[Trial, ...]:
    """Return trials in the order of the manifest's subjects, then of the run's cases, then of repetitions."""
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
