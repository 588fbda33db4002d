"""What routers with an embedder have in common: rows of vectors and words, and how they are asked.

A vector belongs to a whole text. What one word has in it is the difference that leaving the word out makes; the rest
belongs to no word, and is called the meaning. Scores are linear in the vector, so these parts sum to the score.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TypeVar

from pydantic import Field

from passmuster.adapters.routers import saved_model
from passmuster.adapters.routers.choosing import Chooser, Reading
from passmuster.adapters.routers.learning import Model, Recipe
from passmuster.adapters.routers.linear_classifier import Method
from passmuster.adapters.routers.saved_model import SavedModel
from passmuster.adapters.routers.text_features import Rows, Share, TextFeatures, dense_rows, joined
from passmuster.adapters.routers.tokens import without_code, words_of
from passmuster.adapters.routers.trained import FEWEST_REQUESTS, LearningOptions, learnt, model_folder
from passmuster.adapters.routers.vectors import Vectors
from passmuster.analysis.calibrating import Numbers
from passmuster.components import BuildContext
from passmuster.domain.agents import Roster
from passmuster.domain.answers import RankedAgent, RoutingDecision
from passmuster.domain.cases import Request, Role
from passmuster.domain.errors import EmbeddingError, EnvironmentFaultError, InvalidConfigurationError
from passmuster.domain.findings import Finding, Severity
from passmuster.domain.values import AgentName, Fingerprint

MEANING = "(meaning)"
"""The term for what a vector says and none of its words says alone."""

MOST_WORDS = 100
"""Words of a request that are left out one by one; the others count as meaning."""

PROBE = "Why is this query so slow?"
"""A text by whose vector a saved model knows its embedder again."""

LEAST_LIKENESS = 0.999
"""Of two vectors of one text by one embedder, on whatever machines."""

TERSE = 1
"""A request of as many words that are no stop words, such as "yes, please do", has little meaning of its own."""

_BuiltT = TypeVar("_BuiltT")


class EmbeddedOptions(LearningOptions):
    """Options of every router with an embedder."""

    embedder: Mapping[str, object] = Field(
        description="Who makes vectors: {use: onnx, location: …} or another embedder with its options."
    )
    history: bool = Field(
        default=True,
        description="Whether a request such as 'yes, please do' is read together with what the user said before it.",
    )


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class EmbeddedFeatures:
    """Rows of a vector's numbers, followed by columns of words and characters.

    Attributes:
        vectors: Where vectors come from.
        text: The other columns; there may be none.
        weight: What the numbers of a vector are multiplied by.
    """

    vectors: Vectors
    text: TextFeatures
    weight: float = 1.0

    @property
    def width(self) -> int:
        """How many columns there are."""
        return self.vectors.size + self.text.width

    def rows(self, texts: Sequence[str]) -> Rows:
        """Return one row for each text.

        Raises:
            EmbeddingError: If the vectors could not be had.
        """
        return self.rows_of(texts, self.vectors.at_once(texts))

    def rows_of(self, texts: Sequence[str], vectors: Numbers) -> Rows:
        """Return one row for each text, whose vectors are known."""
        return joined(dense_rows(vectors, weight=self.weight), self.text.rows(texts))

    def shares(self, text: str, parts: Mapping[str, Numbers]) -> Iterator[Share]:
        """Yield what each word has in the row of a text, and in each part of its vector."""
        for word, part in parts.items():
            for column, value in enumerate(part.tolist()):
                yield Share(word, column, self.weight * value)
        for share in self.text.shares(text):
            yield share._replace(column=share.column + self.vectors.size)


class EmbeddedRouter:
    """Routes by vectors of whole texts, alone or beside words and characters."""

    def __init__(self, features: EmbeddedFeatures, chooser: Chooser, *, reads_history: bool) -> None:
        """Take what turns requests into rows, and who chooses by them.

        Args:
            features: Turns requests into rows.
            chooser: Chooses by a row.
            reads_history: Whether a request of no more telling words than ``TERSE`` is read with the turn before it.
        """
        self._features = features
        self._chooser = chooser
        self._reads_history = reads_history

    async def route(self, request: Request) -> RoutingDecision:
        """Choose an agent, or nobody.

        Raises:
            EmbeddingError: If the vector of the request could not be had.
        """
        text = self._text(request)
        [vector] = await self._features.vectors.of([text])
        return self._chooser.decide(self._reading(text, vector))

    def route_all(self, requests: Sequence[Request]) -> Sequence[RoutingDecision]:
        """Return for each request what ``route`` returns, in order.

        Raises:
            EmbeddingError: If the vectors of the requests could not be had.
        """
        texts = [self._text(request) for request in requests]
        found = zip(texts, self._features.vectors.at_once(texts), strict=True)
        return [self._chooser.decide(self._reading(text, vector)) for text, vector in found]

    def explain(self, request: Request, agents: Collection[AgentName]) -> tuple[RankedAgent, ...]:
        """Return the scores of some agents and what each word added, the best agent first.

        The embedder is asked for the request without each of its words.

        Raises:
            EmbeddingError: If a vector could not be had.
            RoutingError: If the roster has no agent of one of the names.
        """
        text = self._text(request)
        others = _left_out(text)
        vector, *without = self._features.vectors.at_once([text, *others.values()])
        parts = {word: vector - other for word, other in zip(others, without, strict=True)}
        rest = vector - sum(parts.values(), start=vector * 0)
        return self._chooser.explain(self._reading(text, vector, {**parts, MEANING: rest}), agents)

    def _text(self, request: Request) -> str:
        """Return what is read of a request: all but fenced code, unless there is nothing else."""
        text = without_code(request.text)
        text = text if text.strip() else request.text
        telling = sum(bool(word.terms) for word in words_of(text))
        if not self._reads_history or telling > TERSE:
            return text
        earlier = next((turn.content for turn in reversed(request.history) if turn.role == Role.USER), "")
        return f"{text}\n{without_code(earlier)}" if earlier.strip() else text

    def _reading(self, text: str, vector: Numbers, parts: Mapping[str, Numbers] | None = None) -> Reading:
        features = self._features
        known = {MEANING: vector} if parts is None else parts
        rows = features.rows_of([text], vector.reshape(1, -1))
        # Asked for once for each agent that is explained.
        return Reading(text=text, rows=rows, shares=cache(lambda: tuple(features.shares(text, known))))


class LearntEmbeddedRouter(EmbeddedRouter):
    """The same with weights that were learnt.

    Attributes:
        card: What the model is, and how well it did on held-out requests.
    """

    def __init__(self, features: EmbeddedFeatures, model: Model, roster: Roster, options: LearningOptions) -> None:
        """Take a model, and the roster to choose from."""
        chooser = Chooser(model, roster, threshold=options.threshold, depth=options.depth)
        super().__init__(features, chooser, reads_history=options.history)
        self.card = model.card
        self._model = model

    @property
    def seen(self) -> frozenset[Fingerprint]:
        """The fingerprints of the requests that it learnt from or was calibrated on."""
        return self._model.seen

    def save(self, folder: Path) -> Sequence[Path]:
        """Write the model into a folder, whole or not at all, and return its files.

        The embedder is no part of it, but the vector of one text is, by which another one is noticed.

        Raises:
            EmbeddingError: If that vector could not be had.
            EnvironmentFaultError: If the place cannot be written.
        """
        [probe] = self._features.vectors.at_once([PROBE])
        options = {"probe": [round(number, 7) for number in probe.tolist()], "vector_weight": self._features.weight}
        saved = SavedModel(model=self._model, text=self._features.text, options=options)
        return saved_model.save(saved, folder, minimum=FEWEST_REQUESTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How a router learns.

    Attributes:
        router: The router's name.
        method: How weights are found.
        strength: How closely they follow the training texts.
        weight: What the numbers of a vector are multiplied by.
        reads_words: Whether words and characters have columns of their own.
    """

    router: str
    method: Method
    strength: float
    weight: float = 1.0
    reads_words: bool = False

    def text(self, texts: Sequence[str]) -> TextFeatures:
        """Return what words and characters of training texts make."""
        return TextFeatures.of(texts if self.reads_words else [])


