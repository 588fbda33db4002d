"""Texts as rows."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.feature_extraction.text import TfidfVectorizer

from passmuster.adapters.routers.text_features import TextFeatures, dense_rows, joined

TEXTS = ["the slow query is slow", "write a test", "a test of the query", "c++ and node.js"]
texts = st.lists(st.one_of(st.text(max_size=30), st.sampled_from(TEXTS)), max_size=6)


def test_words_and_pairs_are_weighed_as_scikit_learn_weighs_them() -> None:
    """The first block is a sublinear TF-IDF of word unigrams and bigrams, each row of length 1."""
    known = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, token_pattern=r"[^ ]+")  # noqa: S106 - how words are told apart
    expected = known.fit_transform(TEXTS).toarray()
    features = TextFeatures.of(TEXTS)

    rows = features.rows(TEXTS).toarray()[:, : len(features.words.columns)]

    assert list(features.words.columns) == known.get_feature_names_out().tolist()
    assert rows == pytest.approx(expected)


def test_characters_are_weighed_as_scikit_learn_weighs_them() -> None:
    """The second block is the same of character grams inside words that have a space on either side."""
    known = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), sublinear_tf=True)
    longer = ["slow query slow", "write test", "test the query"]
    expected = known.fit_transform(longer).toarray()
    features = TextFeatures.of(longer)

    rows = features.rows(longer).toarray()[:, len(features.words.columns) :]

    assert list(features.characters.columns) == known.get_feature_names_out().tolist()
    assert rows == pytest.approx(expected)


@given(texts, texts)
def test_a_row_depends_on_its_own_text_alone(learnt: list[str], asked: list[str]) -> None:
    """Whatever stands beside it, a text has the same row, bit by bit, and each block of it has length 0 or 1."""
    features = TextFeatures.of(learnt)

    together = features.rows(asked).toarray()

    alone = [features.rows([text]).toarray()[0] for text in asked]
    assert all((row == other).all() for row, other in zip(together, alone, strict=True))
    split = len(features.words.columns)
    lengths = [np.linalg.norm(part) for row in together for part in (row[:split], row[split:])]
    assert all(length == 0 or math.isclose(length, 1) for length in lengths)


@given(texts, st.one_of(st.text(max_size=40), st.sampled_from(TEXTS)))
def test_what_the_words_have_sums_to_the_row(learnt: list[str], asked: str) -> None:
    """Shares are the row, shared out among the words of the text."""
    features = TextFeatures.of([*learnt, *TEXTS])

    shared = np.zeros(features.width)
    for share in features.shares(asked):
        shared[share.column] += share.value

    assert shared == pytest.approx(features.rows([asked]).toarray()[0])


def test_a_pair_belongs_to_both_its_words() -> None:
    """Of a pair each word has one half; of a word that stands twice, the word has all."""
    features = TextFeatures.of(["slow query"])
    column = features.words.columns["slow query"]

    shares = {share.word: share.value for share in features.shares("slow query") if share.column == column}

    assert set(shares) == {"slow", "query"}
    assert shares["slow"] == shares["query"]


@pytest.mark.parametrize("text", ["", " \n", "…", "🐢"])
def test_a_text_without_words_has_an_empty_row(text: str) -> None:
    """It is a row all the same, and nobody's words have anything in it."""
    features = TextFeatures.of(TEXTS)

    assert features.rows([text]).nnz == 0
    assert list(features.shares(text)) == []


def test_no_texts_make_no_columns() -> None:
    """Where nothing was learnt every text has an empty row."""
    features = TextFeatures.of([])

    assert features.width == 0
    assert features.rows(["slow query"]).shape == (1, 0)


def test_vectors_stand_beside_words() -> None:
    """Blocks are put side by side, a vector's numbers times its weight."""
    rows = joined(dense_rows([[1.0, 0.5]], weight=2.0), TextFeatures.of(["word"]).rows(["word"]))

    assert rows.toarray()[0, :2].tolist() == [2.0, 1.0]
    assert rows.shape[1] == 2 + TextFeatures.of(["word"]).width


def test_a_word_of_enormous_length_takes_no_time() -> None:
    """Encoded data is cut, as everywhere."""
    features = TextFeatures.of(["x" * 1_000_000])

    assert features.width < 300
