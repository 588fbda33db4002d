"""The metrics of a run that grew: fair ones rest on the rounds that asked every case."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace

from passmuster.analysis.metrics import subject_reports
from passmuster.analysis.observing import asked_parts, observe
from passmuster.analysis.rounds import full_rounds
from passmuster.domain.metric_names import HARNESS_FAILURE_RATE
from passmuster.domain.observations import Estimate, Snapshot
from passmuster.domain.reports import Metric, SubjectReport
from passmuster.domain.results import Run
from passmuster.domain.values import SubjectName


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
