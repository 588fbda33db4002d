"""Agents with one description, and choices that are right by a twin."""

from dataclasses import replace

from passmuster.analysis.metrics import subject_reports
from passmuster.analysis.observing import observe_case
from passmuster.analysis.outcomes import routing_outcome
from passmuster.analysis.twins import twin_groups, twin_sentence, with_twins
from passmuster.domain.answers import Answer
from passmuster.domain.observations import RoutingOutcome
from passmuster.domain.values import AgentName, SubjectName
from passmuster.testing.factories import a_case, a_decision, a_roster, a_run, a_trial, an_agent, an_expectation

WORDS = "Reviews changes to Python services for races and leaks."
ROSTER = a_roster(
    an_agent("one", WORDS),
    an_agent("two", f" {WORDS}\n"),
    an_agent("three", WORDS, instructions="You are a one."),
    an_agent("four", "Bakes bread."),
    an_agent("five", ""),
    an_agent("six", ""),
)


def test_agents_with_one_description_are_twins() -> None:
    """But for the space around it; agents without any are none."""
    (group,) = twin_groups(ROSTER)

    assert group.names == ("one", "three", "two")
    assert group.pairs == 3
    assert not group.is_identical


def test_twins_may_be_one_agent_under_two_names() -> None:
    """Where instructions, tools and model are the same as well."""
    roster = a_roster(an_agent("one", WORDS, instructions="x"), an_agent("two", WORDS, instructions="x"))

    assert [group.is_identical for group in twin_groups(roster)] == [True]


def test_twins_of_right_agents_become_right() -> None:
    """Also those of acceptable ones; what is forbidden stays so; fingerprints stay."""
    case = a_case(expectation=an_expectation("one", forbidden=["two"]))
    accepting = a_case("other", expectation=an_expectation("four", acceptable=["three"]))
    plain = a_case("plain", preferred="four")

    widened, accepted, untouched = with_twins([case, accepting, plain], ROSTER)

    assert widened.expectation.twins == {"three"}
    assert accepted.expectation.twins == {"one", "two"}
    assert untouched is plain
    assert [widened.fingerprint, accepted.fingerprint] == [case.fingerprint, accepting.fingerprint]


def test_choice_of_a_twin_has_an_outcome_of_its_own() -> None:
    """It is right, and it is told apart from what the case names."""
    expectation = replace(an_expectation("one", forbidden=["two"]), twins=frozenset({AgentName("three")}))

    outcomes = [routing_outcome(AgentName(name), expectation) for name in ("one", "two", "three", "four")]

    assert outcomes == [
        RoutingOutcome.PREFERRED,
        RoutingOutcome.FORBIDDEN,
        RoutingOutcome.TWIN,
        RoutingOutcome.WRONG,
    ]
    assert [outcome.is_right for outcome in outcomes] == [True, False, True, False]


def test_report_counts_choices_that_a_twin_made_right() -> None:
    """In the accuracy, and in a sentence; without any there is no sentence."""
    case = with_twins([a_case(preferred="one")], ROSTER)[0]
    trial = a_trial(answer=Answer(routing=a_decision("two")))
    run = a_run(trial, cases=[case], roster=ROSTER)
    strict = a_run(trial, cases=[a_case(preferred="one")], roster=ROSTER)

    assert observe_case(SubjectName("lexical"), case, [trial]).outcomes == (RoutingOutcome.TWIN,)
    assert twin_sentence(run) == (
        "1 of 1 choice was right only because a twin, an agent with the same description, counts as right."
    )
    assert twin_sentence(strict) is None
    accuracies = [subject_reports(item)[0].metric("routing_accuracy") for item in (run, strict)]
    assert [item.value for item in accuracies if item] == [1.0, 0.0]
