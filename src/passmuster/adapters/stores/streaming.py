"""Reading of a stored run that is too large to be held: a subject's trials of one case after the other."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain, groupby
from typing import Final

from passmuster.adapters.stores.databases import Connection
from passmuster.adapters.stores.relational import RelationalStore, in_order, run_number
from passmuster.adapters.stores.rows import TrialReader
from passmuster.adapters.stores.tables import words
from passmuster.domain.results import Run, Trial
from passmuster.domain.values import CaseIdentifier, RunIdentifier, SubjectName

TRIALS_AT_ONCE: Final = 2_000
"""Trials that one query brings and that are put in order together; one case may have more."""

CELLS_AT_ONCE: Final = 500
"""Cells that one query names."""

Key = tuple[SubjectName, CaseIdentifier]


class StreamedRelationalStore(RelationalStore):
    """A store in a database; conforms to :class:`passmuster.housekeeping.WalkedStore` as well."""

    def count(self, run: RunIdentifier) -> int:
        """Count a run's trials.

        Raises:
            RunNotFoundError: If there is none of that name.
        """
        with self._database.reading() as connection:
            query = "SELECT count(*) FROM trial WHERE run = ?"
            return int(connection.execute(query, (run_number(connection, run),)).fetchone()[0])

    def head(self, run: RunIdentifier) -> Run:
        """Return a run without its trials.

        Raises:
            RunNotFoundError: If there is none of that name.
            StoreError: If the file is damaged.
        """
        with self._database.reading() as connection:
            _, head = self._head(connection, run)
        return head

    def walk(self, run: RunIdentifier, only: Collection[Key] | None = None) -> Iterator[Sequence[Trial]]:
        """Yield the trials of one subject and case after the other, in the order of a loaded run.

        Args:
            run: The run's identifier.
            only: The subjects and cases wanted; ``None`` for all.

        Raises:
            RunNotFoundError: If there is none of that name.
            StoreError: If the file is damaged.
        """
        with self._database.reading() as connection:
            number, head = self._head(connection, run)
            subjects = [subject.name for subject in head.manifest.subjects]
            cases = [case.identifier for case in head.cases]
            reader = TrialReader(cases)
            groups = _groups(connection, number, subjects, cases)
            wanted = groups if only is None else [(key, cells) for key, cells in groups if key in only]
            for cells in _portions(wanted):
                trials = in_order(self._trials(connection, number, reader, cells), subjects, cases)
                for _, own in groupby(trials, key=lambda trial: (trial.key.subject, trial.key.case)):
                    yield tuple(own)


Cells = Mapping[int, int]
"""How many trials each cell has, by its number."""


def _groups(
    connection: Connection, run: int, subjects: Sequence[str], cases: Sequence[str]
) -> list[tuple[Key, dict[int, int]]]:
    """Return the cells of each subject and case, in the order of a loaded run: few, however often each was asked."""
    query = (
        "SELECT cell.subject, cell.case_identifier, cell.number, counted.trials FROM cell JOIN "
        "(SELECT cell, count(*) AS trials FROM trial WHERE run = ? GROUP BY cell) AS counted "
        "ON counted.cell = cell.number"
    )
    found: defaultdict[Key, dict[int, int]] = defaultdict(dict)
    for subject, case, cell, trials in connection.execute(query, (run,)):
        found[SubjectName(words(subject)), CaseIdentifier(words(case))][cell] = trials
    subject_places = {name: place for place, name in enumerate(subjects)}
    case_places = {name: place for place, name in enumerate(cases)}

    def place(item: tuple[Key, object]) -> tuple[int, str, int, str]:
        subject, case = item[0]
        return (subject_places.get(subject, len(subjects)), subject, case_places.get(case, len(cases)), case)

    return sorted(found.items(), key=place)


def _portions(groups: Iterable[tuple[Key, Cells]]) -> Iterator[list[int]]:
    """Yield the cells that are read together; those of one subject and case are never parted."""
    portion: list[int] = []
    trials = 0
    for _, cells in groups:
        if portion and (trials + sum(cells.values()) > TRIALS_AT_ONCE or len(portion) + len(cells) > CELLS_AT_ONCE):
            yield portion
            portion, trials = [], 0
        portion = list(chain(portion, cells))
        trials += sum(cells.values())
    if portion:
        yield portion
