"""Use case: why does a request go where it goes, and what would send it elsewhere?"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from passmuster.analysis.contrasts import Contrast, ScoreShift, contrast, ranked_by_name, score_shift
from passmuster.analysis.outcomes import routing_outcome
from passmuster.application.ablating import Ablation, ablate
from passmuster.application.mending import Mending, Mends
from passmuster.application.planning import PlannedSubject
from passmuster.application.trying import Attempt, Tell, Trying, decide
from passmuster.domain.agents import Roster
from passmuster.domain.answers import RankedAgent, RoutingDecision
from passmuster.domain.cases import Case, Request
from passmuster.domain.errors import InvalidConfigurationError
from passmuster.domain.findings import Finding, Severity
from passmuster.domain.values import AgentName
from passmuster.ports import ExplainingRouter


@dataclass(frozen=True, slots=True, kw_only=True)
class Former:
    """The agents at another revision.

    Attributes:
        reference: How the user names it.
        roster: The agents.
    """

    reference: str
    roster: Roster


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainParts:
    """All that explaining needs.

    Attributes:
        build: Makes the subject for any roster.
        roster: The agents.
        request: What is asked.
        case: The case that it is from, if it is.
        others: The suite's other cases, for what a change does to them.
        versus: The agent of which it is asked why it was not chosen; ``None`` leaves that to us.
        budget: How many choices may be asked for beside the first; 0 tries nothing.
        former: What to compare with, if anything.
    """

    build: Callable[[Roster], PlannedSubject]
    roster: Roster
    request: Request
    case: Case | None = None
    others: Sequence[Case] = ()
    versus: AgentName | None = None
    budget: int = 0
    former: Former | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What changed since another revision.

    Attributes:
        reference: The revision.
        chosen: Who got the request then.
        shifts: How the scores of those concerned changed; empty where the router has none.
    """

    reference: str
    chosen: AgentName | None
    shifts: tuple[ScoreShift, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Why a request goes where it goes.

    Attributes:
        decision: Whom the router chooses now.
        contrasts: Why the best agent and not another one, word by word; empty where the router has no scores.
        mends: What would send the request where it belongs; ``None`` where it goes there, or nothing was tried.
        ablation: What leaving things out showed, for a router without scores; ``None`` where nothing was tried.
        change: What changed since another revision, where one was named.
        calls: How many choices were asked for.
        has_scores: Whether the router says what its scores are made of.
    """

    decision: RoutingDecision
    contrasts: tuple[Contrast, ...]
    mends: Mends | None
    ablation: Ablation | None
    change: Change | None
    calls: int
    has_scores: bool


async def explain(parts: ExplainParts, tell: Tell | None = None) -> Explanation:
    """Explain one choice.

    Raises:
        InvalidConfigurationError: If there is no agent of the name in ``versus``.
        RoutingError: If there is no choice to be had.
    """
    if parts.versus is not None and parts.roster.agent(parts.versus) is None:
        raise InvalidConfigurationError([_unknown(parts.versus, parts.roster)])
    planned = parts.build(parts.roster)
    decision = await decide(planned, parts.request)
    trying = Trying(parts.build, parts.request, parts.budget, tell)
    now = Attempt(planned=planned, decision=decision)
    router = planned.router
    change = None if parts.former is None else await _change(parts, parts.former, now)
    if isinstance(router, ExplainingRouter):
        mends = await _mends(parts, trying, now)
        contrasts = _contrasts(router, parts, decision)
        ablation = None
    else:
        mends, contrasts = None, ()
        wanted = _wanted(parts)
        ablation = await ablate(trying, parts.roster, decision, wanted) if parts.budget else None
    return Explanation(
        decision=decision,
        contrasts=contrasts,
        mends=mends,
        ablation=ablation,
        change=change,
        calls=1 + trying.calls,
        has_scores=isinstance(router, ExplainingRouter),
    )


def _wanted(parts: ExplainParts) -> AgentName | None:
    """Return the agent that is asked about, or expected and there."""
    if parts.versus is not None:
        return parts.versus
    expected = None if parts.case is None else parts.case.expectation.preferred
    return expected if expected is not None and parts.roster.agent(expected) is not None else None


async def _mends(parts: ExplainParts, trying: Trying, now: Attempt) -> Mends | None:
    """Look for changes, where the request goes elsewhere than it was asked or expected to."""
    if not parts.budget:
        return None
    if parts.versus is None:
        if parts.case is None or routing_outcome(now.decision.chosen, parts.case.expectation).is_right:
            return None
        if _wanted(parts) is None and parts.case.expectation.preferred is not None:
            return None
    elif now.decision.chosen == parts.versus:
        return None
    return await Mending(trying, parts.roster, now, _wanted(parts)).search(parts.others)


def _contrasts(router: ExplainingRouter, parts: ExplainParts, decision: RoutingDecision) -> tuple[Contrast, ...]:
    """Hold the best agent against those that it is asked about, or the runner-up and the expected one."""
    names = [one.agent for one in decision.ranking]
    best = decision.chosen or next(iter(names), None)
    if best is None:
        return ()
    runner_up = next((name for name in names if name != best), None)
    asked = [parts.versus] if parts.versus is not None else [_wanted(parts), runner_up]
    others = [name for name in dict.fromkeys(asked) if name is not None and name != best]
    found = ranked_by_name(router.explain(parts.request, {best, *others}))
    return tuple(contrast(found[best], found[other]) for other in others)


async def _change(parts: ExplainParts, former: Former, now: Attempt) -> Change:
    """Compare with another revision: own edits apart from what the edits of others do to the same score."""
    planned = parts.build(former.roster)
    decision = await decide(planned, parts.request)
    names = [now.decision.chosen, decision.chosen, _wanted(parts)]
    if isinstance(now.planned.router, ExplainingRouter) and all(name is None for name in names):
        names = [one.agent for one in now.decision.ranking[:1]]
    shifts = tuple(
        _shift(name, parts, former.roster, (planned, now.planned))
        for name in dict.fromkeys(names)
        if name is not None and isinstance(planned.router, ExplainingRouter)
    )
    return Change(reference=former.reference, chosen=decision.chosen, shifts=shifts)


def _shift(
    name: AgentName, parts: ExplainParts, former: Roster, sides: tuple[PlannedSubject, PlannedSubject]
) -> ScoreShift:
    own = parts.roster.agent(name)
    kept = tuple(agent for agent in former.agents if agent.name != name)
    between = Roster(name=former.name, agents=kept if own is None else (*kept, own), host=former.host)
    return score_shift(
        name,
        _scored(sides[0], parts.request, former, name),
        _scored(parts.build(between), parts.request, between, name),
        _scored(sides[1], parts.request, parts.roster, name),
    )


def _scored(planned: PlannedSubject, request: Request, roster: Roster, name: AgentName) -> RankedAgent | None:
    router = planned.router
    if roster.agent(name) is None or not isinstance(router, ExplainingRouter):
        return None
    return router.explain(request, {name})[0]


def _unknown(name: AgentName, roster: Roster) -> Finding:
    known = ", ".join(roster.names[:20])
    return Finding(
        rule="unknown-agent",
        severity=Severity.ERROR,
        message=f"the roster has no agent named {str(name)!r}",
        hint=f"its agents: {known}{' …' if len(roster.names) > 20 else ''}",  # noqa: PLR2004 - as many as above
    )
