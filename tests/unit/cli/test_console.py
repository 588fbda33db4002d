"""What people see in the terminal."""

import io
from dataclasses import replace
from typing import Any

import pytest
from rich.console import Console

from passmuster.analysis.observing import observe
from passmuster.analysis.reporting import report_of
from passmuster.cli.console import MOST_RULES, SHOWN_CHANGES, print_changes, print_rules, print_verdict
from passmuster.cli.first_screen import print_report
from passmuster.domain.answers import Answer
from passmuster.domain.comparisons import CaseChange, ChangeKind, Comparison, Incomparable, MetricChange, RosterChange
from passmuster.domain.observations import Aspect, Estimate
from passmuster.domain.reports import Report
from passmuster.domain.values import AgentName, CaseIdentifier, SubjectName
from passmuster.domain.verdicts import GateFinding, GateOutcome, GatePolicy, GateRule, GateVerdict, Quarantine
from passmuster.testing import factories

LEXICAL = SubjectName("lexical")
SHARE = Estimate(value=-0.1, lower=-0.15, upper=-0.05, confidence=0.95, sample_size=60, method="Tango")
EXACT = replace(SHARE, value=0.0, lower=0.0, upper=0.0, method="exact")


def seen(report: Report, *, width: int = 80) -> str:
    """Return the first screen of a report."""
    console = Console(file=io.StringIO(), width=width, highlight=False)
    print_report(report, console)
    return told(console)


def told(console: Console) -> str:
    """Return what was printed."""
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


# The keywords of the next three are fields of several types.
def change(case: str, kind: ChangeKind = ChangeKind.BROKEN, **more: Any) -> CaseChange:  # noqa: ANN401 - see above
    """Make a change of the subject `lexical`, from the debugger to the code-reviewer."""
    made = CaseChange(
        subject=LEXICAL,
        case=CaseIdentifier(case),
        aspect=Aspect.ROUTING,
        kind=kind,
        was="debugger",
        now="code-reviewer",
    )
    return replace(made, **more)


def finding(metric: str, outcome: GateOutcome = GateOutcome.PASSED, **rule: Any) -> GateFinding:  # noqa: ANN401 - see above
    """Make what one rule says, with its name as its sentence."""
    asked = GateRule(metric=metric, **rule)
    return GateFinding(rule=asked, subject=LEXICAL, outcome=outcome, sentence=f"lexical: {metric}")


def report(*changes: CaseChange, verdict: GateVerdict | None = None, **compared: Any) -> Report:  # noqa: ANN401 - see above
    """Make a report of one subject with these changes against the baseline."""
    run = factories.a_run(factories.a_trial("a", answer=Answer(routing=factories.a_decision())))
    comparison = Comparison(roster=RosterChange(), cases=changes, metrics=(), warnings=(), is_equal=False)
    made = report_of(run, GatePolicy(rules=()), observe(run))
    return replace(
        made,
        verdict=verdict or GateVerdict(outcome=GateOutcome.PASSED, reasons=()),
        comparison=replace(comparison, **compared),
    )


def judged(outcome: GateOutcome, *findings: GateFinding) -> GateVerdict:
    """Make a verdict whose reasons are the sentences of what decides it."""
    reasons = tuple(item.sentence for item in findings if item.outcome is outcome)
    return GateVerdict(outcome=outcome, reasons=reasons, findings=findings)


def test_the_ordinary_case_fits_a_small_terminal() -> None:
    """Three rules that hold and one case that was fixed take no more than 24 lines of 80 columns."""
    found = (
        finding("unaccepted_breaks"),
        replace(finding("routing_accuracy", maximum_drop=0.05), estimate=SHARE),
        replace(finding("harness_failure_rate", maximum=0.02), estimate=EXACT),
    )

    screen = seen(report(change("a", ChangeKind.FIXED), verdict=judged(GateOutcome.PASSED, *found)))

    lines = screen.splitlines()
    assert len(lines) <= 24
    assert max(map(len, lines)) <= 80
    assert "✔ passed" in screen


