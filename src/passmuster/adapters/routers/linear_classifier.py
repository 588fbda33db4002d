"""A linear classifier over sparse rows: one weight for each feature and agent, so that every score can be taken apart.

Weights are kept in 32 bits, which halves a saved model and changes no choice; scores are summed in 64 bits and rounded
to nine digits, below which machines may differ.
"""

import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC

from passmuster.adapters.routers.text_features import Rows, Share
from passmuster.domain.values import AgentName

DIGITS = 9
"""Scores are rounded to as many digits."""

SEED = 0
"""Of the order in which the solver takes the training texts: equal texts in equal order give equal weights."""

_NOBODY = ""
"""Sorts before every agent's name, none of which is empty."""

Method = Literal["support_vectors", "logistic_regression"]
"""How weights are found: by the squared hinge loss, one agent against the rest, or by the multinomial log loss."""


@dataclass(frozen=True, slots=True, eq=False)
class LinearClassifier:
    """Weights of every feature for every agent.

    Attributes:
        agents: In order of name.
        weights: Features by agents.
        offsets: What every text scores, by agent.
    """

    agents: tuple[AgentName, ...]
    weights: NDArray[np.float32]
    offsets: NDArray[np.float32]

    def scores(self, rows: Rows) -> NDArray[np.float64]:
        """Return the scores, texts by agents; a text's do not depend on the others beside it."""
        found = np.empty((rows.shape[0], len(self.agents)), dtype=np.float64)
        for place in range(rows.shape[0]):
            span = slice(rows.indptr[place], rows.indptr[place + 1])
            # A gathered product for each text: multiplying by all weights would first copy them in 64 bits.
            found[place] = rows.data[span] @ self.weights[rows.indices[span]].astype(np.float64) + self.offsets
        return np.round(found, DIGITS)

    def contributions(self, shares: Iterable[Share], place: int) -> dict[str, float]:
        """Return what each word adds to the score of one agent, by its place; without the offset."""
        added: dict[str, float] = {}
        for word, column, value in shares:
            added[word] = added.get(word, 0.0) + value * float(self.weights[column, place])
        return added


def fit(rows: Rows, labels: Sequence[AgentName | None], *, method: Method, strength: float) -> LinearClassifier:
    """Find the weights; equal rows and labels in equal order give equal weights, bit by bit.

    Args:
        rows: Training texts by features.
        labels: The agent of each, two different ones at least; a text for nobody counts against every agent.
        method: How.
        strength: How closely the weights follow the training texts: the inverse of the regularisation, C.
    """
    if method == "support_vectors":
        model = LinearSVC(C=strength, random_state=SEED, max_iter=5_000)
    else:
        model = LogisticRegression(C=strength, random_state=SEED, max_iter=2_000)
    with warnings.catch_warnings():
        # A solver that stops a little early is as good here, and stops at the same place each time.
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(rows, [label or _NOBODY for label in labels])
    weights = np.asarray(model.coef_, dtype=np.float64)
    offsets = np.asarray(model.intercept_, dtype=np.float64)
    if len(weights) == 1:
        # Of two agents the solver weighs the second against the first.
        weights, offsets = np.concatenate([-weights, weights]), np.concatenate([-offsets, offsets])
    known = [str(label) for label in model.classes_]
    kept = [column for column, label in enumerate(known) if label != _NOBODY]
    return LinearClassifier(
        agents=tuple(AgentName(known[column]) for column in kept),
        weights=np.ascontiguousarray(weights[kept].T, dtype=np.float32),
        offsets=offsets[kept].astype(np.float32),
    )
