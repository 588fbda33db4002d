"""Labels that routers agree against, and how much such agreement is worth."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil

from passmuster.domain.answers import RoutingDecision
from passmuster.domain.cases import Case
from passmuster.domain.errors import RoutingError
from passmuster.domain.observations import NOBODY
from passmuster.domain.values import AgentName, Fingerprint
from passmuster.ports import BatchRouter, Router

BATCH = 1_000
"""Requests that are routed at once."""

AGREEMENT = 2 / 3
"""The share of the routers that must agree, and at least two."""

WEIGHT = 0.8
"""A doubt is worth a look if the routers, agreeing as clearly, are right in so many of the other cases."""

FEWEST_VOTERS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Voter:
    """A router that has its say about labels.

    Attributes:
        name: What people know it by.
        router: Who chooses.
        seen: Requests that it learnt from, and has no say about.
    """

    name: str
    router: Router
    seen: frozenset[Fingerprint] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Vote:
    """What one router says about one case.

    Attributes:
        voter: Its name.
        chosen: Whom it chose.
        score: The score of the chosen agent; ``None`` where it has none.
        label_score: The score of the agent that the label names; ``None`` where that is nobody, or too far behind.
        label_rank: The label's place in the ranking, counted from 1; ``None`` as above.
        clearness: The share of this router's choices that were no clearer, from 0 to 1; ``None`` without margins.
    """

    voter: str
    chosen: AgentName | None
    score: float | None
    label_score: float | None
    label_rank: int | None
    clearness: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """A label that the routers agree against.

    Attributes:
        case: Whose label.
        chosen: Whom they chose instead.
        votes: Of every router that had a say.
        agreement: The share of these that chose it.
        clearness: The mean clearness of those that did; 0 where none is known.
        alike: How many other cases the routers agree about at least as clearly.
        right: In how many of these they agree with the label.
    """

    case: Case
    chosen: AgentName
    votes: tuple[Vote, ...]
    agreement: float
    clearness: float
    alike: int
    right: int

    @property
    def weight(self) -> float:
        """How far such agreement can be trusted, by the other labels: from 0 to 1, and 0.5 where nothing is known."""
        return (self.right + 1) / (self.alike + 2)


def doubts_of(
    cases: Sequence[Case], voters: Sequence[Voter], ballots: Sequence[Sequence[RoutingDecision | None]]
) -> tuple[Doubt, ...]:
    """Return the labels that the routers agree against, those against which most speaks first.

    A router that chooses nobody does not vote: it may only lack the words. Nobody may be a label all the same. How much
    an agreement says is measured on the other cases: how often the label agrees where the routers agree as clearly.

    Args:
        cases: The cases.
        voters: The routers.
        ballots: For each router its decision on each case; ``None`` where it has no say.
    """
    clearness = [_clearness(ballot) for ballot in ballots]
    agreed: list[_Consensus] = []
    for place, case in enumerate(cases):
        votes = tuple(
            _vote(voter.name, case, decision, clear.get(place))
            for voter, ballot, clear in zip(voters, ballots, clearness, strict=True)
            if (decision := ballot[place]) is not None
        )
        consensus = _consensus(case, votes)
        if consensus is not None:
            agreed.append(consensus)
    # The clearest first, so that what is at least as clear has been counted when a case comes.
    agreed.sort(key=lambda item: (-item.clearness, item.case.identifier))
    found = []
    right = 0
    for alike, item in enumerate(agreed):
        if item.is_doubted:
            found.append(item.doubt(alike, right))
        right += item.is_right
    return tuple(sorted(found, key=lambda item: (-item.weight, -item.clearness, item.case.identifier)))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Consensus:
    """What most routers say about a case."""

    case: Case
    chosen: AgentName
    votes: tuple[Vote, ...]
    agreement: float
    clearness: float

    @property
    def is_right(self) -> bool:
        return self.chosen in _right(self.case)

    @property
    def is_doubted(self) -> bool:
        """Whether no router at all chose what the label takes for right."""
        return not any(vote.chosen is not None and vote.chosen in _right(self.case) for vote in self.votes)

    def doubt(self, alike: int, right: int) -> Doubt:
        return Doubt(
            case=self.case,
            chosen=self.chosen,
            votes=self.votes,
            agreement=self.agreement,
            clearness=self.clearness,
            alike=alike,
            right=right,
        )


def _right(case: Case) -> frozenset[AgentName | None]:
    return frozenset({case.expectation.preferred, *case.expectation.acceptable, *case.expectation.twins})


async def ballot_of(
    voter: Voter, cases: Sequence[Case], tell: Callable[[int], None]
) -> Sequence[RoutingDecision | None]:
    """Return a router's decision on each case; ``None`` where it learnt from the request, or made none.

    Args:
        voter: The router.
        cases: The cases.
        tell: Is told how many decisions have been made.
    """
    decisions: list[RoutingDecision | None] = []
    for start in range(0, len(cases), BATCH):
        for case, decision in zip(
            cases[start : start + BATCH], await _choices(voter.router, cases[start : start + BATCH]), strict=True
        ):
            decisions.append(None if case.request.fingerprint in voter.seen else decision)
        tell(len(decisions))
    return decisions


async def _choices(router: Router, cases: Sequence[Case]) -> Sequence[RoutingDecision | None]:
    if isinstance(router, BatchRouter):
        return list(router.route_all([case.request for case in cases]))
    return [await _choice(router, case) for case in cases]


async def _choice(router: Router, case: Case) -> RoutingDecision | None:
    try:
        return await router.route(case.request)
    except RoutingError:
        return None


def _clearness(ballot: Sequence[RoutingDecision | None]) -> Mapping[int, float]:
    """Return by place the share of a router's choices of an agent that had no larger margin."""
    margins = {
        place: decision.margin
        for place, decision in enumerate(ballot)
        if decision is not None and decision.chosen is not None and decision.margin is not None
    }
    ranks = {margin: number for number, margin in enumerate(sorted(margins.values()), start=1)}
    return {place: ranks[margin] / len(margins) for place, margin in margins.items()}


