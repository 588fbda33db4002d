"""The store in a relational database: one file of SQLite.

One process writes at a time, and what it wrote is on the disk before it says so; others read meanwhile. Statements
are SQLAlchemy's and hold for PostgreSQL too; what only SQLite understands stands in ``opening`` and in
:func:`_insert_new`.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection, Table, bindparam, delete, insert, select, tuple_
from sqlalchemy.dialects import sqlite

from passmuster.adapters.stores.blobs import Blob, pack, unpack
from passmuster.adapters.stores.codec import CASES, MANIFEST, ROSTER
from passmuster.adapters.stores.opening import file_of, open_database, reading, writing
from passmuster.adapters.stores.rows import (
    COMPLETIONS,
    DECISIONS,
    PackedTrial,
    SharedReader,
    TrialReader,
    Values,
    blob_of,
    pack_trial,
)
from passmuster.adapters.stores.tables import BLOB, CELL, RUN, SCORE, TRIAL
from passmuster.components import BuildContext, Component
from passmuster.domain.agents import Roster
from passmuster.domain.cases import Case
from passmuster.domain.errors import RunNotFoundError
from passmuster.domain.results import Outcome, Run, RunManifest, Trial, TrialKey
from passmuster.domain.values import RunIdentifier
from passmuster.ports import Store

CHUNK: Final = 500
"""Trials that one statement handles; SQLite allows 32,766 values in one."""


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
        self._file = file
        self._engine = open_database(file, busy_timeout=busy_timeout)

    def begin(self, manifest: RunManifest, roster: Roster, cases: Sequence[Case]) -> None:
        """Open a run; a second call with the same identifier changes nothing."""
        blobs = {
            "manifest": pack(MANIFEST.write(manifest)),
            "roster": pack(ROSTER.write(roster)),
            "cases": pack(CASES.write(tuple(cases))),
        }
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
        with writing(self._engine, self._file) as connection:
            if _number(connection, manifest.identifier) is None:
                _insert_blobs(connection, blobs.values())
                _insert_new(connection, RUN, [columns])

    def append(self, run: RunIdentifier, trials: Sequence[Trial]) -> None:
        """Keep trials, all or none; when this returns they survive a kill. A trial delivered twice is kept once.

        Raises:
            RunNotFoundError: If the run was not begun.
        """
        # Packed before the lock is taken, so that others wait for the disk only.
        packed = _unique(pack_trial(trial) for trial in trials)
        with writing(self._engine, self._file) as connection:
            number = _number(connection, run)
            if number is None:
                raise _unknown(run)
            for start in range(0, len(packed), CHUNK):
                _append(connection, number, packed[start : start + CHUNK])

    def finished(self, run: RunIdentifier) -> frozenset[TrialKey]:
        """Return the keys of the run's finished trials; of a run that was not begun, none."""
        statement = (
            select(CELL.c.case_identifier, CELL.c.subject, TRIAL.c.repetition, CELL.c.fingerprint)
            .join_from(TRIAL, CELL)
            .join(RUN)
            .where(RUN.c.identifier == run, TRIAL.c.is_finished)
        )
        with reading(self._engine, self._file) as connection:
            return frozenset(
                TrialKey(case=case, subject=subject, repetition=repetition, fingerprint=fingerprint)
                for case, subject, repetition, fingerprint in connection.execute(statement)
            )

    def load(self, run: RunIdentifier) -> Run:
        """Return a run with everything in it.

        Raises:
            RunNotFoundError: If there is none of that name.
            StoreError: If the file is damaged.
        """
        with reading(self._engine, self._file) as connection:
            row = connection.execute(select(RUN).where(RUN.c.identifier == run)).mappings().one_or_none()
            if row is None:
                raise _unknown(run)
            blobs = _blobs(connection, [row[RUN.c.manifest], row[RUN.c.roster], row[RUN.c.cases]])
            trials = list(_trials(connection, row[RUN.c.number]))
        manifest = MANIFEST.read(unpack(blobs[row[RUN.c.manifest]]))
        cases = CASES.read(unpack(blobs[row[RUN.c.cases]]))
        subjects = [subject.name for subject in manifest.subjects]
        return Run(
            manifest=replace(manifest, started_at=row[RUN.c.started_at]),
            roster=ROSTER.read(unpack(blobs[row[RUN.c.roster]])),
            cases=cases,
            trials=_in_order(trials, subjects, [case.identifier for case in cases]),
        )

    def history(self, suite: str, *, limit: int) -> Sequence[RunManifest]:
        """Return the suite's latest runs, the newest first; at most ``limit``.

        Raises:
            StoreError: If the file is damaged.
        """
        statement = (
            select(RUN.c.started_at, BLOB)
            .join_from(RUN, BLOB, RUN.c.manifest == BLOB.c.address)
            .where(RUN.c.suite == suite)
            .order_by(RUN.c.started_at.desc(), RUN.c.identifier.desc())
            .limit(max(limit, 0))
        )
        manifests = SharedReader(MANIFEST)
        with reading(self._engine, self._file) as connection:
            return tuple(
                replace(manifests.read(blob_of(row, BLOB)), started_at=row[RUN.c.started_at])
                for row in connection.execute(statement).mappings()
            )

    def close(self) -> None:
        """Let go of the file; a second call does nothing."""
        self._engine.dispose()


def _unknown(run: RunIdentifier) -> RunNotFoundError:
    return RunNotFoundError(f"the store holds no run {run!r}", hint="leave the name out for the latest run")


