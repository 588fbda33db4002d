"""Weights, and the scores that they make."""

from itertools import permutations

import numpy as np
import pytest

from passmuster.adapters.routers.linear_classifier import LinearClassifier, Method, fit
from passmuster.adapters.routers.text_features import TextFeatures
from passmuster.domain.values import AgentName

A, B, C = (AgentName(name) for name in "abc")
TEXTS = ["write sql", "tune the sql query", "draw a button", "style the button", "deploy it", "deploy the cluster"]
LABELS = [A, A, B, B, C, C]


def taught(method: Method = "support_vectors") -> tuple[TextFeatures, LinearClassifier]:
    features = TextFeatures.of(TEXTS)
    return features, fit(features.rows(TEXTS), LABELS, method=method, strength=1.0)


@pytest.mark.parametrize("method", ["support_vectors", "logistic_regression"])
def test_what_was_taught_is_known(method: Method) -> None:
    """Every training text scores highest for its agent."""
    features, classifier = taught(method)

    scores = classifier.scores(features.rows(TEXTS))

    assert [classifier.agents[best] for best in scores.argmax(axis=1)] == LABELS


@pytest.mark.parametrize("method", ["support_vectors", "logistic_regression"])
def test_two_agents_have_a_column_each(method: Method) -> None:
    """Where the solver has one row of weights for two agents, both get theirs."""
    features = TextFeatures.of(TEXTS[:4])

    classifier = fit(features.rows(TEXTS[:4]), LABELS[:4], method=method, strength=1.0)
    scores = classifier.scores(features.rows(["write sql", "draw a button"]))

    assert classifier.agents == (A, B)
    assert scores[0, 0] > scores[0, 1]
    assert scores[1, 1] > scores[1, 0]


def test_a_text_for_nobody_counts_against_every_agent() -> None:
    """It has no column, and its words score lower than without it."""
    features = TextFeatures.of([*TEXTS, "sing a song"])
    rows = features.rows([*TEXTS, "sing a song"])

    without = fit(rows[: len(TEXTS)], LABELS, method="support_vectors", strength=1.0)
    against = fit(rows, [*LABELS, None], method="support_vectors", strength=1.0)

    asked = features.rows(["sing a song"])
    assert against.agents == (A, B, C)
    assert against.scores(asked).max() < without.scores(asked).max()


def test_fitting_again_gives_the_same_weights_bit_by_bit() -> None:
    """Nothing is left to chance."""
    _, one = taught()
    _, other = taught()

    assert one.weights.tobytes() == other.weights.tobytes()
    assert one.offsets.tobytes() == other.offsets.tobytes()


def test_a_score_does_not_depend_on_the_texts_beside_it() -> None:
    """Alone or in a batch, a text has the same scores, bit by bit."""
    features, classifier = taught()
    asked = [" ".join(words) for words in permutations(["write", "sql", "deploy", "button"], 3)]

    together = classifier.scores(features.rows(asked))

    alone = np.concatenate([classifier.scores(features.rows([text])) for text in asked])
    assert (together == alone).all()


def test_contributions_sum_to_the_score() -> None:
    """What each word adds, and the offset, make the score."""
    features, classifier = taught()

    score = classifier.scores(features.rows(["deploy the sql query"]))[0, 0]
    added = classifier.contributions(features.shares("deploy the sql query"), 0)

    assert set(added) == {"deploy", "the", "sql", "query"}
    assert sum(added.values()) + classifier.offsets[0] == pytest.approx(score, abs=1e-9)
    assert added["sql"] > 0 > added["deploy"]
