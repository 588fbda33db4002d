"""Routers that learn from vectors: alone, and beside words and characters."""

import asyncio
import math
from functools import cache
from pathlib import Path

import pytest
from pydantic import ValidationError

from passmuster.adapters.routers.fused import FusedOptions
from passmuster.adapters.routers.saved_model import DOCUMENT
from passmuster.application.training import LearningRouter
from passmuster.domain.agents import Roster
from passmuster.domain.errors import EnvironmentFaultError, InvalidConfigurationError, InvalidDatasetError
from passmuster.ports import BatchRouter, ExplainingRouter, LearntRouter
from passmuster.testing.conformance import REQUESTS, check_router
from passmuster.testing.factories import a_request, a_roster, an_agent

from .embedded_cases import DESIGNER, LEARNING, TEAM, TRAINING, VALIDATION, WIDTH, Meanings, Silent, learnt

KINDS = ["embedding", "fused"]
every_kind = pytest.mark.parametrize("use", KINDS)
learnt_once = cache(learnt)
"""For tests that only look."""


@every_kind
def test_a_request_goes_where_its_like_went(use: str) -> None:
    """By what is meant, also in words that no training request has; and by words that the description has not."""
    router = learnt_once(use)

    chosen = [asyncio.run(router.route(a_request(text))).ranking[0].agent for text in ("crawls", "warmer", "parser")]

    assert chosen == ["database-tuner", "designer", "tester"]


@every_kind
async def test_the_promises_of_the_port_are_kept(use: str) -> None:
    """Names of the roster, scores in order and finite, terms that sum to the score."""
    router = learnt_once(use)

    await check_router(router, TEAM)

    assert isinstance(router, BatchRouter)
    assert list(router.route_all(REQUESTS)) == [await router.route(request) for request in REQUESTS]


@every_kind
def test_learning_twice_gives_the_same_router(use: str) -> None:
    """Decisions are equal to the last digit."""
    one, other = learnt(use), learnt(use)

    assert list(one.route_all(REQUESTS)) == list(other.route_all(REQUESTS))


@every_kind
def test_terms_sum_to_the_score(use: str) -> None:
    """Every word, the meaning, and what is scored whatever is asked."""
    router = learnt_once(use)
    assert isinstance(router, ExplainingRouter)

    for place in router.explain(a_request("the slow parser has a warmer hue"), TEAM.names):
        assert math.fsum(term.weight for term in place.terms) == pytest.approx(place.score, abs=1e-6)


@every_kind
def test_what_was_learnt_from_is_known(use: str) -> None:
    """Training and validation: neither may be asked by a suite."""
    router = learnt_once(use)
    texts = [text for requests in (*TRAINING.values(), *VALIDATION.values()) for text in requests]

    assert isinstance(router, LearntRouter)
    assert router.seen == {a_request(text).fingerprint for text in texts}


@every_kind
def test_the_card_says_what_was_learnt(use: str) -> None:
    """The router, how much there was to learn from, and what came of the held-out requests."""
    card = learnt_once(use).card

    assert card.router == use
    assert card.requests == 12
    assert card.figures.nobody == 3
    assert card.threshold is not None


def test_without_words_there_are_no_columns_of_words() -> None:
    """The one router has the vector's numbers, the other words and characters as well."""
    assert learnt_once("embedding").card.features == WIDTH
    assert learnt_once("fused").card.features > 100


@every_kind
def test_texts_are_embedded_once(use: str) -> None:
    """Whatever the folds ask for."""
    embedder = Meanings()

    learnt(use, embedder)

    assert len(embedder.asked) == len(set(embedder.asked))


@every_kind
def test_too_few_requests_are_refused(use: str) -> None:
    """With the agent that has too few."""
    roster = a_roster(*TEAM.agents, an_agent("newcomer"))

    with pytest.raises(InvalidDatasetError, match="'newcomer' has no requests"):
        learnt(use, roster=roster)


