"""The words and signs that every reporter uses for outcomes, changes and metrics.

Each meaning has a word, a sign and a class of its own, so that none rests on colour alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from passmuster.adapters.reporters.number_text import count
from passmuster.adapters.reporters.visible_text import visible
from passmuster.domain.comparisons import CaseChange, ChangeKind
from passmuster.domain.observations import CaseObservation, RoutingOutcome
from passmuster.domain.verdicts import GateOutcome

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


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricLabel:
    """A metric's name for people, and whether lower is better."""

    text: str
    lower_is_better: bool = False


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

METRICS = {
    "routing_accuracy": MetricLabel(text="Routing accuracy"),
    "top3_accuracy": MetricLabel(text="Right agent among first three"),
    "macro_f1": MetricLabel(text="Macro F1 over agents"),
    "forbidden_rate": MetricLabel(text="Forbidden choices", lower_is_better=True),
    "over_delegation_rate": MetricLabel(text="Over-delegated", lower_is_better=True),
    "under_delegation_rate": MetricLabel(text="Under-delegated", lower_is_better=True),
    "abstention_rate": MetricLabel(text="Nobody chosen"),
    "rubric_pass_rate": MetricLabel(text="Rubrics passed"),
    "rubric_score": MetricLabel(text="Rubric score"),
    "routing_cost": MetricLabel(text="Cost of choices", lower_is_better=True),
    "harness_failure_rate": MetricLabel(text="Harness failures", lower_is_better=True),
}
"""Every metric that is known, in the order in which it is shown."""


def metric_label(name: str) -> MetricLabel:
    """Return a metric's label; one that is not known is called by its name."""
    return METRICS.get(name) or MetricLabel(text=name.replace("_", " "))


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


def subset_text(subset: str | None) -> str:
    """Return a subset for people: ``agent: debugger``, ``each agent``, or ``all cases``."""
    if subset in {None, "all"}:
        return "all cases"
    dimension, _, value = str(subset).partition("=")
    return visible(f"each {dimension}" if value == "*" else f"{dimension}: {value}")
