"""Requests that say in other words what the agents say of themselves."""

from passmuster.analysis.leaks import Origin
from passmuster.analysis.reworded_leaks import reworded_leaks, sentences_of
from passmuster.domain.agents import AgentExample
from passmuster.domain.values import SourceLocation
from passmuster.testing.factories import a_roster, an_agent

EXAMPLE = AgentExample(context="", user="It is slow", assistant="", commentary="", agent=None, line=7)
ROSTER = a_roster(
    an_agent(
        "tuner",
        "Makes slow pages quick. Short.\nUse it when users wait. <example>It is slow</example>",
        examples=(EXAMPLE,),
        source=SourceLocation(path="tuner.md", line=1),
    )
)


def test_examples_and_whole_sentences_may_be_repeated() -> None:
    """What is shorter than a run of words is nobody's sentence; an example is one whatever its length."""
    assert [(sentence.origin, sentence.text, str(sentence.place)) for sentence in sentences_of(ROSTER)] == [
        (Origin.EXAMPLE, "It is slow", "tuner.md:7"),
        (Origin.DESCRIPTION, "Makes slow pages quick", "tuner.md:1"),
        (Origin.DESCRIPTION, "Use it when users wait", "tuner.md:1"),
    ]


def test_the_likest_sentence_counts_if_it_is_like_enough() -> None:
    """Length of vectors does not matter, and a vector of zeros is like nothing."""
    sentences = sentences_of(ROSTER)
    vectors = [[1.0, 0.0], [0.0, 2.0], [3.0, 3.0]]

    found = reworded_leaks([[5.0, 0.1], [1.0, 0.9], [-1.0, -1.0], [0.0, 0.0]], sentences, vectors)

    assert [leak and leak.passage for leak in found] == ["It is slow", "Use it when users wait", None, None]
    assert found[0] is not None
    assert found[0].is_reworded
    assert 0.99 < found[0].share <= 1


def test_without_sentences_nothing_leaks() -> None:
    """Nor without requests."""
    assert reworded_leaks([[1.0]], (), []) == (None,)
    assert reworded_leaks([], sentences_of(ROSTER), [[1.0]] * 3) == ()
