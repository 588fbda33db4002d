"""Lessons → a model: weights from the training texts, everything else from requests that were held out.

Whatever turns texts into rows can be taught: words and characters, embeddings, or both side by side.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Generic, TypeVar

import numpy as np

from passmuster.adapters.routers.calibration import Calibrated, Calibration, HeldOut, calibrate
from passmuster.adapters.routers.lessons import Lesson, Lessons
from passmuster.adapters.routers.lexical_part import LexicalPart
from passmuster.adapters.routers.linear_classifier import LinearClassifier, Method, fit
from passmuster.adapters.routers.text_features import Features
from passmuster.analysis.calibrating import Numbers, Objective, folds_of
from passmuster.analysis.model_cards import AgentCard, ModelCard
from passmuster.domain.agents import Roster
from passmuster.domain.values import AgentName, Fingerprint

FOLDS = 5

ENOUGH_HELD_OUT = 1_000
"""Validation requests from which on none of the training requests need to be held out as well, which takes time."""

PACKAGES = ("numpy", "scikit-learn", "scipy")


FeaturesT = TypeVar("FeaturesT", bound=Features)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe(Generic[FeaturesT]):
    """How a model is made.

    Attributes:
        router: The router that it is for; part of the card.
        features: Learns from training texts what rows are made of.
        method: How weights are found.
        strength: How closely they follow the training texts.
        lexical_weight: How much the lexical score counts; ``None`` finds it on held-out requests.
        fields: What the lexical part reads of each agent.
        objective: What the threshold is to make as good as possible.
    """

    router: str
    features: Callable[[Sequence[str]], FeaturesT]
    method: Method = "support_vectors"
    strength: float = 1.0
    lexical_weight: float | None = None
    fields: tuple[str, ...] = ("name", "description", "examples")
    objective: Objective = Objective.ACCURACY


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Model:
    """What was learnt, without what turns texts into rows.

    Attributes:
        classifier: The weights.
        calibration: What was fitted on held-out requests.
        fields: What the lexical part reads of each agent.
        card: What people are told.
        seen: The fingerprints of all requests that it learnt from or was tuned on.
    """

    classifier: LinearClassifier
    calibration: Calibration
    fields: tuple[str, ...]
    card: ModelCard
    seen: frozenset[Fingerprint]


def learn(lessons: Lessons, roster: Roster, recipe: Recipe[FeaturesT]) -> tuple[FeaturesT, Model]:
    """Learn from lessons; equal lessons, in whatever order they were written, give equal models, bit by bit."""
    features, classifier = _taught([*lessons.requests, *lessons.constant], recipe)
    asked, linear = _held_out(lessons, recipe, features, classifier)
    held = _measured(asked, linear, lessons, LexicalPart(roster, recipe.fields))
    calibrated = calibrate(held, weight=recipe.lexical_weight, objective=recipe.objective)
    model = Model(
        classifier=classifier,
        calibration=calibrated.calibration,
        fields=recipe.fields,
        card=_card(lessons, recipe, features.width, held, calibrated),
        seen=lessons.seen,
    )
    return features, model


def _taught(lessons: Sequence[Lesson], recipe: Recipe[FeaturesT]) -> tuple[FeaturesT, LinearClassifier]:
    texts = [lesson.text for lesson in lessons]
    labels = [lesson.preferred for lesson in lessons]
    features = recipe.features(texts)
    return features, fit(features.rows(texts), labels, method=recipe.method, strength=recipe.strength)


def _held_out(
    lessons: Lessons, recipe: Recipe[FeaturesT], features: FeaturesT, classifier: LinearClassifier
) -> tuple[list[Lesson], Numbers]:
    """Return the requests that are held out, and what is scored without having learnt from them."""
    asked = lessons.unheard(lessons.validation)
    scores = [classifier.scores(features.rows([lesson.text for lesson in asked]))]
    if sum(lesson.preferred is not None for lesson in asked) < ENOUGH_HELD_OUT:
        order = _by_groups(lessons.requests)
        for learnt, held in _group_folds(order):
            measured = lessons.unheard(held)
            if not measured:
                continue
            inner_features, inner = _taught([*learnt, *lessons.constant], recipe)
            scores.append(inner.scores(inner_features.rows([lesson.text for lesson in measured])))
            asked.extend(measured)
    return asked, np.concatenate(scores)


def _by_groups(requests: Sequence[Lesson]) -> dict[str, list[Lesson]]:
    """Return the requests by group, agents taking turns, so that every fold gets some of each."""
    ranks: Counter[AgentName | None] = Counter()
    places: dict[str, tuple[int, str]] = {}
    groups: dict[str, list[Lesson]] = {}
    for lesson in requests:
        group = lesson.group or lesson.request
        places.setdefault(group, (ranks[lesson.preferred], lesson.preferred or ""))
        ranks[lesson.preferred] += 1
        groups.setdefault(group, []).append(lesson)
    return {group: groups[group] for group in sorted(groups, key=lambda group: (places[group], group))}


def _group_folds(groups: dict[str, list[Lesson]]) -> list[tuple[list[Lesson], list[Lesson]]]:
    members = list(groups.values())
    if len(members) < FOLDS:
        return []
    return [
        ([lesson for at in learnt for lesson in members[at]], [lesson for at in measured for lesson in members[at]])
        for learnt, measured in folds_of(len(members), FOLDS)
    ]


def _measured(asked: Sequence[Lesson], linear: Numbers, lessons: Lessons, lexical: LexicalPart) -> HeldOut:
    """Return what is held out, in an order that spreads requests for nobody, and the splits, over all folds."""
    columns = {agent: column for column, agent in enumerate(lessons.agents)}
    validation = frozenset(lesson.request for lesson in lessons.validation)
    checked = np.array([lesson.request in validation for lesson in asked], dtype=np.bool_)
    preferred = [-1 if lesson.preferred is None else columns[lesson.preferred] for lesson in asked]
    right = [[agent in lesson.right for agent in lessons.agents] for lesson in asked]
    order = sorted(range(len(asked)), key=lambda at: (not checked[at], asked[at].preferred is None, asked[at].request))
    shape = (len(asked), len(columns))
    whole = HeldOut(
        linear=linear,
        lexical=lexical.scores([lesson.text for lesson in asked]),
        preferred=np.array(preferred, dtype=np.int64),
        right=np.array(right, dtype=np.bool_).reshape(shape),
        is_validation=checked,
    )
    return whole.part(np.array(order, dtype=np.int64))


def _card(lessons: Lessons, recipe: Recipe[FeaturesT], width: int, held: HeldOut, calibrated: Calibrated) -> ModelCard:
    counts, calibration = lessons.counts, calibrated.calibration
    return ModelCard(
        router=recipe.router,
        requests=len(lessons.requests),
        descriptions=len(lessons.descriptions),
        for_nobody=len(lessons.negatives),
        left_out=lessons.left_out,
        features=width,
        lexical_weight=calibration.lexical_weight,
        temperature=calibration.temperature,
        threshold=calibration.threshold,
        agents=tuple(
            AgentCard(
                agent=agent,
                requests=counts[agent],
                held_out=int((held.preferred == column).sum()),
                found=int(((held.preferred == column) & (calibrated.best == column)).sum()),
            )
            for column, agent in enumerate(lessons.agents)
        ),
        figures=calibrated.figures,
        versions={name: version(name) for name in PACKAGES},
    )
