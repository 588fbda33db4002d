"""A large run reduced while it is read: every case observed at once, and which cases are shown in full all the same."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from random import Random
from typing import Final

from passmuster.analysis.compact_trials import CompactTrials, Key, Reread, cells_of
from passmuster.analysis.observing import observe_case
from passmuster.domain.comparisons import ChangeKind, Comparison
from passmuster.domain.observations import CaseObservation, Snapshot
from passmuster.domain.results import Run, Trial

SHOWN: Final = 20_000
"""So many trials of a large run are shown in full."""

DRAWN: Final = 0.1
"""The share of them that is left for cases drawn by chance, where the others would take all."""

Trials = Mapping[Key, Sequence[Trial]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Excerpt:
    """What of a large run is shown in full.

    Attributes:
        trials: These.
        grave: How many rows deserve it: changed, critical, failed or wrong.
        grave_shown: How many of those are among them.
    """

    trials: Trials
    grave: int
    grave_shown: int


def compacted(head: Run, walked: Iterable[Sequence[Trial]], reread: Reread) -> Run:
    """Return a run whose trials are there to be counted, and whose observations are those of the whole trials.

    Args:
        head: The run without trials.
        walked: All trials of one subject and case after the other, in the order of a loaded run.
        reread: Reads some of them again.
    """
    trials = CompactTrials(head.manifest.started_at, reread)
    cases = {case.identifier: case for case in head.cases}
    for own in walked:
        case, subject = cases.get(own[0].key.case), own[0].key.subject
        # With a round, so that inclusions are kept; whoever observes the run knows whether there were any.
        trials.add(own, None if case is None else observe_case(subject, case, own, rounds=1))
    return replace(head, trials=trials)


def excerpt_of(run: Run, snapshot: Snapshot, comparison: Comparison | None) -> Excerpt | None:
    """Choose what of a large run is shown in full, and read it; ``None`` of a run that is held as it is.

    The grave cases come first; the rest is drawn with the run's seed, so that the same run shows the same.
    """
    cells = cells_of(run.trials)
    if cells is None or not isinstance(run.trials, CompactTrials):
        return None
    grave = list(_grave(run, snapshot, comparison))
    known = set(grave)
    others = [key for item in snapshot.observations if (key := (item.subject, item.case)) in cells and key not in known]
    # Rows of a report need not be kept from those who can guess the seed.
    Random(run.manifest.seed).shuffle(others)  # noqa: S311 - see above
    sizes = {key: len(own) for key, own in cells.items()}
    chosen = set(_first(grave, sizes, int(SHOWN * (1 - DRAWN)) if others else SHOWN))
    graves = len(chosen)
    chosen |= set(_first(others, sizes, SHOWN - sum(sizes[key] for key in chosen)))
    trials = {(own[0].key.subject, own[0].key.case): own for own in run.trials.reread(chosen)}
    return Excerpt(trials=trials, grave=len(grave), grave_shown=graves)


def excerpt_sentence(run: Run, excerpt: Excerpt) -> str:
    """Say what of a large run is shown in full, and that everything was counted."""
    shown = sum(map(len, excerpt.trials.values()))
    graves = (
        f"{excerpt.grave_shown:,} of the {excerpt.grave:,} rows that changed, failed, are wrong or critical are among "
        "them; the others are"
        if excerpt.grave
        else "They are"
    )
    return (
        f"The run has {len(run.trials):,} trials, too many to show all of them: {shown:,} in "
        f"{len(excerpt.trials):,} rows are shown in full. {graves} drawn by chance. "
        "Verdict, counts and rates rest on all trials."
    )


def _grave(run: Run, snapshot: Snapshot, comparison: Comparison | None) -> Iterator[Key]:
    """Yield what deserves to be shown, the gravest first, each once."""
    found = {
        (change.subject, change.case): None
        for kind in (ChangeKind.BROKEN, None)
        for change in (comparison.cases if comparison else ())
        if (change.kind is kind if kind else change.kind not in {ChangeKind.UNCHANGED, ChangeKind.LEFT_OUT})
    }
    critical = {case.identifier for case in run.cases if case.is_critical}
    asked = [item for item in snapshot.observations if item.was_asked]
    found |= {(item.subject, item.case): None for item in asked if item.case in critical}
    found |= {(item.subject, item.case): None for item in asked if _is_wrong(item)}
    cells: AbstractSet[Key] = (cells_of(run.trials) or {}).keys()
    return (key for key in found if key in cells)


def _is_wrong(item: CaseObservation) -> bool:
    rates = (item.routing_rate, item.rubric_rate)
    return bool(item.failures) or any(rate is not None and rate < 1 for rate in rates)


def _first(keys: Iterable[Key], sizes: Mapping[Key, int], room: int) -> Iterator[Key]:
    for key in keys:
        if sizes[key] <= room:
            room -= sizes[key]
            yield key
