"""Why a request goes where it goes, and what would send it elsewhere."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations
from typing import Any

import pytest

from passmuster.adapters.routers.lexical import LexicalOptions, LexicalRouter
from passmuster.application.explaining import ExplainParts, Explanation, Former, explain
from passmuster.application.mending import Kind, without_words
from passmuster.application.planning import PlannedSubject
from passmuster.domain.agents import Roster
from passmuster.domain.answers import RoutingDecision
from passmuster.domain.cases import Case, Request
from passmuster.domain.errors import InvalidConfigurationError, RoutingError
from passmuster.domain.values import AgentName
from passmuster.ports import Router
from passmuster.testing.factories import a_case, a_request, a_roster, a_subject_record, an_agent, an_expectation

from .small_suites import RoutingSubject

TEAM = a_roster(
    an_agent("migrator", "Writes database migrations and changes the schema of tables."),
    an_agent("reviewer", "Reviews pull requests and comments on style."),
    an_agent("tester", "Writes unit tests and finds flaky assertions."),
)
REQUEST = "Do the migrations of the schema pass review?"


@dataclass
class Naming:
    """A router without scores: takes the agent whose description holds the word; conforms to a router."""

    roster: Roster
    word: str
    asked: list[Roster] = field(default_factory=list)

    async def route(self, request: Request) -> RoutingDecision:
        if "mute" in request.text:
            message = "no answer"
            raise RoutingError(message)
        holders = [agent.name for agent in self.roster.agents if self.word in agent.description]
        return RoutingDecision(chosen=next(iter(holders), None))


def planned(router: Router) -> PlannedSubject:
    record = a_subject_record("one", is_deterministic=True)
    return PlannedSubject(subject=RoutingSubject(router), record=record, router=router)


def lexical(roster: Roster) -> PlannedSubject:
    return planned(LexicalRouter(roster, LexicalOptions(threshold=0.3)))


def naming(word: str) -> Callable[[Roster], PlannedSubject]:
    return lambda roster: planned(Naming(roster, word))


def explained(
    text: str = REQUEST,
    *,
    roster: Roster = TEAM,
    build: Callable[[Roster], PlannedSubject] = lexical,
    expected: str | None = None,
    budget: int = 500,
    **changes: Any,  # noqa: ANN401 - the other fields of the parts
) -> Explanation:
    case = None if expected is None else expecting("asked", text, expected)
    parts = ExplainParts(build=build, roster=roster, request=a_request(text), case=case, budget=budget)
    return asyncio.run(explain(replace(parts, **changes)))


def expecting(identifier: str, text: str, agent: str | None) -> Case:
    return replace(a_case(identifier, text=text), expectation=an_expectation(agent))


def chosen_with(roster: Roster, name: str, description: str, text: str) -> str | None:
    agents = tuple(replace(agent, description=description) if agent.name == name else agent for agent in roster.agents)
    router = LexicalRouter(replace(roster, agents=agents), LexicalOptions(threshold=0.3))
    return router.route_all([a_request(text)])[0].chosen


# ---- why this one and not that one


def test_the_chosen_agent_is_held_against_the_expected_one_and_the_runner_up() -> None:
    """Word by word; the differences of the words sum to the lead."""
    found = explained(expected="tester", budget=0)

    assert found.decision.chosen == "migrator"
    assert [(one.one, one.other) for one in found.contrasts] == [("migrator", "tester"), ("migrator", "reviewer")]
    for contrast in found.contrasts:
        assert sum(term.difference for term in contrast.terms) == pytest.approx(contrast.lead, abs=1e-8)
        assert [term.difference for term in contrast.terms] == sorted(
            [term.difference for term in contrast.terms], reverse=True
        )
    assert found.contrasts[1].terms[-1].term == "review"


def test_an_agent_that_is_asked_about_is_the_only_one_compared() -> None:
    """``versus`` replaces the runner-up and the expected agent."""
    found = explained(expected="tester", budget=0, versus=AgentName("reviewer"))

    assert [one.other for one in found.contrasts] == ["reviewer"]


def test_an_agent_that_is_not_there_cannot_be_asked_about() -> None:
    """The complaint names it, and the agents that there are."""
    with pytest.raises(InvalidConfigurationError, match="no agent named 'painter'") as caught:
        explained(versus=AgentName("painter"))

    assert caught.value.findings[0].rule == "unknown-agent"


# ---- the smallest change


def test_the_fewest_words_that_send_a_request_home_are_found() -> None:
    """No smaller set of the request's words does it, and the one that is named does."""
    text = "Do the migrations of the schema pass a review of style and tests?"
    words = ["migrations", "schema", "pass", "review", "style", "tests"]

    found = explained(text, expected="tester")

    assert found.decision.chosen == "migrator"
    assert found.mends is not None
    assert found.mends.is_complete
    added = next(mend for mend in found.mends.found if mend.kind is Kind.ADDED)
    own = "Writes unit tests and finds flaky assertions."
    assert chosen_with(TEAM, "tester", f"{' '.join(added.words)}. {own}", text) == "tester"
    smaller = [one for size in range(1, len(added.words)) for one in combinations(words, size)]
    assert smaller
    assert all(chosen_with(TEAM, "tester", f"{' '.join(one)}. {own}", text) != "tester" for one in smaller)


