"""What the baseline and earlier runs say of how cases fare."""

from dataclasses import replace

from passmuster.analysis.precedents import Precedents, comparable, owner_in, usual_trials, values_of
from passmuster.domain.answers import Answer
from passmuster.domain.cases import Case
from passmuster.domain.observations import Aspect, CaseObservation, RoutingOutcome
from passmuster.domain.results import Run, Trial
from passmuster.domain.values import AgentName, Fingerprint, SubjectName
from passmuster.testing.factories import (
    a_case,
    a_completion,
    a_decision,
    a_failure,
    a_key,
    a_rubric,
    a_run,
    a_score,
    a_snapshot,
    a_subject_record,
    a_trial,
    an_observation,
)

LEXICAL = SubjectName("lexical")
CASE = a_case("one", rubric=a_rubric())
RIGHT, WRONG = RoutingOutcome.PREFERRED, RoutingOutcome.WRONG


def tried(chosen: str | None, repetition: int = 0, score: float | None = None, **changes: object) -> Trial:
    """Make a trial of the case; with a score somebody wrote."""
    completion = None if score is None else a_completion()
    trial = a_trial("one", repetition=repetition, answer=Answer(routing=a_decision(chosen), completion=completion))
    outcomes = () if score is None else (a_score(value=score),)
    return a_trial("one", **{"key": trial.key, "answer": trial.answer, "outcomes": outcomes, **changes})  # type: ignore[arg-type]  # keywords of the factory, as fields


def precedents(*runs: Run, case: Case = CASE) -> Precedents:
    """Take in some runs, the latest first."""
    found = Precedents()
    for run in runs:
        found.add(run, LEXICAL, {case.identifier: case})
    return found


def observed(*outcomes: RoutingOutcome, **changes: object) -> CaseObservation:
    """Make the baseline's observation of the case."""
    chosen = tuple(AgentName("debugger" if outcome.is_right else "tester") for outcome in outcomes)
    made = replace(an_observation("one"), fingerprint=CASE.fingerprint, chosen=chosen, outcomes=outcomes)
    return replace(made, **changes)  # type: ignore[arg-type]  # fields by name


def test_trials_under_one_key_are_put_together_over_runs() -> None:
    """Equal keys are equal work, whichever run made it."""
    found = precedents(
        a_run(tried("debugger", 0), tried("tester", 1), cases=[CASE]), a_run(tried("debugger"), cases=[CASE])
    )

    assert found.most_repeated(Aspect.ROUTING, [CASE], {}) == ([1.0, 0.0, 1.0],)


def test_trials_under_other_conditions_stay_apart() -> None:
    """Another roster may have had another chance; the conditions with the most trials are taken."""
    other = [
        tried("tester", number, key=a_key("one", repetition=number, fingerprint=Fingerprint("0"))) for number in (0, 1)
    ]
    found = precedents(a_run(tried("debugger"), *other, cases=[CASE]))

    assert found.most_repeated(Aspect.ROUTING, [CASE], {}) == ([0.0, 0.0],)


def test_the_baseline_s_trials_count_as_their_own_conditions() -> None:
    """They are taken where they are the most."""
    found = precedents(a_run(tried("tester"), cases=[CASE]))
    few, many = observed(RIGHT), observed(RIGHT, WRONG)

    assert found.most_repeated(Aspect.ROUTING, [CASE], {CASE.identifier: many}) == ([1.0, 0.0],)
    assert len(found.most_repeated(Aspect.ROUTING, [CASE], {CASE.identifier: few})[0]) == 1


def test_outputs_pass_or_not_by_their_rubric() -> None:
    """A case without an output has none."""
    found = precedents(a_run(tried("debugger", 0, 1.0), tried("debugger", 1, 0.5), tried("debugger", 2), cases=[CASE]))

    assert found.most_repeated(Aspect.OUTPUT, [CASE], {}) == ([1.0, 0.0],)


