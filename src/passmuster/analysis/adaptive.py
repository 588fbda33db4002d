"""Which cases to ask again, and with which probability: trials are spent where they decide something.

Cases that changed look worse than they are, because chance picked them: asked again, they regress to their mean. So
no trial is ever counted for a case *because* of its outcome. Every later round draws its cases with known
probabilities, asks fresh trials of them on both sides, and each of these counts for one over its probability
(Horvitz and Thompson): whatever the probabilities were made of, the estimate over all cases is without bias. What the
earlier trials decide is how *precise* it is, and what it costs.

The probabilities are those of J. Neyman, "On the two different aspects of the representative method", Journal of the
Royal Statistical Society 97 (1934), 558-625: proportional to the root of the mean square that a fresh difference is
expected to have. It is expected by an empirical Bayes estimate, as in G. Casella, "An introduction to empirical Bayes
data analysis", The American Statistician 39 (1985), 83-87.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from passmuster.domain.observations import Aspect, CaseObservation, Snapshot
from passmuster.domain.results import Run
from passmuster.domain.values import CaseIdentifier, SubjectName, fingerprint_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray

MOST_TRIALS = 9
"""Trials that a case is asked at most on each side, if nobody says otherwise."""

AUDIT = 0.25
"""The least probability with which a case is asked again, however steady it looks: no trial stands for more than four.

With fewer than that a drop that all cases share could hide among those that are not asked.
"""

EVEN_ODDS = 0.5
"""The mean square of a difference between two coins: a case as doubtful as that is asked again for certain."""

LEAST_STRENGTH, MOST_STRENGTH = 0.1, 4.0
"""Between how few and how many trials of the average case count for each case's own."""


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What is known of every case before a round: one number for each, all in one order.

    Attributes:
        baseline_passes: How many of the baseline's trials passed.
        baseline_trials: How many there were; 0 where none could be measured.
        candidate_passes: The same of the candidate.
        candidate_trials: The same of the candidate.
        is_paired: Whether the baseline is asked again beside the candidate; else its trials are fixed.
    """

    baseline_passes: "ArrayLike"
    baseline_trials: "ArrayLike"
    candidate_passes: "ArrayLike"
    candidate_trials: "ArrayLike"
    is_paired: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What is known of one case; see :class:`Standing`."""

    baseline_passes: int
    baseline_trials: int
    candidate_passes: int
    candidate_trials: int


def schedule(maximum: int = MOST_TRIALS) -> tuple[int, ...]:
    """Return how many trials a case is asked in each round that it is taken into: each round triples what there was.

    The gate looks once after each round, so the length is the number of looks that share the error rate. In
    simulations three looks (1, 2 and 6 trials) told more than four or five, at the same cost.

    Args:
        maximum: The most trials of a case on each side, at least 1.
    """
    sizes = [1]
    while (left := maximum - sum(sizes)) > 0:
        size = 2 * sum(sizes)
        # A last round of next to nothing is not worth a look's share of the error rate.
        sizes.append(left if left <= size * 3 / 2 else size)
    return tuple(sizes)


def inclusions(standing: Standing) -> "NDArray[np.float64]":
    """Return the probability with which each case is to be taken into the next round, in the order of the cases."""
    import numpy as np  # noqa: PLC0415 - takes a tenth of a second, which many runs can do without

    passed, asked, now_passed, now_asked = (
        np.asarray(numbers, dtype=float)
        for numbers in (
            standing.baseline_passes,
            standing.baseline_trials,
            standing.candidate_passes,
            standing.candidate_trials,
        )
    )
    mean = float((passed.sum() + now_passed.sum() + 1) / (asked.sum() + now_asked.sum() + 2))
    before, after = _shares(passed, asked, mean), _shares(now_passed, now_asked, mean)
    strength = _strength(before, after, mean)
    chance = (now_passed + strength * mean) / (now_asked + strength)
    if standing.is_paired:
        other = (passed + strength * mean) / (asked + strength)
        square = other * (1 - chance) + (1 - other) * chance
    else:
        square = chance * (1 - chance) + (chance - before) ** 2
    return np.clip(np.sqrt(square / EVEN_ODDS), AUDIT, 1.0)


