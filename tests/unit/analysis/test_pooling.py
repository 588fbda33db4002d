"""Up to ten trials of each case, of all that measured the same."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from passmuster.analysis.observing import observe
from passmuster.analysis.pooling import MOST_KEPT, pooled
from passmuster.domain.answers import Answer
from passmuster.domain.observations import Acceptance, Aspect, CaseObservation, Snapshot
from passmuster.domain.results import Run, Trial
from passmuster.domain.values import CaseIdentifier, SubjectName
from passmuster.testing.factories import (
    a_case,
    a_completion,
    a_decision,
    a_roster,
    a_rubric,
    a_run,
    a_score,
    a_subject_record,
    a_trial,
)

VARYING = (a_subject_record("model", is_deterministic=False),)


def trial(case: str = "one", repetition: int = 0, chosen: str | None = "debugger", **changes: object) -> Trial:
    answer = Answer(routing=a_decision(chosen))
    return a_trial(case, subject="model", repetition=repetition, **{"answer": answer, **changes})


def a_varying_run(*trials: Trial, **changes: object) -> Run:
    return a_run(*trials, **{"subjects": VARYING, **changes})


def only(snapshot: Snapshot) -> CaseObservation:
    [found] = snapshot.observations
    return found


def test_earlier_runs_of_the_same_add_their_trials_the_newest_first() -> None:
    """Three runs of one trial each make a baseline of three."""
    run, newer, older = (a_varying_run(trial(chosen=chosen)) for chosen in ("debugger", "code-reviewer", None))

    found = only(pooled(run, [newer, older], None))

    assert found.chosen == ("debugger", "code-reviewer", None)
    assert found.routing_rate == pytest.approx(1 / 3)


def test_no_more_than_ten_are_kept_and_no_more_runs_are_read_than_that_takes() -> None:
    """A store may hold hundreds of runs."""
    read: list[int] = []

    def earlier() -> Iterator[Run]:
        for number in range(100):
            read.append(number)
            yield a_varying_run(*[trial(repetition=at) for at in range(4)])

    found = only(pooled(a_varying_run(*[trial(repetition=at) for at in range(3)]), earlier(), None))

    assert len(found.outcomes) == MOST_KEPT
    assert len(read) <= 3


def test_a_run_of_more_than_ten_keeps_its_first_ten() -> None:
    """A baseline stays readable whatever was run."""
    run = a_varying_run(*[trial(repetition=at, chosen="debugger" if at < 10 else None) for at in range(12)])

    assert only(pooled(run, [], None)).chosen == ("debugger",) * 10


@pytest.mark.parametrize(
    "other",
    [
        a_varying_run(trial(), cases=[a_case("one", text="another request")]),
        a_varying_run(trial(), cases=[a_case("one", rubric=a_rubric())]),
        a_varying_run(replace(trial(), key=replace(trial().key, fingerprint=VARYING[0].fingerprint))),
        a_varying_run(trial(answer=Answer(routing=a_decision(), completion=a_completion(model="another model")))),
    ],
    ids=["request", "rubric", "agents", "model"],
)
def test_what_measured_something_else_adds_nothing(other: Run) -> None:
    """Another request, rubric or model, or whatever else an answer depends on."""
    run = a_varying_run(trial(), cases=[a_case("one")])

    assert only(pooled(run, [other], None)).chosen == ("debugger",)


def test_rounds_that_outcomes_asked_for_are_not_kept() -> None:
    """A case that is asked until it passes would look better than it is, on either run."""
    run = a_varying_run(trial("one", 0, None), trial("two"), trial("one", 1), looks=3, planned=2)
    earlier = a_varying_run(trial("one", 0, None), trial("two"), trial("two", 1), looks=3, planned=2)

    found = {item.case: item for item in pooled(run, [earlier], None).observations}

    assert found["one"].chosen == (None, None)
    assert found["two"].chosen == ("debugger", "debugger")
    assert (found["one"].inclusions, found["one"].rounds) == ((), 0)


def test_a_subject_without_noise_is_observed_alone() -> None:
    """Its repetitions would all be the same."""
    run = a_run(a_trial("one"))

    assert pooled(run, [run, run], observe(run)) == observe(run)


def test_without_earlier_runs_the_baseline_keeps_its_trials() -> None:
    """In CI the store is empty, and the file in git is all that there is."""
    close = Answer(routing=a_decision(None, margin=0.5))
    baseline = observe(a_varying_run(*[trial(repetition=at, answer=close) for at in range(9)]))

    found = only(pooled(a_varying_run(trial(), trial(repetition=1)), [], baseline))

    assert found.chosen == ("debugger", "debugger", *[None] * 8)
    assert found.margin == pytest.approx((2 * 1.0 + 8 * 0.5) / 10)
    # Where nobody was chosen there is no score.
    assert found.score == 2.0


def test_accepting_the_same_run_again_changes_nothing() -> None:
    """Its trials are in the baseline already, and must not count twice."""
    baseline = observe(a_varying_run(trial("one", chosen=None), trial("two")))
    run = a_varying_run(trial("one"), trial("two"))

    once = pooled(run, [], baseline)

    assert pooled(run, [], once) == once


def test_trials_of_a_store_and_of_the_baseline_are_not_both_taken() -> None:
    """They may be the same ones."""
    earlier = a_varying_run(trial(chosen=None))

    found = only(pooled(a_varying_run(trial()), [earlier], observe(earlier)))

    assert found.chosen == ("debugger", None)


@pytest.mark.parametrize("difference", ["agents", "subject", "accepted", "request"])
def test_a_baseline_of_something_else_adds_nothing(difference: str) -> None:
    """Other agents, another subject, a break accepted by itself, an edited case."""
    before = observe(a_varying_run(trial(chosen=None)))
    baselines = {
        "agents": replace(before, agents=Snapshot.prints(a_roster("debugger"))),
        "subject": replace(before, subjects=(a_subject_record("model", fingerprint=before.agents[0].definition),)),
        "accepted": replace(
            before,
            acceptances=(Acceptance(subject=SubjectName("model"), case=CaseIdentifier("one"), aspect=Aspect.ROUTING),),
        ),
        "request": replace(before, observations=(replace(only(before), fingerprint=before.agents[0].definition),)),
    }

    found = only(pooled(a_varying_run(trial()), [], baselines[difference]))

    assert found.chosen == ("debugger",)


def test_criteria_are_means_over_all_that_is_kept() -> None:
    """One trial passed and the three kept ones did not."""
    case = a_case("one", rubric=a_rubric())

    def judged(repetition: int, value: float) -> Trial:
        answer = Answer(routing=a_decision(), completion=a_completion())
        return trial("one", repetition, answer=answer, outcomes=(a_score(value=value),))

    baseline = observe(a_varying_run(*[judged(at, 0.0) for at in range(3)], cases=[case]))

    found = only(pooled(a_varying_run(judged(0, 1.0), cases=[case]), [], baseline))

    assert found.passed == (True, False, False, False)
    assert found.criteria == {"contains": 0.25}
    assert found.rubric_score == 0.25
