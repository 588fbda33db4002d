"""Use case: what a report tells of the runs before its own, and of the agents as they were."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

from passmuster.analysis.causes_in_words import cause_sentence
from passmuster.analysis.compact_trials import CellTrials
from passmuster.analysis.histories import Series, find_changes, series_of
from passmuster.analysis.past_runs import PastRun, past_run
from passmuster.analysis.series_intervals import SeriesIntervals
from passmuster.application.history import Explained, Progress, RunReader, explained, is_other_side
from passmuster.application.kept_runs import KeptRuns
from passmuster.application.reading import load_head
from passmuster.application.reusing import Track
from passmuster.application.summarizing import summarized
from passmuster.domain.agents import Roster
from passmuster.domain.observations import Snapshot
from passmuster.domain.pasts import Past, PastCase, PastChange, PastSeries, RunSummary
from passmuster.domain.reports import Report
from passmuster.domain.results import Run, RunManifest, Trial
from passmuster.domain.values import CaseIdentifier, Fingerprint, SubjectName, fingerprint_of
from passmuster.ports import Store

MOST_RUNS: Final = 50
"""A report tells of so many runs, its own among them."""

MOST_TRIALS: Final = 120_000
"""Earlier runs are told of, the latest first, until they hold so many trials: they must fit into memory."""

AT_ONCE: Final = 2_500
"""So many trials may be read that are not kept yet, which takes about a second; the next report reads further ones."""

SEARCHED: Final = 500
"""Stored runs of a suite that are looked through, the latest ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Chosen:
    """The manifests of the runs that a report tells of, oldest first, and how many older ones there are."""

    manifests: tuple[RunManifest, ...]
    left_out: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """What is known of stored runs already.

    Attributes:
        kept: The runs that are kept.
        room: How many trials of others may be read.
        progress: Told before each run how many are read, and how many there are.
    """

    kept: KeptRuns
    room: int = AT_ONCE
    progress: Progress = lambda _number, _total: None


def past_of(report: Report, store: Store, track: Track, memory: Memory) -> Past:
    """Return what came before a report's run, and the run itself at the end.

    Runs of a selection of the cases, unfinished ones and the other sides of comparisons are left out. A run of a
    selection itself is no part of the series, which would shrink to its cases.

    Args:
        report: Of the run.
        store: Where runs are.
        track: The repository that the runs' revisions are of.
        memory: What is known of runs already, and how much else may be read.
    """
    own = past_run(_run_of(report))
    chosen = _chosen(report.manifest, store)
    earlier, unread = _read(chosen, store, track, memory)
    made = sum(len(item.trials) for item in report.cases)
    is_whole = not report.manifest.selection and made >= report.manifest.planned
    if is_whole and all(trial.is_finished for item in report.cases for trial in item.trials):
        memory.kept.keep(own)
    told = [*earlier, own] if is_whole else earlier
    series = series_of(told)
    intervals = SeriesIntervals(told)
    places = {id(item): place for place, item in enumerate(series)}
    changes = [explained(told, change, track) for change in find_changes(series)]
    return Past(
        runs=(*map(_summary, earlier), _summary(own)),
        series=tuple(past_series(item, intervals.of(item)) for item in series),
        changes=tuple(_past_change(told, change, places) for change in changes),
        acceptances=() if report.before is None else report.before.acceptances,
        left_out=chosen.left_out + unread,
    )


def roster_before(report: Report, store: Store) -> Roster | None:
    """Return the agents that a report's run is compared with, as they were: its own, or those of a stored run.

    Returns:
        ``None`` without a baseline, and where no stored run has just these agents.
    """
    before = report.before
    if before is None:
        return None
    wanted = before.agents
    if wanted == Snapshot.prints(report.roster):
        return report.roster
    fingerprints = _fingerprints(before, report.roster)
    for manifest in store.history(report.manifest.suite, limit=SEARCHED):
        if manifest.roster in fingerprints:
            return load_head(store, manifest.identifier).roster
    return None


