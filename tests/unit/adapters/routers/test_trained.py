"""The trained router."""

import asyncio
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import ValidationError

from passmuster.adapters.routers.choosing import EVERY_REQUEST
from passmuster.adapters.routers.lessons import LONGEST_TEXT
from passmuster.adapters.routers.trained import COMPONENT, TrainedOptions, TrainedRouter
from passmuster.domain.agents import AgentExample, Roster
from passmuster.domain.cases import Message, Request, Role
from passmuster.domain.errors import InvalidDatasetError, RoutingError
from passmuster.domain.values import AgentName
from passmuster.ports import BatchRouter, ExplainingRouter, LearntRouter
from passmuster.testing.conformance import REQUESTS, check_router
from passmuster.testing.factories import a_request, a_roster, an_agent

from .trained_cases import HELD_OUT, TEAM, TRAINING, VALIDATION, a_context, a_trained_router, cases_for


@pytest.fixture(scope="module")
def router() -> TrainedRouter:
    return a_trained_router()


async def test_it_keeps_the_promises_of_a_router(router: TrainedRouter) -> None:
    """Strange requests included."""
    await check_router(router, TEAM)


def test_it_is_all_that_it_can_be(router: TrainedRouter) -> None:
    """It has learnt, can explain, and takes many requests at once."""
    assert isinstance(router, LearntRouter)
    assert isinstance(router, ExplainingRouter)
    assert isinstance(router, BatchRouter)


def test_what_it_learnt_it_finds_in_other_requests(router: TrainedRouter) -> None:
    """The agents of most held-out requests are found, and most of nobody's requests are refused."""
    decisions = router.route_all([case.request for case in HELD_OUT])

    right = [one.chosen == case.expectation.preferred for one, case in zip(decisions, HELD_OUT, strict=True)]
    assert sum(right) / len(right) > 0.8


async def test_one_by_one_or_all_at_once_it_decides_alike(router: TrainedRouter) -> None:
    """Bit by bit."""
    requests = [*REQUESTS, *(case.request for case in HELD_OUT)]

    assert [await router.route(request) for request in requests] == list(router.route_all(requests))


def test_terms_sum_to_the_score_exactly(router: TrainedRouter) -> None:
    """For every agent that is asked about, with what every request scores."""
    for request in (*REQUESTS, HELD_OUT[0].request):
        for ranked in router.explain(request, TEAM.names):
            assert sum(term.weight for term in ranked.terms) == pytest.approx(ranked.score, abs=1e-9)


def test_the_words_that_decided_are_named(router: TrainedRouter) -> None:
    """The reason is made of the request's own words, never of what every request scores."""
    [decision] = router.route_all([a_request("Have a look at the SQL query")])

    assert decision.chosen == "database"
    assert "'sql'" in decision.rationale
    assert EVERY_REQUEST not in decision.rationale


def test_an_explanation_of_an_unknown_agent_is_refused(router: TrainedRouter) -> None:
    """The name is in the message."""
    with pytest.raises(RoutingError, match="'nobody-known'"):
        router.explain(a_request(), [AgentName("nobody-known")])


def test_requests_that_it_saw_are_known(router: TrainedRouter) -> None:
    """Those of training and of validation; no others."""
    asked = {case.request.fingerprint for case in (*TRAINING, *VALIDATION)}

    assert router.seen == asked


def test_with_few_labels_there_is_a_score_and_no_confidence(router: TrainedRouter) -> None:
    """A confidence needs a hundred held-out requests."""
    decisions = router.route_all([case.request for case in HELD_OUT])

    assert all(decision.confidence is None for decision in decisions)
    assert not any("confidence" in decision.rationale for decision in decisions)


def test_with_many_labels_a_choice_has_a_confidence_and_its_error() -> None:
    """Both stand in the reason; where nobody is chosen there is neither."""
    many = cases_for([f"Request {number} about" for number in range(8)], "many")
    router = a_trained_router(validation=many)

    decisions = router.route_all([case.request for case in HELD_OUT])

    chosen = [decision for decision in decisions if decision.chosen]
    assert all(decision.confidence is not None and 0 < decision.confidence <= 1 for decision in chosen)
    assert all("calibration error" in decision.rationale for decision in chosen)
    assert all(decision.confidence is None for decision in decisions if not decision.chosen)


