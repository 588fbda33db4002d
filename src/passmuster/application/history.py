"""Use case: what a suite's stored runs tell over time, where it changed, and which revisions lie between."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from passmuster.analysis.causes import Cause, cause_of
from passmuster.analysis.histories import LevelChange, Series, find_changes, series_of
from passmuster.analysis.past_runs import OVERALL, RECALL, PastRun, past_run
from passmuster.application.reusing import Track, Unseen, is_repeated, unseen
from passmuster.application.summarizing import keep_reduced, summarized
from passmuster.domain.errors import InvalidConfigurationError, RunNotFoundError
from passmuster.domain.findings import Finding, Severity
from passmuster.domain.results import Commit, Revision, RunManifest
from passmuster.ports import Store

if TYPE_CHECKING:
    from passmuster.application.kept_runs import CaseResults

METRICS = (*OVERALL, RECALL)

TOGETHER = timedelta(minutes=1)
"""The two sides of a comparison begin within that, unless one of them was in the store already."""

Progress = Callable[[int, int], None]
"""Told after every run how many were read and how many there are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which series are looked at; ``None`` means all. What is left out is no test, so the others can be clearer.

    Attributes:
        subject: Only this subject's.
        metric: Only this metric; ``recall`` for the agents'.
        agent: Only this agent's recall.
    """

    subject: str | None = None
    metric: str | None = None
    agent: str | None = None

    def holds(self, series: Series) -> bool:
        """Whether a series is looked at."""
        own = (series.subject, series.metric, series.agent)
        wanted = (self.subject, self.metric, self.agent)
        return all(one in {None, other} for one, other in zip(wanted, own, strict=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """A change of level, with what is likely to stand behind it.

    Attributes:
        change: The change.
        cause: What differs there, or in the nearest place where anything does.
        commits: The commits between the two runs of the cause that touch what the suite reads, oldest first.
        is_known: Whether git could tell them; it cannot where a commit is gone, or lies on another branch.
    """

    change: LevelChange
    cause: Cause
    commits: tuple[Commit, ...]
    is_known: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What the stored runs of a suite tell.

    Attributes:
        runs: Complete runs of all cases, oldest first.
        incomplete: How many runs were left out because they are not finished.
        partial: How many were left out because they ran a selection of the cases.
        compared: How many were left out because they were made of another revision, to compare a run with.
        series: Those that were looked at.
        changes: Where they changed their level.
    """

    runs: tuple[PastRun, ...]
    incomplete: int
    partial: int
    compared: int
    series: tuple[Series, ...]
    changes: tuple[Explained, ...]


def refuse_unknown_metric(metric: str | None) -> None:
    """Refuse a metric that has no history.

    Raises:
        InvalidConfigurationError: If it is none.
    """
    if metric not in {None, *METRICS}:
        finding = Finding(
            rule="unknown-metric",
            severity=Severity.ERROR,
            message=f"there is no history of the metric {metric!r}",
            hint=f"its metrics: {', '.join(METRICS)}",
        )
        raise InvalidConfigurationError([finding])


def history_of(store: Store, suite: str, limit: int, selection: Selection, track: Track, progress: Progress) -> History:
    """Read a suite's latest runs, and find where they changed.

    Args:
        store: Where the runs are.
        suite: The suite's name.
        limit: How many runs, the latest ones.
        selection: Which series are looked at.
        track: The repository that the runs' revisions are of.
        progress: Told of every run.

    Raises:
        RunNotFoundError: If there is no run.
        InvalidConfigurationError: If no series of the runs is selected, though there are others.
    """
    # Answers that were judged again are those of another run, and count once.
    manifests = [manifest for manifest in store.history(suite, limit=limit) if manifest.rescored is None]
    if not manifests:
        message = f"the store has no run of suite {suite!r}"
        raise RunNotFoundError(message, hint="make one with `passmuster run`")
    compared = {manifest.against: manifest for manifest in manifests}
    alone = [item for item in reversed(manifests) if not is_other_side(item, compared.get(item.identifier))]
    whole = [manifest for manifest in alone if not manifest.selection]
    reader = RunReader(store, track)
    read = []
    for number, manifest in enumerate(whole, 1):
        read.append(reader.read(manifest))
        progress(number, len(whole))
    runs = tuple(run for run in read if run is not None)
    known = series_of(runs)
    series = tuple(item for item in known if selection.holds(item))
    if known and not series:
        raise _nothing_selected(known, selection)
    return History(
        runs=runs,
        incomplete=len(whole) - len(runs),
        partial=len(alone) - len(whole),
        compared=len(manifests) - len(alone),
        series=series,
        changes=tuple(explained(runs, change, track) for change in find_changes(series)),
    )


