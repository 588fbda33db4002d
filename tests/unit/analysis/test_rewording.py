"""Edits of a text, made one by one."""

import re
from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passmuster.analysis.rewording import MOST_PIECES, Rewording, Wording

WORDS = st.sampled_from(["logs", "traces", "queries", "find", "bugs", "e.g.", "C++", "4.8", "– so", "(rarely)", "`x`"])
ENDS = st.sampled_from([". ", "! ", ", ", "; ", " ", ".\n", "\n\n", "\n- ", "\\n\\n", ":\n", ".", "?) "])
PROSE = st.lists(st.tuples(WORDS, ENDS), max_size=14).map(lambda parts: "".join(map("".join, parts)))
EXAMPLE = st.sampled_from(["<example>a. b</example>", "<example>\nc\n\nd\n</example>", "<example>open. end"])
TEXTS = st.lists(st.one_of(PROSE, EXAMPLE), max_size=4).map(" ".join) | st.text(max_size=30)


def made(old: str, new: str, *numbers: int) -> str:
    return Rewording(old, new).mixture(frozenset(numbers)).text


def shown(old: str, new: str) -> list[tuple[str, str]]:
    return [(item.removed, item.added) for item in Rewording(old, new).edits]


def words_of(text: str) -> Counter[str]:
    return Counter(word.strip(".,;:!?") for word in re.split(r"(?:\s|\\{1,4}n)+", text)) - Counter([""] * 99)


@given(TEXTS, TEXTS)
def test_no_edit_gives_the_old_text_and_all_give_the_new_one(old: str, new: str) -> None:
    """To the last character, whatever the texts."""
    rewording = Rewording(old, new)
    every = frozenset(range(len(rewording.edits)))

    assert rewording.mixture(frozenset()).text == old
    assert rewording.mixture(every).text == new
    assert bool(every) == (old != new)


@given(PROSE, PROSE, st.data())
def test_each_edit_takes_its_words_and_puts_its_words(old: str, new: str, data: st.DataObject) -> None:
    """No word is lost, doubled or run into its neighbour, whichever edits are made."""
    rewording = Rewording(old, new)
    numbers = frozenset(number for number in range(len(rewording.edits)) if data.draw(st.booleans()))

    mixed = rewording.mixture(numbers).text

    expected = words_of(old)
    for number in numbers:
        expected += words_of(rewording.edits[number].added)
        expected -= words_of(rewording.edits[number].removed)
    assert words_of(mixed) == expected


def blocks_of(text: str) -> list[str]:
    """Return the blocks of a text, as far as their words go."""
    found = re.findall(r"<example>.*?(?:</example>|(?=<example>)|\Z)", text, re.DOTALL)
    return [" ".join(re.split(r"(?:\s|\\{1,4}n)+", block)).rstrip(" .,;:!?") for block in found]


@given(TEXTS, TEXTS)
def test_examples_are_those_that_stand_in_the_text(old: str, new: str) -> None:
    """Each is named by its side and its number there, in order; one that stayed may be named by either side."""
    rewording = Rewording(old, new)

    for text, numbers in ((old, frozenset[int]()), (new, frozenset(range(len(rewording.edits))))):
        found = rewording.mixture(numbers).examples
        assert [blocks_of(new if is_new else old)[number] for is_new, number in found] == blocks_of(text)


def test_a_sentence_is_one_edit() -> None:
    """Put between two others, it leaves them alone."""
    old, new = "Finds bugs. Fixes them.", "Finds bugs. Tunes queries. Fixes them."

    assert shown(old, new) == [("", "Tunes queries.")]


def test_a_sentence_at_the_end_is_one_edit() -> None:
    """The white space before it is no edit of the sentence that was last."""
    assert shown("Finds bugs.", "Finds bugs. Tunes queries.") == [("", "Tunes queries.")]
    assert shown("Finds bugs. Tunes queries.", "Finds bugs.") == [("Tunes queries.", "")]


def test_a_reworded_sentence_is_edited_clause_by_clause() -> None:
    """The clauses that stay do not count, and the sentence that it stands in is said."""
    old = "Finds bugs, reads traces, and writes a report about them."
    new = "Finds bugs, tunes queries, reads traces, and writes a short report about them."

    assert Rewording(old, new).edits == (
        Wording(added="tunes queries,", within=new, stretch=0, sentence=0),
        Wording(
            removed="and writes a report about them.",
            added="and writes a short report about them.",
            within=new,
            stretch=0,
            sentence=0,
        ),
    )
    assert made(old, new, 0) == "Finds bugs, tunes queries, reads traces, and writes a report about them."


def test_sentences_that_share_nothing_are_two_edits() -> None:
    """One goes and another comes, each by itself."""
    old, new = "Finds bugs. Says so.", "Finds bugs. Cooks soup."

    assert shown(old, new) == [("Says so.", ""), ("", "Cooks soup.")]
    assert made(old, new, 1) == "Finds bugs. Says so. Cooks soup."
    assert made(old, new, 0) == "Finds bugs."


def test_new_line_breaks_within_sentences_are_form() -> None:
    """A text that was wrapped anew is one edit without words."""
    old, new = "Finds bugs\nin code. Fixes them.", "Finds bugs in\ncode.\nFixes them."

    assert shown(old, new) == [("", "")]


def test_words_and_form_are_edited_apart() -> None:
    """The words can come without the new line breaks."""
    old, new = "Finds bugs. Fixes them.", "Finds bugs.\nFixes them.\nTunes queries."

    assert shown(old, new) == [("", "Tunes queries."), ("", "")]
    assert made(old, new, 0) == "Finds bugs. Fixes them.\nTunes queries."
    assert made(old, new, 1) == "Finds bugs.\nFixes them."


@pytest.mark.parametrize("gap", ["\n\n", "\\n\\n", "\n- "])
def test_paragraphs_and_bullets_are_sentences(gap: str) -> None:
    """Also where a description holds its line breaks as backslash and n."""
    old = gap.join(["one", "two", "three"])
    new = gap.join(["one", "two", "four", "three"])

    assert len(shown(old, new)) == 1
    assert "four" in shown(old, new)[0][1]
    assert made(old, new, 0) == new


def test_an_example_is_one_edit() -> None:
    """It is no prose, and goes or comes as a whole, with its number on its side."""
    old = "Finds bugs.\n\n<example>\nuser: a. b.\n</example>\n<example>c</example>"
    new = "Finds bugs.\n\n<example>\nuser: a. d.\n</example>\n<example>c</example>"
    rewording = Rewording(old, new)

    assert [item.added for item in rewording.edits] == ["<example>\nuser: a. d.\n</example>"]
    assert rewording.mixture(frozenset({0})).examples[0] == (True, 0)
    assert [number for _, number in rewording.mixture(frozenset({0})).examples] == [0, 1]


def test_runs_of_edits_are_told_apart() -> None:
    """Edits with a sentence between them that stays are of two runs."""
    found = Rewording("A b. C d. E f.", "A b. New one. Another thing. C d. Last comes. E f.").edits

    assert [item.stretch for item in found] == [0, 0, 1]
    assert all(one.sentence < other.sentence for one, other in pairwise(found))


def test_a_very_long_text_is_one_edit() -> None:
    """Comparing every sentence with every other one would take too long."""
    old = " ".join(f"Number {number}." for number in range(MOST_PIECES + 1))

    assert len(Rewording(old, f"{old} More.").edits) <= 2
