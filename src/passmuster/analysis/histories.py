"""A suite's past as series that can be compared over time, and where their level changed.

A series is one metric of one subject, or the recall of one agent, over the runs of a *stretch*: the cases that all of
these runs share, so that a dataset that grew or was edited shifts no level. A stretch reaches back as long as at least
half of its newest run's cases are shared; beyond that another one begins, and no change is looked for between the two.

Many series are looked at together. The metrics of subjects are one family and the agents' recalls another; within each,
the rate of false alarms is divided by the number of series that could show any (Bonferroni). So at most 1 % of
histories without a change raise an alarm among the subjects' metrics, at most 1 % among the agents, and at most 2 %
any. Whatever the series have in common is allowed.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import ceil, comb

from passmuster.analysis.change_points import PERMUTATIONS, ChangePoint, change_points
from passmuster.analysis.past_runs import OVERALL, RECALL, CaseResult, PastRun, measured
from passmuster.domain.metric_names import RUBRIC_PASS_RATE
from passmuster.domain.values import CaseIdentifier, SubjectName, fingerprint_of

FEWEST_CASES = 5
"""An agent with fewer shared cases has no series."""

KEPT = 0.5
"""The share of its newest run's cases that a stretch must share."""

FALSE_ALARMS = 0.01
"""Rate of histories without a change in which a family of series raises any alarm."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One metric over the runs of one stretch.

    Attributes:
        subject: Whose.
        metric: One of ``OVERALL``, or ``recall``.
        agent: For a recall, the agent or ``(nobody)``; else empty.
        places: The runs' places in the history, oldest first.
        values: One for each of them.
        cases: How many cases they share and the metric rests on.
        shared: These cases.
    """

    subject: SubjectName
    metric: str
    agent: str
    places: tuple[int, ...]
    values: tuple[float, ...]
    cases: int
    shared: tuple[CaseIdentifier, ...] = ()

    @property
    def can_change(self) -> bool:
        """Whether any order of these values could raise an alarm; a series without one is no test.

        Of eight values none could: at best one order in 70 is as clear.
        """
        size = len(self.values)
        return len(set(self.values)) > 1 and 1 / comb(size, size // 2) < FALSE_ALARMS


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelChange:
    """A change of level in a series.

    Attributes:
        series: Where.
        point: The change.
        before: The place in the history of the last run before it.
        after: That of the first run after it.
    """

    series: Series
    point: ChangePoint
    before: int
    after: int


def series_of(runs: Sequence[PastRun]) -> tuple[Series, ...]:
    """Return every series of a history, subject by subject; in each the metrics of the subject come first.

    Args:
        runs: Complete runs of all cases, oldest first.
    """
    subjects = dict.fromkeys(name for run in reversed(runs) for name in run.results)
    return tuple(series for subject in subjects for series in _series_of_subject(runs, subject))


def find_changes(series: Sequence[Series]) -> tuple[LevelChange, ...]:
    """Find the changes of level in all series; series by series as given, and in order of time.

    Args:
        series: Those that are looked at together: the rate of false alarms holds for all of them.
    """
    able = [item for item in series if item.can_change]
    sizes = Counter(bool(item.agent) for item in able)
    return tuple(change for item in able for change in _changes(item, FALSE_ALARMS / sizes[bool(item.agent)]))


def _changes(series: Series, significance: float) -> Iterator[LevelChange]:
    # A seed of its own for every series: what one shows must not hang together with what another does.
    seed = int(fingerprint_of([series.subject, series.metric, series.agent, series.places[0]])[:8], 16)
    permutations = max(PERMUTATIONS, ceil(2 / significance))
    for point in change_points(series.values, seed=seed, significance=significance, permutations=permutations):
        before, after = series.places[point.index - 1], series.places[point.index]
        yield LevelChange(series=series, point=point, before=before, after=after)


Identity = Callable[[CaseIdentifier, CaseResult], tuple[str, ...] | None]
"""What a case must have kept to be the same; ``None`` where it does not count at all."""


def _as_routed(case: CaseIdentifier, result: CaseResult) -> tuple[str, ...]:
    return (case, result.fingerprint)


def _as_judged(case: CaseIdentifier, result: CaseResult) -> tuple[str, ...] | None:
    return (case, result.fingerprint, result.rubric) if result.rubric else None


def _series_of_subject(runs: Sequence[PastRun], subject: SubjectName) -> Iterator[Series]:
    found: dict[tuple[str, str, int], Series] = {}
    for identity, judges_output in ((_as_routed, False), (_as_judged, True)):
        for number, (places, cases) in enumerate(_stretches(runs, subject, identity)):
            for series in _series_of_stretch(runs, subject, places, cases):
                if (series.metric == RUBRIC_PASS_RATE) is judges_output:
                    found[series.metric, series.agent, number] = series
    order = [*OVERALL, RECALL]
    for key in sorted(found, key=lambda key: (order.index(key[0]), key[1], key[2])):
        yield found[key]


def _stretches(
    runs: Sequence[PastRun], subject: SubjectName, identity: Identity
) -> Sequence[tuple[Sequence[int], frozenset[CaseIdentifier]]]:
    """Cut a subject's runs into stretches, oldest first: the runs' places, and the cases that all of them share."""
    found: list[tuple[list[int], frozenset[tuple[str, ...]], int]] = []
    for place in range(len(runs) - 1, -1, -1):
        own = runs[place].results.get(subject, {})
        cases = frozenset(key for case, result in own.items() if (key := identity(case, result)) is not None)
        if not cases:
            continue
        if found and len(found[-1][1] & cases) >= KEPT * found[-1][2]:
            places, shared, size = found.pop()
            found.append(([place, *places], shared & cases, size))
        else:
            found.append(([place], cases, len(cases)))
    return [(places, frozenset(CaseIdentifier(key[0]) for key in shared)) for places, shared, _ in reversed(found)]


def _series_of_stretch(
    runs: Sequence[PastRun], subject: SubjectName, places: Sequence[int], cases: frozenset[CaseIdentifier]
) -> Iterator[Series]:
    newest = runs[places[-1]].results[subject]
    shared = [case for case in newest if case in cases]
    by_agent: dict[str, list[CaseIdentifier]] = defaultdict(list)
    for case in shared:
        by_agent[newest[case].expected].append(case)
    values: dict[tuple[str, str], dict[int, float]] = defaultdict(dict)
    for place in places:
        results = runs[place].results[subject]
        for key, value in measured(results[case] for case in shared).items():
            values[key][place] = value
    for (metric, agent), own in values.items():
        counted = by_agent[agent] if agent else shared
        if not agent or len(counted) >= FEWEST_CASES:
            yield Series(
                subject=subject,
                metric=metric,
                agent=agent,
                places=tuple(own),
                values=tuple(own.values()),
                cases=len(counted),
                shared=tuple(counted),
            )