@every_kind
def test_a_router_without_vectors_is_not_built(use: str) -> None:
    """It is the environment's fault."""
    with pytest.raises(EnvironmentFaultError, match="nobody answers"):
        learnt(use, Silent())


# ---- saved models


def reloaded(use: str, folder: Path, roster: Roster = TEAM, salt: str = "") -> object:
    return learnt(use, Meanings(salt), roster=roster, folder=folder, model="model")


@every_kind
def test_a_saved_model_decides_as_before(use: str, tmp_path: Path) -> None:
    """To the last digit; and it still knows what it has seen."""
    router = learnt(use)
    assert isinstance(router, LearningRouter)

    files = router.save(tmp_path / "model")
    again = reloaded(use, tmp_path)

    assert isinstance(again, LearntRouter)
    assert isinstance(again, BatchRouter)
    assert {path.name for path in files} >= {DOCUMENT, "weights.npy"}
    assert list(again.route_all(REQUESTS)) == list(router.route_all(REQUESTS))
    assert again.seen == router.seen


@every_kind
def test_equal_models_make_equal_files(use: str, tmp_path: Path) -> None:
    """Byte by byte."""
    for folder in ("one", "other"):
        learnt(use).save(tmp_path / folder)

    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "other" / path.name).read_bytes()


@every_kind
def test_a_model_knows_its_embedder_again(use: str, tmp_path: Path) -> None:
    """Under another one its weights would say nothing."""
    learnt(use).save(tmp_path / "model")

    with pytest.raises(InvalidConfigurationError) as caught:
        reloaded(use, tmp_path, salt="another")

    assert [finding.rule for finding in caught.value.findings] == ["another-embedder"]


@pytest.mark.parametrize(
    "options", ["{}", '{"probe": "x", "vector_weight": 1}', '{"probe": [1, 2], "vector_weight": null}']
)
def test_a_model_that_does_not_say_what_made_it_is_refused(tmp_path: Path, options: str) -> None:
    """Whoever edited it."""
    learnt("fused").save(tmp_path / "model")
    document = tmp_path / "model" / DOCUMENT
    text = document.read_text(encoding="utf-8")
    start = text.index('"options": {')
    end = text.index("}", start) + 1
    document.write_text(f'{text[:start]}"options": {options}{text[end:]}', encoding="utf-8")

    with pytest.raises(InvalidConfigurationError) as caught:
        reloaded("fused", tmp_path)

    assert [finding.rule for finding in caught.value.findings] == ["another-embedder"]


def test_a_model_is_one_routers(tmp_path: Path) -> None:
    """What one router saved another one does not load."""
    learnt("embedding").save(tmp_path / "model")

    with pytest.raises(InvalidConfigurationError) as caught:
        reloaded("fused", tmp_path)

    assert [finding.rule for finding in caught.value.findings] == ["model-router"]


@every_kind
def test_an_edited_description_moves_a_saved_model_by_its_words_alone(use: str, tmp_path: Path) -> None:
    """The weights are what was learnt; a new agent is ranked as well, and said to be new."""
    learnt(use).save(tmp_path / "model")
    roster = a_roster(*TEAM.agents, an_agent("painter", DESIGNER.description))

    router = reloaded(use, tmp_path, roster)

    assert isinstance(router, BatchRouter)
    [decision] = router.route_all([a_request("choose a colour")])
    assert {place.agent for place in decision.ranking} == set(roster.names)
    assert "the model did not learn painter" in decision.rationale


@pytest.mark.parametrize(
    "options",
    [
        {"embedder": {"use": "x"}},
        dict(LEARNING),
        {"embedder": {"use": "x"}, **LEARNING, "model": "m"},
        {"embedder": {"use": "x"}, **LEARNING, "vector_weight": 0},
        {"embedder": {"use": "x"}, **LEARNING, "strength": -1},
    ],
)
def test_wrong_options_are_refused(options: dict[str, object]) -> None:
    """Nothing to learn from, no embedder, two sources, and numbers that cannot be."""
    with pytest.raises(ValidationError):
        FusedOptions.model_validate(options)
