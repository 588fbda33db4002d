"""The rate at which answers truly pass, from a judge that errs and from what people said of some of the answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING

from passmuster.analysis.proportions import exact_estimate
from passmuster.analysis.quantiles import CONFIDENCE, quantile, student_quantile
from passmuster.domain.observations import Estimate

FEWEST = 2
"""With fewer answers nothing is known of how they scatter."""

if TYPE_CHECKING:
    from passmuster.analysis.resampling import Numbers


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredJudge:
    """How a judge did on answers that people labelled.

    Attributes:
        passed_rightly: Good answers that it passed.
        good: Good answers.
        failed_rightly: Bad answers that it failed.
        bad: Bad answers.
    """

    passed_rightly: int
    good: int
    failed_rightly: int
    bad: int

    def __post_init__(self) -> None:
        """Refuse counts that cannot be."""
        if not 0 <= self.passed_rightly <= self.good or not 0 <= self.failed_rightly <= self.bad:
            message = f"{self} is no count: what was judged rightly is at most what there was"
            raise ValueError(message)
        if not self.good or not self.bad:
            message = "people's labels must hold good and bad answers; write labels of both"
            raise ValueError(message)

    @property
    def sensitivity(self) -> Estimate:
        """The share of good answers that it passes, with the exact interval."""
        return exact_estimate(self.passed_rightly, self.good)

    @property
    def specificity(self) -> Estimate:
        """The share of bad answers that it fails, with the exact interval."""
        return exact_estimate(self.failed_rightly, self.bad)

    @property
    def can_tell(self) -> bool:
        """Whether it surely tells good from bad better than a coin: the exact lower bounds add up to more than 1."""
        return self.sensitivity.lower + self.specificity.lower > 1


def rogan_gladen(passed: float, judged: float, judge: MeasuredJudge, *, confidence: float = CONFIDENCE) -> Estimate:
    """Estimate the rate at which answers truly pass from how many a judge of known error passed.

    The interval allows for both samples, the judged answers and the labelled ones, and is shifted so that it covers
    as it says for small ones too.

    Source: W. J. Rogan and B. Gladen, "Estimating prevalence from the results of a screening test", American Journal
    of Epidemiology 107 (1978), 71-76; the interval by Z. Lang and J. Reiczigel, "Confidence limits for prevalence of
    disease adjusted for estimated sensitivity and specificity", Preventive Veterinary Medicine 113 (2014), 13-22.

    Args:
        passed: How many of the judged answers the judge passed.
        judged: How many it judged, above 0; fewer than there were where answers depend on one another.
        judge: How it did on labelled answers.
        confidence: Coverage, between 0 and 1.

    Raises:
        ValueError: If the judge tells good from bad no better than a coin: then its verdicts say nothing.
    """
    power = judge.passed_rightly / judge.good + judge.failed_rightly / judge.bad - 1
    if power <= 0:
        message = "the judge tells good from bad no better than a coin, so that nothing can be corrected by its errors"
        raise ValueError(message)
    value = (passed / judged + judge.failed_rightly / judge.bad - 1) / power
    z = quantile(confidence)
    sample, good, bad = judged + z * z, judge.good + 2, judge.bad + 2
    share = (passed + z * z / 2) / sample
    sensitivity, specificity = (judge.passed_rightly + 1) / good, (judge.failed_rightly + 1) / bad
    smoothed = sensitivity + specificity - 1
    rate = (share + specificity - 1) / smoothed
    of_bad, of_good = specificity * (1 - specificity) / bad, sensitivity * (1 - sensitivity) / good
    shift = 2 * z * z * ((1 - rate) * of_bad - rate * of_good)
    spread = z * sqrt(share * (1 - share) / sample + (1 - rate) ** 2 * of_bad + rate**2 * of_good) / smoothed
    value = min(1.0, max(0.0, value))
    return Estimate(
        value=value,
        lower=min(value, max(0.0, rate + shift - spread)),
        upper=max(value, min(1.0, rate + shift + spread)),
        confidence=confidence,
        sample_size=round(judged),
        method="Rogan-Gladen",
    )


def prediction_powered(
    judged: Sequence[float],
    labelled: Sequence[tuple[float, float]],
    *,
    confidence: float = CONFIDENCE,
) -> Estimate:
    """Estimate a mean from a judge's scores of all answers and from people's scores of some.

    The judge's mean is corrected by its mean error where people looked, and counts by as much as it helps: a judge
    that says nothing leaves people's labels as they are.

    Source: A. N. Angelopoulos and others, "Prediction-powered inference", Science 382 (2023), 669-674, and A. N.
    Angelopoulos, J. C. Duchi and T. Zrnic, "PPI++: Efficient prediction-powered inference" (2023); with Student's
    quantile, since labels are few.

    Args:
        judged: The judge's scores, from 0 to 1, of answers that people did not label; at least two.
        labelled: For each answer that people labelled, the judge's score and theirs; at least two.
        confidence: Coverage, between 0 and 1.

    Raises:
        ValueError: If there are fewer than two of either.
    """
    if min(len(judged), len(labelled)) < FEWEST:
        message = f"{len(judged)} judged and {len(labelled)} labelled answers; at least {FEWEST} of either are needed"
        raise ValueError(message)
    import numpy as np  # noqa: PLC0415 - takes a tenth of a second, which many runs can do without

    others = np.asarray(judged, dtype=float)
    seen, told = (np.asarray(column, dtype=float) for column in zip(*labelled, strict=True))
    weight = _weight(others, seen, told)
    rest = told - weight * seen
    value = min(1.0, max(0.0, float(weight * others.mean() + rest.mean())))
    # Two errors more than were seen, one either way: where a judge erred in no label, it is not known never to err.
    square = float(((rest - rest.mean()) ** 2).sum()) + 2
    variance = weight**2 * float(others.var(ddof=1)) / len(others) + square / ((len(rest) + 1) * (len(rest) + 2))
    half = student_quantile(confidence, len(labelled) - 1) * sqrt(variance)
    return Estimate(
        value=value,
        lower=max(0.0, value - half),
        upper=min(1.0, value + half),
        confidence=confidence,
        sample_size=len(others) + len(rest),
        method="prediction-powered",
    )


def _weight(others: "Numbers", seen: "Numbers", told: "Numbers") -> float:
    import numpy as np  # noqa: PLC0415 - see above

    spread = float(np.concatenate([others, seen]).var(ddof=1))
    if not spread:
        return 0.0
    shared = float(np.cov(told, seen)[0, 1])
    return min(1.0, max(0.0, shared / ((1 + len(seen) / len(others)) * spread)))