def _number(connection: Connection, run: RunIdentifier) -> int | None:
    return connection.execute(select(RUN.c.number).where(RUN.c.identifier == run)).scalar_one_or_none()


def _insert_new(connection: Connection, table: Table, rows: Iterable[Values]) -> None:
    """Insert the rows that break no unique key, and leave the others out."""
    values = [dict(row) for row in rows]
    if values:
        connection.execute(sqlite.insert(table).on_conflict_do_nothing(), values)


def _insert_blobs(connection: Connection, blobs: Iterable[Blob]) -> None:
    unique = {blob.address: blob for blob in blobs}
    names = [column.name for column in BLOB.columns]
    _insert_new(connection, BLOB, ({name: getattr(blob, name) for name in names} for blob in unique.values()))


def _unique(packed: Iterable[PackedTrial]) -> Sequence[PackedTrial]:
    """Keep one delivery of each key: the first finished one, or else the last."""
    kept: dict[TrialKey, PackedTrial] = {}
    for trial in packed:
        former = kept.get(trial.key)
        if former is None or not former.is_finished:
            kept[trial.key] = trial
    return list(kept.values())


def _append(connection: Connection, run: int, packed: Sequence[PackedTrial]) -> None:
    _insert_blobs(connection, (blob for trial in packed for blob in trial.blobs))
    cells = _cells(connection, packed)
    places = {trial.key: {"run": run, "cell": cells[_cell(trial.key)]} for trial in packed}
    known = _known(connection, run, cells.values())
    fresh = [trial for trial in packed if not known.get((places[trial.key]["cell"], trial.key.repetition), False)]
    replaced = [
        {"old_run": run, "old_cell": places[trial.key]["cell"], "old_repetition": trial.key.repetition}
        for trial in fresh
        if (places[trial.key]["cell"], trial.key.repetition) in known
    ]
    for table in (SCORE, TRIAL) if replaced else ():
        columns = [table.c[name] == bindparam(f"old_{name}") for name in ("run", "cell", "repetition")]
        connection.execute(delete(table).where(*columns), replaced)
    trials = [{**trial.columns, **places[trial.key]} for trial in fresh]
    scores = [
        {**outcome, **places[trial.key], "repetition": trial.key.repetition}
        for trial in fresh
        for outcome in trial.outcomes
    ]
    for table, rows in ((TRIAL, trials), (SCORE, scores)):
        if rows:
            connection.execute(insert(table), rows)


def _cell(key: TrialKey) -> tuple[str, str, str]:
    return (key.case, key.subject, key.fingerprint)


def _cells(connection: Connection, packed: Sequence[PackedTrial]) -> Mapping[tuple[str, str, str], int]:
    """Return the number of every cell that the trials belong to, new ones included."""
    columns = (CELL.c.case_identifier, CELL.c.subject, CELL.c.fingerprint)
    wanted = list(dict.fromkeys(_cell(trial.key) for trial in packed))
    names = [column.name for column in columns]
    _insert_new(connection, CELL, (dict(zip(names, cell, strict=True)) for cell in wanted))
    statement = select(*columns, CELL.c.number).where(tuple_(*columns).in_(wanted))
    return {
        (case, subject, fingerprint): number for case, subject, fingerprint, number in connection.execute(statement)
    }


def _known(connection: Connection, run: int, cells: Iterable[int]) -> Mapping[tuple[int, int], bool]:
    """Return, by cell and repetition, whether a trial that is stored already is finished."""
    statement = select(TRIAL.c.cell, TRIAL.c.repetition, TRIAL.c.is_finished)
    rows = connection.execute(statement.where(TRIAL.c.run == run, TRIAL.c.cell.in_(list(cells))))
    return {(cell, repetition): is_finished for cell, repetition, is_finished in rows}


def _blobs(connection: Connection, addresses: Sequence[bytes]) -> Mapping[bytes, Blob]:
    rows = connection.execute(select(BLOB).where(BLOB.c.address.in_(addresses))).mappings()
    return {row[BLOB.c.address]: blob_of(row, BLOB) for row in rows}


def _trials(connection: Connection, run: int) -> Iterator[Trial]:
    reader = TrialReader()
    cells = {
        row.number: row
        for row in connection.execute(select(CELL).where(CELL.c.number.in_(select(TRIAL.c.cell).filter_by(run=run))))
    }
    outcomes: defaultdict[tuple[int, int], list[Outcome]] = defaultdict(list)
    scores = (
        select(SCORE, BLOB)
        .join_from(SCORE, BLOB)
        .where(SCORE.c.run == run)
        .order_by(SCORE.c.cell, SCORE.c.repetition, SCORE.c.position)
    )
    for row in connection.execute(scores, execution_options={"yield_per": CHUNK}).mappings():
        outcomes[row[SCORE.c.cell], row[SCORE.c.repetition]].append(reader.outcome(row))
    trials = (
        select(TRIAL, DECISIONS, COMPLETIONS)
        .outerjoin_from(TRIAL, DECISIONS, TRIAL.c.routing == DECISIONS.c.address)
        .outerjoin(COMPLETIONS, TRIAL.c.completion == COMPLETIONS.c.address)
        .where(TRIAL.c.run == run)
    )
    for row in connection.execute(trials, execution_options={"yield_per": CHUNK}).mappings():
        cell, repetition = cells[row[TRIAL.c.cell]], row[TRIAL.c.repetition]
        key = TrialKey(
            case=cell.case_identifier, subject=cell.subject, repetition=repetition, fingerprint=cell.fingerprint
        )
        yield reader.trial(row, key, outcomes.get((cell.number, repetition), ()))


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
