"""A model's choice: the sum of what words have learnt to say and of what the descriptions say now, taken apart.

The score of an agent is its linear score plus a factor times its lexical one. An agent that the model did not learn
has the mean of all weights, so that its description alone can speak for it.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from passmuster.adapters.routers.learning import Model
from passmuster.adapters.routers.lexical import refuse_unknown
from passmuster.adapters.routers.lexical_part import LexicalPart
from passmuster.adapters.routers.linear_classifier import DIGITS, LinearClassifier
from passmuster.adapters.routers.text_features import Rows, Share
from passmuster.analysis.calibrating import probabilities
from passmuster.domain.agents import Roster
from passmuster.domain.answers import RankedAgent, RoutingDecision, TermWeight
from passmuster.domain.values import AgentName

DECIDING_WORDS = 2

DECIDING_AGENTS = 2
"""The best agent and the next: words that tell them apart are in every decision's reason."""

EVERY_REQUEST = "(every request)"
"""The term that stands for what an agent scores whatever is asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Depth:
    """How much of a decision is told: how many agents are ranked, and for how many of them each word."""

    ranking: int = 10
    explained: int = 3


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Reading:
    """A request as the chooser gets it.

    Attributes:
        text: Its words, without fenced code.
        rows: One row of features.
        shares: Tells what each word has in that row; asked only where scores are taken apart. Features that no word
            owns have a word in brackets.
    """

    text: str
    rows: Rows
    shares: Callable[[], Iterable[Share]]

    @property
    def is_known(self) -> bool:
        """Whether any feature of it is known."""
        return bool(self.rows.nnz)


class Chooser:
    """Chooses with a model among the agents of one roster."""

    def __init__(self, model: Model, roster: Roster, *, threshold: float | None, depth: Depth) -> None:
        """Fit the model to the roster.

        Args:
            model: What was learnt, maybe with another roster.
            roster: The agents to choose among.
            threshold: Score below which nobody is chosen; ``None`` takes the model's own, where it has one.
            depth: How much of a decision is told.
        """
        self._names = roster.names
        self._classifier = _fitted(model.classifier, roster.names)
        self._calibration = model.calibration
        self._threshold = model.calibration.threshold if threshold is None else threshold
        self._lexical = LexicalPart(roster, model.fields) if model.calibration.lexical_factor else None
        self._depth = depth
        self._notes = _notes(model.classifier.agents, roster.names)

    def decide(self, reading: Reading) -> RoutingDecision:
        """Choose an agent, or nobody; ties are nobody's. Takes no time that is worth recording."""
        if not self._names:
            return RoutingDecision(chosen=None, rationale="the roster has no agents")
        contest = self._contest(reading)
        contest.explain(contest.order[: max(self._depth.explained, DECIDING_AGENTS)])
        chosen, margin, reason = self._judge(contest)
        ranked = contest.order[: self._depth.ranking]
        confidence = self._confidence(contest) if chosen is not None else None
        return RoutingDecision(
            chosen=chosen,
            ranking=tuple(
                self._ranked(contest, place, is_explained=rank < self._depth.explained)
                for rank, place in enumerate(ranked)
            ),
            margin=margin,
            rationale="; ".join([reason, *self._trust(confidence), *self._notes]),
            confidence=confidence,
        )

    def explain(self, reading: Reading, agents: Collection[AgentName]) -> tuple[RankedAgent, ...]:
        """Return the scores of some agents and what each word added to them, the best agent first.

        Raises:
            RoutingError: If the roster has no agent of one of the names.
        """
        refuse_unknown(agents, self._names)
        contest = self._contest(reading)
        asked = [place for place in contest.order if self._names[place] in agents]
        contest.explain(asked)
        return tuple(self._ranked(contest, place, is_explained=True) for place in asked)

    def _contest(self, reading: Reading) -> "_Contest":
        scores = self._classifier.scores(reading.rows)[0]
        is_known = reading.is_known
        if self._lexical is not None:
            added = self._lexical.scores([reading.text])[0]
            scores = np.round(scores + self._calibration.lexical_factor * added, DIGITS)
            is_known = is_known or bool(added.any())
        return _Contest(scores=scores, is_known=is_known, take_apart=lambda places: self._shares(reading, places))

    def _shares(self, reading: Reading, places: Sequence[int]) -> dict[int, Mapping[str, float]]:
        """Return what each word adds to some agents' scores, and what stands for every request."""
        owned = tuple(reading.shares())
        names = [self._names[place] for place in places]
        lexical = {} if self._lexical is None else self._lexical.terms(reading.text, names)
        found: dict[int, Mapping[str, float]] = {}
        for place, name in zip(places, names, strict=True):
            shares = {EVERY_REQUEST: float(self._classifier.offsets[place])}
            shares |= self._classifier.contributions(owned, place)
            for word, weight in lexical.get(name, {}).items():
                shares[word] = shares.get(word, 0.0) + self._calibration.lexical_factor * weight
            found[place] = shares
        return found

    def _judge(self, contest: "_Contest") -> tuple[AgentName | None, float | None, str]:
        """Return whom to choose, by what margin, and why."""
        best = contest.order[0]
        name, score = self._names[best], contest.score(best)
        surplus = None if self._threshold is None else round(score - self._threshold, DIGITS)
        if not contest.is_known:
            return None, 0.0, "no word of the request is known"
        if surplus is not None and surplus < 0:
            return None, -surplus, f"no agent scored {self._threshold:.3g}; best was {name} at {score:.3g}"
        if len(contest.order) == 1:
            return name, surplus, f"{name} is the only agent"
        second = contest.order[1]
        lead = round(score - contest.score(second), DIGITS)
        if lead == 0:
            return None, 0.0, f"{name} and {self._names[second]} tie at {score:.3g}"
        words = _deciding(contest.contributions(best), contest.contributions(second))
        if surplus is not None and surplus < lead:
            return name, surplus, f"{words}{surplus:.3g} above the threshold"
        return name, lead, f"{words}{lead:.3g} ahead of {self._names[second]}"

    def _confidence(self, contest: "_Contest") -> float | None:
        if self._calibration.error is None:
            return None
        shares = probabilities(contest.scores[None, :], self._calibration.temperature)
        return round(float(shares[0, contest.order[0]]), DIGITS)

    def _trust(self, confidence: float | None) -> list[str]:
        if confidence is None or self._calibration.error is None:
            return []
        error, labels = self._calibration.error, self._calibration.labels
        return [f"confidence {confidence:.2f} (calibration error {error:.3f} on {labels} held-out requests)"]

    def _ranked(self, contest: "_Contest", place: int, *, is_explained: bool) -> RankedAgent:
        score = contest.score(place)
        terms = _terms(contest.contributions(place), score) if is_explained else ()
        return RankedAgent(agent=self._names[place], score=score, terms=terms)


