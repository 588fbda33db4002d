"""Blame: which edits made requests go wrong, what taking them back costs, and what is said when it is not known."""

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from passmuster.application.asking import Means
from passmuster.application.blaming import BlameParts, blame
from passmuster.application.edits import RosterEdits
from passmuster.application.guilt import Blame, MovedCase, Reverting
from passmuster.application.planning import PlannedSubject
from passmuster.domain.agents import Roster
from passmuster.domain.answers import Answer, Asked, Failure, RankedAgent, RoutingDecision, TermWeight
from passmuster.domain.cases import Request
from passmuster.domain.errors import InvalidConfigurationError
from passmuster.domain.values import AgentName, CaseIdentifier, fingerprint_of
from passmuster.testing.factories import a_case, a_failure, a_roster, a_subject_record, an_agent
from passmuster.testing.fakes import FakeClock

from .small_suites import Stepwise

THEFT = "Boils soup and bakes bread today."
COOK, GARDENER, IDLER = "Boils soup. Bakes bread.", "Plants trees. Mows lawns.", "Sleeps."
CASES = (
    a_case("soup", text="boils soup", preferred="cook"),
    a_case("bread", text="bakes bread today", preferred="cook"),
    a_case("trees", text="plants trees", preferred="gardener"),
    a_case("lawns", text="mows lawns", preferred="gardener"),
    a_case("nobody", text="hello", preferred=None),
)


def roster(cook: str = COOK, gardener: str = GARDENER, idler: str = IDLER) -> Roster:
    return a_roster(an_agent("cook", cook), an_agent("gardener", gardener), an_agent("idler", idler))


def never(_roster: Roster, _request: Request) -> bool:
    return False


@dataclass
class WordSubject:
    """Chooses the agent whose description shares the most words with the request; of equals, nobody.

    With noise it forgets itself, now and then, and chooses the last agent or nobody; equal repetitions are alike.
    """

    roster: Roster
    noise: float = 0.0
    fails: Callable[[Roster, Request], bool] = never
    writes: bool = False
    takes_assignments: bool = False

    async def respond(
        self,
        request: Request,
        *,
        repetition: int,
        assigned: AgentName | None,  # noqa: ARG002 - the port's
        asked: Asked,  # noqa: ARG002 - the port's
    ) -> Answer:
        if self.fails(self.roster, request):
            return Answer(routing=a_failure())
        ranking = sorted((self.ranked(agent.name, request) for agent in self.roster.agents), key=lambda one: -one.score)
        leader = ranking[0] if ranking[0].score > ranking[1].score else None
        salt = fingerprint_of([request.text, self.roster.fingerprint, repetition])
        if random.Random(salt).random() < self.noise:  # noqa: S311 - no secret
            leader = None if leader else ranking[-1]
        chosen = leader.agent if leader else None
        return Answer(routing=RoutingDecision(chosen=chosen, ranking=tuple(ranking), margin=1.0))

    def ranked(self, name: AgentName, request: Request) -> RankedAgent:
        agent = self.roster.agent(name)
        words = agent.description.lower().replace(".", " ").replace(",", " ").split() if agent else []
        terms = tuple(TermWeight(term=word, weight=1.0) for word in request.text.split() if word in words)
        return RankedAgent(agent=name, score=float(len(terms)), terms=terms)

    def foresee(self, request: Request, *, repetition: int, assigned: AgentName | None, asked: Asked) -> Failure | None:
        raise NotImplementedError


def blamed(
    candidate: Roster,
    *,
    noise: float = 0.0,
    fails: Callable[[Roster, Request], bool] = never,
    budget: int = 1_000,
    **changes: Any,  # noqa: ANN401 - any field
) -> Blame:
    def build(agents: Roster) -> PlannedSubject:
        record = a_subject_record("words", is_deterministic=not noise)
        return PlannedSubject(subject=WordSubject(agents, noise=noise, fails=fails), record=record)

    parts = BlameParts(
        edits=RosterEdits(roster(), candidate),
        cases=CASES,
        only=(),
        is_deterministic=not noise,
        repetitions=3,
        means=Means(build=build, executor=Stepwise(), clock=FakeClock(), budget=budget),
    )
    return asyncio.run(blame(replace(parts, **changes), lambda _done, _expected: None))


def told(found: Blame) -> list[tuple[list[list[str]], list[str]]]:
    """Return what is put into which words for whom: for each guilt its sets, and its cases."""
    return [
        (
            [[f"{edit.agent}: -{edit.removed} +{edit.added}" for edit in edits] for edits in guilt.sets],
            [case.case for case in guilt.cases],
        )
        for guilt in found.guilts
    ]


def moved(case: str, was: str, now: str) -> MovedCase:
    return MovedCase(case=CaseIdentifier(case), was=was, now=now)


