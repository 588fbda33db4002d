"""Rosters, requests and short cuts that the tests of the lexical router share."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from hypothesis import strategies as st

from passmuster.adapters.routers.lexical import LexicalOptions, LexicalRouter
from passmuster.domain.agents import AgentDefinition, AgentExample, Roster
from passmuster.domain.answers import RankedAgent, RoutingDecision
from passmuster.domain.cases import Request
from passmuster.testing.factories import a_request, a_roster, an_agent

MIGRATOR = an_agent("migrator", "Writes database migrations and changes the schema of tables.")
REVIEWER = an_agent("reviewer", "Reviews pull requests and comments on style.")
TESTER = an_agent("tester", "Writes unit tests and finds flaky assertions.")
TEAM = a_roster(MIGRATOR, REVIEWER, TESTER)


def a_roster_of(members: Sequence[AgentDefinition]) -> Roster:
    return Roster(name="example", agents=tuple(members))


def with_examples(agent: AgentDefinition, *lines: str) -> AgentDefinition:
    examples = tuple(
        AgentExample(context="", user=line, assistant="", commentary="", agent=None, line=None) for line in lines
    )
    return replace(agent, examples=examples)


VOCABULARY = [
    "database",
    "databases",
    "migrate",
    "migration",
    "queryset",
    "GraphQL",
    "graph",
    "c++",
    "the",
    "use",
    "4.8",
]
texts = st.lists(st.sampled_from(VOCABULARY), max_size=12).map(" ".join)
agents = st.builds(
    lambda name, description, body, lines: with_examples(
        replace(an_agent(name, description), instructions=body), *lines
    ),
    st.sampled_from(["a", "b", "graph-migrator", "plugin:c"]),
    texts,
    texts,
    st.lists(texts, max_size=2),
)
rosters = st.lists(agents, max_size=4, unique_by=lambda agent: agent.name).map(a_roster_of)
requests = st.one_of(texts, st.text(max_size=40)).map(a_request)


def router_of(roster: Roster, **options: object) -> LexicalRouter:
    return LexicalRouter(roster, LexicalOptions.model_validate(options))


def route(roster: Roster, request: Request | str, **options: object) -> RoutingDecision:
    asked = a_request(request) if isinstance(request, str) else request
    return asyncio.run(router_of(roster, **options).route(asked))


def weights(ranked: RankedAgent) -> dict[str, float]:
    return {term.term: term.weight for term in ranked.terms}


def scores(roster: Roster, request: str, **options: object) -> dict[str, float]:
    ranked = router_of(roster, **options).explain(a_request(request), roster.names)
    return {one.agent: one.score for one in ranked}