def test_a_case_that_asks_or_expects_something_else_now_has_no_precedent() -> None:
    """Nor has an output that another rubric judged; the choice counts then."""
    run = a_run(tried("debugger", 0, 1.0), cases=[CASE])
    reworded = a_case("one", text="Something else", rubric=CASE.rubric)
    rejudged = a_case("one", rubric=a_rubric(passing_score=0.5))

    assert precedents(run, case=reworded).most_repeated(Aspect.ROUTING, [reworded], {}) == ((),)
    assert precedents(run, case=rejudged).most_repeated(Aspect.ROUTING, [rejudged], {}) == ([1.0],)
    assert precedents(run, case=rejudged).most_repeated(Aspect.OUTPUT, [rejudged], {}) == ((),)


def test_trials_that_were_made_because_of_others_do_not_count() -> None:
    """They were made of cases that had flipped, which vary more than cases do."""
    found = precedents(a_run(tried("debugger"), tried("tester", 1, inclusion=0.5), cases=[CASE]))
    drawn = observed(RIGHT, WRONG, inclusions=(1.0, 0.5), rounds=2)
    torn = observed(RIGHT, inclusions=(1.0, 0.5), rounds=2)

    assert found.most_repeated(Aspect.ROUTING, [CASE], {}) == ([1.0],)
    assert Precedents().most_repeated(Aspect.ROUTING, [CASE], {CASE.identifier: drawn}) == ([1.0],)
    assert Precedents().most_repeated(Aspect.ROUTING, [CASE], {CASE.identifier: torn}) == ((),)


def test_failures_and_other_subjects_are_passed_over() -> None:
    """Neither says how the case fares."""
    failed = tried(None, answer=Answer(routing=a_failure()))
    found = precedents(a_run(failed, a_trial("one", subject="another"), cases=[CASE]))

    assert found.most_repeated(Aspect.ROUTING, [CASE], {}) == ((),)
    assert found.owners == {}


def test_the_latest_choice_says_whose_a_case_is() -> None:
    """Nobody's name is kept where the choice is wrong."""
    latest, earlier = (a_run(tried(chosen), cases=[CASE]) for chosen in ("tester", "debugger"))

    assert list(precedents(latest, earlier).owners.values()) == [None]
    assert list(precedents(earlier, latest).owners.values()) == ["debugger"]
    assert owner_in(observed(RIGHT)) == "debugger"
    assert owner_in(observed(WRONG)) is None
    assert owner_in(observed(RIGHT, chosen=(None,))) == "(nobody)"


def test_only_what_is_still_the_same_can_be_compared() -> None:
    """The case's words and its rubric, and the subject."""
    record = a_subject_record()
    whole = observed(RIGHT, rubric=CASE.rubric_fingerprint, passed=(True,))
    unmeasured = observed()

    for observation, aspect, size in (
        (whole, Aspect.ROUTING, 1),
        (whole, Aspect.OUTPUT, 1),
        (observed(RIGHT, fingerprint=Fingerprint("0")), Aspect.ROUTING, 0),
        (observed(RIGHT, rubric=Fingerprint("0"), passed=(True,)), Aspect.OUTPUT, 0),
        (observed(RIGHT), Aspect.OUTPUT, 0),
        (unmeasured, Aspect.ROUTING, 0),
        (observed(RIGHT, subject=SubjectName("another")), Aspect.ROUTING, 0),
    ):
        assert len(comparable(a_snapshot(observation), record, aspect, [CASE])) == size
    assert comparable(None, record, Aspect.ROUTING, [CASE]) == {}


def test_the_usual_number_of_trials_is_what_chance_makes_of_them() -> None:
    """One trial beside ten is hardly more than two each."""
    assert usual_trials([observed(RIGHT), observed(*[RIGHT] * 10)], Aspect.ROUTING) == 2
    assert usual_trials([observed(RIGHT, passed=(True, False, True))], Aspect.OUTPUT) == 3
    assert values_of(observed(RIGHT, WRONG), Aspect.ROUTING) == [1.0, 0.0]