THIEF = roster(
    cook="Boils soup gladly. Whistles. Bakes bread.",
    gardener=f"Plants trees. Sings. {THEFT} Mows lawns. Sings again.",
    idler="Sleeps. Snores.",
)


def test_the_guilty_sentence_is_found_among_harmless_ones() -> None:
    """Nothing else is named; cases that flipped by the same sentence stand together."""
    found = blamed(THIEF)

    assert told(found) == [([[f"gardener: - +{THEFT}"]], ["soup", "bread"])]
    assert found.guilts[0].is_settled
    assert found.is_certain


def test_it_is_said_who_took_a_case_from_whom_by_which_words() -> None:
    """One word of the sentence puts the thief ahead; a tie, which nobody gets, has no words."""
    soup, bread = blamed(THIEF).guilts[0].cases

    assert (soup.was, soup.now, soup.words) == ("cook", "(nobody)", ())
    assert (bread.was, bread.now, bread.words) == ("cook", "gardener", ("bakes",))


def test_a_sentence_that_is_gone_is_as_guilty_as_a_new_one() -> None:
    """The case was lost by its owner."""
    found = blamed(roster(cook="Bakes bread.", idler="Sleeps. Snores."))

    assert told(found) == [([["cook: -Boils soup. +"]], ["soup"])]
    assert found.guilts[0].cases[0].words == ("boils",)


def test_edits_that_flip_a_case_together_are_named_together() -> None:
    """Neither does it alone."""
    found = blamed(roster(gardener="Plants trees. Boils over. Mows lawns. Eats soup."))

    assert told(found) == [([["gardener: - +Boils over.", "gardener: - +Eats soup."]], ["soup"])]


def test_edits_that_each_suffice_are_all_named() -> None:
    """Taking one of them back would change nothing."""
    found = blamed(roster(gardener=f"{GARDENER} Likes how it boils soup.", idler="Sleeps. Boils soup."))

    assert told(found) == [
        ([["gardener: - +Likes how it boils soup."], ["idler: - +Boils soup."]], ["soup"]),
    ]
    assert found.guilts[0].is_settled
    assert found.guilts[0].reverting == Reverting(broken=(), fixed=())


def test_agents_that_came_and_went_are_blamed() -> None:
    """A new agent by its being there and the sentence that did it; one that is gone by its going."""
    cook, _, idler = roster().agents
    thief = an_agent("thief", "Steals. Boils soup.")

    found = blamed(a_roster(cook, idler, thief))

    assert told(found) == [
        ([["gardener: -gardener +"]], ["trees", "lawns"]),
        ([["thief: - +thief", "thief: - +Boils soup."]], ["soup"]),
    ]


def test_the_price_of_taking_an_edit_back_is_told() -> None:
    """What it mended breaks again, and what it helped to break is mended."""
    cases = (
        *CASES,
        a_case("beds", text="hoes beds", preferred="gardener"),
        a_case("mixed", text="boils bakes", preferred="cook"),
    )

    found = blamed(roster(gardener=f"{GARDENER} Boils soup and hoes beds. Bakes."), cases=cases)

    alone, together = found.guilts
    assert told(found)[0] == ([["gardener: - +Boils soup and hoes beds."]], ["soup"])
    assert [case.case for case in together.cases] == ["mixed"]
    assert alone.reverting == Reverting(
        broken=(moved("beds", "gardener", "(nobody)"),), fixed=(moved("mixed", "(nobody)", "cook"),)
    )


def test_only_the_named_cases_are_explained() -> None:
    """And one that did not flip is said not to have."""
    found = blamed(THIEF, only=["trees", "bread"])

    assert told(found) == [([[f"gardener: - +{THEFT}"]], ["bread"])]
    assert found.unflipped == ("trees",)
    assert found.is_certain


def test_an_unknown_case_is_refused() -> None:
    """Before anything is asked."""
    with pytest.raises(InvalidConfigurationError, match="no case 'soap'") as caught:
        blamed(THIEF, only=["soap"])

    assert caught.value.findings[0].rule == "unknown-case"


def test_equal_rosters_cost_nothing() -> None:
    """There is nothing to be blamed."""
    assert blamed(roster()) == Blame()


def test_edits_that_flip_nothing_are_not_blamed() -> None:
    """Each case is asked once on either side."""
    found = blamed(roster(idler="Sleeps. Snores."))

    assert found == Blame(calls=2 * len(CASES))


