"""The router that compares vectors, without anything learnt."""

import asyncio
import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from passmuster.adapters.routers.embedded import MEANING, MOST_WORDS
from passmuster.adapters.routers.embedding import COMPONENT, EmbeddingOptions
from passmuster.adapters.routers.lexical import LexicalOptions, LexicalRouter
from passmuster.adapters.routers.vectors import Vectors, waited
from passmuster.domain.agents import AgentExample
from passmuster.domain.answers import RoutingDecision
from passmuster.domain.cases import Message, Role
from passmuster.domain.errors import EmbeddingError, EnvironmentFaultError, RoutingError
from passmuster.domain.values import AgentName
from passmuster.ports import BatchRouter, ExplainingRouter
from passmuster.testing.conformance import REQUESTS, check_router
from passmuster.testing.factories import a_request, a_roster, an_agent

from .embedded_cases import DATABASE, NOBODY, TEAM, WIDTH, Meanings, Silent, context_of, untrained


def route(text: str, **options: Any) -> RoutingDecision:  # noqa: ANN401 - as the helper takes them
    return asyncio.run(untrained(**options).route(a_request(text)))


def scores(decision: RoutingDecision) -> dict[str, float]:
    return {place.agent: place.score for place in decision.ranking}


# ---- choosing


def test_a_request_goes_to_the_agent_that_means_the_same() -> None:
    """No word is shared; the lexical router alone would choose nobody."""
    request = a_request("sluggish query")

    decision = asyncio.run(untrained(threshold=0).route(request))
    lexical = asyncio.run(LexicalRouter(TEAM, LexicalOptions()).route(request))

    assert decision.chosen == "database-tuner"
    assert lexical.chosen is None


def test_the_score_is_the_sum_of_words_and_likeness() -> None:
    """The lexical score, plus the weight times the cosine of request and agent."""
    text = "Why is the database slow?"
    vectors = waited(Meanings().embed([text, "database tuner. Makes a slow database fast."]))
    cosine = math.fsum(map(math.prod, zip(*vectors, strict=True))) / math.prod(math.hypot(*one) for one in vectors)
    lexical = asyncio.run(LexicalRouter(TEAM, LexicalOptions()).route(a_request(text))).ranking[0]

    one, ten = (scores(route(text, weight=weight, threshold=0))["database-tuner"] for weight in (1, 10))

    assert lexical.agent == "database-tuner"
    assert one == pytest.approx(lexical.score + cosine, abs=1e-6)
    assert ten == pytest.approx(lexical.score + 10 * cosine, abs=1e-6)


def test_words_can_be_left_out() -> None:
    """With a lexical weight of 0 the cosine stands alone."""
    text = "the database"

    alone = scores(route(text, lexical_weight=0, weight=1, threshold=0))

    assert all(-1 <= score <= 1 for score in alone.values())


def test_examples_count_half() -> None:
    """Of a request that an example repeats, the agent's likeness rises; the agent's own words still count more."""
    example = AgentExample(context="", user="quiet autumn evening", assistant="", commentary="", agent=None, line=None)
    taught = replace(DATABASE, examples=(example,))
    others = [agent for agent in TEAM.agents if agent.name != DATABASE.name]
    options: dict[str, object] = {"lexical_weight": 0, "weight": 1, "threshold": -2}

    without = scores(route("quiet autumn evening", **options))["database-tuner"]
    with_it = scores(route("quiet autumn evening", roster=a_roster(taught, *others), **options))["database-tuner"]

    assert without < with_it < 1


def test_nobody_is_chosen_below_the_threshold() -> None:
    """The rationale says who was best, and the margin what was missing."""
    decision = route("slow database", threshold=50)
    best = decision.ranking[0]

    assert decision.chosen is None
    assert decision.margin == pytest.approx(50 - best.score)
    assert decision.rationale == f"no agent scored 50; best was {best.agent} at {best.score:.3g}"


def test_the_threshold_grows_with_what_counts() -> None:
    """What words and likeness must reach together, by their weights; more where bodies are read."""
    text = "slow database"

    def threshold(**options: object) -> float:
        decision = route(text, **options)
        best = decision.ranking[0].score
        assert decision.margin is not None
        return best + decision.margin if decision.chosen is None else math.nan

    assert math.isnan(threshold())
    assert threshold(roster=a_roster(an_agent("a", "x"), an_agent("b", "y"))) == pytest.approx(2.0)
    body = ["name", "description", "body"]
    assert threshold(roster=a_roster(an_agent("a", "x"), an_agent("b", "y")), fields=body) == pytest.approx(2.5)