def is_other_side(manifest: RunManifest, candidate: RunManifest | None) -> bool:
    """Whether a run was made of another revision for the sake of a comparison, and not taken for one later."""
    if candidate is None or manifest.revision is None or manifest.revision.branch:
        return False
    return abs(candidate.started_at - manifest.started_at) < TOGETHER


class RunReader:
    """Reads runs; one that can only repeat an earlier one is not read again."""

    def __init__(self, store: Store, track: Track) -> None:
        """Take the store, and the repository that the runs' revisions are of."""
        self._store = store
        self._track = track
        self._known: CaseResults = {}
        self._steady: dict[object, tuple[PastRun, Unseen]] = {}

    def read(self, manifest: RunManifest) -> PastRun | None:
        """Return a run, or ``None`` if it is not complete."""
        summary = summarized(self._store, manifest, self._known)
        if summary is not None:
            return summary
        same = (manifest.roster, manifest.dataset, manifest.planned, manifest.subjects)
        known, depends = self._steady.get(same, (None, None))
        if known is not None and depends is not None and self._repeats(manifest, known.manifest, depends):
            return replace(known, manifest=manifest)
        run = self._store.load(manifest.identifier)
        if not run.is_complete:
            return None
        past = past_run(run)
        if not manifest.selection:
            keep_reduced(self._store, past, trials=len(run.trials))
        is_steady = all(record.is_deterministic for record in manifest.subjects)
        if is_steady and all(trial.is_finished for trial in run.trials):
            self._steady[same] = (past, unseen(manifest.configuration, run.cases))
        return past

    def _repeats(self, manifest: RunManifest, known: RunManifest, depends: Unseen) -> bool:
        if not is_repeated(known.revision, manifest.revision, depends, self._track):
            return False
        return len(self._store.finished(manifest.identifier)) >= manifest.planned


def explained(runs: Sequence[PastRun], change: LevelChange, track: Track) -> Explained:
    """Say what is likely to stand behind a change of level."""
    cause = cause_of(runs, change)
    commits = _commits(runs[cause.before].manifest.revision, runs[cause.after].manifest.revision, track)
    return Explained(change=change, cause=cause, commits=tuple(commits or ()), is_known=commits is not None)


def _commits(before: Revision | None, after: Revision | None, track: Track) -> Sequence[Commit] | None:
    if before is None or after is None:
        return None
    try:
        return track.revisions.between(before.commit, after.commit, track.folder, track.paths)
    except InvalidConfigurationError:
        # A commit may be gone, or lie on another branch; the page is worth reading without it.
        return None


def _nothing_selected(known: Sequence[Series], selection: Selection) -> InvalidConfigurationError:
    subjects = dict.fromkeys(series.subject for series in known)
    agents = dict.fromkeys(series.agent for series in known if series.agent)
    if selection.subject is not None and selection.subject not in subjects:
        rule, message = "unknown-subject", f"the runs have no subject {selection.subject!r}"
        hint = f"their subjects: {', '.join(subjects)}"
    elif selection.agent is not None and selection.agent not in agents:
        rule, message = "unknown-agent", f"no series of the runs is of the agent {selection.agent!r}"
        hint = f"agents with at least 5 shared cases: {', '.join(agents) or 'none'}"
    else:
        rule, message = "unknown-metric", f"the runs did not measure {selection.metric!r} there"
        hint = "leave out --metric, or --agent, which has only a recall"
    return InvalidConfigurationError([Finding(rule=rule, severity=Severity.ERROR, message=message, hint=hint)])