def test_margins_tell_how_far_a_choice_is_from_changing(router: TrainedRouter) -> None:
    """For a choice its lead or its surplus over the threshold, for nobody what lacks to it."""
    threshold = router.card.threshold
    assert threshold is not None

    for decision in router.route_all([case.request for case in HELD_OUT]):
        best, second = decision.ranking[0].score, decision.ranking[1].score
        expected = min(best - second, best - threshold) if decision.chosen else threshold - best
        assert decision.margin == pytest.approx(expected, abs=1e-9)


def test_fenced_code_does_not_matter(router: TrainedRouter) -> None:
    """A pasted stack trace leaves every score as it was."""
    plain, fenced = router.route_all(
        [a_request("Mend the button"), a_request("Mend the button\n```\nSQL index migration schema\n```\n")]
    )

    assert plain == fenced


def test_only_the_beginning_of_an_enormous_request_is_read(router: TrainedRouter) -> None:
    """What is pasted behind it changes nothing."""
    start = "Mend the button. ".ljust(LONGEST_TEXT)

    plain, pasted = router.route_all([a_request(start), a_request(start + " SQL index migration schema" * 20_000)])

    assert plain == pasted


def test_a_request_of_unknown_words_is_read_with_the_turn_before_it() -> None:
    """Unless the options forbid it; alone it is nobody's."""
    history = (Message(role=Role.USER, content="The SQL query is slow"), Message(role=Role.ASSISTANT, content="Mend?"))
    request = Request(text="嗯", history=history)

    [read] = a_trained_router().route_all([request])
    [alone] = a_trained_router(history=False).route_all([request])

    assert read.chosen == "database"
    assert alone.chosen is None
    assert alone.rationale == "no word of the request is known"


def test_equally_good_agents_are_a_tie_and_nobody_is_chosen(tmp_path: Path) -> None:
    """Two agents that the model did not learn have one score; their order must not decide."""
    a_trained_router(validation=[], lexical_weight=0).save(tmp_path)
    router = _loaded(tmp_path, a_roster("one", "two"))

    [decision] = router.route_all([a_request("The SQL query is slow")])

    assert decision.chosen is None
    assert decision.margin == 0
    assert decision.rationale.startswith("one and two tie at ")


def test_without_validation_it_never_says_nobody() -> None:
    """No threshold could be fitted, and its card says so."""
    router = a_trained_router(validation=[])

    assert router.card.threshold is None
    assert all(decision.chosen for decision in router.route_all([case.request for case in HELD_OUT]))


def test_a_threshold_can_be_given() -> None:
    """It takes the place of the fitted one."""
    router = a_trained_router(threshold=1e6)

    assert not any(decision.chosen for decision in router.route_all([case.request for case in HELD_OUT]))


def test_too_few_requests_are_refused_unless_asked_for() -> None:
    """Every agent is named that has fewer than three."""
    few = [case for case in TRAINING if case.expectation.preferred != "writer"]

    with pytest.raises(InvalidDatasetError, match="'writer' has no requests"):
        a_trained_router(few)

    described = a_trained_router(few, minimum_requests=0)
    assert [one.requests for one in described.card.agents] == [12, 12, 0]


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"model": "m", "training": {"use": "files"}},
        {"model": "m", "validation": {"use": "files"}},
        {"training": {"use": "files"}, "strength": 0},
        {"training": {"use": "files"}, "unknown": 1},
    ],
)
def test_options_that_make_no_sense_are_refused(options: dict[str, object]) -> None:
    """A model or a training dataset, and never both."""
    with pytest.raises(ValidationError):
        TrainedOptions.model_validate(options)


def test_several_datasets_may_be_learnt_from() -> None:
    """Their cases are put together."""
    router = COMPONENT.build(
        TrainedOptions.model_validate({"training": [{"split": "train"}, {"split": "validation"}]}), a_context()
    )

    assert isinstance(router, TrainedRouter)
    assert router.card.requests == len(TRAINING) + 18