def test_a_tie_is_nobodys() -> None:
    """Two agents that differ in nothing but a name of no meaning to anybody."""
    twins = a_roster(an_agent("a", "Makes a slow database fast."), an_agent("b", "Makes a slow database fast."))

    decision = route("make the slow database fast", roster=twins, embedder=Constant(), lexical_weight=0)

    assert decision.chosen is None
    assert decision.margin == 0
    assert decision.rationale.startswith("a and b tie at ")


class Constant:
    """Thinks that all texts mean the same."""

    async def embed(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        return [[1.0, 2.0] for _ in texts]


@pytest.mark.parametrize("text", ["", " \n\t ", "```\n```"])
def test_a_request_of_nothing_is_nobodys(text: str) -> None:
    """The embedder is not asked what nothing means."""
    embedder = Meanings()

    decision = asyncio.run(untrained(embedder=embedder).route(a_request(text)))

    assert decision.chosen is None
    assert all(asked.strip() for asked in embedder.asked)


def test_fenced_code_is_not_read_unless_there_is_nothing_else() -> None:
    """A stack trace says little about who should take a request."""
    embedder = Meanings()
    router = untrained(embedder=embedder)

    asyncio.run(router.route(a_request("slow query\n```\nhue layout\n```")))
    asyncio.run(router.route(a_request("```\nhue layout\n```")))

    assert embedder.asked[-2:] == ["slow query\n\n", "```\nhue layout\n```"]


def test_a_terse_request_is_read_with_the_turn_before() -> None:
    """'Yes, do it' means what it answers; unless the suite says otherwise, or there is more to read."""
    history = (
        Message(role=Role.USER, content="The query crawls."),
        Message(role=Role.ASSISTANT, content="Shall I mend the colour?"),
    )
    request = a_request("Yes, do it", history=history)

    widened = asyncio.run(untrained(threshold=0).route(request))
    alone = asyncio.run(untrained(threshold=0, history=False).route(request))

    assert widened.chosen == "database-tuner"
    assert scores(widened) != scores(alone)
    assert route("mend the hue") == asyncio.run(untrained().route(a_request("mend the hue", history=history)))


def test_an_empty_roster_has_nobody_to_choose() -> None:
    """And nothing is raised."""
    decision = route("slow query", roster=NOBODY)

    assert decision.chosen is None
    assert decision.ranking == ()


def test_the_only_agent_is_chosen_for_what_it_is_for() -> None:
    """Its margin is what it has above the threshold."""
    decision = route("the slow database", roster=a_roster(DATABASE))

    assert decision.chosen == "database-tuner"
    assert decision.margin == pytest.approx(decision.ranking[0].score - 2.0)


# ---- promises


@pytest.mark.parametrize("roster", [TEAM, a_roster(DATABASE), NOBODY], ids=["team", "alone", "empty"])
async def test_the_promises_of_the_port_are_kept(roster: object) -> None:
    """Names of the roster, scores in order and finite, terms that sum to the score."""
    await check_router(untrained(roster=roster), roster)  # type: ignore[arg-type]  # rosters, as listed


async def test_many_at_once_get_what_each_gets_alone() -> None:
    """Also where an event loop is running already."""
    router = untrained()
    assert isinstance(router, BatchRouter)

    together = router.route_all(REQUESTS)

    assert list(together) == [await router.route(request) for request in REQUESTS]


def test_the_order_of_agents_changes_nothing() -> None:
    """Decisions are equal to the last digit."""
    backwards = a_roster(*reversed(TEAM.agents))

    for text in ("the query crawls", "assertion", "hue and layout"):
        assert route(text) == route(text, roster=backwards)


def test_a_change_of_one_agent_leaves_the_likeness_of_the_others() -> None:
    """Only the edited agent's cosine moves: the scores of the others move by their words alone."""
    edited = a_roster(*(agent for agent in TEAM.agents if agent != DATABASE), replace(DATABASE, description="A hue."))
    options: dict[str, object] = {"lexical_weight": 0, "threshold": 0}

    before, after = (scores(route("sluggish query", roster=roster, **options)) for roster in (TEAM, edited))

    assert before["tester"] == after["tester"]
    assert before["database-tuner"] > after["database-tuner"]


# ---- explanations


words = st.lists(
    st.sampled_from(["slow", "query", "test,", "hue", "the", "quiet", "c++", "C++/query", "—"]), max_size=9
)


@given(words.map(" ".join))
def test_terms_sum_to_the_score(text: str) -> None:
    """Word by word and the meaning, for every agent, in a decision and in an explanation."""
    router = untrained(explained_depth=3)
    assert isinstance(router, ExplainingRouter)

    decision = asyncio.run(router.route(a_request(text)))
    explained = router.explain(a_request(text), TEAM.names)

    assert [place.score for place in explained] == [place.score for place in decision.ranking]
    for place in (*explained, *decision.ranking):
        assert math.fsum(term.weight for term in place.terms) == pytest.approx(place.score, abs=1e-8)


def test_an_explanation_says_what_each_word_adds_to_the_likeness() -> None:
    """A word that the agent never says but means has a weight of its own; a decision knows the meaning alone."""
    router = untrained(lexical_weight=0)
    request = a_request("sluggish layout")

    [place] = router.explain(request, [AgentName("database-tuner")])
    told = {term.term: term.weight for term in place.terms}
    decided = {term.term for ranked in asyncio.run(router.route(request)).ranking for term in ranked.terms}

    assert told["sluggish"] > 0
    assert told["sluggish"] > told["layout"]
    assert decided == {MEANING}


def test_an_explanation_of_a_long_request_has_an_end() -> None:
    """Only so many words are left out one by one; the sum is right all the same."""
    embedder = Meanings()
    router = untrained(embedder=embedder)
    embedder.asked.clear()

    [place] = router.explain(a_request(" ".join(f"word{number}" for number in range(500))), [AgentName("tester")])

    assert len(embedder.asked) == MOST_WORDS + 1
    assert math.fsum(term.weight for term in place.terms) == pytest.approx(place.score, abs=1e-8)


def test_an_unknown_agent_cannot_be_explained() -> None:
    """The name is told."""
    with pytest.raises(RoutingError, match="'nobody'"):
        untrained().explain(a_request(), [AgentName("nobody")])


# ---- failures


def test_a_router_without_vectors_is_not_built() -> None:
    """It is the environment's fault, and not one of each request."""
    options = EmbeddingOptions.model_validate({"embedder": {"use": "any"}})

    with pytest.raises(EnvironmentFaultError, match="nobody answers for 3 texts"):
        COMPONENT.build(options, context_of(TEAM, Silent()))


def test_a_request_without_a_vector_fails_alone() -> None:
    """The failure is the embedder's, and the next request may fare better."""

    class Moody(Meanings):
        async def embed(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
            if "moody" in texts:
                message = "not today"
                raise EmbeddingError(message)
            return await super().embed(texts)

    router = untrained(embedder=Moody())

    with pytest.raises(EmbeddingError, match="not today"):
        asyncio.run(router.route(a_request("moody")))
    assert asyncio.run(router.route(a_request("slow database"))).chosen == "database-tuner"


@pytest.mark.parametrize(
    "vectors", [[[1.0]], [[1.0] * (WIDTH + 1)] * 2, [[1.0], [1.0, 2.0]], [[0.0] * WIDTH] * 2, [[math.nan] * WIDTH] * 2]
)
def test_vectors_that_do_not_fit_are_a_failure(vectors: list[list[float]]) -> None:
    """Too few, of another length than before, of several lengths, or pointing nowhere."""

    class Changing(Meanings):
        async def embed(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
            return vectors if "new" in texts else await super().embed(texts)

    asked = Vectors(Changing())
    asked.at_once(["old"])

    with pytest.raises(EmbeddingError, match="the embedder gave"):
        asked.at_once(["new", "newer"])


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"embedder": {"use": "x"}, "weight": 0},
        {"embedder": {"use": "x"}, "training": {"use": "files"}, "model": "m"},
        {"embedder": {"use": "x"}, "validation": {"use": "files"}},
        {"embedder": {"use": "x"}, "validation": {"use": "files"}, "model": "m"},
        {"embedder": {"use": "x"}, "fields": []},
        {"embedder": {"use": "x"}, "treshold": 1},
    ],
)
def test_wrong_options_are_refused(options: dict[str, object]) -> None:
    """No embedder, two sources of learning, half a source, and what is misspelt."""
    with pytest.raises(ValidationError):
        EmbeddingOptions.model_validate(options)