def _vote(voter: str, case: Case, decision: RoutingDecision, clearness: float | None) -> Vote:
    scores = {ranked.agent: ranked.score for ranked in decision.ranking}
    ranks = {ranked.agent: rank for rank, ranked in enumerate(decision.ranking, start=1)}
    label = case.expectation.preferred
    return Vote(
        voter=voter,
        chosen=decision.chosen,
        score=None if decision.chosen is None else scores.get(decision.chosen),
        label_score=None if label is None else scores.get(label),
        label_rank=None if label is None else ranks.get(label),
        clearness=clearness,
    )


def _consensus(case: Case, votes: Sequence[Vote]) -> _Consensus | None:
    counts = Counter(vote.chosen for vote in votes if vote.chosen is not None)
    chosen = min(counts, key=lambda agent: (-counts[agent], agent), default=None)
    if chosen is None or counts[chosen] < max(FEWEST_VOTERS, ceil(AGREEMENT * len(votes))):
        return None
    known = [vote.clearness for vote in votes if vote.chosen == chosen and vote.clearness is not None]
    return _Consensus(
        case=case,
        chosen=chosen,
        votes=tuple(votes),
        agreement=counts[chosen] / len(votes),
        clearness=sum(known) / len(known) if known else 0.0,
    )


def doubts_by_pair(doubts: Sequence[Doubt]) -> Iterator[tuple[str, str, int]]:
    """Yield how often each label was doubted in favour of each agent, the most frequent first."""
    counts = Counter((item.case.expectation.preferred or NOBODY, str(item.chosen)) for item in doubts)
    for (label, chosen), count in sorted(counts.items(), key=lambda entry: (-entry[1], entry[0])):
        yield label, chosen, count