def test_neither_order_nor_hashing_has_a_part_in_it(tmp_path: Path) -> None:
    """Cases in another order, in a process with other hashes, make the same files, bit by bit."""
    program = (
        "import sys; from pathlib import Path; sys.path.insert(0, sys.argv[1])\n"
        "from routers.trained_cases import TRAINING, VALIDATION, a_trained_router\n"
        "step = int(sys.argv[3])\n"
        "a_trained_router(TRAINING[::step], VALIDATION[::step]).save(Path(sys.argv[2]))\n"
    )
    folders = [tmp_path / "one", tmp_path / "two"]

    for folder, step, seed in zip(folders, ("1", "-1"), ("0", "1"), strict=True):
        subprocess.run(  # noqa: S603 - our own program
            [sys.executable, "-c", program, str(Path(__file__).parents[1]), str(folder), step],
            env={**os.environ, "PYTHONHASHSEED": seed},
            check=True,
        )

    one, two = ({path.name: path.read_bytes() for path in folder.iterdir()} for folder in folders)
    assert one == two


def test_another_roster_loses_agents_and_gains_some(router: TrainedRouter, tmp_path: Path) -> None:
    """Agents that are gone are never chosen; new ones speak by their descriptions; every decision says so."""
    router.save(tmp_path)
    other = a_roster(*TEAM.agents[:2], an_agent("security", "Looks for vulnerabilities and leaked secrets."))
    changed = _loaded(tmp_path, other)

    decisions = changed.route_all([case.request for case in HELD_OUT])

    assert {ranked.agent for decision in decisions for ranked in decision.ranking} == set(other.names)
    assert all("the model did not learn security" in decision.rationale for decision in decisions)
    assert all("the roster no longer has writer" in decision.rationale for decision in decisions)
    for ranked in changed.explain(a_request("Have a look at the SQL query"), other.names):
        assert sum(term.weight for term in ranked.terms) == pytest.approx(ranked.score, abs=1e-9)


@pytest.mark.parametrize("agents", [0, 1])
async def test_a_roster_of_next_to_nobody_is_no_trouble(router: TrainedRouter, tmp_path: Path, agents: int) -> None:
    """With one agent it is that or nobody, with none nobody."""
    router.save(tmp_path)
    roster = replace(TEAM, agents=TEAM.agents[:agents])

    await check_router(_loaded(tmp_path, roster), roster)


def _loaded(folder: Path, roster: Roster) -> TrainedRouter:
    context = a_context(roster=roster, folder=folder.parent)
    router = COMPONENT.build(TrainedOptions(model=folder.name), context)
    assert isinstance(router, TrainedRouter)
    return router


def test_the_component_tells_its_model_by_content(router: TrainedRouter, tmp_path: Path) -> None:
    """Another model in the same folder is another router; a missing one is unknown."""
    options = TrainedOptions(model="model")
    unknown = COMPONENT.content(options, tmp_path)
    router.save(tmp_path / "model")
    first = COMPONENT.content(options, tmp_path)
    a_trained_router(strength=0.5).save(tmp_path / "model")

    assert unknown == ""
    assert first not in {unknown, COMPONENT.content(options, tmp_path)}
    assert COMPONENT.is_deterministic(options)


async def test_many_tasks_may_ask_at_once(router: TrainedRouter) -> None:
    """It keeps nothing between requests."""
    requests = [case.request for case in HELD_OUT]

    together = await asyncio.gather(*(router.route(request) for request in requests))

    assert together == list(router.route_all(requests))


def test_examples_among_the_training_requests_do_not_flatter_the_lexical_part() -> None:
    """The lexical part knows these words by heart; its weight is found on what it has not read."""
    examples = {
        agent.name: tuple(
            AgentExample(context="", user=case.request.text, assistant="", commentary="", agent=None, line=None)
            for case in TRAINING
            if case.expectation.preferred == agent.name
        )[:9]
        for agent in TEAM.agents
    }
    knowing = a_roster(*(replace(agent, examples=examples[agent.name]) for agent in TEAM.agents))

    assert learnt(TEAM) == len(TRAINING)
    assert learnt(knowing) == len(TRAINING) - 27


def learnt(roster: Roster) -> int:
    """Return on how many training requests a router's figures rest."""
    router = a_trained_router(validation=[], roster=roster)
    return sum(agent.held_out for agent in router.card.agents)
