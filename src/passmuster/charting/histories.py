"""Metrics over the runs of a report's past."""

from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Final

from passmuster.domain.observations import Acceptance, Aspect
from passmuster.domain.pasts import Past, PastCase, PastSeries, RunSummary
from passmuster.drawing.history import MOST_STRIPS, HistoryChart, Line, Step
from passmuster.texts.metrics import metric_label

FEWEST: Final = 2
"""Runs of a history."""


def history_chart(suite: str, past: Past | None, subject: str | None = None) -> HistoryChart | None:
    """Return the history of a suite's metrics and of the agents whose level changed; ``None`` without earlier runs.

    Args:
        suite: The suite's name.
        past: Its runs.
        subject: Only this subject's.
    """
    if past is None or len(past.runs) < FEWEST:
        return None
    own = [place for place, series in enumerate(past.series) if subject in {None, series.subject}]
    changed = {change.series for change in past.changes}
    telling = [place for place in own if not past.series[place].agent or place in changed]
    # The subjects' own first, then those that changed; each in the order of the history.
    ranked = sorted(telling, key=lambda place: bool(past.series[place].agent))
    shown = ranked[:MOST_STRIPS]
    return HistoryChart(
        suite=suite,
        days=tuple(run.started_at.date().isoformat() for run in past.runs),
        lines=tuple(line_of(past.series[place], _steps(past, place, past.series[place])) for place in shown),
        left_out=len(own) - len(shown),
        accepted=tuple(sorted(set(_accepted(past)))),
    )


def line_of(series: PastSeries, steps: Iterable[Step]) -> Line:
    """Return a series as a chart draws it.

    Args:
        series: The series.
        steps: Where it changed.
    """
    return Line(
        name=_series_name(series.subject, series.metric, series.agent),
        places=series.places,
        values=series.values,
        lower=series.lower,
        upper=series.upper,
        cases=series.cases,
        steps=tuple(steps),
    )


def _series_name(subject: str, metric: str, agent: str) -> str:
    if agent:
        return f"{subject}: recall of {agent}"
    label = metric_label(metric).text
    return f"{subject}: {label[:1].lower()}{label[1:]}"


def _steps(past: Past, place: int, series: PastSeries) -> Iterator[Step]:
    for change in past.changes:
        if change.series == place and change.after in series.places:
            yield Step(index=series.places.index(change.after), cause=change.cause)


def _accepted(past: Past) -> Iterator[int]:
    """Yield where accepted breaks were first seen: nobody keeps when they were accepted."""
    for acceptance in past.acceptances:
        told = [(place, case) for place, run in enumerate(past.runs) if (case := _case(run, acceptance)) is not None]
        broken = [place for (_, before), (place, after) in pairwise(told) if _breaks(before, after, acceptance)]
        yield from broken[-1:]


def _case(run: RunSummary, acceptance: Acceptance) -> PastCase | None:
    """Return what a run showed of the case; ``None`` where it did not measure what was accepted."""
    found = run.results.get(acceptance.subject, {}).get(acceptance.case)
    if found is None:
        return None
    measured = found.right if acceptance.aspect is Aspect.ROUTING else found.passed
    return None if measured is None else found


def _breaks(before: PastCase, after: PastCase, acceptance: Acceptance) -> bool:
    if acceptance.aspect is Aspect.ROUTING:
        return after.chosen == acceptance.now != before.chosen
    return (after.passed or 0.0) < (before.passed or 0.0)
