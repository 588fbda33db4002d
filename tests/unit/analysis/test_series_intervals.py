"""Intervals of the values of a history."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from passmuster.analysis import series_intervals
from passmuster.analysis.histories import Series, series_of
from passmuster.analysis.metrics import Kind, macro_f1_of, subject_reports
from passmuster.analysis.past_runs import MACRO_F1, RECALL, PastRun, past_run
from passmuster.analysis.series_intervals import SeriesIntervals
from passmuster.domain.answers import Answer
from passmuster.domain.metric_names import HARNESS_FAILURE_RATE, ROUTING_ACCURACY
from passmuster.domain.observations import Estimate
from passmuster.domain.results import Run
from passmuster.testing.factories import MOMENT, a_case, a_decision, a_roster, a_run, a_trial

AGENTS = ("debugger", "code-reviewer", "test-engineer")
CASES = tuple(a_case(f"case-{number:02}", preferred=AGENTS[number % 3]) for number in range(30))


def run_of(day: int, right: int) -> Run:
    """Make the run of a day, in which so many of thirty cases are right."""
    trials = [
        a_trial(case.identifier, answer=Answer(routing=a_decision(AGENTS[(at + (at >= right)) % 3])))
        for at, case in enumerate(CASES)
    ]
    run = a_run(*trials, cases=CASES, roster=a_roster(*AGENTS))
    return replace(run, manifest=replace(run.manifest, started_at=MOMENT + timedelta(days=day)))


def named(runs: list[PastRun], metric: str) -> Series:
    """Return the series of a metric of the whole subject."""
    return next(series for series in series_of(runs) if series.metric == metric)


def test_macro_f1_of_the_last_run_has_the_interval_of_its_own_report() -> None:
    """Two numbers for one thing on one page would be one too many; and each value lies within."""
    runs = [run_of(0, 28), run_of(1, 20), run_of(2, 24)]
    past = [past_run(run) for run in runs]
    series = named(past, MACRO_F1)

    found = SeriesIntervals(past).of(series)

    [subject] = subject_reports(runs[-1])
    estimate = subject.metric(MACRO_F1)
    assert estimate is not None
    assert found[-1] == pytest.approx((estimate.lower, estimate.upper), abs=1e-8)
    for (lower, upper), value in zip(found, series.values, strict=True):
        assert lower <= value <= upper
        assert upper - lower > 0.02
    assert found == SeriesIntervals(past).of(series)


def test_a_share_has_the_interval_of_its_own_report() -> None:
    """Of the whole roster and of one agent; a case that was right half of the time is no yes or no."""
    runs = [run_of(0, 28), run_of(1, 20)]
    again = [replace(trial, key=replace(trial.key, repetition=1)) for trial in run_of(1, 24).trials]
    runs[1] = replace(runs[1], trials=(*runs[1].trials, *again))
    past = [past_run(run) for run in runs]
    [subject] = subject_reports(runs[1])
    recalls = {row.agent: row.recall for row in subject.agents}

    for series in series_of(past):
        wanted = recalls[series.agent] if series.agent else subject.metric(series.metric)
        if series.metric in {ROUTING_ACCURACY, RECALL} and wanted is not None:
            assert SeriesIntervals(past).of(series)[-1] == pytest.approx((wanted.lower, wanted.upper))
            assert series.values[-1] == pytest.approx(wanted.value)


def test_equal_runs_are_drawn_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A choice by rules repeats itself from day to day, and its interval with it."""
    drawn = []

    def counting(kinds: Mapping[Kind, int], **options: int) -> Estimate | None:
        drawn.append(options)
        return macro_f1_of(kinds, **options)

    monkeypatch.setattr(series_intervals, "macro_f1_of", counting)
    past = [past_run(run_of(day, 20)) for day in range(6)]

    found = SeriesIntervals(past).of(named(past, MACRO_F1))

    assert len(drawn) == 2  # the last one is drawn as often as its report does it
    assert len(set(found[:-1])) == 1


def test_what_would_take_too_long_has_no_interval(monkeypatch: pytest.MonkeyPatch) -> None:
    """A report must not wait for a band; bounds without width say that there is none."""
    past = [past_run(run_of(0, 28)), past_run(run_of(1, 20))]
    series = named(past, MACRO_F1)
    monkeypatch.setattr(series_intervals, "MOST_WORK", 1000)

    assert SeriesIntervals(past).of(series) == [(value, value) for value in series.values]


def test_failures_of_the_harness_are_counted_and_not_estimated() -> None:
    """They are no sample of anything."""
    past = [past_run(run_of(0, 28))]

    assert SeriesIntervals(past).of(named(past, HARNESS_FAILURE_RATE)) == [(0, 0)]
