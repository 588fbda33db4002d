"""Use case: which cases of a run want a person's eyes, and why."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from passmuster.domain.comparisons import ChangeKind
from passmuster.domain.observations import NOBODY, CaseObservation, Snapshot
from passmuster.domain.reports import CaseReport, Report
from passmuster.domain.results import Score, Trial, Unscored
from passmuster.domain.values import CaseIdentifier


class Why(StrEnum):
    """Why somebody should look at a case, the gravest first."""

    BROKEN = "broken"
    FAILED = "failed"
    UNDECIDED = "undecided"
    FLIPPED = "flipped"
    MOVED = "moved"
    WRONG = "wrong"
    JUDGED = "judged"


@dataclass(frozen=True, slots=True, kw_only=True)
class Queued:
    """A case of one subject with the reasons to look at it."""

    report: CaseReport
    reasons: tuple[Why, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgeable:
    """A judgement that a model made, and what a person may say instead.

    Attributes:
        trial: The repetition.
        criterion: The criterion's name.
        passed: What the judge says.
        reason: Why it says so.
        choices: The criterion's choices, from the worst to the best.
    """

    trial: int
    criterion: str
    passed: bool
    reason: str
    choices: tuple[str, ...]


def queue_of(report: Report) -> tuple[Queued, ...]:
    """Return the cases of a report that want a person's eyes, the gravest first."""
    order = list(Why)
    queue = [Queued(report=item, reasons=tuple(_reasons(item))) for item in report.cases]
    return tuple(sorted((item for item in queue if item.reasons), key=lambda item: order.index(item.reasons[0])))


def judgeable(trial: Trial) -> Iterator[Judgeable]:
    """Yield what models judged of a trial; they leave the choices that they had in the evidence."""
    for outcome in trial.outcomes:
        choices = outcome.evidence.get("choices") if isinstance(outcome, Score) else None
        if isinstance(outcome, Score) and isinstance(choices, list | tuple):
            yield Judgeable(
                trial=trial.key.repetition,
                criterion=outcome.criterion,
                passed=outcome.passed,
                reason=outcome.reason,
                choices=tuple(str(choice) for choice in choices),
            )


def accepted_words(baseline: Snapshot | None, case: CaseIdentifier) -> str:
    """Say what is accepted of a case, subject by subject; empty where nothing is."""
    own = baseline.observations if baseline is not None else ()
    return "; ".join(f"{item.subject}: {observed_words(item)}" for item in own if item.case == case)


def observed_words(observation: CaseObservation) -> str:
    """Say what was seen of a case."""
    chosen = dict.fromkeys(agent or NOBODY for agent in observation.chosen)
    words = [f"{agent} {sum((it or NOBODY) == agent for it in observation.chosen)}×" for agent in chosen]
    if observation.passed:
        words.append(f"passed {sum(observation.passed)} of {len(observation.passed)}")
    return ", ".join(words) or "nothing measured"


def _reasons(item: CaseReport) -> Iterator[Why]:
    seen, kinds = item.observation, {change.kind for change in item.changes}
    flips = (seen.chosen, tuple(outcome.is_right for outcome in seen.outcomes), seen.passed)
    outcomes = [outcome for trial in item.trials for outcome in trial.outcomes]
    found = {
        Why.BROKEN: ChangeKind.BROKEN in kinds,
        Why.FAILED: seen.failures > 0,
        Why.UNDECIDED: any(isinstance(outcome, Unscored) and not outcome.is_left_out for outcome in outcomes),
        Why.FLIPPED: any(len(set(values)) > 1 for values in flips),
        Why.MOVED: ChangeKind.MOVED in kinds,
        Why.WRONG: seen.routing_rate == 0 or seen.rubric_rate == 0,
        Why.JUDGED: any(True for trial in item.trials for _ in judgeable(trial)),
    }
    return (why for why, holds in found.items() if holds)
