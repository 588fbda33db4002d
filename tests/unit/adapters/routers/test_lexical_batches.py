"""The lexical router's three ways to score: one by one, many at once, and by the plain formula."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from importlib.metadata import entry_points
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from passmuster.adapters.routers import lexical, sparse_index
from passmuster.adapters.routers.lexical import MOST_BY_ONE, LexicalRouter
from passmuster.adapters.routers.lexical_index import LexicalIndex
from passmuster.adapters.routers.packed import PackedGrams, damped
from passmuster.adapters.routers.tokens import words_of
from passmuster.components import BuildContext
from passmuster.domain.agents import Roster
from passmuster.domain.answers import RoutingDecision
from passmuster.domain.cases import Message, Request, Role
from passmuster.ports import BatchRouter
from passmuster.testing.factories import a_request, a_roster, an_agent

from .lexical_cases import TEAM, a_roster_of, agents, requests, rosters, router_of
from .plain_formula import plain_choice, plain_scores

ROOT = Path(__file__).parents[4]
PUBLIC = ROOT.parent / "shared" / "data" / "rosters"
DEFAULT = ("name", "description", "examples")
WITH_BODY = (*DEFAULT, "body")


@pytest.fixture(autouse=True, scope="module")
def always_matrices() -> Iterator[None]:
    """Let matrices serve even the few requests of a test."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(lexical, "FEW", 0)
        yield


def one_by_one(router: LexicalRouter, asked: Sequence[Request]) -> list[RoutingDecision]:
    async def ask() -> list[RoutingDecision]:
        return [await router.route(request) for request in asked]

    return asyncio.run(ask())


def load(folder: Path) -> Roster:
    [loader] = entry_points(group="passmuster.roster_loaders", name="claude_code")
    part = loader.load()
    roster: Roster = part.build(part.options(location=str(folder)), BuildContext(folder=folder)).load(folder)
    return roster


def own_requests() -> list[Request]:
    lines = (ROOT / "datasets" / "software_team" / "routing.jsonl").read_text(encoding="utf-8").splitlines()
    return [Request(text=case["request"]) for case in map(json.loads, lines)]


# ---- many at once


@given(rosters, st.lists(requests, max_size=4), st.booleans(), st.integers(0, 4), st.integers(1, 5))
def test_many_requests_at_once_get_the_decisions_of_each(
    roster: Roster,
    asked: list[Request],
    reads_body: bool,  # noqa: FBT001 - drawn by hypothesis
    explained: int,
    ranked: int,
) -> None:
    """Scores, words, margins and reasons are equal to the last digit, whatever the depths."""
    fields = WITH_BODY if reads_body else DEFAULT
    router = router_of(roster, fields=fields, explained_depth=explained, ranking_depth=ranked, threshold=0.3)

    assert list(router.route_all(asked)) == one_by_one(router, asked)


@given(rosters, st.lists(requests, max_size=4), st.sampled_from([0, 100]))
def test_choices_without_reasons_are_the_same_choices(roster: Roster, asked: list[Request], few: int) -> None:
    """Agents, scores and margins are equal to the last digit; only the words are left out."""
    router = router_of(roster, threshold=0.3)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(lexical, "FEW", few)
        choices = router.choose_all(asked)

    assert [replace(choice, rationale="") for choice in choices] == [
        replace(
            decision,
            rationale="",
            ranking=tuple(replace(agent, terms=()) for agent in decision.ranking[: lexical.DECIDING_AGENTS]),
        )
        for decision in one_by_one(router, asked)
    ]


