"""A run reduced to observations: means, order, and what counts as a failure."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passmuster.analysis.observing import (
    asked_parts,
    choice_score,
    failed_parts,
    observe,
    observe_case,
    usual_choice,
    weights_of,
)
from passmuster.domain.answers import Answer, RankedAgent, RoutingDecision, Stage
from passmuster.domain.observations import NOBODY, RoutingOutcome
from passmuster.domain.results import Trial
from passmuster.domain.values import AgentName, SubjectName
from passmuster.testing.factories import (
    a_case,
    a_completion,
    a_criterion_reference,
    a_decision,
    a_failure,
    a_roster,
    a_rubric,
    a_run,
    a_score,
    a_trial,
    an_unscored,
)

LEXICAL = SubjectName("lexical")
JUDGED = a_case(
    rubric=a_rubric(a_criterion_reference(name="one"), a_criterion_reference(name="two"), passing_score=0.5)
)


def routed(decision: RoutingDecision, repetition: int = 0) -> Trial:
    return a_trial(repetition=repetition, answer=Answer(routing=decision))


def test_repetitions_are_reduced_in_their_order() -> None:
    """Choices and outcomes are listed by repetition, whatever order the trials ended in."""
    chosen = ("debugger", None, "test-engineer")
    trials = [routed(a_decision(name), repetition) for repetition, name in enumerate(chosen)]

    observation = observe_case(LEXICAL, a_case(), [trials[2], trials[0], trials[1]])

    assert observation.chosen == chosen
    assert observation.outcomes == (RoutingOutcome.PREFERRED, RoutingOutcome.UNDER_DELEGATED, RoutingOutcome.WRONG)


def test_scores_and_margins_are_means_of_what_there_is() -> None:
    """A decision without scores adds nothing, and numbers are kept to six decimals."""
    trials = [
        routed(a_decision(score=1.0, margin=0.1), 0),
        routed(a_decision(score=1.0000007, margin=None), 1),
        routed(a_decision(ranking=(), margin=0.2), 2),
    ]

    observation = observe_case(LEXICAL, a_case(), trials)

    assert observation.score == 1.0
    assert observation.margin == 0.15


def test_a_score_that_is_no_number_is_no_score() -> None:
    """A baseline file could not hold what a careless router says."""
    trials = [routed(a_decision(score=math.nan, margin=math.inf), 0), routed(a_decision(score=-1e-9, margin=-0.0), 1)]

    observation = observe_case(LEXICAL, a_case(), trials)

    assert repr(observation.score) == "0.0"
    assert repr(observation.margin) == "0.0"


RANKING = (RankedAgent(agent=AgentName("debugger"), score=3.0), RankedAgent(agent=AgentName("tester"), score=2.0))


@pytest.mark.parametrize(("chosen", "score"), [("debugger", 3.0), ("tester", 2.0), ("a third", None), (None, 3.0)])
def test_the_score_is_that_of_the_choice(chosen: str | None, score: float | None) -> None:
    """A router may choose another agent than the best one; for nobody it is the best one's."""
    decision = a_decision(chosen, ranking=RANKING)

    assert choice_score(decision) == score


def test_a_rubric_is_reduced_by_criterion_and_as_a_whole() -> None:
    """Criteria are averaged by name, and the rubric over repetitions."""
    trials = [
        a_trial(
            repetition=repetition,
            answer=Answer(routing=a_decision(), completion=a_completion()),
            outcomes=(a_score("two", value), a_score("one", 0.0)),
        )
        for repetition, value in enumerate((1.0, 0.5))
    ]

    observation = observe_case(LEXICAL, JUDGED, trials)

    assert observation.criteria == {"one": 0.0, "two": 0.75}
    assert list(observation.criteria) == ["one", "two"]
    assert observation.rubric_score == 0.375
    assert observation.passed == (True, False)


def test_a_failed_choice_is_left_out_and_counted() -> None:
    """The harness's failure is neither a choice of nobody nor a wrong one."""
    trials = [routed(a_decision(), 0), a_trial(repetition=1, answer=Answer(routing=a_failure()))]

    observation = observe_case(LEXICAL, a_case(), trials)

    assert observation.chosen == ("debugger",)
    assert observation.routing_rate == 1.0
    assert observation.failures == 1


@pytest.mark.parametrize(
    ("trial", "asked", "failed"),
    [
        (a_trial(), 1, 0),
        (a_trial(answer=Answer(routing=a_failure())), 1, 1),
        (a_trial(answer=Answer(routing=a_decision(), completion=a_completion()), outcomes=(a_score(),)), 2, 0),
        (
            a_trial(
                answer=Answer(routing=a_decision(), completion=a_failure(Stage.COMPLETION)),
                outcomes=(an_unscored("one"), an_unscored("two")),
            ),
            2,
            1,
        ),
        (
            a_trial(
                answer=Answer(routing=a_failure(), completion=a_completion()),
                outcomes=(a_score("one"), an_unscored("two"), an_unscored("three")),
            ),
            2,
            2,
        ),
        (a_trial(answer=Answer(completion=a_completion()), outcomes=(an_unscored(),)), 1, 1),
        (a_trial(answer=Answer()), 0, 0),
    ],
)
def test_choice_and_output_each_fail_once(trial: Trial, asked: int, failed: int) -> None:
    """Five criteria without a completion are one failure, and one criterion that cannot judge is one too."""
    assert (asked_parts(trial), failed_parts(trial)) == (asked, failed)


