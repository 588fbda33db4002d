"""The report as JUnit XML, read by a reader of somebody else's."""

from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET  # what we wrote ourselves is read

import pytest
from hypothesis import given
from hypothesis import strategies as st
from junitparser import JUnitXml, TestCase, TestSuite

from passmuster.adapters.reporters.junit import render
from passmuster.adapters.reporters.places import Places
from passmuster.analysis.reporting import report_of
from passmuster.domain.answers import Answer
from passmuster.domain.reports import Report
from passmuster.domain.values import SourceLocation
from passmuster.domain.verdicts import GateOutcome, GatePolicy
from passmuster.testing import factories

PLACES = Places(Path("/nowhere"))


def suites_of(report: Report, *, known_is_failure: bool = False) -> dict[str, TestSuite]:
    text = render(report, PLACES, known_is_failure=known_is_failure)
    return {suite.name: suite for suite in JUnitXml.fromstring(text.encode("utf-8"))}


def cases_in(report: Report, suite: str, *, known_is_failure: bool = False) -> dict[str, TestCase]:
    return {test.name: test for test in suites_of(report, known_is_failure=known_is_failure)[suite]}


def fate_of(test: TestCase) -> list[tuple[str, str, str]]:
    return [(type(result).__name__, result.type, result.message) for result in test.result]


def test_each_subject_is_a_suite_and_each_case_a_test(report: Report) -> None:
    """In their order, with the subject in the name of the class, and the dataset's file; the gate comes last."""
    suites = suites_of(report)

    assert list(suites) == ["suite <&> @all.lexical", "suite <&> @all.<second>", "suite <&> @all.gate"]
    first = next(iter(suites["suite <&> @all.lexical"]))
    assert (first.classname, first.name, first.time) == ("suite <&> @all.lexical", "hostile", 0.25)
    assert first._elem.get("file") == "cases.jsonl"  # noqa: SLF001 - junitparser has no name for the attribute
    facts = {item.get("name") for item in suites["suite <&> @all.lexical"]._elem.iter("property")}  # noqa: SLF001 - likewise
    assert facts >= {"run", "roster", "Routing accuracy"}


def test_a_case_that_broke_fails_with_everything_one_needs(report: Report) -> None:
    """Who was expected, who was chosen, and why, in a text that stands alone."""
    broken = cases_in(report, "suite <&> @all.lexical")["hostile"]

    assert fate_of(broken) == [
        ("Failure", "stolen-request", "expected debugger or test-engineer, chosen code-reviewer")
    ]
    lines = broken.result[0].text.splitlines()
    assert lines[0].startswith("request: </script><img src=x onerror=alert(1)> ⟨U+001B⟩[31mred")
    assert lines[1:3] == [
        "expected: debugger or test-engineer",
        "chosen: code-reviewer (0 of 1\N{NO-BREAK SPACE}repetition right)",
    ]
    assert lines[3].startswith("why: code-reviewer was edited and takes it from debugger")


def test_what_was_wrong_before_is_skipped_or_fails(report: Report) -> None:
    """It is no news; whoever wants to see it fail says so."""
    name = "suite <&> @all.lexical"

    [(fate, kind, _)] = fate_of(cases_in(report, name)["judged"])
    assert (fate, kind) == ("Skipped", "known")
    [(fate, kind, message)] = fate_of(cases_in(report, name, known_is_failure=True)["judged"])
    assert (fate, kind, message) == ("Failure", "failed-rubric", "the answer does not pass its rubric: contains")


def test_what_the_harness_failed_at_is_an_error(report: Report) -> None:
    """It is neither for nor against the agent."""
    [(fate, kind, message)] = fate_of(cases_in(report, "suite <&> @all.lexical")["lost"])

    assert (fate, kind) == ("Error", "harness-failure")
    assert message.startswith("RoutingError: </script>")


def test_what_is_left_out_or_in_quarantine_is_skipped(judged_report: Report) -> None:
    """With the reason."""
    tests = cases_in(judged_report, "suite <&> @all.lexical")

    assert fate_of(tests["lost"]) == [("Skipped", "left-out", "left out of this run")]
    [(fate, kind, message)] = fate_of(tests["hostile"])
    assert (fate, kind) == ("Skipped", "quarantine")
    assert message.startswith("in quarantine (<b>Ana</b> @all, until 2027-02-01: a | b): expected debugger")


@pytest.mark.parametrize(
    ("outcome", "fates"),
    [
        (GateOutcome.PASSED, []),
        (GateOutcome.EQUAL, []),
        (GateOutcome.FAILED, [("Failure", "gate-failed", "it broke")]),
        (GateOutcome.INCONCLUSIVE, [("Error", "gate-inconclusive", "it broke")]),
    ],
)
def test_the_gate_is_one_test(report: Report, outcome: GateOutcome, fates: list[tuple[str, str, str]]) -> None:
    """A verdict that cannot tell is an error: it must not look like one that passed."""
    verdict = replace(report.verdict, outcome=outcome, reasons=("it broke",))

    gate = cases_in(replace(report, verdict=verdict), "suite <&> @all.gate")["gate"]

    assert [item for item in fate_of(gate) if item[0] != "SystemOut"] == fates


def test_counts_are_those_of_the_tests(judged_report: Report) -> None:
    """Each suite's, and the whole file's: some readers add up, and some believe."""
    root = ET.fromstring(render(judged_report, PLACES))  # noqa: S314 - see above

    for suite in (root, *root.iter("testsuite")):
        for attribute, tag in (
            ("tests", "testcase"),
            ("failures", "failure"),
            ("errors", "error"),
            ("skipped", "skipped"),
        ):
            assert int(suite.get(attribute, "-1")) == len(list(suite.iter(tag)))


@given(
    st.text(max_size=40),
    st.text(alphabet="\x00\x08\x0b\x1f\x7f\x85\ud800\udfff\ufffe\uffff]]><&\"'\t\r\n", max_size=20),
)
def test_the_file_is_well_formed_whatever_texts_hold(text: str, marks: str) -> None:
    """Control characters, halves of characters and markup in any name, request or message."""
    any_text = f"a{text}{marks}"
    case = factories.a_case(any_text, text=any_text, source=SourceLocation(path=f"x{any_text}", line=1))
    failure = factories.a_failure(message=any_text)
    trial = factories.a_trial(any_text, subject=any_text, answer=Answer(routing=failure))
    run = factories.a_run(trial, cases=(case,), subjects=(factories.a_subject_record(any_text),), suite=any_text)

    root = ET.fromstring(render(report_of(run, GatePolicy(rules=()), None), PLACES).encode("utf-8"))  # noqa: S314 - see above

    assert [test.get("classname", "").split(".")[-1] for test in root.iter("testcase")][-1] == "gate"
