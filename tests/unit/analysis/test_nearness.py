"""What past answers and words say about the cases that an edit may move."""

from collections import Counter
from dataclasses import replace

import pytest

from passmuster.analysis.nearness import Past, Trace, edited_words, neighbours, words_of
from passmuster.domain.answers import Answer, RankedAgent
from passmuster.domain.observations import CaseObservation
from passmuster.domain.values import AgentName, CaseIdentifier, SubjectName
from passmuster.testing.factories import (
    a_case,
    a_decision,
    a_roster,
    a_run,
    a_snapshot,
    a_trial,
    an_agent,
    an_observation,
)

LEXICAL = SubjectName("lexical")


def names(*agents: str) -> frozenset[AgentName]:
    return frozenset(map(AgentName, agents))


def past(*observations: CaseObservation, subject: str = "lexical") -> Past:
    return Past(baseline=a_snapshot(*observations), runs=(), subjects={SubjectName(subject)})


def trace(known: Past, case: str = "failing-test") -> Trace:
    return known.traces[CaseIdentifier(case)]


def test_who_had_a_case_and_who_was_next_is_near() -> None:
    """The baseline tells both."""
    found = trace(past(an_observation(chosen="debugger", rival="test-engineer")))

    assert found.chosen == names("debugger")
    assert found.near == names("debugger", "test-engineer")


def test_the_first_of_a_ranking_are_near_and_the_rest_is_not() -> None:
    """A stored run tells more than the baseline."""
    ranking = tuple(RankedAgent(agent=AgentName(name), score=9.0 - place) for place, name in enumerate("abcd"))
    run = a_run(a_trial(answer=Answer(routing=a_decision("a", ranking=ranking))))

    found = trace(Past(baseline=None, runs=[run], subjects={LEXICAL}))

    assert found.near == names("a", "b")


def test_a_run_of_a_selection_does_not_tell_how_narrow_its_cases_are() -> None:
    """It holds more than its share of narrow ones."""
    run = a_run(a_trial(), selection="the narrow ones")

    assert trace(Past(baseline=None, runs=[run], subjects={LEXICAL})) == Trace(
        chosen=names("debugger"), near=names("debugger"), place=None
    )


def test_the_narrowest_margin_has_the_lowest_place() -> None:
    """A place is the share of the subject's cases that were decided at most as clearly."""
    known = past(*(an_observation(f"case-{number}", margin=float(number)) for number in range(4)))

    assert [trace(known, f"case-{number}").place for number in range(4)] == [0.25, 0.5, 0.75, 1.0]


def test_margins_that_are_all_alike_tell_nothing() -> None:
    """No case was decided more narrowly than another, so none is among the narrow ones."""
    known = past(*(an_observation(f"case-{number}", margin=0.0) for number in range(4)))

    assert {trace(known, f"case-{number}").place for number in range(4)} == {1.0}


def test_a_case_that_went_here_and_there_could_not_be_decided_more_narrowly() -> None:
    """Also where the router has no scores, which else leaves the place unknown."""
    steady = an_observation(margin=None)
    varied = replace(steady, chosen=(AgentName("debugger"), None), outcomes=steady.outcomes * 2)

    assert trace(past(steady)).place is None
    assert trace(past(varied)).place == 0.0


def test_what_one_subject_does_not_know_another_may() -> None:
    """A case is as near and as narrow as any subject, run or baseline has it."""
    other = an_observation(chosen="a", margin=None, subject=SubjectName("other"))
    baseline = a_snapshot(an_observation(margin=3.0, rival="b"), other)
    run = a_run(a_trial(answer=Answer(routing=a_decision("c"))))

    found = trace(Past(baseline=baseline, runs=[run], subjects={LEXICAL, SubjectName("other")}))

    assert found.near == names("a", "b", "c", "debugger")
    assert found.place == 1.0


def test_other_subjects_do_not_count() -> None:
    """What a subject that is not run showed says nothing of those that are."""
    assert past(an_observation(), subject="other").traces == {}


def test_agents_meet_where_one_was_expected_or_next_in_line() -> None:
    """An agent does not meet itself, nor nobody."""
    cases = {CaseIdentifier("one"): a_case("one", preferred="a"), CaseIdentifier("two"): a_case("two", preferred=None)}
    known = past(
        an_observation("one", chosen="b", rival="a"),
        an_observation("two", chosen="b", rival="c"),
        an_observation("three", chosen=None, rival="c"),
    )

    assert known.confusions(cases) == {names("a", "b"): 2, names("b", "c"): 1}


def test_the_two_that_were_confused_most_are_neighbours() -> None:
    """Where two were confused equally often, the first in the alphabet is the nearer one."""
    roster = a_roster(*(an_agent(name, f"word{name}") for name in "abcde"))
    met = Counter({names("a", "b"): 1, names("a", "c"): 5, names("a", "e"): 1, names("c", "d"): 9})

    assert neighbours([AgentName("a")], [roster], met) == names("b", "c")


def test_the_two_that_are_described_most_alike_are_neighbours() -> None:
    """Rare words count for more than words that every agent has, and edited agents are no neighbours."""
    roster = a_roster(
        an_agent("a", "reviews migrations and indexes"),
        an_agent("b", "writes migrations and indexes"),
        an_agent("c", "writes guides and pages"),
        an_agent("d", "and"),
        an_agent("e", "plans indexes and budgets"),
        an_agent("f", "reviews budgets and migrations and indexes"),
    )

    assert neighbours([AgentName("a")], [roster], {}) == names("b", "f")
    assert neighbours([AgentName("a"), AgentName("f")], [roster], {}) == names("b", "e")


def test_an_agent_is_known_by_what_it_was_and_by_what_it_is() -> None:
    """An edit that makes an agent like another one makes the two neighbours."""
    others = [an_agent("b", "writes migrations"), an_agent("c", "designs buttons")]
    before = a_roster(an_agent("a", "plans migrations"), *others)
    after = a_roster(an_agent("a", "plans buttons"), *others)

    assert neighbours([AgentName("a")], [before, after], {}) == names("b", "c")


def test_an_agent_alone_has_no_neighbours() -> None:
    """Nor has one that no roster holds."""
    assert neighbours([AgentName("debugger")], [a_roster("debugger")], {}) == frozenset()
    assert neighbours([AgentName("gone")], [a_roster("debugger")], {}) == frozenset()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Fix SQL, please!", ["fix", "sql", "please"]),
        ("a b cd", ["cd"]),
        ("naïve Straße", ["naïve", "strasse"]),
        ("", []),
    ],
)
def test_words_are_runs_of_letters_and_digits(text: str, words: list[str]) -> None:
    """Their case does not matter, nor what stands between them."""
    assert words_of(text) == words


def test_words_that_an_edit_put_in_took_out_or_repeated_are_its_own() -> None:
    """Words that only moved are not."""
    before, after = an_agent("a", "reads and writes logs"), an_agent("a", "writes and reads and tails logs")

    assert edited_words(before, after) == {"and", "tails"}


def test_the_body_belongs_to_the_words_of_an_agent() -> None:
    """Some routers read it."""
    before, after = an_agent("a", instructions="Be brief."), an_agent("a", instructions="Be thorough.")

    assert edited_words(before, after) == {"brief", "thorough"}


def test_all_words_of_a_new_agent_are_new() -> None:
    """And all of one that is gone are gone."""
    agent = an_agent("scribe", "takes notes", instructions="")

    assert edited_words(None, agent) == edited_words(agent, None) == {"scribe", "takes", "notes"}
