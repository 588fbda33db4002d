"""A report: what the run showed, what it is compared with, and what readers must know to trust it."""

from dataclasses import replace

import pytest

from passmuster.analysis.observing import observe
from passmuster.analysis.reporting import report_of
from passmuster.domain.agents import FileVerdict, HostVerdict, StrictVerdict
from passmuster.domain.answers import Answer, Origin, Stage
from passmuster.domain.cases import LEAKY
from passmuster.domain.comparisons import ChangeKind
from passmuster.domain.results import Run, Trial
from passmuster.domain.values import SourceLocation, fingerprint_of
from passmuster.domain.verdicts import GateOutcome, GatePolicy, GateRule
from passmuster.testing.factories import (
    a_case,
    a_completion,
    a_decision,
    a_failure,
    a_quarantine,
    a_roster,
    a_rubric,
    a_run,
    a_score,
    a_subject_record,
    a_trial,
    an_unscored,
)

BREAKS = GateRule(metric="unaccepted_breaks")
ACCURATE = GateRule(metric="routing_accuracy", minimum=1.0)


def trust_in(run: Run) -> tuple[str, ...]:
    return report_of(run, GatePolicy(rules=()), None).trust


def written(origin: Origin, case: str) -> Trial:
    answer = Answer(routing=a_decision(), completion=a_completion(origin=origin))
    return a_trial(case, answer=answer, outcomes=(a_score(),))


def test_a_report_holds_the_run_the_comparison_and_the_verdict() -> None:
    """A case that broke is in all three places."""
    before = a_run(a_trial("one"), a_trial("two"))
    after = a_run(a_trial("one"), a_trial("two", answer=Answer(routing=a_decision(None))))

    report = report_of(after, GatePolicy(rules=(BREAKS,)), observe(before))

    assert (report.manifest, report.roster) == (after.manifest, after.roster)
    assert report.verdict.outcome is GateOutcome.FAILED
    assert report.comparison is not None
    assert [change.case for change in report.comparison.of_kind(ChangeKind.BROKEN)] == ["two"]
    assert [subject.record.name for subject in report.subjects] == ["lexical"]
    assert report.trust == ()


def test_each_case_has_its_trials_its_observation_and_its_changes() -> None:
    """Cases come by subject, then in the order of the dataset."""
    trials = [a_trial(case, subject=subject) for subject in ("b", "a") for case in ("two", "one")]
    run = a_run(*trials, cases=[a_case("one"), a_case("two")])

    cases = report_of(run, GatePolicy(rules=()), observe(run)).cases

    assert [(item.subject, item.case.identifier) for item in cases] == [
        ("b", "one"),
        ("b", "two"),
        ("a", "one"),
        ("a", "two"),
    ]
    for item in cases:
        assert [trial.key.case for trial in item.trials] == [item.case.identifier]
        assert item.observation.case == item.case.identifier
        assert [(change.case, change.subject) for change in item.changes] == [(item.case.identifier, item.subject)]


def test_without_a_baseline_nothing_is_compared() -> None:
    """The report has no comparison, and its cases have no changes."""
    report = report_of(a_run(), GatePolicy(rules=(ACCURATE,)), None)

    assert report.comparison is None
    assert report.cases[0].changes == ()
    assert report.verdict.outcome is GateOutcome.PASSED


def test_a_run_that_was_cut_short_cannot_pass() -> None:
    """What is missing might have failed."""
    report = report_of(a_run(planned=2), GatePolicy(rules=(ACCURATE,)), None)

    assert report.verdict.outcome is GateOutcome.INCONCLUSIVE
    assert report.verdict.reasons == ("the run is incomplete: 1 of 2 trials were made",)
    assert report.verdict.findings[0].outcome is GateOutcome.PASSED
    assert report.trust == ("The run is incomplete: 1 of 2 trials were made.",)


def test_a_run_that_was_cut_short_can_fail() -> None:
    """What is known to be wrong stays wrong."""
    run = a_run(a_trial(answer=Answer(routing=a_decision(None))), planned=2)

    assert report_of(run, GatePolicy(rules=(ACCURATE,)), None).verdict.outcome is GateOutcome.FAILED


def test_caveats_are_said_once() -> None:
    """Two subjects with the same router have the same caveat."""
    subjects = tuple(a_subject_record(name, caveats=("It is a proxy.", f"It is {name}.")) for name in ("a", "b"))
    run = a_run(a_trial(subject="a"), a_trial(subject="b"), subjects=subjects)

    assert trust_in(run) == ("It is a proxy.", "It is a.", "It is b.")


def test_where_answers_came_from_is_told() -> None:
    """Recordings and answers that people wrote are no answers of this run."""
    cases = [a_case(name, rubric=a_rubric()) for name in ("one", "two", "three")]
    run = a_run(
        written(Origin.AUTHORED, "one"), written(Origin.RECORDED, "two"), written(Origin.FRESH, "three"), cases=cases
    )

    assert trust_in(run) == (
        "1 of 3 answers were written to show how rubrics work; they are nobody's answers to these requests.",
        "1 of 3 answers are recordings, not made in this run.",
    )


