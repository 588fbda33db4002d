"""Two scores held against each other, word by word."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from passmuster.domain.answers import RankedAgent
from passmuster.domain.values import AgentName

DIGITS = 9
"""Scores are rounded to as many digits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TermContrast:
    """What one word of the request gave to two scores.

    Attributes:
        term: The word.
        one: What it gave to the first.
        other: What it gave to the second.
    """

    term: str
    one: float
    other: float

    @property
    def difference(self) -> float:
        """By how much the first got more."""
        return round(self.one - self.other, DIGITS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contrast:
    """Why one agent, and not another.

    Attributes:
        one: The agent that is ahead.
        other: The agent behind.
        scores: Both scores, in this order.
        terms: The words that gave more to one of them, those that speak most for the first one first.
    """

    one: AgentName
    other: AgentName
    scores: tuple[float, float]
    terms: tuple[TermContrast, ...]

    @property
    def lead(self) -> float:
        """How far the first is ahead."""
        return round(self.scores[0] - self.scores[1], DIGITS)


@dataclass(frozen=True, slots=True, kw_only=True)
class TermShift:
    """How what one word gives to one agent's score changed.

    Attributes:
        term: The word.
        own: By the edit of the agent's own file.
        others: By the edits of other agents: a word that more of them use counts for less.
    """

    term: str
    own: float
    others: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreShift:
    """How one agent's score for one request changed between two rosters.

    Attributes:
        agent: The agent.
        before: Its score then; ``None`` where it was not there.
        own: What its own edit changed.
        others: What the edits of others changed on top of that.
        after: Its score now; ``None`` where it is gone.
        terms: The words that changed, those that changed most first.
    """

    agent: AgentName
    before: float | None
    own: float
    others: float
    after: float | None
    terms: tuple[TermShift, ...]


def contrast(one: RankedAgent, other: RankedAgent) -> Contrast:
    """Hold two scores of one decision against each other."""
    own, theirs = weights_of(one), weights_of(other)
    terms = [
        TermContrast(term=term, one=own.get(term, 0.0), other=theirs.get(term, 0.0))
        for term in sorted(own.keys() | theirs.keys())
    ]
    told = [term for term in terms if term.difference]
    return Contrast(
        one=one.agent,
        other=other.agent,
        scores=(one.score, other.score),
        terms=tuple(sorted(told, key=lambda term: (-term.difference, term.term))),
    )


def score_shift(
    agent: AgentName, before: RankedAgent | None, between: RankedAgent | None, after: RankedAgent | None
) -> ScoreShift:
    """Take the change of a score apart.

    Args:
        agent: The agent.
        before: What it scored with the former roster; ``None`` where it was not there.
        between: What it scores with the former roster and its own edit.
        after: What it scores with the present roster; ``None`` where it is gone.
    """
    former, middle, now = ({} if one is None else weights_of(one) for one in (before, between, after))
    shifts = [
        TermShift(
            term=term,
            own=_change(former.get(term, 0.0), middle.get(term, 0.0)),
            others=_change(middle.get(term, 0.0), now.get(term, 0.0)),
        )
        for term in sorted(former.keys() | middle.keys() | now.keys())
    ]
    changed = [shift for shift in shifts if shift.own or shift.others]
    scores = [0.0 if one is None else one.score for one in (before, between, after)]
    return ScoreShift(
        agent=agent,
        before=None if before is None else before.score,
        own=_change(scores[0], scores[1]),
        others=_change(scores[1], scores[2]),
        after=None if after is None else after.score,
        terms=tuple(sorted(changed, key=_size)),
    )


def weights_of(ranked: RankedAgent) -> Mapping[str, float]:
    """Return what each word gave to a score."""
    return {item.term: item.weight for item in ranked.terms}


def ranked_by_name(ranking: Sequence[RankedAgent]) -> Mapping[AgentName, RankedAgent]:
    """Return a ranking's entries by the agents' names."""
    return {one.agent: one for one in ranking}


def _change(before: float, after: float) -> float:
    return round(after - before, DIGITS)


def _size(shift: TermShift) -> tuple[float, str]:
    return -max(abs(shift.own), abs(shift.others)), shift.term
