"""What a case is to those who read tests."""

from dataclasses import replace

import pytest

from passmuster.adapters.reporters.case_results import CaseResult, Fate, case_result
from passmuster.analysis.observing import observe
from passmuster.analysis.reporting import report_of
from passmuster.domain.answers import Answer
from passmuster.domain.reports import CaseReport
from passmuster.domain.verdicts import GatePolicy
from passmuster.testing import factories


def case_of(*chosen: str | None, before: tuple[str, ...] = ()) -> CaseReport:
    """Return a case that expects the debugger, with the choices of its repetitions; ``None`` for a failed one."""

    def run(names: tuple[str | None, ...]) -> object:
        trials = [
            factories.a_trial(
                repetition=number,
                answer=Answer(routing=factories.a_failure() if name is None else factories.a_decision(name)),
            )
            for number, name in enumerate(names)
        ]
        return factories.a_run(*trials, cases=(factories.a_case(),), subjects=(factories.a_subject_record(),))

    baseline = observe(run(before)) if before else None  # type: ignore[arg-type]  # the factory makes runs
    [item] = report_of(run(chosen), GatePolicy(rules=()), baseline).cases  # type: ignore[arg-type]  # likewise
    return item


def judged(item: CaseReport) -> CaseResult:
    return case_result(item, (), None, known_is_failure=False)


@pytest.mark.parametrize(
    ("chosen", "before", "fate", "kind"),
    [
        (("debugger",), (), Fate.PASSED, ""),
        (("code-reviewer",), (), Fate.FAILED, "wrong-choice"),
        (("code-reviewer",), ("debugger",), Fate.FAILED, "wrong-choice"),
        (("code-reviewer",), ("code-reviewer",), Fate.SKIPPED, "known"),
        (("code-reviewer",), ("test-engineer",), Fate.SKIPPED, "known"),
        (("debugger", "debugger", "code-reviewer"), ("debugger",) * 3, Fate.PASSED, ""),
        (("debugger", "code-reviewer", "code-reviewer"), ("debugger",) * 3, Fate.FAILED, "wrong-choice"),
        (("code-reviewer",) * 3, ("debugger", "code-reviewer", "code-reviewer"), Fate.FAILED, "wrong-choice"),
        ((None,), (), Fate.ERROR, "harness-failure"),
        ((None, "debugger"), (), Fate.PASSED, ""),
    ],
)
def test_what_became_of_a_case(chosen: tuple[str | None, ...], before: tuple[str, ...], fate: Fate, kind: str) -> None:
    """Right in at least half passes; wrong before is known, unless it is worse now; no measurement is an error."""
    result = judged(case_of(*chosen, before=before))

    assert (result.fate, result.kind) == (fate, kind)


def test_what_wavers_says_so_though_it_passes() -> None:
    """Who looks into a test that passed finds how often it was right, and what failed in the harness."""
    wavering, steady = judged(case_of("debugger", "code-reviewer", None)), judged(case_of("debugger"))

    assert (
        "chosen: debugger 1×, code-reviewer 1× (1 of 2\N{NO-BREAK SPACE}repetitions right)"
        in wavering.text.splitlines()
    )
    assert "failure of the harness: RoutingError" in wavering.text
    assert steady.text == ""


def test_what_this_machine_cannot_judge_is_named() -> None:
    """A case that passes without some of its criteria says which."""
    item = case_of("debugger")
    less = replace(item, observation=replace(item.observation, left_out=("tests_pass",)))

    assert judged(less).text.endswith("criteria left out, which this machine cannot judge: tests_pass")