def learnt_router(
    vectors: Vectors, options: LearningOptions, context: BuildContext, manner: Manner
) -> LearntEmbeddedRouter:
    """Load the model that options name, or learn it from the datasets that they name.

    Raises:
        InvalidConfigurationError: If the model cannot be used, or was made with another embedder.
        InvalidDatasetError: If there is too little to learn from.
        EmbeddingError: If a vector could not be had.
    """
    if options.model is not None:
        folder = model_folder(options, context.folder)
        saved = saved_model.load(folder, router=manner.router)
        _recognise(vectors, saved, folder)
        features = EmbeddedFeatures(vectors=vectors, text=saved.text, weight=_number(saved.options["vector_weight"]))
        return LearntEmbeddedRouter(features, saved.model, context.roster, options)

    def features_of(texts: Sequence[str]) -> EmbeddedFeatures:
        # Folds come back to the same texts.
        vectors.keep(texts)
        return EmbeddedFeatures(vectors=vectors, text=manner.text(texts), weight=manner.weight)

    recipe = Recipe(
        router=manner.router,
        features=features_of,
        method=manner.method,
        strength=manner.strength,
        lexical_weight=options.lexical_weight,
        fields=options.fields,
        objective=options.objective,
    )
    features, model = learnt(options, context, recipe)
    vectors.forget()
    return LearntEmbeddedRouter(features, model, context.roster, options)


def built(make: Callable[[], _BuiltT]) -> _BuiltT:
    """Return what is made; without vectors there is no router, and that is no fault of a request.

    Raises:
        EnvironmentFaultError: If the embedder gives no vectors.
    """
    try:
        return make()
    except EmbeddingError as error:
        hint = error.hint or "start the service, or correct its address; then try again"
        raise EnvironmentFaultError(error.message, hint=hint) from error


def _recognise(vectors: Vectors, saved: SavedModel, folder: Path) -> None:
    """Refuse a model that was made with another embedder: its weights would say nothing."""
    probe = saved.options.get("probe")
    known = [_number(number) for number in probe] if isinstance(probe, list) else []
    [vector] = vectors.at_once([PROBE])
    columns = len(saved.model.classifier.weights) - saved.text.width
    is_same = len(known) == len(vector) == columns and float(vector @ known) >= LEAST_LIKENESS
    if not is_same or _number(saved.options.get("vector_weight")) <= 0:
        finding = Finding(
            rule="another-embedder",
            severity=Severity.ERROR,
            message=f"the model in {str(folder)!r} was made with another embedder",
            hint="name the embedder that it was trained with, or train it again with `passmuster train`",
        )
        raise InvalidConfigurationError([finding])


def _number(value: object) -> float:
    """Return a number of a saved model's options; what is none counts as 0."""
    return float(value) if isinstance(value, int | float) else 0.0


def _left_out(text: str) -> dict[str, str]:
    """Return the text without each of its first words, by word; all places of a word are left out together."""
    pieces = text.split()
    named = [next((word.text for word in words_of(piece)), "") for piece in pieces]
    words = list(dict.fromkeys(filter(None, named)))[:MOST_WORDS]
    return {word: " ".join(piece for piece, name in zip(pieces, named, strict=True) if name != word) for word in words}
