"""A router that compares what is meant: vectors of the request and of what the agents say about themselves.

Untrained, the score of an agent is what the router ``lexical`` scores, plus six times the cosine of the request's
vector and the agent's. An agent's vector is that of its name and description, with half the mean of its examples'
user lines. A weighted sum, and no sum of standardised scores: the latter say who is best and not how good that is, so
that no threshold could tell when nobody fits; the sum finds at least as many agents.

With training requests, multinomial logistic regression over the vectors takes the place of the cosine.
"""

from typing import Self

import numpy as np
from pydantic import Field, model_validator

from passmuster.adapters.routers.calibration import Calibration
from passmuster.adapters.routers.choosing import Chooser
from passmuster.adapters.routers.embedded import (
    EmbeddedFeatures,
    EmbeddedOptions,
    EmbeddedRouter,
    Manner,
    built,
    learnt_router,
)
from passmuster.adapters.routers.learning import Model
from passmuster.adapters.routers.lexical import THRESHOLD, THRESHOLD_WITH_BODY
from passmuster.adapters.routers.linear_classifier import LinearClassifier
from passmuster.adapters.routers.text_features import TextFeatures
from passmuster.adapters.routers.tokens import without_code, without_examples
from passmuster.adapters.routers.trained import content
from passmuster.adapters.routers.vectors import Vectors
from passmuster.analysis.calibrating import Numbers
from passmuster.analysis.model_cards import HeldOutFigures, ModelCard
from passmuster.components import BuildContext, Component
from passmuster.domain.agents import AgentDefinition, Roster
from passmuster.ports import Router

NAME = "embedding"

COSINE_WEIGHT = 6.0
"""Suits models whose cosines of unrelated texts lie near 0."""

LEAST_COSINE = 1 / 6
"""What a chosen agent needs of likeness beside what it needs of words; more of the one makes up for the other."""

EXAMPLES_WEIGHT = 0.5


class EmbeddingOptions(EmbeddedOptions):
    """Options of the router ``embedding``; without ``training`` and ``model`` it learns nothing."""

    weight: float = Field(
        default=COSINE_WEIGHT,
        gt=0,
        le=1_000,
        allow_inf_nan=False,
        description="How much the cosine counts where nothing is learnt; the lexical score counts lexical_weight or 1.",
    )
    strength: float = Field(
        default=10.0, gt=0, le=1e6, allow_inf_nan=False, description="How closely it follows training requests: C."
    )

    @model_validator(mode="after")
    def _has_one_source(self) -> Self:
        if self.model is not None and self.training is not None:
            message = "name either a saved model or a training dataset, or neither"
            raise ValueError(message)
        if self.validation is not None and self.training is None:
            message = "validation belongs to training: leave it out"
            raise ValueError(message)
        return self


def build(options: EmbeddingOptions, context: BuildContext) -> Router:
    """Build the router for the context's roster: load the model, learn it, or compare with the roster.

    Raises:
        InvalidConfigurationError: If the embedder or the model cannot be used.
        InvalidDatasetError: If there is too little to learn from.
        EnvironmentFaultError: If the embedder gives no vectors.
    """
    vectors = Vectors(context.embedder(options.embedder))
    if options.model is None and options.training is None:
        return built(lambda: _untrained(vectors, options, context.roster))
    manner = Manner(router=NAME, method="logistic_regression", strength=options.strength)
    return built(lambda: learnt_router(vectors, options, context, manner))


def _untrained(vectors: Vectors, options: EmbeddingOptions, roster: Roster) -> EmbeddedRouter:
    lexical = 1.0 if options.lexical_weight is None else options.lexical_weight
    words = THRESHOLD_WITH_BODY if "body" in options.fields else THRESHOLD
    likeness = _agents(vectors, roster)
    model = Model(
        classifier=LinearClassifier(
            agents=roster.names,
            weights=np.ascontiguousarray(options.weight * likeness.T, dtype=np.float32),
            offsets=np.zeros(len(roster.agents), dtype=np.float32),
        ),
        calibration=Calibration(
            lexical_weight=lexical,
            lexical_factor=lexical,
            temperature=1.0,
            threshold=lexical * words + options.weight * LEAST_COSINE,
        ),
        fields=options.fields,
        card=_card(roster, lexical, vectors.size),
        seen=frozenset(),
    )
    features = EmbeddedFeatures(vectors=vectors, text=TextFeatures.of([]))
    chooser = Chooser(model, roster, threshold=options.threshold, depth=options.depth)
    return EmbeddedRouter(features, chooser, reads_history=options.history)


def _agents(vectors: Vectors, roster: Roster) -> Numbers:
    """Return one vector of length 1 for each agent."""
    lines = [[without_code(example.user) for example in agent.examples if example.user] for agent in roster.agents]
    heads = vectors.at_once([_head(agent) for agent in roster.agents])
    examples = vectors.at_once([line for own in lines for line in own])
    ends = np.cumsum([0, *map(len, lines)])
    for place, own in enumerate(lines):
        if own:
            heads[place] += EXAMPLES_WEIGHT * examples[ends[place] : ends[place + 1]].mean(axis=0)
    lengths = np.linalg.norm(heads, axis=1, keepdims=True)
    return heads / np.where(lengths > 0, lengths, 1.0)


def _head(agent: AgentDefinition) -> str:
    """Return an agent's name, as words, and its description without examples."""
    return f"{agent.name.replace('-', ' ').replace('_', ' ')}. {without_examples(agent.description)}"


def _card(roster: Roster, lexical_weight: float, size: int) -> ModelCard:
    """Return the card of what has learnt nothing."""
    return ModelCard(
        router=NAME,
        requests=0,
        descriptions=len(roster.agents),
        for_nobody=0,
        features=size,
        lexical_weight=lexical_weight,
        temperature=1.0,
        threshold=None,
        agents=(),
        figures=HeldOutFigures(requests=0, nobody=0, accuracy=0.0, accuracy_within_three=0.0),
    )


COMPONENT = Component(
    options=EmbeddingOptions,
    build=build,
    is_deterministic=lambda _options: True,
    caveat=(
        "The embedding router senses how descriptions and requests are alike in meaning; it does not foretell what a "
        "language model will choose, and it cannot tell when no agent fits a request that sounds like the roster's "
        "work."
    ),
    is_free=True,
    content=content,
)
"""``embedding``: compares vectors. How steady it is and what it costs are its embedder's to say."""