def test_three_rules_make_a_table() -> None:
    """Each has its outcome in sign and word, what it asks for and what was found; the gravest comes first."""
    subset = replace(finding("routing_accuracy", GateOutcome.INCONCLUSIVE, minimum=0.9), subset="agent=debugger")
    drop = replace(finding("routing_accuracy", GateOutcome.FAILED, maximum_drop=0.05), estimate=SHARE)
    shown = (
        finding("unaccepted_breaks"),
        replace(subset, estimate=replace(SHARE, value=0.8, lower=0.7, upper=0.9)),
        drop,
        replace(finding("harness_failure_rate", maximum=0.02), estimate=EXACT),
        replace(finding("routing_cost", maximum_rise=0.1), estimate=SHARE),
        replace(subset, is_gated=False),
    )
    console = Console(file=io.StringIO(), width=120)

    print_rules(judged(GateOutcome.FAILED, *shown), console)

    rows = [" ".join(line.split()) for line in told(console).splitlines()]
    assert rows == [
        "gate subject rule found",
        "✘ failed lexical routing accuracy drop ≤ 5 points -10.0 (-15.0 to -5.0)",
        "? cannot tell lexical routing accuracy ≥ 0.9, agent=debugger 0.800 (0.700–0.900)",
        "✔ passed lexical unaccepted breaks ≤ 0",
        "✔ passed lexical harness failure rate ≤ 0.02 0.000",
        "✔ passed lexical routing cost rise ≤ 0.1",
        "… and 1 subset of too few cases to be gated, in the report",
    ]


def test_of_many_rules_those_that_do_not_hold_are_shown() -> None:
    """Twenty that hold are counted, so that the two that do not are seen."""
    held = [finding("unaccepted_breaks") for _ in range(20)]
    failed = [finding("critical_breaks", GateOutcome.FAILED) for _ in range(2)]
    console = Console(file=io.StringIO(), width=80)

    print_rules(judged(GateOutcome.FAILED, *held, *failed), console)

    rows = told(console).splitlines()
    assert [row.split("  ")[0] for row in rows[1:-1]] == ["✘ failed", "✘ failed"]
    assert rows[-1] == "… and 20 more rules, in the report"


def test_even_of_rules_that_fail_there_is_an_end() -> None:
    """A rule for each of a hundred agents does not fill the screen."""
    failed = [finding("critical_breaks", GateOutcome.FAILED) for _ in range(100)]
    console = Console(file=io.StringIO(), width=80)

    print_rules(judged(GateOutcome.FAILED, *failed), console)

    assert len(told(console).splitlines()) == MOST_RULES + 2


@pytest.mark.parametrize(
    "verdict",
    [
        judged(GateOutcome.PASSED, finding("unaccepted_breaks"), finding("critical_breaks")),
        replace(judged(GateOutcome.PASSED, *[finding("unaccepted_breaks")] * 9), outcome=GateOutcome.EQUAL),
    ],
    ids=["two rules", "nothing differs"],
)
def test_what_the_reasons_tell_needs_no_table(verdict: GateVerdict) -> None:
    """Two rules, and rules of which none could find anything, are told by the verdict alone."""
    console = Console(file=io.StringIO(), width=80)

    print_rules(verdict, console)

    assert told(console) == ""


def test_reasons_are_told_once_and_not_without_end() -> None:
    """Equal reasons are one; beyond four they are counted, and beside a table of rules that hold one is enough."""
    failed = GateVerdict(outcome=GateOutcome.FAILED, reasons=("same", "same", "b", "c", "d", "e"))
    held = judged(GateOutcome.PASSED, *map(finding, ("unaccepted_breaks", "critical_breaks", "routing_cost")))
    screens = []
    for verdict in (failed, held):
        console = Console(file=io.StringIO(), width=80)
        print_verdict(report(verdict=verdict), console)
        screens.append(told(console))

    assert screens[0].count("same") == 1
    assert "… and 1 more reason, in the report" in screens[0]
    assert "lexical: unaccepted_breaks" in screens[1]
    assert "… and 2 other rules hold" in screens[1]


def test_a_case_that_is_right_less_often_tells_how_often() -> None:
    """Where a request still goes to the same agent, the arrow is between the rates."""
    flaky = change("flaky", now="debugger", baseline_rate=1.0, candidate_rate=1 / 3, difference=-2 / 3)

    screen = seen(report(change("small", difference=-0.1), flaky))

    assert "debugger, right 100% → 33%" in screen
    assert screen.index("flaky") < screen.index("small")


def test_changes_of_all_subjects_share_the_screen() -> None:
    """The gravest ten are shown, and the rest is counted."""
    screen = seen(report(*(change(f"case-{index:02}") for index in range(SHOWN_CHANGES + 5))))

    assert screen.count("✘  case-") == SHOWN_CHANGES
    assert "… and 5 more in the report" in screen


