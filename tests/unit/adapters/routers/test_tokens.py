"""Text as the lexical router sees it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passmuster.adapters.routers.tokens import (
    LONGEST_WORD,
    grams_of,
    terms_of,
    without_code,
    without_examples,
    words_of,
)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Fix the N+1 query!", ["fix", "the", "n+", "1", "query"]),
        ("c++, C# and .NET 4.8.", ["c++", "c#", "and", "net", "4.8"]),
        ("node.js; order_by() / db-migrations", ["node.js", "order", "by", "db", "migrations"]),
        ("GraphQL", ["graphql"]),
        ("Größe \ufb01le \uff21\uff22\uff23 数据库", ["größe", "file", "abc", "数据库"]),
        ("… — !? \t\n", []),
        ("", []),
    ],
)
def test_words_keep_inner_dots_and_trailing_signs(text: str, words: list[str]) -> None:
    """A word is a run of letters and digits with its inner dots and trailing plus and number signs."""
    found = [word.text for word in words_of(text)]

    assert found == words


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("migrations migrating migrate", ["migrat", "migrat", "migrat"]),
        ("camelCase HTTPServer v2Beta", ["camel", "case", "http", "server", "v2", "beta"]),
        ("useEffect", ["effect"]),
        ("Use this agent when you need to", []),
        ("don't", []),
        ("C++ c# 4.8", ["c++", "c#", "4.8"]),
    ],
)
def test_terms_are_stems_of_parts_without_stop_and_genre_words(text: str, terms: list[str]) -> None:
    """Terms are stems; humps part a word, and words that every agent uses are left out."""
    found = terms_of(text)

    assert list(found) == terms


def test_grams_lie_inside_one_padded_word() -> None:
    """A word of two letters has six grams, each with spaces only at its ends."""
    grams = grams_of("zz")

    assert sorted(grams) == [" z", " zz", " zz ", "z ", "zz", "zz "]


@pytest.mark.parametrize(
    ("request_text", "kept"),
    [
        ("It fails:\n```python\nraise KeyError\n```\nwhy?", ["it", "fails", "why"]),
        ("It fails:\n~~~\nraise\n~~~~\nwhy?", ["it", "fails", "why"]),
        ("Look:\n````\n```\ninner\n```\n````\nwhy?", ["look", "why"]),
        ("Never closed:\n```\nraise KeyError", ["never", "closed"]),
        ("The log says ```Traceback\nKeyError``` why?", ["the", "log", "says", "why"]),
        ("What does ``` mean in Markdown?", ["what", "does", "mean", "in", "markdown"]),
        ("Call `parse()` first", ["call", "parse", "first"]),
    ],
)
def test_fenced_blocks_are_no_part_of_a_request(request_text: str, kept: list[str]) -> None:
    """Fenced blocks vanish, closed or not; inline code and a lone fence in a sentence stay."""
    words = [word.text for word in words_of(without_code(request_text))]

    assert words == kept


@pytest.mark.parametrize(
    ("description", "left"),
    [
        ("Reviews code. <example>user: 'x'</example> Be quick.", "Reviews code.   Be quick."),
        ("Reviews code.\\n\\nExamples:\\n<example>user: 'x'</example>\\n<example>y</example>", "Reviews code."),
        ("Reviews code. Specifically:\n\n<example>never closed", "Reviews code."),
        ("Reviews code. <example>a <example>b</example> c", "Reviews code.   c"),
        ("Reviews code. <EXAMPLE kind='x'>a</Example >", "Reviews code."),
        ("Reviews code.\nExamples:\n", "Reviews code."),
        ("Reviews examples of code: all", "Reviews examples of code: all"),
        ("one\\ntwo", "one two"),
        ("", ""),
    ],
)
def test_examples_are_no_part_of_a_description(description: str, left: str) -> None:
    """Example blocks and their dangling heading vanish; a literal backslash-n becomes a space."""
    text = without_examples(description)

    assert text.split() == left.split()


@given(st.text())
def test_any_text_has_words(text: str) -> None:
    """No text breaks the tokens, and every word is short and has neither spaces nor capitals."""
    words = words_of(without_code(text)) + words_of(without_examples(text))

    assert all(0 < len(word.text) <= 2 * LONGEST_WORD for word in words)
    assert all(word.text == word.text.lower() for word in words)
    assert not any(character.isspace() for word in words for character in word.text)


@pytest.mark.parametrize(
    "unit", ["```", "~~~\n", "<example>", "<example ", "examples: ", "examples", "a.", "+", "y", "aB", " ", "\\n", "`"]
)
def test_long_monotonous_text_is_read(unit: str) -> None:
    """Text made to send a pattern astray is read; time that grew with the square of its length would be minutes."""
    text = unit * 64_000

    words = [*words_of(without_code(text)), *words_of(without_examples(text))]

    assert len({word.text for word in words}) <= 2


def test_a_word_is_cut_where_it_cannot_be_language() -> None:
    """A hash or encoded data counts with its first characters only."""
    words = words_of("f" * 100_000)

    assert [word.text for word in words] == ["f" * LONGEST_WORD]
