"""Use case: everything that is to be said about a roster, with the evidence for it."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

from passmuster.analysis.overlapping import Routed
from passmuster.analysis.roster_checks import (
    descriptions,
    examples,
    fields,
    leaks,
    loading,
    overlaps,
    references,
    suppressions,
    tools,
    writing,
)
from passmuster.analysis.roster_checks.material import Material
from passmuster.analysis.twins import TwinGroup, twin_groups, twins_of
from passmuster.domain.agents import Roster
from passmuster.domain.answers import RankedAgent, RoutingDecision
from passmuster.domain.cases import Case, Request
from passmuster.domain.errors import RoutingError
from passmuster.domain.findings import Finding, Severity
from passmuster.domain.values import AgentName, SourceLocation
from passmuster.ports import BatchRouter, ExplainingRouter, Router

CHECKS = (
    loading.troubled_files,
    loading.overlooked_agents,
    loading.shadowed_agents,
    writing.byte_order_marks,
    writing.carriage_returns,
    writing.trailing_spaces,
    writing.tabs,
    writing.ambiguous_values,
    writing.hidden_characters,
    fields.names,
    fields.misspelt_fields,
    fields.models,
    fields.values,
    fields.colors,
    tools.unknown_tools,
    tools.nested_agents,
    tools.missing_tools,
    descriptions.vague_descriptions,
    descriptions.short_descriptions,
    descriptions.long_descriptions,
    descriptions.unfinished_texts,
    descriptions.empty_instructions,
    descriptions.catalogue_cost,
    overlaps.identical_descriptions,
    overlaps.nearly_identical_descriptions,
    examples.misleading_examples,
    leaks.secrets,
    leaks.personal_paths,
    leaks.mail_addresses,
    references.unknown_agents,
    references.missing_files,
)
"""Each looks at a roster and its files, and at nothing else."""

CHECKS_OF_REQUESTS = (overlaps.stolen_requests, overlaps.examples_that_go_elsewhere)
"""Each looks at where requests went as well."""

RULES_OF_REQUESTS = ("stolen-requests", "example-goes-elsewhere")
"""The rules that need a router."""

OFF = "off"
"""The level of a rule that is not looked at."""

AT_ONCE = 100
"""How many requests are routed between two words to whoever waits."""

MAXIMUM_CASES = 2000
"""More cases than this say nothing more about which agents get confused."""

_ORDER = (Severity.ERROR, Severity.WARNING, Severity.NOTE)


def _silently(_done: int, _expected: int) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LintPolicy:
    """What is wanted.

    Attributes:
        levels: By rule, the severity that its findings get, or ``off``.
        only: The rules to look at; empty takes all.
    """

    levels: Mapping[str, str] = field(default_factory=dict)
    only: Collection[str] = ()

    def takes(self, rule: str) -> bool:
        """Whether findings of a rule are wanted."""
        return self.levels.get(rule) != OFF and (not self.only or rule in self.only)


@dataclass(frozen=True, slots=True, kw_only=True)
class LintReport:
    """What was found.

    Attributes:
        findings: The gravest first, then by place.
        suppressed: What authors decided to live with.
        twins: Groups of agents with one description.
        routed: Where the agents' own requests went; empty where no router was at hand.
    """

    findings: tuple[Finding, ...]
    suppressed: tuple[suppressions.Suppressed, ...]
    twins: tuple[TwinGroup, ...]
    routed: tuple[Routed, ...]

    @property
    def has_errors(self) -> bool:
        """Whether anything found is an error."""
        return any(finding.severity is Severity.ERROR for finding in self.findings)


def lint_roster(
    material: Material, policy: LintPolicy, routed: Sequence[Routed] = (), further: Iterable[Finding] = ()
) -> LintReport:
    """Look at a roster.

    Args:
        material: The roster and its files.
        policy: Which rules, and how grave.
        routed: Where requests went, as :func:`route_own_requests` finds out.
        further: Findings about the suite around the roster, such as about what was accepted.
    """
    found = [
        *material.roster.findings,
        *(finding for check in CHECKS for finding in check(material)),
        *(finding for check in CHECKS_OF_REQUESTS for finding in check(material, routed)),
        *further,
    ]
    wanted = list(dict.fromkeys(_levelled(found, policy)))
    idle = () if routed else RULES_OF_REQUESTS
    kept, suppressed = suppressions.apply(wanted, material.texts, lambda rule: policy.takes(rule) and rule not in idle)
    return LintReport(
        findings=tuple(sorted(_levelled(kept, policy), key=_place)),
        suppressed=suppressed,
        twins=twin_groups(material.roster),
        routed=tuple(routed),
    )


async def route_own_requests(
    router: Router, roster: Roster, cases: Sequence[Case] = (), tell: Callable[[int, int], None] = _silently
) -> tuple[Routed, ...]:
    """Route the request of every example, and of cases that expect an agent; controls are left out.

    A twin of the owner may have a request as well. A request for which the router gives no decision is left out.

    Args:
        router: Who chooses.
        roster: Whose examples.
        cases: A suite's; of more than ``MAXIMUM_CASES`` so many are taken, at equal distances.
        tell: Is told how many of how many requests were routed.
    """
    twins = twins_of(roster)
    own = [*_examples(roster, twins), *_expected(_thinned(cases), roster, twins)]
    found = []
    for start in range(0, len(own), AT_ONCE):
        batch = own[start : start + AT_ONCE]
        decisions = await _decisions(router, [request for request, _ in batch])
        found += [
            _scored(router, request, item, decision)
            for (request, item), decision in zip(batch, decisions, strict=True)
            if decision is not None
        ]
        tell(min(start + AT_ONCE, len(own)), len(own))
    return tuple(found)


def _thinned(cases: Sequence[Case]) -> Sequence[Case]:
    return cases[:: -(-len(cases) // MAXIMUM_CASES)] if len(cases) > MAXIMUM_CASES else cases


async def _decisions(router: Router, requests: Sequence[Request]) -> Sequence[RoutingDecision | None]:
    if isinstance(router, BatchRouter):
        with suppress(RoutingError):
            return router.route_all(requests)
    decisions: list[RoutingDecision | None] = []
    for request in requests:
        try:
            decisions.append(await router.route(request))
        except RoutingError:
            decisions.append(None)
    return decisions


def _examples(roster: Roster, twins: Mapping[AgentName, frozenset[AgentName]]) -> Iterator[tuple[Request, Routed]]:
    for agent in roster.agents:
        for example in agent.examples:
            # What the author gives to another agent on purpose is another finding.
            if not example.user.strip() or example.agent not in {None, agent.name}:
                continue
            source = agent.source
            if source is not None and example.line is not None:
                source = SourceLocation(path=source.path, line=example.line)
            right = twins.get(agent.name, frozenset({agent.name}))
            yield (
                Request(text=example.user),
                Routed(owner=agent.name, right=right, chosen=None, text=example.user, source=source, is_example=True),
            )


def _expected(
    cases: Sequence[Case], roster: Roster, twins: Mapping[AgentName, frozenset[AgentName]]
) -> Iterator[tuple[Request, Routed]]:
    for case in cases:
        owner = case.expectation.preferred
        if owner is None or case.is_control or roster.agent(owner) is None:
            continue
        accepted = {owner} | case.expectation.acceptable
        right = frozenset(twin for name in accepted for twin in twins.get(name, frozenset({name})))
        item = Routed(
            owner=owner, right=right, chosen=None, text=case.request.text, source=case.source, is_example=False
        )
        yield case.request, item


def _scored(router: Router, request: Request, item: Routed, decision: RoutingDecision) -> Routed:
    """Note where a request went; the scores of those that went astray."""
    if decision.chosen in item.right:
        return replace(item, chosen=decision.chosen)
    ranking = _with_owner(router, request, item, decision.ranking)
    scores = {ranked.agent: ranked.score for ranked in ranking}
    best = decision.chosen or next((ranked.agent for ranked in ranking), None)
    rival = next((ranked.agent for ranked in ranking if ranked.agent != item.owner), "")
    return replace(
        item,
        chosen=decision.chosen,
        own_score=scores.get(item.owner),
        taken_score=scores.get(best) if best else None,
        rival="" if decision.chosen else rival,
    )


def _with_owner(
    router: Router, request: Request, item: Routed, ranking: tuple[RankedAgent, ...]
) -> tuple[RankedAgent, ...]:
    if any(ranked.agent == item.owner for ranked in ranking) or not isinstance(router, ExplainingRouter):
        return ranking
    return (*ranking, *router.explain(request, [item.owner]))


def _levelled(findings: Iterable[Finding], policy: LintPolicy) -> Iterator[Finding]:
    for finding in findings:
        if policy.takes(finding.rule):
            level = policy.levels.get(finding.rule)
            yield replace(finding, severity=Severity(level)) if level else finding


def _place(finding: Finding) -> tuple[int, str, int, int, str, str]:
    place = finding.location
    return (
        _ORDER.index(finding.severity),
        place.path if place else "",
        (place.line if place else None) or 0,
        (place.column if place else None) or 0,
        finding.rule,
        finding.message,
    )
