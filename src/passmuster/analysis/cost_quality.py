"""What an answer of each subject takes, beside how good they are."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Final

from passmuster.analysis.means import FEWEST, student_estimate
from passmuster.domain.answers import Completion, RoutingDecision
from passmuster.domain.metric_names import ROUTING_ACCURACY, RUBRIC_PASS_RATE
from passmuster.domain.observations import Estimate
from passmuster.domain.reports import Report
from passmuster.domain.results import Trial
from passmuster.domain.values import SubjectName, Usage

DOLLARS: Final = "US dollars for a request"
TOKENS: Final = "tokens for a request"
SECONDS: Final = "seconds for a request"

_CONFIDENCE: Final = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class CostQuality:
    """One subject of a run.

    Attributes:
        subject: Its name.
        cost: The mean over the cases of what choosing and writing took.
        quality: The metric.
    """

    subject: SubjectName
    cost: Estimate
    quality: Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class CostsAndQualities:
    """The subjects of some runs by one measure of cost and one of quality.

    Attributes:
        unit: What costs are measured in.
        metric: The metric of quality.
        runs: The subjects of each run for which both are known.
    """

    unit: str
    metric: str
    runs: tuple[tuple[CostQuality, ...], ...]


Cost = Callable[[Trial], float | None]


def costs_and_qualities(reports: Sequence[Report]) -> CostsAndQualities:
    """Measure the subjects of some runs alike.

    Costs are in dollars if every price is known, else in tokens if any were counted, else in seconds. What judging took
    is not among them: users of the agents do not pay for it. Quality is the rubrics' pass rate if every subject has
    one, else the accuracy of choices.
    """
    unit, cost = _unit([trial for report in reports for item in report.cases for trial in item.trials])
    subjects = [subject for report in reports for subject in report.subjects]
    is_judged = bool(subjects) and all(subject.metric(RUBRIC_PASS_RATE) is not None for subject in subjects)
    metric = RUBRIC_PASS_RATE if is_judged else ROUTING_ACCURACY
    return CostsAndQualities(
        unit=unit, metric=metric, runs=tuple(tuple(_measured(report, metric, cost)) for report in reports)
    )


def _measured(report: Report, metric: str, cost: Cost) -> Iterable[CostQuality]:
    means: Mapping[SubjectName, list[float]] = defaultdict(list)
    for item in report.cases:
        known = [value for trial in item.trials if (value := cost(trial)) is not None]
        if known:
            means[item.subject].append(fmean(known))
    for subject in report.subjects:
        name, quality = subject.record.name, subject.metric(metric)
        if quality is not None and means[name]:
            yield CostQuality(subject=name, cost=_mean(means[name]), quality=quality)


def _unit(trials: Sequence[Trial]) -> tuple[str, Cost]:
    answered = [trial for trial in trials if _usages(trial)]
    if answered and all(_dollars(trial) is not None for trial in answered):
        return DOLLARS, _dollars
    if any(_tokens(trial) for trial in answered):
        return TOKENS, _tokens
    return SECONDS, lambda trial: trial.duration


def _usages(trial: Trial) -> list[Usage]:
    parts = (trial.answer.routing, trial.answer.completion)
    return [part.usage for part in parts if isinstance(part, (RoutingDecision, Completion))]


def _dollars(trial: Trial) -> float | None:
    costs = [usage.cost for usage in _usages(trial)]
    known = [float(cost) for cost in costs if cost is not None]
    return sum(known) if known and len(known) == len(costs) else None


def _tokens(trial: Trial) -> float | None:
    usages = _usages(trial)
    return float(sum(usage.input_tokens + usage.output_tokens for usage in usages)) if usages else None


def _mean(values: Sequence[float]) -> Estimate:
    if len(values) >= FEWEST:
        return student_estimate(values, confidence=_CONFIDENCE)
    # Of a single case no spread is known; the mark stands alone.
    value = values[0]
    return Estimate(value=value, lower=value, upper=value, confidence=_CONFIDENCE, sample_size=1, method="exact")