def test_words_taken_out_of_the_takers_description_are_tried_too() -> None:
    """Each change that is named was verified, the one of fewest words first."""
    found = explained(expected="reviewer")

    assert found.mends is not None
    removed = [mend for mend in found.mends.found if mend.kind is Kind.REMOVED and mend.agent == "migrator"]
    assert removed
    text = "Writes database migrations and changes the schema of tables."
    assert chosen_with(TEAM, "migrator", without_words(text, removed[0].words), REQUEST) == "reviewer"
    assert [len(mend.words) for mend in found.mends.found] == sorted(len(mend.words) for mend in found.mends.found)


def test_nobody_can_be_wanted() -> None:
    """A request that an agent takes and nobody should: words of the taker are taken out."""
    asked = expecting("asked", "Comments on this poem about style, please", None)

    found = explained(asked.request.text, case=asked)

    assert found.decision.chosen == "reviewer"
    assert found.mends is not None
    assert [(mend.kind, mend.agent) for mend in found.mends.found] == [(Kind.REMOVED, "reviewer")]
    text = without_words("Reviews pull requests and comments on style.", found.mends.found[0].words)
    assert chosen_with(TEAM, "reviewer", text, asked.request.text) is None


def test_what_a_change_does_to_other_cases_is_counted() -> None:
    """Each case that moves is named with where it goes, sorted by whether that is right."""
    others = (
        expecting("kept", "Find the flaky assertions", "tester"),
        expecting("lost", "Migrations.", "migrator"),
        expecting("gained", "migrations!", "tester"),
    )

    roster = a_roster(*TEAM.agents[:2], an_agent("tester", "Finds assertions."))

    found = explained("migrations?", expected="tester", others=others, roster=roster)

    assert found.mends is not None
    added = found.mends.found[0]
    assert (added.words, added.others) == (("migrations",), 3)
    assert [(case.case, case.was, case.now) for case in added.broken] == [("lost", "migrator", "tester")]
    assert [(case.case, case.was, case.now) for case in added.fixed] == [("gained", "migrator", "tester")]
    assert added.moved == ()


def test_nothing_is_looked_for_where_the_request_goes_where_it_should() -> None:
    """Right choices, requests without an expectation, and a budget of 0 cost one call."""
    right = explained(expected="migrator")
    plain = explained()
    frugal = explained(expected="tester", budget=0)

    assert (right.mends, plain.mends, frugal.mends) == (None, None, None)
    assert (right.calls, plain.calls, frugal.calls) == (1, 1, 1)


def test_a_budget_ends_the_search_and_says_so() -> None:
    """No more choices are asked for than allowed; what was found by then is kept."""
    found = explained(expected="tester", budget=2)

    assert found.calls == 3
    assert found.mends is not None
    assert not found.mends.is_complete


def test_words_are_taken_out_wherever_they_stand_but_in_examples() -> None:
    """Whatever the case, and never half a word."""
    text = "Style, STYLE and stylish. <example>user: 'style'</example>"

    assert without_words(text, ["style"]) == ", and stylish. <example>user: 'style'</example>"


# ---- routers without scores


