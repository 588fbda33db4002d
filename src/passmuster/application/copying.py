"""Use case: put a suite's runs from one store into another."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from passmuster.application.summarizing import keep_summary
from passmuster.domain.values import RunIdentifier
from passmuster.ports import Store

ALL: Final = 1_000_000
"""Runs of one suite that are copied at most."""

AT_ONCE: Final = 1_000
"""Trials that the other store is given at a time."""

Progress = Callable[[int, int], None]
"""Told after every run how many are done, of how many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Copied:
    """What was done.

    Attributes:
        runs: The runs that were put into the other store, the oldest first.
        known: How many it held already, whole.
        trials: How many trials were given to it.
    """

    runs: tuple[RunIdentifier, ...]
    known: int
    trials: int


def copy_runs(suite: str, source: Store, target: Store, progress: Progress) -> Copied:
    """Put every run of a suite that the other store lacks into it; only one of them is held at a time.

    A second call, also after a kill, puts in what is missing only.

    Args:
        suite: The suite's name.
        source: Where the runs are.
        target: Where they are to be as well.
        progress: Told after every run.

    Raises:
        StoreError: If one of the stores cannot be used.
    """
    manifests = source.history(suite, limit=ALL)[::-1]
    begun = {manifest.identifier for manifest in target.history(suite, limit=ALL)}
    made: list[RunIdentifier] = []
    trials = 0
    for done, manifest in enumerate(manifests, start=1):
        finished = source.finished(manifest.identifier)
        if manifest.identifier not in begun or target.finished(manifest.identifier) != finished:
            run = source.load(manifest.identifier)
            target.begin(manifest, run.roster, run.cases)
            for start in range(0, len(run.trials), AT_ONCE):
                target.append(manifest.identifier, run.trials[start : start + AT_ONCE])
            for segment in run.segments:
                target.record(manifest.identifier, segment)
            keep_summary(target, run)
            made.append(manifest.identifier)
            trials += len(run.trials)
        progress(done, len(manifests))
    return Copied(runs=tuple(made), known=len(manifests) - len(made), trials=trials)
