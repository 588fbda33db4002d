"""An embedder, a roster and requests that the tests of routers with vectors share."""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from passmuster.adapters.routers import embedding, fused
from passmuster.adapters.routers.embedded import EmbeddedRouter, LearntEmbeddedRouter
from passmuster.components import BuildContext
from passmuster.domain.agents import Roster
from passmuster.domain.cases import Case, Dataset
from passmuster.domain.errors import EmbeddingError
from passmuster.testing.factories import a_case, a_roster, an_agent

WIDTH = 32
ALIKE: Mapping[str, str] = {
    "sluggish": "slow",
    "crawls": "slow",
    "query": "database",
    "tables": "database",
    "assertion": "test",
    "assertions": "test",
    "tests": "test",
    "hue": "colour",
    "layout": "colour",
}
"""Words that mean to the embedder what another one means."""

DATABASE = an_agent("database-tuner", "Makes a slow database fast.")
TESTER = an_agent("tester", "Writes a test for every assertion.")
DESIGNER = an_agent("designer", "Chooses the layout, and a colour for each button.")
NOBODY = Roster(name="empty", agents=())
TEAM = a_roster(DATABASE, TESTER, DESIGNER)

TRAINING: Mapping[str, Sequence[str]] = {
    "database-tuner": ("the report crawls", "tables are locked again", "sluggish lookups", "index the tables"),
    "tester": ("cover the parser", "assertions fail at night", "flaky tests", "prove the parser right"),
    "designer": ("make the hue warmer", "the layout is off", "a nicer button", "warmer buttons please"),
}
VALIDATION: Mapping[str, Sequence[str]] = {
    "database-tuner": ("the lookups are slow", "query the tables"),
    "tester": ("tests for the lexer", "a flaky assertion"),
    "designer": ("a warm colour", "buttons with a hue"),
    "": ("what is the weather like", "tell me a joke", "how tall is that tower"),
}


class Meanings:
    """Adds up one vector for each word; words that mean the same have the same.

    Attributes:
        asked: Every text that it was asked for, in order.
    """

    def __init__(self, salt: str = "", width: int = WIDTH) -> None:
        self.asked: list[str] = []
        self._salt = salt
        self._width = width

    async def embed(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        self.asked.extend(texts)
        return [self._vector(text) for text in texts]

    def _vector(self, text: str) -> list[float]:
        words = [word.strip(".,") for word in text.lower().split()]
        columns = zip(*(self._word(ALIKE.get(word, word)) for word in words or [""]), strict=True)
        return [sum(column) for column in columns]

    def _word(self, word: str) -> list[float]:
        digest = hashlib.sha256(f"{self._salt}{word}".encode("utf-8", "replace")).digest()
        return [byte / 127.5 - 1 for byte in digest[: self._width]]


class Silent:
    """Gives no vectors."""

    async def embed(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        message = f"nobody answers for {len(texts)} texts"
        raise EmbeddingError(message)


def dataset_of(requests: Mapping[str, Sequence[str]], name: str) -> Dataset:
    cases: list[Case] = [
        a_case(f"{name}-{agent}-{number}", text=text, preferred=agent or None)
        for agent, texts in requests.items()
        for number, text in enumerate(texts)
    ]
    return Dataset(name=name, cases=tuple(cases))


def context_of(roster: Roster, embedder: Any, folder: Path = Path()) -> BuildContext:  # noqa: ANN401 - whatever a test calls one
    datasets = {"training": dataset_of(TRAINING, "training"), "validation": dataset_of(VALIDATION, "validation")}
    return BuildContext(
        folder=folder,
        roster=roster,
        embedder=lambda _section: embedder,
        dataset=lambda section: datasets[str(section["use"])],
    )


def untrained(roster: Roster = TEAM, embedder: Any = None, **options: object) -> EmbeddedRouter:  # noqa: ANN401 - see above
    said = embedding.EmbeddingOptions.model_validate({"embedder": {"use": "any"}, **options})
    built = embedding.COMPONENT.build(said, context_of(roster, embedder or Meanings()))
    assert isinstance(built, EmbeddedRouter)
    return built


LEARNING: Mapping[str, object] = {"training": {"use": "training"}, "validation": {"use": "validation"}}


def learnt(
    use: str,
    embedder: Any = None,  # noqa: ANN401 - see above
    *,
    roster: Roster = TEAM,
    folder: Path = Path(),
    **options: object,
) -> LearntEmbeddedRouter:
    component: Any = {"embedding": embedding.COMPONENT, "fused": fused.COMPONENT}[use]
    said = component.options.model_validate({"embedder": {"use": "any"}, **(options or LEARNING)})
    built = component.build(said, context_of(roster, embedder or Meanings(), folder))
    assert isinstance(built, LearntEmbeddedRouter)
    return built
