"""Nothing was changed, and still something differs: how much, which is what the set-up alone does."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from passmuster.analysis.proportions import share_estimate
from passmuster.analysis.slicing import ALL, METRIC_OF
from passmuster.domain.comparisons import CaseChange, Comparison
from passmuster.domain.observations import Aspect, Estimate
from passmuster.domain.results import SubjectRecord
from passmuster.domain.values import SubjectName


@dataclass(frozen=True, slots=True, kw_only=True)
class SetUpNoise:
    """How much one metric of one subject varies by itself.

    Attributes:
        subject: Whose.
        metric: Which.
        flips: The share of cases of which two trials come out differently.
        difference: How far the metric moved.
    """

    subject: SubjectName
    metric: str
    flips: Estimate
    difference: Estimate


def set_up_noise(comparison: Comparison, subjects: Sequence[SubjectRecord]) -> Iterator[SetUpNoise]:
    """Yield the noise of each subject that varies; nothing where the rosters differ."""
    if not comparison.roster.is_empty:
        return
    varying = {record.name for record in subjects if not record.is_deterministic}
    aspects = {metric: aspect for aspect, metric in METRIC_OF.items()}
    for change in comparison.metrics:
        if change.subject in varying and change.subset == ALL and change.metric in aspects:
            flips = _flips(comparison.cases, change.subject, aspects[change.metric])
            if flips is not None:
                yield SetUpNoise(
                    subject=change.subject, metric=change.metric, flips=flips, difference=change.difference
                )


def noise_sentence(comparison: Comparison, subjects: Sequence[SubjectRecord]) -> str | None:
    """Say that nothing was changed, and how much differs all the same; ``None`` where there is nothing to say."""
    found = tuple(set_up_noise(comparison, subjects))
    if not found:
        return None
    numbers = "; ".join(
        f"{noise.subject}: {noise.metric} moved by {noise.difference.value:+.3f} ({noise.difference.lower:+.3f} to "
        f"{noise.difference.upper:+.3f}), and of two answers to one request one is right and the other wrong in "
        f"{noise.flips.value:.1%} ({noise.flips.lower:.1%} to {noise.flips.upper:.1%}) of "
        f"{noise.flips.sample_size} cases"
        for noise in found
    )
    return (
        f"Nothing was changed since {comparison.against}: the agents are the same, so what differs is the noise of the "
        f"set-up, or a model that drifted. {numbers}."
    )


def _flips(changes: Sequence[CaseChange], subject: SubjectName, aspect: Aspect) -> Estimate | None:
    """Return the mean over cases of the chance that a trial of one side differs from one of the other."""
    rates = [
        (change.baseline_rate, change.candidate_rate)
        for change in changes
        if change.subject == subject and change.aspect is aspect and change.difference is not None
    ]
    chances = [
        before * (1 - after) + (1 - before) * after
        for before, after in rates
        if before is not None and after is not None
    ]
    if not chances:
        return None
    return share_estimate(sum(chances), len(chances))