def test_few_requests_import_no_matrices(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a moment's work is asked for, numpy and scipy would take longer to import than it takes."""
    monkeypatch.setattr(lexical, "FEW", 100)
    monkeypatch.setitem(sys.modules, "passmuster.adapters.routers.sparse_index", None)
    router, asked = router_of(TEAM), [a_request("migrate tables"), a_request("poems")]

    decisions = router.route_all(asked)

    assert list(decisions) == one_by_one(router, asked)


@given(st.lists(agents, min_size=1, max_size=4, unique_by=lambda agent: agent.name).map(a_roster_of), requests)
def test_an_index_made_as_matrices_is_the_copy_of_the_plain_one(roster: Roster, request: Request) -> None:
    """Large rosters are indexed without the plain index, and no digit differs."""
    plain = LexicalIndex(roster.agents, DEFAULT)
    words = words_of(request.text)
    places = range(len(roster.agents))

    made = sparse_index.index_of(roster.agents, DEFAULT)
    copied = sparse_index.copy_of(plain)

    assert made.scored(words, places) == copied.scored(words, places) == plain.scored(words, places)
    assert made.knows(words) == plain.knows(words)


def test_batches_larger_than_one_piece_stay_in_order() -> None:
    """More requests than are worked on at once come back in the order in which they were asked."""
    router = router_of(TEAM, ranking_depth=1, explained_depth=0)
    few = [a_request(text) for text in ("migrate tables", "review style", "flaky tests", "poems")]
    many = few * (sparse_index.MOST_REQUESTS // 3)

    decisions = router.route_all(many)

    assert len(many) > sparse_index.MOST_REQUESTS
    assert list(decisions) == one_by_one(router, few) * (sparse_index.MOST_REQUESTS // 3)


def test_a_request_that_needs_its_history_gets_it_in_a_batch() -> None:
    """The user's turn before it is read along, for that request only."""
    history = (Message(role=Role.USER, content="Can you write the database migration?"),)
    asked = [a_request("Yes, please do!", history=history), a_request("Yes, please do!"), a_request("")]

    decisions = router_of(TEAM).route_all(asked)

    assert [decision.chosen for decision in decisions] == ["migrator", None, None]


def test_no_requests_and_no_agents_are_no_trouble() -> None:
    """An empty batch has no decisions, and an empty roster nobody to choose."""
    assert list(router_of(TEAM).route_all([])) == []
    assert [decision.chosen for decision in router_of(a_roster_of([])).route_all([a_request()] * 2)] == [None, None]
    assert isinstance(router_of(TEAM), BatchRouter)


def test_a_large_roster_is_routed_as_a_small_one() -> None:
    """Above a thousand agents even single requests go by matrices; explanations and ties are as ever."""
    crowd = [an_agent(f"agent-{number}", f"Minds topic{number} and subject{number % 7}.") for number in range(1_001)]
    twins = [an_agent("twin-a", "Paints walls."), an_agent("twin-b", "Paints walls.")]
    router = router_of(a_roster(*crowd, *twins), fields=("description",), threshold=0.2)

    topic, tie = one_by_one(router, [a_request("who minds topic77 here?"), a_request("paint the walls")])
    explained = router.explain(a_request("topic77"), {crowd[77].name, crowd[78].name})

    assert len(crowd) > MOST_BY_ONE
    assert topic.chosen == "agent-77"
    assert (tie.chosen, tie.margin) == (None, 0.0)
    assert [one.agent for one in explained] == ["agent-77", "agent-78"]
    assert explained[0].terms[0].term == "topic77"


# ---- the plain formula


@given(rosters.filter(lambda roster: len(roster.agents) > 0), requests, st.booleans())
def test_scores_are_those_of_the_plain_formula(roster: Roster, request: Request, reads_body: bool) -> None:  # noqa: FBT001 - drawn by hypothesis
    """Within what two orders of summing may differ by, for any roster and request."""
    fields = WITH_BODY if reads_body else DEFAULT
    router = router_of(roster, fields=fields, ranking_depth=10)

    [decision] = router.route_all([request])
    [single] = one_by_one(router, [request])

    expected = plain_scores(roster, request.text, fields)
    for found in (decision, single):
        assert {one.agent: one.score for one in found.ranking} == pytest.approx(expected, abs=2e-9)


@pytest.mark.parametrize(
    "folder",
    [
        ROOT / "evals" / "software_team" / "agents",
        pytest.param(
            PUBLIC / "anthropics__claude-plugins-official",
            marks=pytest.mark.skipif(not PUBLIC.is_dir(), reason="no public rosters beside the repository"),
        ),
        pytest.param(
            PUBLIC / "wshobson__agents",
            marks=pytest.mark.skipif(not PUBLIC.is_dir(), reason="no public rosters beside the repository"),
        ),
    ],
    ids=lambda folder: folder.name,
)
def test_real_rosters_are_routed_by_the_plain_formula(folder: Path) -> None:
    """Every choice and every score of the ranking, on our own agents and on public ones."""
    roster = load(folder)
    router = router_of(roster)
    asked = own_requests()[::40]

    decisions = router.route_all(asked)

    assert list(decisions) == one_by_one(router, asked)
    for request, decision in zip(asked, decisions, strict=True):
        scores = plain_scores(roster, request.text, DEFAULT)
        assert {one.agent: one.score for one in decision.ranking} == pytest.approx(
            {one.agent: scores[one.agent] for one in decision.ranking}, abs=2e-9
        )
        assert max(scores.values()) == pytest.approx(decision.ranking[0].score, abs=2e-9)
        assert decision.chosen == plain_choice(scores, roster, request.text, DEFAULT)


# ---- sums in long integers

weights = st.dictionaries(st.integers(0, 39), st.floats(0, 1), min_size=1, max_size=40)


@settings(max_examples=50)
@given(st.lists(st.tuples(weights, st.floats(1, 8), st.integers(1, 6)), max_size=12))
def test_packed_sums_are_sums(grams: list[tuple[dict[int, float], float, int]]) -> None:
    """Adding long integers comes to the same as adding agent by agent, for common grams and for rare ones."""
    packed = PackedGrams([weights for weights, _, _ in grams], [rarity for _, rarity, _ in grams], 40)
    expected = [
        sum(damped(count) * rarity * one.get(place, 0.0) for one, rarity, count in grams) for place in range(40)
    ]

    first = packed.sums(range(len(grams)), [count for _, _, count in grams])
    again = packed.sums(range(len(grams)), [count for _, _, count in grams])

    assert first == again == pytest.approx(expected, abs=1e-12)


def test_a_score_that_could_be_rounded_either_way_is_summed_in_order() -> None:
    """The largest sums stay within their digits: a request of all grams that there are, said many times."""
    letters = [f"{one}{other}" for one in "abcdefghijklmnopqrstuvwxyz" for other in "aeiou"]
    roster = a_roster(*(an_agent(f"agent-{place}", " ".join(letters[place:] * 3)) for place in range(12)))
    request = a_request(" ".join(letters * 50))

    [single] = one_by_one(router_of(roster), [request])

    expected = plain_scores(roster, request.text, DEFAULT)
    assert {one.agent: one.score for one in single.ranking} == pytest.approx(
        {one.agent: expected[one.agent] for one in single.ranking}, abs=2e-9
    )


# ---- what it needs


def test_a_single_request_needs_no_compiled_package() -> None:
    """Neither importing the router nor routing one request loads numpy or scipy."""
    program = (
        "import asyncio, sys\n"
        "from passmuster.adapters.routers.lexical import LexicalOptions, LexicalRouter\n"
        "from passmuster.domain.agents import AgentDefinition, Roster\n"
        "from passmuster.domain.cases import Request\n"
        "agent = AgentDefinition(name='a', description='Paints walls.', instructions='')\n"
        "router = LexicalRouter(Roster(name='r', agents=(agent,)), LexicalOptions())\n"
        "print(asyncio.run(router.route(Request(text='paint walls'))).chosen)\n"
        "print(sorted({'numpy', 'scipy', 'pandas'} & set(sys.modules)))\n"
    )

    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", program], env=dict(os.environ), capture_output=True, check=True, text=True
    )

    assert done.stdout.splitlines() == ["a", "[]"]