def next_round(
    state: Mapping[CaseIdentifier, Tally], *, is_paired: bool, always: Collection[CaseIdentifier] = ()
) -> Mapping[CaseIdentifier, float]:
    """Return the probability with which each case is to be taken into the next round.

    Args:
        state: What is known of each case.
        is_paired: Whether the baseline is asked again as well.
        always: Cases to be taken for certain.
    """
    tallies = list(state.values())
    standing = Standing(
        baseline_passes=[tally.baseline_passes for tally in tallies],
        baseline_trials=[tally.baseline_trials for tally in tallies],
        candidate_passes=[tally.candidate_passes for tally in tallies],
        candidate_trials=[tally.candidate_trials for tally in tallies],
        is_paired=is_paired,
    )
    return {
        case: 1.0 if case in always else chance
        for case, chance in zip(state, inclusions(standing).tolist(), strict=True)
    }


def drawn(
    chances: Mapping[CaseIdentifier, float], *, seed: int, number: int, subject: str = ""
) -> tuple[CaseIdentifier, ...]:
    """Return the cases that a round takes, each drawn by itself: equal seeds draw equal cases, in any order.

    Args:
        chances: The probability of each case.
        seed: The suite's.
        number: The round's.
        subject: Whose round it is; subjects draw apart.
    """
    return tuple(case for case, chance in chances.items() if _uniform([seed, number, subject, case]) < chance)


def tallies_of(
    baseline: Snapshot | None, candidate: Snapshot, subject: SubjectName
) -> Mapping[Aspect, Mapping[CaseIdentifier, Tally]]:
    """Count what both sides have shown of a subject's cases, of its choices and of its outputs.

    A case that was not asked in the first round is in neither; what the candidate was never asked for has no tallies.
    """
    before = {item.case: item for item in baseline.observations if item.subject == subject} if baseline else {}
    own = [item for item in candidate.observations if item.subject == subject and item.was_asked]
    found = {}
    for aspect in Aspect:
        counted = {item.case: (_counts(before.get(item.case), aspect), _counts(item, aspect)) for item in own}
        if any(now[1] for _, now in counted.values()):
            found[aspect] = {
                case: Tally(
                    baseline_passes=former[0],
                    baseline_trials=former[1],
                    candidate_passes=now[0],
                    candidate_trials=now[1],
                )
                for case, (former, now) in counted.items()
            }
    return found


def spending_sentence(run: Run) -> str | None:
    """Say what trials were spent as needed; ``None`` of a run in which every case was asked as often as planned."""
    if run.manifest.looks == 1:
        return None
    varying = [record.name for record in run.manifest.subjects if not record.is_deterministic]
    made = [trial for trial in run.trials if trial.key.subject in varying]
    if not made:
        return None
    pairs = {(trial.key.subject, trial.key.case) for trial in made}
    most = max(trial.key.repetition for trial in made) + 1
    looks = f"the gate may look {run.manifest.looks} times, and its error rate is divided by that"
    if most == 1:
        return f"Trials are spent as the gate needs them, and one of each case was enough: {looks}."
    return (
        f"Trials were spent where they could decide something: {len(made) / len(pairs):.1f} of each case on average, "
        f"{most} at most; {looks}. Cases that were asked again were drawn with known probabilities, which the "
        "differences allow for; other metrics rest on the rounds that asked every case."
    )


def _shares(passed: "NDArray[np.float64]", asked: "NDArray[np.float64]", mean: float) -> "NDArray[np.float64]":
    import numpy as np  # noqa: PLC0415 - takes a tenth of a second, which many runs can do without

    return np.where(asked > 0, passed / np.maximum(asked, 1), mean)


def _strength(before: "NDArray[np.float64]", after: "NDArray[np.float64]", mean: float) -> float:
    """Return how many trials the average of all cases is worth beside a case's own.

    If rates are spread like a beta distribution of that strength, two trials of a case differ in a share of
    ``strength / (strength + 1)`` of what they would if every case had the mean rate.
    """
    differing = float((before * (1 - after) + (1 - before) * after).sum() + EVEN_ODDS) / (len(before) + 1)
    share = min(0.9, differing / (2 * mean * (1 - mean)))
    return min(MOST_STRENGTH, max(LEAST_STRENGTH, share / (1 - share)))


def _counts(observation: CaseObservation | None, aspect: Aspect) -> tuple[int, int]:
    if observation is None:
        return 0, 0
    flags: Sequence[bool] = observation.passed
    if aspect is Aspect.ROUTING:
        flags = [outcome.is_right for outcome in observation.outcomes]
    return sum(flags), len(flags)


def _uniform(parts: Sequence[object]) -> float:
    return int(fingerprint_of(list(parts))[:13], 16) / 16**13