def test_nothing_is_asked_twice() -> None:
    """The searches of both cases share nothing but their rosters, and each asks once about each."""
    found = blamed(THIEF)

    searched = sum(case.calls for case in found.guilts[0].cases)
    assert found.calls == 2 * len(CASES) + searched + len(CASES) - 2
    assert [case.calls for case in found.guilts[0].cases] == [searched // 2] * 2


def test_a_budget_that_cannot_find_the_flipped_cases_is_refused() -> None:
    """Nothing is spent for nothing, and the message says what would do."""
    with pytest.raises(InvalidConfigurationError, match="takes 10 calls, and the budget is 9") as caught:
        blamed(THIEF, budget=9)

    assert caught.value.findings[0].rule == "small-budget"


def test_what_is_known_is_told_when_the_budget_ends() -> None:
    """More calls narrow the suspects down; until then they hold the guilty edit, and nothing is certain."""
    suspects = []
    for budget in range(10, 30):
        found = blamed(THIEF, budget=budget)
        assert found.calls <= budget
        assert found.is_certain == (not found.open_cases)
        for item in found.open_cases:
            assert any(edit.added == THEFT for edits in (item.suspects, *item.sets) for edit in edits)
        suspects.append(max((len(item.suspects) for item in found.open_cases if not item.sets), default=0))

    assert suspects[0] == len(RosterEdits(roster(), THIEF).edits)
    assert suspects == sorted(suspects, reverse=True)
    assert suspects[-1] == 0


def test_a_price_that_the_budget_does_not_do_for_is_not_told() -> None:
    """The edit is blamed all the same."""
    enough = blamed(THIEF)

    found = blamed(THIEF, budget=enough.calls - 1)

    assert told(found) == told(enough)
    assert found.guilts[0].reverting is None
    assert found.is_certain


def test_named_cases_that_the_budget_does_not_reach_are_said() -> None:
    """Whether they flipped is not known."""
    found = blamed(THIEF, only=["soup", "bread"], budget=1)

    assert found.unasked == ("soup", "bread")
    assert not found.is_certain


def test_a_case_that_cannot_be_measured_is_said() -> None:
    """A failure of the harness is neither right nor wrong."""
    found = blamed(THIEF, fails=lambda _roster, request: "soup" in request.text)

    assert told(found) == [([[f"gardener: - +{THEFT}"]], ["bread"])]
    assert found.unsure == ("soup",)
    assert not found.is_certain


def test_a_varying_case_that_cannot_be_measured_is_said() -> None:
    """It cannot even be suspected."""
    found = blamed(THIEF, noise=0.1, budget=2_000, fails=lambda _roster, request: "trees" in request.text)

    assert found.unsure == ("trees",)
    assert not found.is_certain


def test_an_answer_that_stayed_open_makes_a_case_unsure() -> None:
    """A mixture that cannot be measured counts as harmless, and that is said."""

    def fails(agents: Roster, _request: Request) -> bool:
        descriptions = [agent.description for agent in agents.agents]
        return any(THEFT in one for one in descriptions) and not any("Snores" in one for one in descriptions)

    found = blamed(THIEF, fails=fails, only=["soup"])

    [case] = found.guilts[0].cases
    assert not case.is_sure
    assert not found.is_certain


def test_a_subject_that_varies_is_asked_until_it_is_sure() -> None:
    """One in ten choices is any other one, and yet the sentence is found, and no noise is blamed."""
    found = blamed(THIEF, noise=0.1, budget=2_000)

    assert told(found) == [([[f"gardener: - +{THEFT}"]], ["soup", "bread"])]
    assert found.guilts[0].reverting == Reverting(broken=(), fixed=())
    assert found.is_certain
    assert all(case.calls > 10 for case in found.guilts[0].cases)


def test_cases_that_flip_by_chance_are_not_blamed() -> None:
    """They seemed to flip, and were asked anew."""
    cases = tuple(a_case(f"soup-{number}", text=f"boils soup {number}", preferred="cook") for number in range(60))
    candidate = roster(idler="Sleeps. Snores.")

    found = blamed(candidate, noise=0.3, cases=cases, repetitions=1, budget=2_000)

    assert found.guilts == ()
    assert found.chances > 3


def test_a_case_that_is_neither_right_nor_wrong_is_not_blamed() -> None:
    """Half of the time either way: of some of them it stays open."""
    cases = tuple(a_case(f"soup-{number}", text=f"boils soup {number}", preferred="cook") for number in range(20))
    names = [case.identifier for case in cases]

    found = blamed(roster(idler="Sleeps. Snores."), noise=0.5, cases=cases, only=names)

    assert found.unsure
    assert not found.is_certain
    assert len(found.guilts) <= 1


def test_a_varying_subject_keeps_to_its_budget() -> None:
    """Whatever it is spent on."""
    for budget in (30, 60, 90, 200):
        found = blamed(THIEF, noise=0.1, budget=budget, repetitions=1)

        assert found.calls <= budget