def test_cases_left_out_are_counted_and_not_listed() -> None:
    """A run of some of the cases says how many were left out, even where nothing moved."""
    left = change("left", ChangeKind.LEFT_OUT, was="", now="")

    screen = seen(report(left, replace(left, aspect=Aspect.OUTPUT)))

    assert "lexical: 1 left out" in screen
    assert "✘" not in screen


def test_quarantined_breaks_are_one_line() -> None:
    """They are outside the gate, so they are not among what broke."""
    quarantine = Quarantine(case=CaseIdentifier("known"), owner="Ana", expires="2027-01-01")

    screen = seen(replace(report(change("known"), change("new")), quarantines=(quarantine,)))

    assert "lexical: 1 broken" in screen
    assert "in quarantine, outside the gate, and broken: known (lexical)" in screen
    assert "✘  known" not in screen


def test_many_quarantined_breaks_are_counted() -> None:
    """The line has an end."""
    cases = [f"case-{index}" for index in range(SHOWN_CHANGES + 3)]
    quarantines = tuple(Quarantine(case=CaseIdentifier(case), owner="Ana", expires="2027-01-01") for case in cases)

    screen = " ".join(seen(replace(report(*map(change, cases)), quarantines=quarantines)).split())

    assert "case-9 (lexical) and 3 more" in screen


def test_subsets_that_stand_out_are_told_losses_first() -> None:
    """Three are shown, each with its difference and its cases; what does not stand out is for the report."""
    metrics = tuple(
        MetricChange(
            subject=LEXICAL,
            metric="routing_accuracy",
            baseline=0.8,
            candidate=0.7,
            difference=replace(SHARE, value=value),
            subset=f"agent=a{index}",
            is_notable=is_notable,
        )
        for index, (value, is_notable) in enumerate(
            [(0.2, True), (-0.3, True), (-0.1, False), (-0.2, True), (0.1, True)]
        )
    )

    screen = seen(report(metrics=metrics))

    assert [name for name in ("a1", "a3", "a4", "a0", "a2") if f"agent={name}" in screen] == ["a1", "a3", "a4"]
    assert screen.index("a1") < screen.index("a3") < screen.index("a4")
    assert "▼  lexical  agent=a1  routing accuracy  -30.0 (-15.0 to -5.0)  60 cases" in screen
    assert "▲  lexical  agent=a4" in screen
    assert "… and 1 more in the report" in screen


def test_what_was_not_compared_is_told_once() -> None:
    """The sentence is not repeated among those about trust."""
    barred = Incomparable(subject=LEXICAL, aspect=Aspect.ROUTING, reason="subject 'lexical' chooses otherwise")
    made = replace(report(incomparable=(barred,)), trust=("Subject 'lexical' chooses otherwise.", "Something else."))

    screen = seen(made)

    assert screen.count("chooses otherwise") == 1
    assert "≠ subject 'lexical' chooses otherwise" in screen
    assert "· Something else." in screen


def test_no_text_drives_the_terminal() -> None:
    """Names and sentences of anybody are printed as they stand: neither markup nor control characters work."""
    hostile = "[bold]x[/bold]\x1b[31m"
    rules = [replace(finding("unaccepted_breaks"), subject=SubjectName(hostile), subset=hostile) for _ in range(3)]
    quarantine = Quarantine(case=CaseIdentifier(hostile), owner="Ana", expires="2027-01-01")
    metric = MetricChange(
        subject=LEXICAL, metric=hostile, baseline=0, candidate=0, difference=SHARE, subset=hostile, is_notable=True
    )
    made = replace(
        report(
            change(hostile),
            change("b", now=AgentName(hostile)),
            verdict=judged(GateOutcome.PASSED, *rules),
            metrics=(metric,),
            incomparable=(Incomparable(subject=LEXICAL, aspect=Aspect.ROUTING, reason=hostile),),
        ),
        quarantines=(quarantine,),
    )

    screen = seen(made, width=400)

    assert "\x1b" not in screen
    assert screen.count("[bold]x[/bold]") >= 8


def test_without_a_baseline_nothing_moved() -> None:
    """A first run has no changes to print."""
    console = Console(file=io.StringIO(), width=80)

    print_changes(replace(report(), comparison=None), console)

    assert told(console) == ""