def test_a_case_without_trials_is_an_observation_of_nothing() -> None:
    """An interrupted run says of every case what it knows."""
    observation = observe_case(LEXICAL, a_case(), [])

    assert observation.chosen == ()
    assert observation.routing_rate is None
    assert observation.score is None
    assert observation.failures == 0


def test_a_run_is_reduced_in_the_order_of_subjects_and_cases() -> None:
    """The order in which trials ended is forgotten; every subject has an observation of every case."""
    trials = [a_trial("two", subject="b"), a_trial("one", subject="b"), a_trial("two", subject="a")]
    run = a_run(*trials, cases=[a_case("one"), a_case("two")])

    snapshot = observe(run)

    assert [(item.subject, item.case) for item in snapshot.observations] == [
        ("b", "one"),
        ("b", "two"),
        ("a", "one"),
        ("a", "two"),
    ]
    assert snapshot.suite == "example"
    assert snapshot.subjects == run.manifest.subjects
    assert [item.name for item in snapshot.agents] == list(a_roster().names)


@given(order=st.permutations(range(6)))
def test_the_order_of_trials_does_not_matter(order: list[int]) -> None:
    """Equal runs have equal snapshots, whichever trial ended first."""
    trials = [
        routed(a_decision("debugger" if repetition % 2 else None, score=0.1 * repetition), repetition)
        for repetition in range(6)
    ]
    run = a_run(*trials)

    shuffled = replace(run, trials=tuple(trials[index] for index in order))

    assert observe(shuffled) == observe(run)


@pytest.mark.parametrize(
    ("chosen", "usual"),
    [
        ((), ""),
        ((None,), NOBODY),
        (("b", "a", "b"), "b"),
        (("b", "a"), "a"),
        ((None, "a", None, "b"), NOBODY),
    ],
)
def test_the_usual_choice_is_the_most_frequent_one(chosen: tuple[AgentName | None, ...], usual: str) -> None:
    """Where two are equally frequent, the first in the alphabet stands for both."""
    assert usual_choice(chosen) == usual


def asked(case: str, *rounds: int, inclusion: float = 1.0, subject: str = "lexical") -> list[Trial]:
    """Return the trials of a case that was drawn for some rounds with that probability."""
    return [a_trial(case, repetition=at, inclusion=inclusion, subject=subject) for at in rounds]


def test_rounds_are_counted_where_not_all_cases_were_asked_equally() -> None:
    """By the number of the last one, so that a round for which a case was not drawn counts."""
    trials = [*asked("one", 0), *asked("two", 0), *asked("one", 1, inclusion=0.5), *asked("two", 2, inclusion=0.25)]

    one, two = observe(a_run(*trials)).observations

    assert (one.rounds, two.rounds) == (3, 3)
    assert (one.inclusions, two.inclusions) == ((1.0, 0.5), (1.0, 0.25))


def test_where_all_cases_were_asked_equally_nothing_is_weighed() -> None:
    """Nor where one subject's cases were and another's were not."""
    run = a_run(*asked("one", 0, 1), *asked("one", 0, inclusion=0.5, subject="other"))

    plain, drawn = observe(run).observations

    assert (plain.rounds, plain.inclusions) == (0, ())
    assert (drawn.rounds, drawn.inclusions) == (1, (0.5,))


@pytest.mark.parametrize(("inclusion", "rounds"), [(0.1, 2), (1.0, 0)])
def test_a_case_that_was_not_asked_stands_in_the_sample_only_if_it_could_have_been_drawn(
    inclusion: float, rounds: int
) -> None:
    """Where the first round took some cases by chance, those that it left were in the draw; else they never were."""
    trials = [*asked("one", 0), *asked("two", 0, inclusion=inclusion), *asked("one", 1, inclusion=0.5)]
    run = a_run(*trials, cases=[a_case(name) for name in ("one", "two", "three")])

    one, _, three = observe(run).observations

    assert one.rounds == 2
    assert three.rounds == rounds
    assert not three.was_asked


def test_the_models_that_answered_are_kept_in_order() -> None:
    """As their servers resolved them; a completion that failed has none."""
    answers = [Answer(completion=a_completion(model=model)) for model in ("small-2", "small-1", "small-2", "")] + [
        Answer(completion=a_failure(Stage.COMPLETION))
    ]
    run = a_run(*(a_trial(f"case-{at}", answer=answer) for at, answer in enumerate(answers)))

    assert observe(run).subjects[0].models == ("small-1", "small-2")
    assert observe(run).subjects[0].choosing_models == ()
    chosen = a_run(a_trial("one", answer=Answer(routing=a_decision(model="tiny"))))
    assert observe(chosen).subjects[0].choosing_models == ("tiny",)
    assert observe(chosen).subjects[0].models == ()
    assert observe(a_run()).subjects[0].models == ()


def test_a_case_stands_for_as_many_as_its_chance_says() -> None:
    """By its first round; one not drawn may be as heavy as the heaviest; without a sample all are alike."""
    trials = [*asked("sure", 0), *asked("drawn", 0, inclusion=0.25), *asked("sure", 1, inclusion=0.1)]
    run = a_run(*trials, cases=[a_case(name) for name in ("sure", "drawn", "left")])

    weights = weights_of(observe(run).observations)

    assert {case: weight for (_, case), weight in weights.items()} == {"sure": 1.0, "drawn": 4.0, "left": 4.0}
    assert weights_of(observe(a_run()).observations) == {}