class _Contest:
    """One request before all agents.

    Attributes:
        scores: By the agents' places in the roster.
        is_known: Whether anything in the request is known.
        order: Places, the best agent first; equal scores in order of name.
    """

    def __init__(
        self,
        *,
        scores: NDArray[np.float64],
        is_known: bool,
        take_apart: Callable[[Sequence[int]], Mapping[int, Mapping[str, float]]],
    ) -> None:
        self.scores = scores
        self.is_known = is_known
        self.order = [int(place) for place in np.argsort(-scores, kind="stable")]
        self._take_apart = take_apart
        self._contributions: Mapping[int, Mapping[str, float]] = {}

    def score(self, place: int) -> float:
        """Return an agent's score."""
        return float(self.scores[place])

    def explain(self, places: Sequence[int]) -> None:
        """Take the scores of some agents apart."""
        self._contributions = self._take_apart(places)

    def contributions(self, place: int) -> Mapping[str, float]:
        """Return what each word adds to the score of an agent that was explained."""
        return self._contributions[place]


def _fitted(classifier: LinearClassifier, names: Sequence[AgentName]) -> LinearClassifier:
    """Return a classifier with one column for each agent of a roster, in its order."""
    if classifier.agents == tuple(names):
        return classifier
    known = {agent: column for column, agent in enumerate(classifier.agents)}
    columns = [known.get(name, len(known)) for name in names]
    mean = classifier.weights.mean(axis=1, dtype=np.float64, keepdims=True).astype(np.float32)
    offset = classifier.offsets.mean(dtype=np.float64, keepdims=True).astype(np.float32)
    return LinearClassifier(
        agents=tuple(names),
        weights=np.ascontiguousarray(np.concatenate([classifier.weights, mean], axis=1)[:, columns]),
        offsets=np.concatenate([classifier.offsets, offset])[columns],
    )


def _notes(learnt: Collection[AgentName], names: Collection[AgentName]) -> list[str]:
    """Return what to say where a model was made for other agents."""
    new = sorted(set(names) - set(learnt))
    gone = sorted(set(learnt) - set(names))
    notes = [f"the model did not learn {', '.join(new)}"] if new else []
    return [*notes, f"the roster no longer has {', '.join(gone)}"] if gone else notes


def _terms(contributions: Mapping[str, float], score: float) -> tuple[TermWeight, ...]:
    """Return the contributions, the largest first, rounded so that they still sum to the score.

    What rounding loses is put into the largest, where it shows least.
    """
    weights = {word: round(weight, DIGITS) for word, weight in contributions.items()}
    largest = min(weights, key=lambda word: (-abs(weights[word]), word))
    weights[largest] = round(score - sum(weight for word, weight in weights.items() if word != largest), DIGITS)
    order = sorted(weights, key=lambda word: (-weights[word], word))
    return tuple(TermWeight(term=word, weight=weights[word]) for word in order if weights[word])


def _deciding(own: Mapping[str, float], other: Mapping[str, float]) -> str:
    """Return which words speak most for one agent and against another."""
    gains = {word: weight - other.get(word, 0.0) for word, weight in own.items() if word != EVERY_REQUEST}
    words = sorted((word for word, gain in gains.items() if gain > 0), key=lambda word: (-round(gains[word], 9), word))
    return " and ".join(f"'{word}'" for word in words[:DECIDING_WORDS]) + " decided; " if words else ""
