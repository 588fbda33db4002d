"""What a store holds, counted, and what becomes of runs that are taken out of it."""

from dataclasses import dataclass
from datetime import datetime

from passmuster.domain.values import RunIdentifier


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRun:
    """A run, as its place in a store tells.

    Attributes:
        identifier: Its name.
        suite: Of which suite it is.
        started_at: When it began.
        trials: How many are stored.
    """

    identifier: RunIdentifier
    suite: str
    started_at: datetime
    trials: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreContents:
    """What a store holds; everything is counted.

    Attributes:
        runs: The runs, the oldest first.
        scores: How many outcomes of criteria there are.
        cells: How many cases, each with a subject and the fingerprint of the work; runs share them.
        blobs: How many texts, each kept once.
        size: Bytes on the disk, of all of it.
        removed: Runs that were taken out, and whose rows are not gone yet.
    """

    runs: tuple[StoredRun, ...]
    scores: int
    cells: int
    blobs: int
    size: int
    removed: int

    @property
    def trials(self) -> int:
        """How many trials the runs have."""
        return sum(run.trials for run in self.runs)
