"""The lexical router."""

import asyncio
import math
import os
import subprocess
import sys
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from passmuster.adapters.routers.lexical import COMPONENT, LexicalOptions
from passmuster.domain.agents import Roster
from passmuster.domain.answers import RoutingDecision
from passmuster.domain.cases import Message, Request, Role
from passmuster.domain.errors import RoutingError
from passmuster.domain.values import AgentName
from passmuster.testing.conformance import check_router
from passmuster.testing.factories import a_request, a_roster, an_agent

from .lexical_cases import (
    MIGRATOR,
    REVIEWER,
    TEAM,
    TESTER,
    a_roster_of,
    requests,
    rosters,
    route,
    router_of,
    scores,
    weights,
)

# ---- choosing and abstaining


def test_the_agent_with_the_words_of_the_request_is_chosen() -> None:
    """The decision names the agent, ranks all, and says which words decided."""
    decision = route(TEAM, "The migration of the orders table fails")

    assert decision.chosen == "migrator"
    assert decision.ranking[0].agent == "migrator"
    assert len(decision.ranking) == 3
    assert decision.rationale.startswith("'migration' and 'table' decided; ")


def test_the_margin_of_a_choice_is_its_lead_or_its_surplus_whichever_is_smaller() -> None:
    """With a low threshold the runner-up is nearer, with a high one abstaining is."""
    request = "Review the tests"

    low = route(TEAM, request, threshold=0.1)
    best, second = low.ranking[0].score, low.ranking[1].score
    high = route(TEAM, request, threshold=best - 0.01)

    assert low.margin == pytest.approx(best - second, abs=1e-9)
    assert low.rationale.endswith(f"ahead of {low.ranking[1].agent}")
    assert high.margin == pytest.approx(0.01, abs=1e-9)
    assert high.rationale.endswith("0.01 above the threshold")


def test_nobody_is_chosen_below_the_threshold() -> None:
    """The margin is what the best agent lacks."""
    decision = route(TEAM, "Please write a poem about style", threshold=9.0)

    assert decision.chosen is None
    assert decision.margin == pytest.approx(9.0 - decision.ranking[0].score, abs=1e-9)
    assert decision.rationale == f"no agent scored 9; best was reviewer at {decision.ranking[0].score:.3g}"


def test_the_threshold_is_reached_by_an_equal_score() -> None:
    """A score that equals the threshold is enough; the margin is 0."""
    best = route(TEAM, "Write migrations").ranking[0].score

    decision = route(TEAM, "Write migrations", threshold=best)

    assert (decision.chosen, decision.margin) == ("migrator", 0.0)


def test_the_default_threshold_is_higher_with_the_body() -> None:
    """1.0 without the body and 1.5 with it, as the distance of a request of no known word shows."""
    without = route(TEAM, "xyzzy")
    with_body = route(TEAM, "xyzzy", fields=["name", "description", "body"])

    assert without.chosen is with_body.chosen is None
    assert without.margin == pytest.approx(1.0 - without.ranking[0].score, abs=1e-9)
    assert with_body.margin == pytest.approx(1.5 - with_body.ranking[0].score, abs=1e-9)


def test_a_tie_at_the_top_is_an_abstention() -> None:
    """Of two agents that differ in nothing the request asks for, none is chosen, whatever their names."""
    roster = a_roster(an_agent("b", "Paints walls."), an_agent("a", "Paints walls."), an_agent("c", "Lays bricks."))

    decision = route(roster, "paint the wall", fields=["description"], threshold=0.5)

    assert (decision.chosen, decision.margin) == (None, 0.0)
    assert [ranked.agent for ranked in decision.ranking] == ["a", "b", "c"]
    assert decision.ranking[0].score == decision.ranking[1].score > 0.5
    assert decision.rationale.startswith("a and b tie at ")


def test_a_request_that_shares_no_whole_word_is_nobodys() -> None:
    """Characters alone never choose, however high they score."""
    decision = route(TEAM, "databaze migrashions", threshold=0.5)

    assert decision.ranking[0].score > 0.5
    assert decision.chosen is None
    assert decision.rationale == "no word of the request is known to the roster"


def test_characters_alone_do_not_choose_while_another_agent_shares_a_word() -> None:
    """The best agent must itself share a word."""
    decision = route(TEAM, "databaze migrashions, schemata, tabels: commenting", threshold=0.2)

    assert (decision.chosen, decision.margin) == (None, 0.0)
    assert decision.ranking[0].agent == "migrator"
    assert "shares no whole word" in decision.rationale


