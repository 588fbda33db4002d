"""The likeness of an answer to a reference."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passmuster.adapters.criteria.likeness_program import edit_similarity, token_similarity
from passmuster.adapters.criteria.similarity import COMPONENT, MAXIMUM_CHARACTERS
from passmuster.components import BuildContext
from passmuster.domain.errors import CriterionError, EmbeddingError, InvalidConfigurationError
from passmuster.domain.results import Score
from passmuster.testing.factories import an_exhibit

WORDS = st.text(alphabet="ab ", max_size=12)


class Counting:
    """Makes a vector of the numbers of two letters."""

    async def embed(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        """Count."""
        return [(float(text.count("a")), float(text.count("b"))) for text in texts]


class Failing:
    """Has no vectors."""

    async def embed(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        """Fail."""
        del texts
        message = "the model is not there"
        raise EmbeddingError(message, hint="fetch it")


async def judge(
    text: str, folder: Path = Path(), vectors: Counting | Failing | None = None, **options: object
) -> Score:
    """Judge an answer by its likeness."""
    context = BuildContext(folder=folder, embedder=lambda _section: vectors or Counting())
    criterion = COMPONENT.build(COMPONENT.options.model_validate({"name": "mine", **options}), context)
    return await criterion.assess(an_exhibit(text))


@pytest.mark.parametrize(
    ("first", "second", "likeness"),
    [("", "", 1.0), ("a", "", 0.0), ("abc", "abc", 1.0), ("kitten", "sitting", 8 / 13), ("ab", "ba", 0.5)],
)
def test_likeness_by_characters(first: str, second: str, likeness: float) -> None:
    """Twice what stands in both in one order, over both lengths."""
    assert edit_similarity(first, second) == pytest.approx(likeness)


@given(first=WORDS, second=WORDS)
def test_likeness_by_characters_is_that_of_the_plain_method(first: str, second: str) -> None:
    """The table of all pairs of beginnings gives the same."""
    row = [0] * (len(second) + 1)
    for character in first:
        before, row = row, [0]
        for place, other in enumerate(second):
            row.append(before[place] + 1 if character == other else max(before[place + 1], row[place]))

    total = len(first) + len(second)
    assert edit_similarity(first, second) == (2 * row[-1] / total if total else 1.0)
    assert edit_similarity(first, second) == edit_similarity(second, first)


@pytest.mark.parametrize(
    ("first", "second", "likeness"),
    [("a b b", "b c", 0.4), ("", "", 1.0), ("x = 1", "1 = x", 1.0), ("a", "b", 0.0)],
)
def test_likeness_by_words(first: str, second: str, likeness: float) -> None:
    """The order does not matter, and how often does."""
    assert token_similarity(first, second) == pytest.approx(likeness)


async def test_space_and_case() -> None:
    """Space never counts, case where it is not to be ignored."""
    assert (await judge("A  b\n\n\nc \n", reference="A b\nc", minimum=1)).passed
    assert not (await judge("a b", reference="A B", minimum=1)).passed
    assert (await judge("a b", reference="A B", minimum=1, ignore_case=True, measure="tokens")).passed


async def test_a_file_of_the_answer_is_compared(tmp_path: Path) -> None:
    """With a file of the suite."""
    (tmp_path / "reference.py").write_text("x = 1\n")
    options: dict[str, Any] = {"reference_file": "reference.py", "file": "x.py", "minimum": 1}

    there = await judge("Words.\n```python x.py\nx = 1\n```\n", tmp_path, **options)
    missing = await judge("Words.", tmp_path, **options)

    assert (there.passed, there.value) == (True, 1.0)
    assert (missing.passed, missing.reason) == (False, "the answer delivers no file x.py")


async def test_the_angle_of_vectors() -> None:
    """From 0 to 1; no vector at all is like nothing."""
    options: dict[str, Any] = {"reference": "ab", "measure": "embedding", "embedder": {"use": "x"}, "minimum": 0.5}

    assert (await judge("aabb", **options)).value == pytest.approx(1.0)
    assert (await judge("a", **options)).value == pytest.approx(0.5**0.5)
    assert (await judge("c", **options)).value == 0.0


async def test_no_vectors_are_no_verdict() -> None:
    """The criterion could not judge."""
    with pytest.raises(CriterionError, match="the model is not there"):
        await judge("a", vectors=Failing(), reference="a", measure="embedding", minimum=0, embedder={"use": "x"})


async def test_long_texts_are_cut_and_told() -> None:
    """The time is bounded."""
    score = await judge("x" * (MAXIMUM_CHARACTERS + 1), reference="x" * MAXIMUM_CHARACTERS, minimum=1)

    assert score.passed
    assert score.reason.endswith("(compared the first 65536 characters)")


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({}, "give either 'reference' or 'reference_file'"),
        ({"reference": "a", "reference_file": "a"}, "give either"),
        ({"reference": "a", "measure": "embedding"}, "give 'embedder'"),
        ({"reference": "a", "embedder": {"use": "x"}}, "give 'embedder'"),
    ],
)
def test_wrong_options_are_refused(options: dict[str, Any], complaint: str) -> None:
    """In words for whoever wrote them."""
    with pytest.raises(ValueError, match=complaint):
        COMPONENT.options.model_validate({"name": "mine", "minimum": 0, **options})


async def test_a_reference_that_is_not_there_is_told(tmp_path: Path) -> None:
    """When the criterion is built."""
    with pytest.raises(InvalidConfigurationError, match="cannot be read"):
        await judge("a", tmp_path, reference_file="none.txt", minimum=0)


def test_a_changed_reference_is_another_criterion(tmp_path: Path) -> None:
    """Its content is part of what scores mean."""
    options = COMPONENT.options.model_validate({"name": "mine", "reference_file": "r.txt", "minimum": 0})
    (tmp_path / "r.txt").write_text("one")
    one = COMPONENT.content(options, tmp_path)
    (tmp_path / "r.txt").write_text("two")

    assert COMPONENT.content(options, tmp_path) != one
