"""Intervals of the values of a history, run by run."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from passmuster.analysis.histories import Series
from passmuster.analysis.inference import mean_estimate
from passmuster.analysis.metrics import RESAMPLES as FULL
from passmuster.analysis.metrics import Kind, macro_f1_of
from passmuster.analysis.past_runs import MACRO_F1, CaseResult, PastRun
from passmuster.domain.metric_names import HARNESS_FAILURE_RATE, RUBRIC_PASS_RATE
from passmuster.domain.values import CaseIdentifier

Interval = tuple[float, float]

RESAMPLES: Final = 500
"""For a run before the last one: enough for a band in a small chart."""

MOST_WORK: Final = 1_500_000_000
"""Additions that drawing a series again may take, which is about a second; a longer one has no intervals."""

DRAWING: Final = 10
"""Additions that take as long as drawing one case."""


class SeriesIntervals:
    """Makes the intervals of series over the same runs; what two runs have in common is drawn once."""

    def __init__(self, runs: Sequence[PastRun]) -> None:
        """Take the runs, oldest first."""
        self._runs = runs
        self._drawn: dict[tuple[object, ...], Interval] = {}

    def of(self, series: Series) -> list[Interval]:
        """Return the interval of each value: one without width where none is known.

        They are made as the report of a run makes them: of means over cases as
        :func:`~passmuster.analysis.inference.mean_estimate` does it, and of macro F1, which is no mean, by drawing
        again as :func:`~passmuster.analysis.metrics.macro_f1` does it, the last run as often as there. Failures of the
        harness are counted and not estimated.
        """
        if series.metric == HARNESS_FAILURE_RATE:
            return [(value, value) for value in series.values]
        if series.metric != MACRO_F1:
            return [self._of_mean(series, place) for place in series.places]
        kinds = [self._kinds(series, place) for place in series.places]
        if sum(_work(own) for own in {_key(own): own for own in kinds}.values()) > MOST_WORK:
            return [(value, value) for value in series.values]
        return [
            self._interval(own, place, value)
            for own, place, value in zip(kinds, series.places, series.values, strict=True)
        ]

    def _of_mean(self, series: Series, place: int) -> Interval:
        results = self._runs[place].results[series.subject]
        found = [results[case] for case in series.shared]
        shares = [one.passed if series.metric == RUBRIC_PASS_RATE else one.right for one in found]
        values = tuple(sorted(share for share in shares if share is not None))
        if values not in self._drawn:
            estimate = mean_estimate(values)
            self._drawn[values] = (estimate.lower, estimate.upper)
        return self._drawn[values]

    def _kinds(self, series: Series, place: int) -> Counter[Kind]:
        return Counter(_kinds_of(self._runs[place].results[series.subject], series.shared))

    def _interval(self, kinds: Mapping[Kind, int], place: int, value: float) -> Interval:
        seed, resamples = self._runs[place].manifest.seed, FULL if place == len(self._runs) - 1 else RESAMPLES
        key = (_key(kinds), seed, resamples)
        if key not in self._drawn:
            found = macro_f1_of(kinds, seed=seed, resamples=resamples)
            self._drawn[key] = (value, value) if found is None else (found.lower, found.upper)
        lower, upper = self._drawn[key]
        # Values of a history are rounded, and lie within.
        return (min(lower, value), max(upper, value))


def _kinds_of(results: Mapping[CaseIdentifier, CaseResult], shared: Sequence[CaseIdentifier]) -> Iterator[Kind]:
    for case in shared:
        found = results[case]
        if found.right is not None:
            yield (found.expected, found.chosen, found.right, 1.0)


def _key(kinds: Mapping[Kind, int]) -> tuple[tuple[Kind, int], ...]:
    return tuple(sorted(kinds.items()))


def _work(kinds: Mapping[Kind, int]) -> int:
    agents = len({name for kind in kinds for name in kind[:2]})
    return len(kinds) * agents * (RESAMPLES + len(kinds)) + RESAMPLES * DRAWING * sum(kinds.values())
