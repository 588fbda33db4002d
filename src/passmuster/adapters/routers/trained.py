"""A router that learns from a team's own requests which words speak for which agent.

Words, pairs of words and grams of two to four characters are weighed by a linear support vector machine, one agent
against the rest (Fan et al.: LIBLINEAR, 2008). What the descriptions say, as the router ``lexical`` reads them, is
added as far as held-out requests show that it helps.
"""

import os
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from passmuster.adapters.routers import saved_model
from passmuster.adapters.routers.choosing import Chooser, Depth, Reading
from passmuster.adapters.routers.learning import FeaturesT, Model, Recipe, learn
from passmuster.adapters.routers.lessons import lessons_of, text_of
from passmuster.adapters.routers.saved_model import SavedModel
from passmuster.adapters.routers.text_features import TextFeatures
from passmuster.analysis.calibrating import Objective
from passmuster.components import BuildContext, Component
from passmuster.domain.agents import Roster
from passmuster.domain.answers import RankedAgent, RoutingDecision
from passmuster.domain.cases import Case, Request, Role
from passmuster.domain.values import UNKNOWN, AgentName, Fingerprint
from passmuster.ports import Router

NAME = "trained"

FEWEST_REQUESTS = 3
"""Of an agent: with fewer a trained router is worse than one that reads descriptions."""

Sections = Mapping[str, object] | tuple[Mapping[str, object], ...]