def test_a_typing_error_does_not_hide_an_agent() -> None:
    """With one word right, characters bring in the others."""
    decision = route(TEAM, "fix the databse migratoin table")

    assert decision.chosen == "migrator"
    assert weights(decision.ranking[0])["databse"] > 0


@pytest.mark.parametrize("text", ["", " \n", "???", "the and of", "```\nmigrations\n```"])
def test_a_request_without_words_is_nobodys(text: str) -> None:
    """Nothing to go by: no choice; the margin is the way to the threshold, if characters have not gone it all."""
    decision = route(TEAM, text)

    assert decision.chosen is None
    assert decision.margin == pytest.approx(max(1.0 - decision.ranking[0].score, 0.0))
    assert decision.rationale == "no word of the request is known to the roster"


def test_a_roster_without_agents_has_nobody_to_choose() -> None:
    """There is no score, so there is no margin."""
    decision = route(a_roster_of([]), "Write migrations")

    assert decision == RoutingDecision(chosen=None, rationale="the roster has no agents")


def test_the_only_agent_needs_no_runner_up() -> None:
    """With one agent the margin is the way to the threshold."""
    decision = route(a_roster(MIGRATOR), "Write migrations of the database schema")

    assert decision.chosen == "migrator"
    assert decision.margin == pytest.approx(decision.ranking[0].score - 1.0, abs=1e-9)


async def test_a_very_long_request_is_routed() -> None:
    """Two hundred thousand words are read like five."""
    router = router_of(TEAM)

    decision = await router.route(a_request("database migration changes schema tables " * 40_000))

    assert decision.chosen == "migrator"


@pytest.mark.parametrize("roster", [a_roster_of([]), a_roster(MIGRATOR), TEAM])
async def test_the_router_keeps_the_ports_promises(roster: Roster) -> None:
    """Unicode, empty and odd requests included."""
    await check_router(router_of(roster), roster)


# ---- history


def test_a_request_of_no_known_word_is_read_with_the_users_turn_before_it() -> None:
    """'yes, please do' means what was asked before; an assistant's words do not count."""
    history = (
        Message(role=Role.USER, content="Can you write the database migration?"),
        Message(role=Role.ASSISTANT, content="I could also write unit tests and find flaky assertions."),
    )
    request = a_request("Yes, please do!", history=history)

    decision = route(TEAM, request)
    alone = route(TEAM, request, history=False)

    assert decision.chosen == "migrator"
    assert decision.rationale.endswith("; read with the user's turn before it")
    assert alone.chosen is None


def test_history_does_not_count_where_the_request_speaks_for_itself() -> None:
    """A new subject is not mixed with the old one."""
    history = (Message(role=Role.USER, content="Can you write the database migration?"),)

    with_history = route(TEAM, a_request("Now review the style of the pull request", history=history))
    without = route(TEAM, "Now review the style of the pull request")

    assert with_history == without


# ---- explanations


@given(rosters, requests, st.booleans())
def test_the_terms_of_every_agent_sum_to_its_score(roster: Roster, request: Request, reads_body: bool) -> None:  # noqa: FBT001 - drawn by hypothesis
    """Additivity, for any roster and request: nothing is left over, and nothing is negative."""
    fields = ["name", "description", "examples", *(["body"] if reads_body else [])]

    ranked = router_of(roster, fields=fields).explain(request, roster.names)

    assert {one.agent for one in ranked} == set(roster.names)
    for one in ranked:
        assert abs(sum(term.weight for term in one.terms) - one.score) <= 1e-9
        assert all(term.weight > 0 for term in one.terms)
        assert one.score == round(one.score, 9)


@given(rosters, requests)
def test_a_decision_agrees_with_its_explanation(roster: Roster, request: Request) -> None:
    """What a decision ranks is what an explanation says, cut to the depths asked for."""
    router = router_of(roster, ranking_depth=3, explained_depth=2)

    decision = asyncio.run(router.route(request))
    explained = router.explain(request, roster.names)

    assert decision.ranking[:2] == explained[:2]
    assert decision.ranking[2:] == tuple(replace(one, terms=()) for one in explained[2:3])


