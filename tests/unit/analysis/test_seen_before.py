"""The memory for texts: exact as a dictionary is, in a fraction of its room."""

import tracemalloc

from hypothesis import given
from hypothesis import strategies as st

from passmuster.analysis.seen_before import SeenBefore


@given(texts=st.lists(st.text(alphabet="ab\ud800é", max_size=3), max_size=60))
def test_it_answers_as_a_dictionary_does(texts: list[str]) -> None:
    """A text's first number comes back, and nothing for a new text."""
    seen, known = SeenBefore(), dict[str, int]()

    answers = [seen.first(text, number) for number, text in enumerate(texts)]

    for number, (text, answer) in enumerate(zip(texts, answers, strict=True)):
        assert answer == known.get(text)
        known.setdefault(text, number)
    assert len(seen) == len(known)


def test_it_grows_and_forgets_nothing() -> None:
    """Forty thousand texts pass through several sizes of the table, in less than two megabytes."""
    tracemalloc.start()
    seen = SeenBefore()

    fresh = [seen.first(f"case-{number}", number) for number in range(40_000)]

    size = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert set(fresh) == {None}
    assert [seen.first(f"case-{number}", 0) for number in range(0, 40_000, 999)] == list(range(0, 40_000, 999))
    assert size < 2_000_000
