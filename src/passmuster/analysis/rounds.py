"""The rounds of a run that grew: which cases were asked again depends on how they went, the first round does not."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from passmuster.analysis.observing import trials_by_case
from passmuster.domain.results import Run, Trial


def full_rounds(run: Run) -> Run:
    """Keep the trials of those rounds in which every case took part that was asked at all.

    A mean of trials whose number depends on what came out is no fair one. A run that did not grow is returned as it
    is, and so is one that grew evenly.
    """
    if run.manifest.looks == 1:
        return run
    own: dict[str, list[Sequence[Trial]]] = defaultdict(list)
    for (subject, _), trials in trials_by_case(run).items():
        own[subject].append(trials)
    full = {subject: _full(cases) for subject, cases in own.items()}
    kept = tuple(trial for trial in run.trials if trial.key.repetition in full[trial.key.subject])
    return run if len(kept) == len(run.trials) else replace(run, trials=kept)


def _full(cases: Sequence[Sequence[Trial]]) -> frozenset[int]:
    """Return the repetitions that every case had, with the probability with which it was taken at first."""
    found = []
    for trials in cases:
        first = min(trials, key=lambda trial: trial.key.repetition).inclusion
        found.append(frozenset(trial.key.repetition for trial in trials if trial.inclusion == first))
    return frozenset.intersection(*found)
