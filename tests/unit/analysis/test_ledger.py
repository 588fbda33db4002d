"""What stored runs show of how steadily a case passes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passmuster.analysis.ledger import CaseHistory, Ledger, of_classes, stability_of
from passmuster.analysis.stability import Stability, stability
from passmuster.domain.answers import Answer, Failure, Origin, RoutingDecision
from passmuster.domain.cases import Case
from passmuster.domain.observations import Aspect
from passmuster.domain.results import Run, SubjectRecord, Trial
from passmuster.domain.values import Fingerprint, SubjectName
from passmuster.testing.factories import (
    MOMENT,
    a_case,
    a_completion,
    a_decision,
    a_failure,
    a_key,
    a_rubric,
    a_run,
    a_score,
    a_subject_record,
    a_trial,
)

LEXICAL = SubjectName("lexical")
CASE = a_case()
ROSTER, OTHER_ROSTER = Fingerprint("a" * 32), Fingerprint("b" * 32)
RECORD = a_subject_record("lexical", is_deterministic=False)


def run_of(
    pattern: str,
    day: int = 0,
    conditions: Fingerprint = ROSTER,
    *,
    case: Case = CASE,
    record: SubjectRecord = RECORD,
) -> Run:
    """Make a run of one case: ``+`` for a right choice, ``-`` for a wrong one, ``?`` for a failure of the harness."""
    routings: Mapping[str, RoutingDecision | Failure] = {
        "+": a_decision("debugger"),
        "-": a_decision("test-engineer"),
        "?": a_failure(),
    }
    trials = [
        a_trial(
            key=a_key(case.identifier, repetition=repetition, fingerprint=conditions),
            answer=Answer(routing=routings[sign]),
        )
        for repetition, sign in enumerate(pattern)
    ]
    return a_run(*trials, cases=[case], subjects=(record,), started_at=MOMENT + timedelta(days=day))


def histories(*runs: Run, cases: Sequence[Case] = (CASE,)) -> Sequence[CaseHistory]:
    ledger = Ledger(cases, {LEXICAL: RECORD.fingerprint})
    for run in runs:
        ledger.add(run)
    return list(ledger.histories())


def history(*runs: Run) -> CaseHistory:
    [found] = histories(*runs)
    return found


def pools(text: str) -> list[list[bool]]:
    return [[sign == "+" for sign in pool] for pool in text.split()]


def test_trials_of_equal_conditions_are_pooled() -> None:
    """Over runs, in their order; failures of the harness are no trials."""
    found = history(run_of("+-+", 0), run_of("+?-+", 1))

    assert (found.trials, found.passes, found.conditions) == (6, 4, 1)
    assert found.stability is Stability.FLAKY
    assert found.choices == (("debugger", 4), ("test-engineer", 2))
    assert found.every_time == pytest.approx(4 * 3 * 2 / (6 * 5 * 4))
    assert found.flips is not None
    assert (found.flips.value, found.flips.sample_size) == (0.8, 5)


def test_repetitions_count_in_their_order() -> None:
    """Whatever order the store gives them in: two flips, not four."""
    run = run_of("++--+")
    found = history(run)

    assert history(replace(run, trials=run.trials[::-1])) == found
    assert found.flips is not None
    assert found.flips.value == 0.5


def test_an_edit_is_no_flip() -> None:
    """What passed with one roster and fails with another did not flip, and is not flaky."""
    found = history(run_of("+++++", 0), run_of("-----", 1, OTHER_ROSTER))

    assert found.flips is not None
    assert (found.flips.value, found.flips.sample_size) == (0.0, 8)
    assert (found.trials, found.passes, found.conditions) == (5, 0, 1)
    assert found.stability is Stability.FAILING


def test_earlier_conditions_count_until_the_present_ones_contradict_them() -> None:
    """Two more passes fit what was seen before; nine passes after three in ten do not."""
    before = run_of("+--+-", 0), run_of("----+", 1)

    few, many = run_of("++", 2, OTHER_ROSTER), run_of("+" * 9, 2, OTHER_ROSTER)

    assert history(*before, few).stability is Stability.FLAKY
    assert history(*before, few).trials == 12
    assert history(*before, many).stability is Stability.STABLE
    assert history(*before, many).trials == 9


def test_the_conditions_of_the_latest_trial_are_the_present_ones() -> None:
    """Also where they were there before: an edit that was taken back."""
    found = history(run_of("+++++", 0), run_of("-----", 1, OTHER_ROSTER), run_of("+++", 2))

    assert (found.trials, found.passes) == (8, 8)
    assert found.every_time == 1.0


@pytest.mark.parametrize(
    "now", [a_case(text="Another request"), a_case(preferred="test-engineer"), a_case("another-case")]
)
def test_trials_of_a_case_that_read_otherwise_do_not_count(now: Case) -> None:
    """Neither of another request, nor of another expectation, nor of a case that is gone."""
    assert histories(run_of("+-+-+"), cases=[now]) == []


def test_trials_of_another_subject_do_not_count() -> None:
    """A router with other options is another one, whatever it is called."""
    other = replace(RECORD, fingerprint=Fingerprint("c" * 32))
    ledger = Ledger([CASE], {LEXICAL: RECORD.fingerprint})

    ledger.add(run_of("+-+-+", record=other))

    assert list(ledger.histories()) == []


def test_trials_that_were_made_because_of_what_had_come_out_do_not_count() -> None:
    """Of a run that grew, the first round of all cases counts."""
    drawn = [a_trial(key=a_key(repetition=repetition), inclusion=0.5 if repetition else 1.0) for repetition in range(4)]
    run = a_run(*drawn, cases=[CASE], subjects=(RECORD,), looks=2)

    assert history(run).trials == 1


def judged(pattern: str, *, model: str = "example", case: Case | None = None) -> Run:
    known = case or a_case(rubric=a_rubric())
    trials: list[Trial] = [
        a_trial(
            repetition=repetition,
            answer=Answer(routing=a_decision(), completion=a_completion(model=model)),
            outcomes=(a_score(value=1.0 if sign == "+" else 0.0),),
        )
        for repetition, sign in enumerate(pattern)
    ]
    return a_run(*trials, cases=[known], subjects=(RECORD,))


def test_what_was_kept_from_before_is_no_trial() -> None:
    """Else a wavering case would look steady as often as its answers are played again."""
    asked = judged("+-+++")
    kept = replace(
        asked,
        trials=tuple(
            replace(
                trial,
                answer=Answer(
                    routing=a_decision("debugger", made_on="2026-11-01"),
                    completion=a_completion(origin=Origin.CACHED, made_on="2026-11-01"),
                ),
            )
            for trial in asked.trials
        ),
    )
    ledger = Ledger([a_case(rubric=a_rubric())], {LEXICAL: RECORD.fingerprint})

    for run in (asked, kept, kept):
        ledger.add(run)

    assert [item.trials for item in ledger.histories()] == [5, 5]
    assert ledger.kept == 20


def test_outputs_have_a_history_of_their_own() -> None:
    """The choice was steady, the answer was not."""
    choice, output = histories(judged("+--+-+"), cases=[a_case(rubric=a_rubric())])

    assert (choice.aspect, choice.stability, choice.passes) == (Aspect.ROUTING, Stability.STABLE, 6)
    assert (output.aspect, output.stability, output.passes) == (Aspect.OUTPUT, Stability.FLAKY, 3)
    assert output.choices == ()


def test_another_model_is_another_condition_of_an_output() -> None:
    """And another rubric makes its trials say nothing."""
    runs = judged("+++++"), judged("-----", model="another")
    strict = a_case(rubric=a_rubric(passing_score=0.5))

    _, output = histories(*runs, cases=[a_case(rubric=a_rubric())])
    only = histories(*runs, cases=[strict])

    assert output.conditions == 1
    assert output.flips is not None
    assert output.flips.value == 0.0
    assert [item.aspect for item in only] == [Aspect.ROUTING]


def test_histories_come_by_subject_then_by_case() -> None:
    """In the order of the suite, whatever was stored first."""
    cases = [a_case("b"), a_case("a")]
    run = a_run(
        *(a_trial(case, subject=subject) for case in ("a", "b") for subject in ("lexical", "live")), cases=cases
    )
    records = {record.name: record.fingerprint for record in run.manifest.subjects}
    ledger = Ledger(cases, dict(sorted(records.items(), reverse=True)))

    ledger.add(run)

    assert [(item.subject, item.case) for item in ledger.histories()] == [
        ("live", "b"),
        ("live", "a"),
        ("lexical", "b"),
        ("lexical", "a"),
    ]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", Stability.NEW),
        ("+-+-", Stability.NEW),
        ("+ - + - + -", Stability.NEW),
        ("+++++", Stability.STABLE),
        ("-----", Stability.FAILING),
        ("++++++++-", Stability.STABLE),
        ("+++ +++", Stability.STABLE),
        ("--- --", Stability.FAILING),
        ("+-+-+", Stability.FLAKY),
        ("++- +-+ -++", Stability.FLAKY),
        ("+++ ---", Stability.FAILING),
    ],
)
def test_pools_tell_together(text: str, found: Stability) -> None:
    """Only within one can a case be odd; five trials in pools of two and more are enough."""
    assert stability_of(pools(text)) is found


@given(passes=st.integers(0, 60), fails=st.integers(0, 60))
def test_one_pool_tells_what_its_counts_tell(passes: int, fails: int) -> None:
    """The two ways to the class agree."""
    assert stability_of([[True] * passes + [False] * fails]) is stability(passes, passes + fails)


@given(st.lists(st.lists(st.booleans(), min_size=1, max_size=12), max_size=6))
def test_a_case_that_never_differed_under_equal_conditions_is_not_flaky(drawn: list[list[bool]]) -> None:
    """However often it was edited."""
    steady = [[pool[0]] * len(pool) for pool in drawn]

    assert stability_of(steady) is not Stability.FLAKY


def test_flaky_cases_come_first_and_those_that_flip_most_before_others() -> None:
    """Then failing ones."""

    def named(name: str, pattern: str) -> CaseHistory:
        case = a_case(name)
        ledger = Ledger([case], {LEXICAL: RECORD.fingerprint})
        ledger.add(run_of(pattern, case=case))
        return next(iter(ledger.histories()))

    found: Iterable[CaseHistory] = [
        named("failing", "-----"),
        named("stable", "+++++"),
        named("seldom", "+++++---"),
        named("often", "+-+-+-+-"),
    ]

    assert [item.case for item in of_classes(list(found), Stability.FLAKY, Stability.FAILING)] == [
        "often",
        "seldom",
        "failing",
    ]