def test_a_router_without_scores_is_asked_again_without_sentences_and_agents() -> None:
    """The sentence that decides is the one without which the choice changes."""
    roster = a_roster(
        an_agent("a", "Minds the garden. Waters roses. Cuts hedges."),
        an_agent("b", "Sells roses."),
        an_agent("c", "Sings."),
    )

    found = explained("roses?", roster=roster, build=naming("roses"))

    assert not found.has_scores
    assert found.ablation is not None
    assert found.ablation.ranking == ("a", "b", None)
    assert [(one.sentence, one.chosen) for one in found.ablation.sentences] == [
        ("Minds the garden.", "a"),
        ("Waters roses.", "b"),
        ("Cuts hedges.", "a"),
    ]
    assert found.ablation.is_complete
    assert found.calls == 6


def test_leaving_out_is_bounded_by_the_budget() -> None:
    """With a budget of 0 nothing is tried, and with a small one what was tried is told."""
    roster = a_roster(an_agent("a", "Waters roses. Cuts roses."), an_agent("b", "Sells roses."))

    none = explained("roses?", roster=roster, build=naming("roses"), budget=0)
    some = explained("roses?", roster=roster, build=naming("roses"), budget=2)

    assert (none.ablation, none.calls) == (None, 1)
    assert some.calls == 3
    assert some.ablation is not None
    assert not some.ablation.is_complete
    assert len(some.ablation.sentences) == 1


def test_a_router_that_fails_is_no_explanation() -> None:
    """Its message comes through."""
    with pytest.raises(RoutingError, match="no answer"):
        explained("mute", build=naming("roses"))


# ---- what changed


def test_an_agents_own_edit_is_told_apart_from_those_of_others() -> None:
    """The parts sum to the change; an agent that nobody edited lost by the others only."""
    former = a_roster(
        an_agent("migrator", "Writes database migrations."),
        an_agent("reviewer", "Reviews pull requests and comments on style."),
        an_agent("tester", "Writes unit tests and finds flaky assertions."),
    )
    present = a_roster(
        an_agent("migrator", "Writes database migrations."),
        an_agent("reviewer", "Reviews pull requests, migrations and schema changes, and comments on style."),
        an_agent("tester", "Writes unit tests and finds flaky assertions."),
    )

    found = explained("migrations schema", roster=present, former=Former(reference="v1", roster=former))

    assert found.change is not None
    assert (found.change.reference, found.change.chosen, found.decision.chosen) == ("v1", "migrator", "reviewer")
    shifts = {str(shift.agent): shift for shift in found.change.shifts}
    assert set(shifts) == {"migrator", "reviewer"}
    for shift in shifts.values():
        assert shift.before is not None
        assert shift.after == pytest.approx(shift.before + shift.own + shift.others, abs=1e-8)
    assert shifts["migrator"].own == 0
    assert shifts["migrator"].others < 0
    assert shifts["reviewer"].own > 0
    assert {term.term for term in shifts["reviewer"].terms} == {"migrations", "schema"}


def test_a_new_agent_had_no_score() -> None:
    """It is all its own edit; an agent that is gone has no score now."""
    former = a_roster(an_agent("old", "Paints walls."), an_agent("other", "Lays bricks."))
    present = a_roster(an_agent("new", "Paints walls and doors."), an_agent("other", "Lays bricks."))

    found = explained("paint the walls", roster=present, former=Former(reference="v1", roster=former))

    assert found.change is not None
    scores = {shift.agent: (shift.before is None, shift.after is None) for shift in found.change.shifts}
    assert scores == {"new": (True, False), "old": (False, True)}


@pytest.mark.parametrize("texts", [["migrations", "style"], []])
def test_a_router_without_batches_is_asked_one_by_one(texts: Sequence[str]) -> None:
    """Side effects are counted for any router that explains its scores."""

    class Single:
        """Hides that the lexical router can do many at once."""

        def __init__(self, roster: Roster) -> None:
            inner = LexicalRouter(roster, LexicalOptions(threshold=0.3))
            self.route, self.explain = inner.route, inner.explain

    others = tuple(expecting(f"case-{number}", text, "tester") for number, text in enumerate(texts))

    one = explained("migrations", expected="tester", others=others, build=lambda roster: planned(Single(roster)))
    many = explained("migrations", expected="tester", others=others)

    assert one.mends == many.mends
