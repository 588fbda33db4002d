"""What a run that grew says fairly: which cases were asked again depends on how they went, the first round does not."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from passmuster.analysis.metrics import subject_reports
from passmuster.analysis.observing import asked_parts, observe, trials_by_case
from passmuster.domain.metric_names import HARNESS_FAILURE_RATE
from passmuster.domain.observations import Estimate, Snapshot
from passmuster.domain.reports import Metric, SubjectReport
from passmuster.domain.results import Run, Trial
from passmuster.domain.values import SubjectName


def full_rounds(run: Run) -> Run:
    """Keep the trials of those rounds in which every case took part that was asked at all.

    A mean of trials whose number depends on what came out is no fair one. A run that did not grow is returned as it
    is, and so is one that grew evenly.
    """
    if run.manifest.looks == 1:
        return run
    own: dict[SubjectName, list[Sequence[Trial]]] = defaultdict(list)
    for (subject, _), trials in trials_by_case(run).items():
        own[subject].append(trials)
    full = {subject: _full(cases) for subject, cases in own.items()}
    kept = tuple(trial for trial in run.trials if trial.key.repetition in full[trial.key.subject])
    return run if len(kept) == len(run.trials) else replace(run, trials=kept)


def fair_reports(run: Run, snapshot: Snapshot) -> tuple[SubjectReport, ...]:
    """Return every subject's metrics: of a run that grew, those of its full rounds, and the failures of all of them.

    Args:
        run: The run.
        snapshot: What was observed of it, for the cases that count.
    """
    full = full_rounds(run)
    if full is run:
        return subject_reports(run, snapshot)
    counted = {(item.subject, item.case): item.failures for item in snapshot.observations}
    fair = observe(full)
    observations = tuple(item for item in fair.observations if (item.subject, item.case) in counted)
    failures, asked = defaultdict[SubjectName, int](int), defaultdict[SubjectName, int](int)
    for (subject, _), failed in counted.items():
        failures[subject] += failed
    for trial in run.trials:
        asked[trial.key.subject] += asked_parts(trial) * ((trial.key.subject, trial.key.case) in counted)
    return tuple(
        _with_failures(report, failures, asked)
        for report in subject_reports(full, replace(fair, observations=observations))
    )


def _full(cases: Sequence[Sequence[Trial]]) -> frozenset[int]:
    """Return the repetitions that every case had, with the probability with which it was taken at first."""
    found = []
    for trials in cases:
        first = min(trials, key=lambda trial: trial.key.repetition).inclusion
        found.append(frozenset(trial.key.repetition for trial in trials if trial.inclusion == first))
    return frozenset.intersection(*found)


def _with_failures(
    report: SubjectReport, failures: Mapping[SubjectName, int], asked: Mapping[SubjectName, int]
) -> SubjectReport:
    name = report.record.name
    rate = failures[name] / asked[name] if asked[name] else 0.0
    estimate = Estimate(value=rate, lower=rate, upper=rate, confidence=1.0, sample_size=asked[name], method="exact")
    metrics = tuple(
        Metric(name=item.name, subset=item.subset, estimate=estimate) if item.name == HARNESS_FAILURE_RATE else item
        for item in report.metrics
    )
    return replace(report, metrics=metrics)
