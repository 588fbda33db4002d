"""The lexical router's formula, worked out by hand."""

import math
from dataclasses import replace

import pytest

from passmuster.testing.factories import a_roster, an_agent

from .lexical_cases import MIGRATOR, REVIEWER, scores, with_examples


def test_words_and_characters_of_a_description_are_weighed_by_the_formula() -> None:
    """One word that one of two agents has scores ln 2 / log2 4, and 3.5 times the cosine of its six grams."""
    roster = a_roster(an_agent("q", "zz"), an_agent("k", "xx"))

    found = scores(roster, "zz")

    # idf = ln(1 + (2 - 1 + .5) / (1 + .5)) = ln 2; x = 1, so idf * 2.2 * 1 / (1.2 + 1) = ln 2; divided by log2(2 + 2).
    lexical = math.log(2) / 2
    # All grams are in one of two agents, so their idf cancels out. The agent has the three grams of "q" twice (1 + ln 2
    # each) and the six of "zz" once; the request has the six of "zz".
    character = 3.5 * 6 / (math.sqrt(6) * math.sqrt(6 + 3 * (1 + math.log(2)) ** 2))
    assert found == {"q": pytest.approx(lexical + character, abs=1e-9), "k": 0.0}
    assert found["q"] == pytest.approx(2.590268, abs=1e-6)


def test_a_name_counts_twice() -> None:
    """A word of the name has twice the frequency, saturated, and its grams occur twice."""
    roster = a_roster(an_agent("q", "zz"), an_agent("k", "xx"))

    found = scores(roster, "q")

    # x = 2, so ln 2 * 2.2 * 2 / (1.2 + 2).
    lexical = math.log(2) * 4.4 / 3.2 / 2
    twice = 1 + math.log(2)
    character = 3.5 * 3 * twice / (math.sqrt(3) * math.sqrt(6 + 3 * twice**2))
    assert found["q"] == pytest.approx(lexical + character, abs=1e-9)


def test_short_examples_count_more_than_long_ones_and_half_of_all() -> None:
    """The examples' field has half the weight and normalises lengths by itself."""
    roster = a_roster(with_examples(an_agent("q"), "zz"), with_examples(an_agent("k"), "xx yy vv"), an_agent("m"))

    found = scores(roster, "zz", fields=["examples"])

    # Lengths 1 and 3, the empty one does not count: 1 - .75 + .75 * 1 / 2 = .625, so x = 1.6. Three agents, one has it.
    rarity = math.log(1 + 2.5 / 1.5)
    expected = 0.5 * rarity * 2.2 * 1.6 / (1.2 + 1.6) / math.log2(5)
    assert found == {"q": pytest.approx(expected, abs=1e-9), "k": 0.0, "m": 0.0}


def test_a_body_counts_in_full_where_asked_for() -> None:
    """The body's field has weight 1, and none by default."""
    roster = a_roster(an_agent("q", "xx", instructions="zz"), an_agent("k", "vv", instructions="yy"))

    with_body = scores(roster, "zz", fields=["body"])
    by_default = scores(roster, "zz")

    assert with_body["q"] == pytest.approx(math.log(2) / 2, abs=1e-9)
    assert by_default == {"q": 0.0, "k": 0.0}


def test_a_repeated_word_of_a_request_counts_once_among_words_and_by_logarithm_among_characters() -> None:
    """Saying a word twice does not double anything: alone, it changes nothing at all."""
    roster = a_roster(an_agent("q", "zz"), an_agent("k", "xx"))

    once, twice = scores(roster, "zz"), scores(roster, "zz zz")

    assert once == twice


def test_the_text_of_examples_is_no_part_of_the_description() -> None:
    """An example block in the description changes no score; only its user line does, as an example."""
    plain = a_roster(MIGRATOR, REVIEWER)
    block = "\\n\\nExamples:\\n<example>user: 'rotate secrets'\\nassistant: 'vault'</example>"
    added = replace(MIGRATOR, description=MIGRATOR.description + block)

    before = scores(plain, "rotate secrets in the vault of the database")
    after = scores(a_roster(added, REVIEWER), "rotate secrets in the vault of the database")
    as_example = scores(a_roster(with_examples(added, "rotate secrets"), REVIEWER), "rotate secrets")

    assert before == after
    assert as_example["migrator"] > scores(plain, "rotate secrets")["migrator"]
