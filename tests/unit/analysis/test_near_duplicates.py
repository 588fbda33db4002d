"""Near duplicates: all pairs that are alike, found exactly."""

from itertools import combinations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from passmuster.analysis.near_duplicates import grams, near_duplicates, plain_text

WORDS = st.sampled_from(["fix", "the", "failing", "test", "please", "migrate", "schema", "ab", "a"])
TEXTS = st.lists(st.lists(WORDS, max_size=6).map(" ".join), max_size=12)


def pairs_by_trying(texts: list[str], threshold: float) -> dict[tuple[int, int], float]:
    """Compare every text with every other; of texts with equal words the first stands for all."""
    firsts: dict[str, int] = {}
    for place, text in enumerate(texts):
        firsts.setdefault(plain_text(text), place)
    sets = {place: grams(text) for text, place in firsts.items()}
    found = {}
    for (one, own), (other, its) in combinations(sorted(sets.items()), 2):
        likeness = len(own & its) / len(own | its)
        if likeness >= threshold - 1e-9:
            found[one, other] = likeness
    return found


@given(texts=TEXTS, threshold=st.sampled_from([0.3, 0.5, 0.6, 0.75, 0.8, 0.9, 1.0]))
@example(texts=["", "!!!", "", "?"], threshold=0.5)
def test_exactly_the_pairs_are_found_that_trying_all_finds(texts: list[str], threshold: float) -> None:
    """The filter leaves out no pair, and adds none."""
    found = near_duplicates(texts, threshold)

    assert {(pair.first, pair.second): pair.likeness for pair in found.pairs} == pairs_by_trying(texts, threshold)


def test_case_and_punctuation_do_not_matter() -> None:
    """Texts of equal words have one first text."""
    found = near_duplicates(["Fix THE test!", "something else", "fix the test", "ﬁx the test"])

    assert list(found.firsts) == [0, 1, 0, 0]
    assert list(found.pairs) == []


def test_a_changed_word_is_near_and_another_sentence_is_not() -> None:
    """The usual threshold is for requests that were copied and touched up."""
    texts = [
        "Our nightly export job hangs since Tuesday, can you find out why it does?",
        "Our nightly import job hangs since Tuesday, can you find out why it does?",
        "Why do the unit tests of the export job fail on my machine?",
    ]

    found = near_duplicates(texts)

    assert [(pair.first, pair.second) for pair in found.pairs] == [(0, 1)]
    assert [place for place, _ in found.like(1)] == [1, 0]


def test_progress_is_told() -> None:
    """Each different text counts once."""
    told: list[tuple[int, int]] = []

    near_duplicates(["a", "b", "a"], tell=lambda done, total: told.append((done, total)))

    assert told == [(1, 2), (2, 2)]


@pytest.mark.parametrize("threshold", [0.0, 0.29, 1.01, float("nan")])
def test_thresholds_out_of_range_are_refused(threshold: float) -> None:
    """Below it nearly every pair would be compared."""
    with pytest.raises(ValueError, match="threshold"):
        near_duplicates(["a"], threshold)
