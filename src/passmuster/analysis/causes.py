"""What differs between two runs, and which difference stands behind a change of level."""

from collections.abc import Sequence
from dataclasses import dataclass

from passmuster.analysis.attributing import compare_rosters
from passmuster.analysis.histories import LevelChange, Series
from passmuster.analysis.past_runs import PastRun
from passmuster.domain.comparisons import RosterChange
from passmuster.domain.values import SubjectName

NEAR = 10
"""Within so many runs of its true place a change of 3 points is found, where runs vary by about 2."""

OURSELVES = "passmuster"


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What two runs differ in that could move a subject's results.

    Attributes:
        roster: How the agents differ.
        is_configured_otherwise: Whether the subject's router, backend or options differ.
        is_dataset_changed: Whether the cases differ; only the shared ones count in a series.
        models_before: The models that answered before, where they differ.
        models_after: Those that answered then.
        versions: The programs whose versions differ, by name.
    """

    roster: RosterChange
    is_configured_otherwise: bool = False
    is_dataset_changed: bool = False
    models_before: tuple[str, ...] = ()
    models_after: tuple[str, ...] = ()
    versions: tuple[str, ...] = ()

    @property
    def can_explain(self) -> bool:
        """Whether there is anything in it that could move results over the same cases."""
        is_other_model = self.models_before != self.models_after
        is_edited = not self.roster.is_empty or self.is_configured_otherwise
        return is_edited or is_other_model or OURSELVES in self.versions


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """The difference that is likeliest to stand behind a change.

    Attributes:
        difference: What differs.
        before: The place in the history of the run before it.
        after: That of the run after it.
        distance: How many runs later that is than where the change was found; negative for earlier.
    """

    difference: Difference
    before: int
    after: int
    distance: int


def differences(before: PastRun, after: PastRun, subject: SubjectName) -> Difference:
    """Say in what two runs of a subject differ."""
    old, new = (next(record for record in run.snapshot.subjects if record.name == subject) for run in (before, after))
    names = sorted(before.manifest.versions.keys() | after.manifest.versions.keys())
    then, now = ((*record.choosing_models, *record.models) for record in (old, new))
    have_models = bool(then and now)
    return Difference(
        roster=compare_rosters(before.snapshot, after.snapshot),
        is_configured_otherwise=old.fingerprint != new.fingerprint,
        is_dataset_changed=before.manifest.dataset != after.manifest.dataset,
        models_before=then if have_models else (),
        models_after=now if have_models else (),
        versions=tuple(
            name for name in names if before.manifest.versions.get(name) != after.manifest.versions.get(name)
        ),
    )


def cause_of(runs: Sequence[PastRun], change: LevelChange) -> Cause:
    """Return what differs where a change was found or, where nothing does that could explain it, the nearest that does.

    A change in noisy values is found some runs beside its true place.

    Returns:
        The difference at the place itself where there is none within ``NEAR`` runs.
    """
    places = change.series.places
    at = change.point.index
    here = _cause(runs, change.series, at, 0)
    if here.difference.can_explain:
        return here
    inside = (step for step in range(-NEAR, NEAR + 1) if 1 <= at + step < len(places))
    steps = sorted(inside, key=lambda step: (abs(step), step))
    nearby = (_cause(runs, change.series, at + step, step) for step in steps)
    return next((cause for cause in nearby if cause.difference.can_explain), here)


def _cause(runs: Sequence[PastRun], series: Series, at: int, distance: int) -> Cause:
    before, after = series.places[at - 1], series.places[at]
    difference = differences(runs[before], runs[after], series.subject)
    return Cause(difference=difference, before=before, after=after, distance=distance)