def test_terms_are_words_of_the_request_and_hold_words_and_characters() -> None:
    """Terms are shown as people wrote them, in small letters, the weightiest first; forms of one word are one term."""
    ranked = route(TEAM, "Migrating GraphQL tables: migrate the tables").ranking[0]

    assert ranked.agent == "migrator"
    assert [term.term for term in ranked.terms][:2] == ["migrating", "tables"]
    assert not {"migrate", "migrat", "graph", "ql"} & set(weights(ranked))
    assert list(weights(ranked).values()) == sorted(weights(ranked).values(), reverse=True)


def test_the_parts_of_a_word_with_humps_are_shown_as_the_word() -> None:
    """'GraphQL' is what people wrote, though two terms are behind it."""
    roster = a_roster(an_agent("api", "Designs GraphQL schemas."), REVIEWER)

    ranked = route(roster, "Is this GraphQL right?").ranking[0]

    assert ranked.terms[0].term == "graphql"


def test_only_asked_for_agents_are_explained_the_best_first() -> None:
    """An explanation ranks as a decision does."""
    ranked = router_of(TEAM).explain(a_request("test the migration"), {AgentName("reviewer"), AgentName("migrator")})

    assert [one.agent for one in ranked] == ["migrator", "reviewer"]


def test_an_unknown_agent_cannot_be_explained() -> None:
    """The message names it."""
    router = router_of(TEAM)

    with pytest.raises(RoutingError, match="no agent named 'painter'"):
        router.explain(a_request(), {AgentName("painter")})


# ---- steadiness


@given(rosters, requests, st.randoms(use_true_random=False))
def test_the_order_of_agents_is_irrelevant(roster: Roster, request: Request, generator: Random) -> None:
    """The order in which a loader found the agents changes nothing."""
    members = list(roster.agents)
    generator.shuffle(members)

    decision = route(a_roster_of(members), request)

    assert decision == route(roster, request)


PROGRAM = """
import asyncio
from passmuster.adapters.routers.lexical import LexicalOptions, LexicalRouter
from passmuster.testing.factories import a_request, a_roster, an_agent

names = [f"{first}-{second}" for first in ("data", "api", "web") for second in ("tester", "reviewer", "migrator")]
roster = a_roster(*(an_agent(name, f"Reads {name} and mends tables, schemas and {name[::-1]}.") for name in names))
router = LexicalRouter(roster, LexicalOptions())
for text in ("review the data schema tables", "web test", "migrate api tables of the web", "tables"):
    print(repr(asyncio.run(router.route(a_request(text)))))
"""


def test_decisions_do_not_depend_on_the_hash_seed() -> None:
    """Two processes with other hash seeds print the same decisions, byte by byte."""
    outputs = [
        subprocess.run(  # noqa: S603 - our own program
            [sys.executable, "-c", PROGRAM], env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout
        for seed in ("0", "1")
    ]

    assert outputs[0] == outputs[1]
    assert outputs[0].count(b"RoutingDecision") == 4


def test_an_edit_moves_only_what_it_touches() -> None:
    """Exchanging a word nobody else has for another such word moves only requests with one of the two."""
    before = a_roster(replace(MIGRATOR, description="Writes zzzz tables."), REVIEWER, TESTER)
    after = a_roster(replace(MIGRATOR, description="Writes qqqq tables."), REVIEWER, TESTER)

    untouched = [scores(roster, "Write tests for the tables and review them") for roster in (before, after)]
    touched = [scores(roster, "Write qqqq tables") for roster in (before, after)]

    assert untouched[0] == untouched[1]
    assert touched[0]["migrator"] < touched[1]["migrator"]
    assert touched[0]["reviewer"] >= touched[1]["reviewer"]


# ---- options


@pytest.mark.parametrize(
    "options",
    [
        {"fields": []},
        {"fields": ["tools"]},
        {"threshold": -1},
        {"threshold": math.inf},
        {"ranking_depth": 0},
        {"explained_depth": -1},
        {"depth": 3},
    ],
)
def test_wrong_options_are_refused(options: dict[str, object]) -> None:
    """Options out of range or unknown never build a router."""
    with pytest.raises(ValidationError):
        LexicalOptions.model_validate(options)


def test_the_component_is_deterministic_and_says_what_it_cannot_do() -> None:
    """The component promises equal answers and carries its caveat."""
    assert COMPONENT.is_deterministic(LexicalOptions())
    assert "cannot tell" in COMPONENT.caveat
