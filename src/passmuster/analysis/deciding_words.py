"""The words that moved a request, where a router can tell what each word added to each score."""

from collections.abc import Mapping, Sequence

from passmuster.domain.answers import RankedAgent, RoutingDecision
from passmuster.domain.comparisons import CaseChange, ChangeKind
from passmuster.domain.observations import NOBODY, Aspect
from passmuster.domain.results import Trial

MOST_WORDS = 5
ROUNDING = 1e-9

Weights = Mapping[str, float]


def deciding_words(decision: RoutingDecision, was: str, now: str) -> tuple[str, ...]:
    """Return the words by which the agent that has a request now beats the one that had it.

    These are the fewest words without whose surplus it would not be ahead, the weightiest first, at most five. Where
    the former owner's words are not known, all of the taker's count.

    Args:
        decision: The decision that is to be explained.
        was: Who had the request, or ``(nobody)``.
        now: Who has it by this decision; for ``(nobody)`` there are no words.
    """
    own = _words(decision, now)
    other = _words(decision, was) or {}
    return _weightiest(_less(own or {}, other), _lead(decision, was, now))


def shifting_words(before: RoutingDecision, after: RoutingDecision, was: str, now: str) -> tuple[str, ...]:
    """Return the words that gained for the taker of a request, or were lost to its former owner.

    These are the fewest words without whose shift the taker would not be ahead, the weightiest first, at most five.
    An agent that stood too low on one side for its words to be known there counts as having had none.

    Args:
        before: The decision that went to the former owner.
        after: The decision that goes to the taker.
        was: Who had the request, or ``(nobody)``.
        now: Who has it now, or ``(nobody)``.
    """
    gained = _less(_words(after, now) or {}, _words(before, now) or {})
    lost = _less(_words(before, was) or {}, _words(after, was) or {})
    shifts = {word: gained.get(word, 0.0) + lost.get(word, 0.0) for word in {**gained, **lost}}
    return _weightiest(shifts, _lead(after, was, now))


def words_of_change(changes: Sequence[CaseChange], trials: Sequence[Trial]) -> tuple[str, ...]:
    """Return the deciding words of a case that broke or moved, by its first trial that went to the taker.

    Args:
        changes: All changes of one case.
        trials: The candidate's trials of it.
    """
    moved = (ChangeKind.BROKEN, ChangeKind.MOVED)
    change = next((item for item in changes if item.aspect is Aspect.ROUTING and item.kind in moved), None)
    if change is None or change.was == change.now:
        return ()
    decisions = [trial.answer.routing for trial in trials if isinstance(trial.answer.routing, RoutingDecision)]
    taking = next((decision for decision in decisions if decision.chosen == change.now), None)
    return () if taking is None else deciding_words(taking, change.was, change.now)


def _weightiest(weights: Weights, needed: float) -> tuple[str, ...]:
    """Return the weightiest words, until together they weigh what is needed."""
    words: list[str] = []
    total = 0.0
    for word in sorted(weights, key=lambda word: (-round(weights[word], 9), word)):
        if weights[word] <= ROUNDING or len(words) == MOST_WORDS or (words and total >= needed - ROUNDING):
            break
        words.append(word)
        total += weights[word]
    return tuple(words)


def _less(one: Weights, other: Weights) -> Weights:
    return {word: one.get(word, 0.0) - other.get(word, 0.0) for word in {**one, **other}}


def _words(decision: RoutingDecision, name: str) -> Weights | None:
    ranked = _ranked(decision, name)
    return {item.term: item.weight for item in ranked.terms} if ranked and ranked.terms else None


def _lead(decision: RoutingDecision, was: str, now: str) -> float:
    """Return how far the taker is ahead of the former owner; of nobody, by the margin."""
    taker, owner = _ranked(decision, now), _ranked(decision, was)
    if taker is not None and owner is not None:
        return taker.score - owner.score
    if NOBODY in {was, now}:
        return decision.margin or 0.0
    return taker.score if taker is not None else 0.0


def _ranked(decision: RoutingDecision, name: str) -> RankedAgent | None:
    return next((item for item in decision.ranking if item.agent == name), None)