def test_failures_are_told_by_kind() -> None:
    """A failed completion is one failure, not one for each criterion; the first of a kind speaks for the others."""
    failed = a_failure(Stage.COMPLETION, kind="BackendError")
    trials = [
        a_trial("one", answer=Answer(routing=a_failure())),
        a_trial(
            "two", answer=Answer(routing=a_failure(), completion=failed), outcomes=(an_unscored(), an_unscored("b"))
        ),
        a_trial("three", answer=Answer(routing=a_failure(), completion=a_completion()), outcomes=(an_unscored(),)),
    ]

    assert trust_in(a_run(*trials)) == (
        (
            "1 measurement failed in the harness (BackendError), which counts neither for nor against an agent. "
            "It said: the router is out of reach"
        ),
        (
            "1 measurement failed in the harness (CriterionError), which counts neither for nor against an agent. "
            "It said: the router is out of reach"
        ),
        (
            "3 measurements failed in the harness (RoutingError), which counts neither for nor against an agent. "
            "The first: the router is out of reach"
        ),
    )


@pytest.mark.parametrize(
    ("number", "words"), [(1, "1 answer has only a stale recording:"), (2, "2 answers have only stale recordings:")]
)
def test_stale_recordings_are_told_with_what_to_do(number: int, words: str) -> None:
    """An edit of instructions is the likeliest cause, so it is named rather than counted as a mishap."""
    stale = Answer(routing=a_decision(), completion=a_failure(Stage.COMPLETION, kind="RecordingStaleError"))

    (sentence,) = trust_in(a_run(*(a_trial(f"case-{at}", answer=stale) for at in range(number))))

    assert sentence.startswith(words)


def test_cases_that_repeat_an_example_are_counted() -> None:
    """They cannot show more than that the agent can be reached."""
    cases = [a_case("one", tags=frozenset({LEAKY})), a_case("two")]

    assert trust_in(a_run(a_trial("one"), a_trial("two"), cases=cases)) == (
        (
            "1 of 2 cases repeat an agent's own example: they show that the agent can be reached, no more; "
            "lexical is right in 100% of them and 100% of the others."
        ),
    )


def verdict_on(path: str, host: HostVerdict) -> FileVerdict:
    location = SourceLocation(path=path, line=1)
    return FileVerdict(location=location, name=None, strict=StrictVerdict.INVALID, host=host, reason="it is wrong")


def test_agents_that_the_host_does_not_load_are_told() -> None:
    """Nobody can choose an agent that is not there; files that are no agents are nobody's business."""
    files = (
        *(verdict_on(f"{number}.md", HostVerdict.REFUSED) for number in range(7)),
        verdict_on("placeholder.md", HostVerdict.PLACEHOLDER),
        verdict_on("README.md", HostVerdict.NOT_AN_AGENT),
        verdict_on("lenient.md", HostVerdict.LENIENT),
    )

    assert trust_in(a_run(roster=a_roster(files=files))) == (
        "7 agent files are not loaded by the host: 0.md, 1.md, 2.md, 3.md, 4.md and 2 more.",
        "1 agent file is loaded by the host without a description: placeholder.md.",
    )


def test_what_limits_the_comparison_is_told() -> None:
    """Warnings become sentences."""
    run = a_run()
    other = replace(a_subject_record(), fingerprint=fingerprint_of("another"))
    baseline = replace(observe(run), subjects=(other,))

    choices, outputs = report_of(run, GatePolicy(rules=()), baseline).trust

    assert choices.startswith("Subject 'lexical' chooses by other means")
    assert outputs.startswith("Subject 'lexical' writes by other means")
    assert choices.endswith(".")


def test_a_selection_is_told() -> None:
    """Whoever reads the verdict knows what was not run."""
    assert trust_in(a_run(selection="3 of 9 cases were run.")) == ("3 of 9 cases were run.",)


def test_what_is_in_quarantine_is_shown_and_not_judged() -> None:
    """Its metrics are in the report, and no rule counts it; nor does one count a control."""
    wrong = Answer(routing=a_decision(None))
    run = a_run(a_trial("held"), a_trial("flaky", answer=wrong))
    policy = GatePolicy(rules=(ACCURATE,))

    counted = report_of(run, policy, None)
    waiting = report_of(run, replace(policy, quarantines=(a_quarantine("flaky"),)), None)

    assert (counted.verdict.outcome, waiting.verdict.outcome) == (GateOutcome.FAILED, GateOutcome.PASSED)
    assert counted.subjects == waiting.subjects
    assert [item.case.identifier for item in waiting.cases] == ["held", "flaky"]
    assert waiting.quarantines == (a_quarantine("flaky"),)


def test_a_control_that_failed_voids_a_report() -> None:
    """A request that names its agent went elsewhere."""
    cases = [a_case("held"), a_case("by-name", is_control=True)]
    run = a_run(a_trial("held"), a_trial("by-name", answer=Answer(routing=a_decision(None))), cases=cases)

    verdict = report_of(run, GatePolicy(rules=(ACCURATE,)), None).verdict

    assert verdict.outcome is GateOutcome.INCONCLUSIVE
    assert "the positive control by-name went to (nobody) and not to debugger" in verdict.reasons[0]
    assert [finding.outcome for finding in verdict.findings] == [GateOutcome.PASSED]


def test_every_look_of_a_run_has_its_share_of_the_error_rate() -> None:
    """The manifest says how often the gate may look."""
    answers = [Answer(routing=a_decision(None))] * 6 + [Answer(routing=a_decision())] * 94
    trials = [a_trial(f"case-{at}", answer=answer) for at, answer in enumerate(answers)]
    before = observe(a_run(*(a_trial(f"case-{at}") for at in range(100))))
    rule = GateRule(metric="routing_accuracy", maximum_drop=0.01)

    outcomes = [
        report_of(a_run(*trials, looks=looks), GatePolicy(rules=(rule,)), before).verdict.outcome for looks in (1, 20)
    ]

    assert outcomes == [GateOutcome.FAILED, GateOutcome.INCONCLUSIVE]
