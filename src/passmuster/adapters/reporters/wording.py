"""The words and signs that every reporter uses for outcomes, changes and metrics.

Each meaning has a word, a sign and a class of its own, so that none rests on colour alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from passmuster.domain.comparisons import CaseChange, ChangeKind
from passmuster.domain.observations import CaseObservation, RoutingOutcome
from passmuster.domain.verdicts import GateOutcome
from passmuster.texts.numbers import count

MOVED_KINDS = (ChangeKind.BROKEN, ChangeKind.FIXED, ChangeKind.MOVED, ChangeKind.UNMEASURED)
"""Kinds of change that somebody must look at, the gravest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One meaning.

    Attributes:
        sign: One character.
        word: One or two words.
        tone: ``good``, ``bad``, ``doubt`` or ``plain``.
    """

    sign: str
    word: str
    tone: str


VERDICTS = {
    GateOutcome.PASSED: Mark(sign="✓", word="Passed", tone="good"),
    GateOutcome.EQUAL: Mark(sign="=", word="Equal", tone="good"),
    GateOutcome.FAILED: Mark(sign="✗", word="Failed", tone="bad"),
    GateOutcome.INCONCLUSIVE: Mark(sign="?", word="Cannot tell", tone="doubt"),
}

CHANGES = {
    ChangeKind.BROKEN: Mark(sign="✗", word="broken", tone="bad"),
    ChangeKind.FIXED: Mark(sign="✓", word="fixed", tone="good"),
    ChangeKind.MOVED: Mark(sign="→", word="moved", tone="doubt"),
    ChangeKind.UNMEASURED: Mark(sign="?", word="unmeasured", tone="doubt"),
    ChangeKind.ADDED: Mark(sign="+", word="added", tone="plain"),
    ChangeKind.REMOVED: Mark(sign="−", word="removed", tone="plain"),
    ChangeKind.EDITED: Mark(sign="✎", word="edited", tone="plain"),
    ChangeKind.LEFT_OUT: Mark(sign="○", word="left out", tone="plain"),
    ChangeKind.UNCHANGED: Mark(sign="=", word="unchanged", tone="plain"),
}

NOT_GATED = Mark(sign="·", word="Not gated", tone="plain")
"""A subset of too few cases, which the verdict does not count."""

NOT_RUN = Mark(sign="○", word="not run", tone="plain")
"""A case without a trial."""

BETTER = Mark(sign="▲", word="better", tone="good")
WORSE = Mark(sign="▼", word="worse", tone="bad")
"""Which way a difference goes that stands out."""

OUTCOMES = {
    RoutingOutcome.PREFERRED: Mark(sign="✓", word="right", tone="good"),
    RoutingOutcome.ACCEPTABLE: Mark(sign="≈", word="acceptable", tone="good"),
    RoutingOutcome.TWIN: Mark(sign="≡", word="a twin of a right one", tone="good"),
    RoutingOutcome.WRONG: Mark(sign="✗", word="wrong", tone="bad"),
    RoutingOutcome.FORBIDDEN: Mark(sign="‼", word="forbidden", tone="bad"),
    RoutingOutcome.OVER_DELEGATED: Mark(sign="✗", word="wrong: should be nobody", tone="bad"),
    RoutingOutcome.UNDER_DELEGATED: Mark(sign="✗", word="wrong: nobody took it", tone="bad"),
}
"""In order of gravity, but for the last two, which are a kind of wrong."""


def outcome_mark(observation: CaseObservation) -> Mark:
    """Return one mark for the choices of all repetitions."""
    rate = observation.routing_rate
    if rate is None:
        if observation.failures:
            return Mark(sign="?", word="not measured", tone="doubt")
        return Mark(sign=" ", word="", tone="plain") if observation.was_asked else NOT_RUN
    if 0 < rate < 1:
        right = sum(outcome.is_right for outcome in observation.outcomes)
        return Mark(sign="~", word=f"flaky: {right} of {len(observation.outcomes)} right", tone="doubt")
    return OUTCOMES[gravest(observation.outcomes)]


def gravest(outcomes: Sequence[RoutingOutcome]) -> RoutingOutcome:
    """Return the gravest of some outcomes, so that one forbidden choice is not hidden by others only wrong."""
    order = (RoutingOutcome.FORBIDDEN, *reversed(OUTCOMES))
    return next(outcome for outcome in order if outcome in outcomes)


def rubric_mark(observation: CaseObservation) -> Mark | None:
    """Return one mark for the rubric over all repetitions; ``None`` where none was judged."""
    passed, judged = sum(observation.passed), len(observation.passed)
    if not judged:
        return None
    if passed == judged:
        return Mark(sign="✓", word="rubric passed", tone="good")
    if not passed:
        return Mark(sign="✗", word="rubric failed", tone="bad")
    return Mark(sign="~", word=f"rubric flaky: {passed} of {judged} passed", tone="doubt")


def is_moved(change: CaseChange) -> bool:
    """Return whether somebody must look at the change."""
    return change.kind in MOVED_KINDS


def tally(changes: Sequence[CaseChange]) -> str:
    """Return how many changes there are of each kind that somebody must look at, such as "2 broken, 1 fixed"."""
    counts = [(sum(change.kind is kind for change in changes), CHANGES[kind].word) for kind in MOVED_KINDS]
    return ", ".join(f"{count(number)} {word}" for number, word in counts if number) or "nothing moved"


def cases_left_out(changes: Sequence[CaseChange]) -> str:
    """Say how many cases were left out of the run on purpose; empty if none."""
    number = len({change.case for change in changes if change.kind is ChangeKind.LEFT_OUT})
    return f"{count(number, 'case')} left out" if number else ""
