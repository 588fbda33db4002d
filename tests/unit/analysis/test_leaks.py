"""Requests that repeat what the agents say of themselves."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passmuster.analysis.leaks import AgentTexts, Leak, Origin
from passmuster.domain.agents import AgentExample
from passmuster.domain.values import SourceLocation
from passmuster.testing.factories import a_roster, an_agent

EXAMPLE = AgentExample(
    context="", user="The orders page takes ten seconds to load", assistant="", commentary="", agent=None, line=7
)
ROSTER = a_roster(
    an_agent(
        "performance",
        f"Finds out why something is slow. <example>user: {EXAMPLE.user}</example>",
        examples=(EXAMPLE,),
        source=SourceLocation(path="performance.md", line=1),
    ),
    an_agent("migrations", "Use when a table must be split without any downtime at all."),
)


def leak_of(request: str) -> Leak | None:
    return AgentTexts(ROSTER).leak(request)


def test_a_repeated_example_is_found_with_its_place() -> None:
    """The example is named, and not the description around it; so is its line."""
    leak = leak_of("Hm, the orders page takes ten seconds to load!")

    assert leak is not None
    assert (leak.agent, leak.origin, str(leak.place)) == ("performance", Origin.EXAMPLE, "performance.md:7")
    assert leak.share == pytest.approx(8 / 9)
    assert leak.passage == "the orders page takes ten seconds to load"


def test_a_repeated_description_is_found() -> None:
    """Pieces of it add up, and the longest is quoted."""
    leak = leak_of("a table must be split, without any downtime at all")

    assert leak is not None
    assert (leak.agent, leak.origin, leak.share) == ("migrations", Origin.DESCRIPTION, 1.0)
    assert leak.passage == "a table must be split without any downtime at all"


@pytest.mark.parametrize(
    "request_text",
    ["", "!!!", "slow", "the orders page", "Why is the table of orders slow to load? It takes ten minutes or seconds"],
)
def test_shared_words_alone_are_no_leak(request_text: str) -> None:
    """Descriptions speak of the same things as requests, and should."""
    assert leak_of(request_text) is None


def test_a_short_request_leaks_if_it_is_a_whole_example() -> None:
    """There is no run of four words in it, and yet it stands in the file."""
    example = AgentExample(context="", user="Commit this.", assistant="", commentary="", agent=None, line=None)
    texts = AgentTexts(a_roster(an_agent("git", "Commits.", examples=(example,))))

    leak = texts.leak("commit this")

    assert leak is not None
    assert (leak.share, leak.passage, leak.place) == (1.0, "commit this", None)
    assert texts.leak("commit that") is None


@given(request_text=st.text())
def test_any_request_can_be_looked_at(request_text: str) -> None:
    """A share is never above 1, and its passage is never empty."""
    leak = leak_of(f"{request_text} the orders page takes ten seconds to load")

    assert leak is None or (0.6 <= leak.share <= 1 and leak.passage)
