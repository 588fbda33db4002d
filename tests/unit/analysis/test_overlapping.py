"""How much agents overlap: in words, and in requests."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passmuster.analysis.overlapping import Routed, similar_descriptions, thefts
from passmuster.analysis.telling_words import telling_words
from passmuster.domain.values import AgentName
from passmuster.testing.factories import a_roster, an_agent

AZURE = "Reviews Azure infrastructure templates for drift, naming, tagging, secrets and cost in {}."


def routed(owner: str, chosen: str | None, text: str = "x") -> Routed:
    return Routed(
        owner=AgentName(owner),
        right=frozenset({AgentName(owner)}),
        chosen=AgentName(chosen) if chosen else None,
        text=text,
        source=None,
        is_example=True,
    )


def test_descriptions_that_differ_in_a_word_are_alike() -> None:
    """With the words that they share, and not those that any description has."""
    roster = a_roster(
        an_agent("terraform", AZURE.format("Terraform")),
        an_agent("bicep", AZURE.format("Bicep")),
        an_agent("baker", "Bakes rye bread with a long cold proof."),
    )

    (pair,) = similar_descriptions(roster)

    assert (pair.first, pair.second) == ("bicep", "terraform")
    assert 0.8 <= pair.cosine < 1
    assert set(pair.terms) < {
        "reviews",
        "azure",
        "infrastructure",
        "templates",
        "drift",
        "naming",
        "tagging",
        "secrets",
        "cost",
    }


def test_equal_descriptions_are_twins_and_not_similar() -> None:
    """They are another finding; so are descriptions with nothing to compare."""
    roster = a_roster(an_agent("a", AZURE), an_agent("b", f"{AZURE} "), an_agent("c", "Helps"), an_agent("d", "Help"))

    assert similar_descriptions(roster) == ()


def test_examples_do_not_make_descriptions_alike() -> None:
    """Authors copy examples; what agents are said to do is before them."""
    example = "<example>user: orders are slow when customers with many invoices pay</example>"
    roster = a_roster(
        an_agent("a", f"Tunes slow queries in PostgreSQL databases. {example}"),
        an_agent("b", f"Bakes rye bread with cold proof. {example}"),
    )

    assert similar_descriptions(roster) == ()


@given(st.lists(st.text(alphabet="abcdefg ", min_size=10, max_size=60), min_size=2, max_size=8), st.randoms())
def test_likeness_does_not_depend_on_the_order_of_agents(texts: list[str], random: object) -> None:
    """And every cosine lies between the threshold and 1."""
    agents = [an_agent(f"n{number}", text) for number, text in enumerate(texts)]
    shuffled = list(agents)
    random.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis gives a random.Random

    pairs = similar_descriptions(a_roster(*agents), alike=0.1)

    assert pairs == similar_descriptions(a_roster(*shuffled), alike=0.1)
    assert all(0.1 <= pair.cosine <= 1.000001 and pair.first < pair.second for pair in pairs)


def test_thefts_are_counted_both_ways() -> None:
    """The one that loses more is the loser; requests that nobody took are nobody's theft."""
    requests = [
        routed("a", "b", "first"),
        routed("b", "a"),
        routed("b", "a", "second"),
        routed("b", "b"),
        routed("a", None),
        routed("c", "a"),
    ]

    found = thefts([replace(item, text=item.text) for item in requests])

    assert [(item.loser, item.taker, item.lost, item.asked, item.back, item.asked_back) for item in found] == [
        ("b", "a", 2, 3, 1, 2),
        ("c", "a", 1, 1, 0, 2),
    ]
    assert found[0].shown == "x"


def test_right_choices_are_no_theft() -> None:
    """A twin may have a request as well."""
    assert thefts([replace(routed("a", "b"), right=frozenset({AgentName("a"), AgentName("b")}))]) == ()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("MUST BE USED PROACTIVELY", []),
        ("Expert in C++, Node.js and code-review", ["c++", "node.js", "code-review"]),
        ("Prüft Indizes", ["prüft", "indizes"]),
        ("", []),
    ],
)
def test_telling_words_leave_out_what_any_description_says(text: str, words: list[str]) -> None:
    """In small letters, in order."""
    assert telling_words(text) == words