class LearningOptions(BaseModel):
    """Options of every router that learns; where a model is named, it has been learnt with its own."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    model: str | None = Field(
        default=None, min_length=1, description="The folder of a saved model; relative to the suite's folder."
    )
    training: Sections | None = Field(
        default=None, description="The dataset to learn from: {use: files, location: …, split: train}; or several."
    )
    validation: Sections | None = Field(
        default=None,
        description="The dataset to calibrate on, and to fit on it when nobody is chosen; or several. No case of it "
        "may be among the training cases.",
    )
    minimum_requests: int = Field(
        default=FEWEST_REQUESTS,
        ge=0,
        description="How many requests every agent must have to learn from; 0 takes agents by their description alone.",
    )
    lexical_weight: float | None = Field(
        default=None,
        ge=0,
        le=100,
        allow_inf_nan=False,
        description="How much the lexical router's score counts beside. By default held-out requests decide.",
    )
    fields: tuple[Literal["name", "description", "examples", "body"], ...] = Field(
        default=("name", "description", "examples"),
        min_length=1,
        description="What the lexical part reads of each agent.",
    )
    objective: Objective = Field(
        default=Objective.ACCURACY,
        description="What the threshold for nobody makes best on validation: the share of all requests answered "
        "rightly, or (balanced) the mean of the shares of requests for agents and for nobody.",
    )
    threshold: float | None = Field(
        default=None, allow_inf_nan=False, description="Score below which nobody is chosen, instead of the fitted one."
    )
    ranking_depth: int = Field(default=10, ge=1, description="How many agents a decision lists, the best first.")
    explained_depth: int = Field(default=3, ge=0, description="For how many of these it lists what each word added.")
    history: bool = Field(
        default=True,
        description="Whether a request of which no word is known is read together with what the user said before it.",
    )

    @model_validator(mode="after")
    def _has_one_source(self) -> Self:
        if (self.model is None) == (self.training is None):
            message = "name either a saved model or a training dataset"
            raise ValueError(message)
        if self.model is not None and self.validation is not None:
            message = "a saved model has been calibrated already: leave validation out"
            raise ValueError(message)
        return self

    @property
    def depth(self) -> Depth:
        """How much of a decision is told."""
        return Depth(ranking=self.ranking_depth, explained=self.explained_depth)


class TrainedOptions(LearningOptions):
    """Options of the trained router."""

    strength: float = Field(
        default=1.0, gt=0, le=1e6, allow_inf_nan=False, description="How closely it follows the training requests: C."
    )


class TrainedRouter:
    """Routes by learnt weights of words and characters.

    Attributes:
        card: What the model is, and how well it did on held-out requests.
    """

    def __init__(self, saved: SavedModel, roster: Roster, options: LearningOptions) -> None:
        """Take a model, and the roster to choose from."""
        self.card = saved.model.card
        self._saved = saved
        self._options = options
        self._chooser = Chooser(saved.model, roster, threshold=options.threshold, depth=options.depth)

    @property
    def seen(self) -> frozenset[Fingerprint]:
        """The fingerprints of the requests that it learnt from or was calibrated on."""
        return self._saved.model.seen

    async def route(self, request: Request) -> RoutingDecision:
        """Choose an agent, or nobody; equal requests get equal decisions."""
        return self._chooser.decide(self._reading(request))

    def route_all(self, requests: Sequence[Request]) -> Sequence[RoutingDecision]:
        """Return for each request what ``route`` returns, in order."""
        return [self._chooser.decide(self._reading(request)) for request in requests]

    def explain(self, request: Request, agents: Collection[AgentName]) -> tuple[RankedAgent, ...]:
        """Return the scores of some agents and what each word of the request added to them, the best agent first.

        Raises:
            RoutingError: If the roster has no agent of one of the names.
        """
        return self._chooser.explain(self._reading(request), agents)

    def save(self, folder: Path) -> Sequence[Path]:
        """Write the model into a folder, whole or not at all, and return its files.

        Raises:
            EnvironmentFaultError: If the place cannot be written.
        """
        return saved_model.save(self._saved, folder, minimum=FEWEST_REQUESTS)

    def _reading(self, request: Request) -> Reading:
        reading = self._read(text_of(request.text))
        if reading.is_known or not self._options.history:
            return reading
        earlier = next((turn.content for turn in reversed(request.history) if turn.role == Role.USER), "")
        return self._read(f"{reading.text}\n{text_of(earlier)}") if earlier else reading

    def _read(self, text: str) -> Reading:
        features = self._saved.text
        return Reading(text=text, rows=features.rows([text]), shares=lambda: features.shares(text))


def model_folder(options: LearningOptions, folder: Path) -> Path:
    """Return where the model that options name lies; they must name one."""
    return Path(os.path.normpath(folder / (options.model or "")))


def content(options: LearningOptions, folder: Path) -> Fingerprint:
    """Return the fingerprint of the model that options name; datasets have their own."""
    return UNKNOWN if options.model is None else saved_model.content_of(model_folder(options, folder))


def learnt(options: LearningOptions, context: BuildContext, recipe: Recipe[FeaturesT]) -> tuple[FeaturesT, Model]:
    """Learn from the datasets that options name, for the context's roster.

    Raises:
        InvalidDatasetError: If there is too little to learn from; with every complaint.
    """
    lessons = lessons_of(
        context.roster,
        _cases(options.training, context),
        _cases(options.validation, context),
        minimum=options.minimum_requests,
    )
    return learn(lessons, context.roster, recipe)


def _cases(sections: Sections | None, context: BuildContext) -> tuple[Case, ...]:
    listed = (sections,) if isinstance(sections, Mapping) else sections or ()
    return tuple(case for section in listed for case in context.dataset(section).cases)


def build(options: TrainedOptions, context: BuildContext) -> Router:
    """Build the router for the context's roster: load the model, or learn it.

    Raises:
        InvalidConfigurationError: If the model cannot be used.
        InvalidDatasetError: If there is too little to learn from.
    """
    if options.model is not None:
        saved = saved_model.load(model_folder(options, context.folder), router=NAME, columns_before=0)
        return TrainedRouter(saved, context.roster, options)
    recipe = Recipe(
        router=NAME,
        features=TextFeatures.of,
        strength=options.strength,
        lexical_weight=options.lexical_weight,
        fields=options.fields,
        objective=options.objective,
    )
    features, model = learnt(options, context, recipe)
    return TrainedRouter(SavedModel(model=model, text=features), context.roster, options)


COMPONENT = Component(
    options=TrainedOptions,
    build=build,
    is_deterministic=lambda _options: True,
    caveat=(
        "The trained router repeats what its training requests taught it; it does not foretell what a language model "
        "will choose, and it cannot tell when no agent fits a request that sounds like the roster's work."
    ),
    is_free=True,
    content=content,
)
"""``trained``: learns from labelled requests."""
