"""Use case: look for cases that tell less than they seem to: leaky ones, and labels that may be wrong."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from passmuster.analysis.leaks import SHARE, AgentTexts, Leak
from passmuster.analysis.reworded_leaks import reworded_leaks, sentences_of
from passmuster.application.deduplicating import Duplicate, contradictions
from passmuster.application.doubting import WEIGHT, Doubt, Voter, ballot_of, doubts_of
from passmuster.domain.agents import Roster
from passmuster.domain.cases import LEAKY, Case
from passmuster.domain.findings import Finding, Severity
from passmuster.domain.observations import NOBODY
from passmuster.ports import Embedder


@dataclass(frozen=True, slots=True, kw_only=True)
class LeakyCase:
    """A case that repeats what an agent's own file says."""

    case: Case
    leak: Leak

    @property
    def is_marked(self) -> bool:
        """Whether the case bears the tag already."""
        return LEAKY in self.case.tags


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """What an audit brought up, each kind with the gravest first.

    Attributes:
        cases: How many cases were looked at.
        leaky: Cases that repeat the agents.
        doubts: Labels that the routers agree against.
        contradictions: Near duplicates whose labels differ.
        voters: The routers that were asked.
        failures: How many choices could not be had.
    """

    cases: int
    leaky: tuple[LeakyCase, ...]
    doubts: tuple[Doubt, ...]
    contradictions: tuple[Duplicate, ...]
    voters: tuple[str, ...]
    failures: int

    @property
    def weighty(self) -> tuple[Doubt, ...]:
        """The doubts that are worth a look; who forbids a choice in as many words has thought of it."""
        return tuple(
            item for item in self.doubts if item.weight >= WEIGHT and item.chosen not in item.case.expectation.forbidden
        )

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Everything that somebody must look at; cases that are marked leaky already need no more looking."""
        return (
            *(_leaky_finding(item) for item in self.leaky if not item.is_marked),
            *(_doubt_finding(item) for item in self.weighty),
            *(_contradiction_finding(item) for item in self.contradictions),
        )


def leaky_cases(cases: Sequence[Case], roster: Roster, share: float = SHARE) -> tuple[LeakyCase, ...]:
    """Return the cases whose requests repeat a description or an example, the largest share first.

    Args:
        cases: All cases. Controls are passed over: they name their agents on purpose.
        roster: The agents.
        share: The share of a request's words from which it repeats.
    """
    texts = AgentTexts(roster)
    found = [
        LeakyCase(case=case, leak=leak)
        for case in cases
        if not case.is_control and (leak := texts.leak(case.request.text, share)) is not None
    ]
    return tuple(sorted(found, key=lambda item: -item.leak.share))


async def reworded_cases(cases: Sequence[Case], roster: Roster, embedder: Embedder) -> tuple[LeakyCase, ...]:
    """Return the cases whose requests say what an agent's file says in other words, the most alike first.

    Args:
        cases: All cases; controls are passed over.
        roster: The agents.
        embedder: Whose vectors are compared.

    Raises:
        EmbeddingError: If no vectors could be had.
    """
    asked = [case for case in cases if not case.is_control]
    sentences = sentences_of(roster)
    requests = await embedder.embed([case.request.text for case in asked])
    leaks = reworded_leaks(requests, sentences, await embedder.embed([sentence.text for sentence in sentences]))
    found = [LeakyCase(case=case, leak=leak) for case, leak in zip(asked, leaks, strict=True) if leak is not None]
    return tuple(sorted(found, key=lambda item: -item.leak.share))


async def audit(
    cases: Sequence[Case],
    roster: Roster,
    voters: Sequence[Voter],
    threshold: float,
    tell: Callable[[int, int], None] = lambda _done, _of: None,
    embedder: Embedder | None = None,
) -> Audit:
    """Audit cases.

    Args:
        cases: All cases.
        roster: The agents.
        voters: The routers that are asked about the labels.
        threshold: The likeness from which two requests are near duplicates.
        tell: Is told how many choices of how many have been made.
        embedder: Finds leaks in other words; ``None`` looks for runs of words alone.
    """
    leaky = leaky_cases(cases, roster)
    if embedder is not None:
        known = {item.case.identifier for item in leaky}
        reworded = await reworded_cases(cases, roster, embedder)
        leaky = (*leaky, *(item for item in reworded if item.case.identifier not in known))
    asked = [case for case in cases if not case.is_control]
    ballots = []
    total = len(voters) * len(asked)
    for number, voter in enumerate(voters):
        ballots.append(await ballot_of(voter, asked, partial(_tell_of, tell, number * len(asked), total)))
    return Audit(
        cases=len(cases),
        leaky=leaky,
        doubts=doubts_of(asked, voters, ballots),
        contradictions=contradictions(cases, threshold),
        voters=tuple(voter.name for voter in voters),
        failures=sum(
            decision is None and case.request.fingerprint not in voter.seen
            for voter, ballot in zip(voters, ballots, strict=True)
            for case, decision in zip(asked, ballot, strict=True)
        ),
    )


def _leaky_finding(item: LeakyCase) -> Finding:
    leak = item.leak
    if leak.is_reworded:
        how = f"says anew what the {leak.origin} of {leak.agent!r} says ({leak.share:.0%} alike): {leak.passage!r}"
    else:
        told = f"{leak.share:.0%} of its words, such as {leak.passage!r}"
        how = f"repeats the {leak.origin} of {leak.agent!r}: {told}"
    return Finding(
        rule="leaky-case",
        severity=Severity.WARNING,
        message=f"case {item.case.identifier!r} {how}",
        hint=f"word it as a user would, or tag it {LEAKY!r}, so that it is scored apart",
        location=item.case.source,
    )


def _doubt_finding(item: Doubt) -> Finding:
    label = item.case.expectation.preferred or NOBODY
    agreed = sum(vote.chosen == item.chosen for vote in item.votes)
    return Finding(
        rule="doubtful-label",
        severity=Severity.WARNING,
        message=(
            f"case {item.case.identifier!r} is labelled {label!r}, and {agreed} of {len(item.votes)} routers choose "
            f"{item.chosen!r}{_behind(item)}; agreeing as clearly they are right in {item.right} of {item.alike} cases"
        ),
        hint="read it again: correct the label, add the other agent to 'acceptable', or leave it as it is",
        location=item.case.source,
    )


def _behind(item: Doubt) -> str:
    """Return how far behind the label is, in the words of the router that was clearest."""
    votes = [vote for vote in item.votes if vote.chosen == item.chosen and vote.score is not None]
    if not votes or item.case.expectation.preferred is None:
        return ""
    vote = max(votes, key=lambda vote: vote.clearness or 0.0)
    own = "is not ranked" if vote.label_score is None else f"scores {vote.label_score:.3g}, place {vote.label_rank}"
    return f" (at {vote.score:.3g} in {vote.voter}; the label {own})"


def _contradiction_finding(pair: Duplicate) -> Finding:
    one, other = (case.expectation.preferred or NOBODY for case in (pair.case, pair.of))
    labels = f"labelled {one!r} and {other!r}" if one != other else f"both labelled {one!r}, with other alternatives"
    where = f" at {pair.of.source}" if pair.of.source else ""
    how = "the same request" if pair.is_exact else f"nearly the same request ({pair.likeness:.0%} alike)"
    return Finding(
        rule="contradictory-duplicates",
        severity=Severity.WARNING,
        message=f"cases {pair.case.identifier!r} and {pair.of.identifier!r}{where} make {how}, {labels}",
        hint="let the labels agree, or word the requests so that the difference shows",
        location=pair.case.source,
    )


def _tell_of(tell: Callable[[int, int], None], before: int, total: int, done: int) -> None:
    tell(before + done, total)