def _fingerprints(before: Snapshot, roster: Roster) -> frozenset[Fingerprint]:
    """Return the fingerprints that a roster of these agents may have: a baseline does not keep the order of showing."""
    definitions = [print_.definition for print_ in before.agents]
    order = [list(roster.presentation)] if roster.presentation else []
    return frozenset({fingerprint_of(definitions), fingerprint_of([*definitions, *order])})


def _run_of(report: Report) -> Run:
    cases = {item.case.identifier: item.case for item in report.cases}
    return Run(
        manifest=report.manifest,
        roster=report.roster,
        cases=tuple(cases.values()),
        trials=_trials_of(report),
    )


def _trials_of(report: Report) -> Sequence[Trial]:
    """Return all trials of a report; those of a large run as they are counted, which none of them is left out of."""
    for item in report.cases:
        if isinstance(item.trials, CellTrials):
            return item.trials.whole
    return tuple(trial for item in report.cases for trial in item.trials)


def _chosen(manifest: RunManifest, store: Store) -> _Chosen:
    stored = [
        item
        for item in store.history(manifest.suite, limit=SEARCHED)
        if item.rescored is None and item.started_at < manifest.started_at and item.identifier != manifest.identifier
    ]
    compared = {item.against: item for item in [manifest, *stored]}
    whole = [item for item in stored if not item.selection and not is_other_side(item, compared.get(item.identifier))]
    sizes = accumulate(item.planned for item in whole)
    fitting = sum(size <= MOST_TRIALS for size in sizes)
    kept = whole[: min(fitting, MOST_RUNS - 1)]
    return _Chosen(manifests=tuple(reversed(kept)), left_out=len(whole) - len(kept))


def _read(chosen: _Chosen, store: Store, track: Track, memory: Memory) -> tuple[list[PastRun], int]:
    """Return the runs, oldest first, and how many of the oldest were not read."""
    reader = RunReader(store, track)
    found: list[PastRun] = []
    room, total = memory.room, len(chosen.manifests)
    for number, manifest in enumerate(reversed(chosen.manifests)):
        memory.progress(number, total)
        run = memory.kept.read(manifest) or summarized(store, manifest, {})
        if run is None:
            room -= manifest.planned
            if room < 0:
                return found[::-1], total - number
            run = reader.read(manifest)
            if run is not None and len(store.finished(manifest.identifier)) >= manifest.planned:
                memory.kept.keep(run)
        if run is not None:
            found.append(run)
    return found[::-1], 0


def _summary(run: PastRun) -> RunSummary:
    manifest, revision = run.manifest, run.manifest.revision
    results: Mapping[SubjectName, Mapping[CaseIdentifier, PastCase]] = {
        subject: {
            case: PastCase(chosen=result.chosen, right=result.right, passed=result.passed)
            for case, result in own.items()
        }
        for subject, own in run.results.items()
    }
    return RunSummary(
        identifier=manifest.identifier,
        started_at=manifest.started_at,
        commit="" if revision is None else revision.commit,
        branch="" if revision is None else revision.branch,
        is_dirty=revision is not None and revision.is_dirty,
        roster=manifest.roster,
        dataset=manifest.dataset,
        results=results,
    )


def past_series(series: Series, intervals: Sequence[tuple[float, float]]) -> PastSeries:
    """Return a series with the interval of each value."""
    return PastSeries(
        subject=series.subject,
        metric=series.metric,
        agent=series.agent,
        places=series.places,
        values=series.values,
        lower=tuple(lower for lower, _ in intervals),
        upper=tuple(upper for _, upper in intervals),
        cases=series.cases,
    )


def _past_change(runs: Sequence[PastRun], found: Explained, places: Mapping[int, int]) -> PastChange:
    return PastChange(
        series=places[id(found.change.series)],
        before=found.change.before,
        after=found.change.after,
        cause=cause_sentence(runs, found.cause),
        commits=found.commits,
    )
