"""The comment on a pull request."""

import re
from dataclasses import replace

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from passmuster.adapters.reporters.markdown import (
    COMMENT_LENGTH,
    SHORTEST,
    SUMMARY_LENGTH,
    MarkdownReporter,
    marker_of,
    render,
)
from passmuster.domain.comments import Unjudged
from passmuster.domain.comparisons import ChangeKind
from passmuster.domain.reports import Report
from passmuster.domain.values import AgentName, CaseIdentifier
from passmuster.domain.verdicts import GateOutcome

MARKDOWN = MarkdownIt("commonmark").enable(["table", "strikethrough"])
OURS = {"inline", "text", "softbreak", "html_block", "strong_open", "strong_close", "hardbreak"}
BLOCKS = ("paragraph", "heading", "bullet_list", "list_item", "table", "thead", "tbody", "tr", "th", "td")


def _tokens(text: str) -> list[Token]:
    return [part for token in MARKDOWN.parse(text) for part in (token, *(token.children or []))]


@pytest.mark.parametrize("name", ["report", "judged_report"])
def test_the_comment_holds_only_our_own_markup(name: str, request: pytest.FixtureRequest) -> None:
    """Hostile names and requests leave the comment a heading, paragraphs, lists and tables."""
    text = render(request.getfixturevalue(name))

    allowed = OURS | {f"{block}_{side}" for block in BLOCKS for side in ("open", "close")} | {"text_special"}
    assert {token.type for token in _tokens(text)} <= {*allowed, "code_inline"}
    assert {token.content.split()[0] for token in _tokens(text) if token.type == "code_inline"} <= {"passmuster"}
    markup = [line for token in _tokens(text) if token.type == "html_block" for line in token.content.splitlines()]
    assert markup[0] == marker_of("suite <&> @all")
    assert all(re.fullmatch(r"<details( open)?><summary>[^<>&@#\x1b]*</summary>|</details>", it) for it in markup[1:])
    assert "@all" not in text
    assert "\x1b" not in text


def test_the_verdict_comes_first(report: Report) -> None:
    """The first lines say what the gate says and why."""
    lines = render(report).splitlines()

    assert lines[0] == "<!-- passmuster:suite%20%3C%26%3E%20%40all -->"
    assert lines[1].startswith("### ✗ Failed")
    assert "code-reviewer stole 1 from debugger" in lines[3]


def test_cases_are_folded_away_with_breaks_first(report: Report) -> None:
    """Each kind of change has a section with fifty cases at most, those that broke first, and the rest is counted."""
    assert report.comparison is not None
    broken = report.comparison.of_kind(ChangeKind.BROKEN)[0]
    moved = tuple(
        replace(broken, case=CaseIdentifier(f"moved-{index}"), kind=ChangeKind.MOVED, stolen_by=None, now="aaa")
        for index in range(61)
    )
    many = replace(report, comparison=replace(report.comparison, cases=(*moved, broken)))

    lines = render(many).replace("\N{NO-BREAK SPACE}", " ").splitlines()

    opened, folded = (
        "<details open><summary>✗ 1 case newly wrong</summary>",
        "<details><summary>→ 61 cases moved, and as right as before</summary>",
    )
    assert lines.index(opened) < lines.index(folded)
    assert len([line for line in lines if line.startswith("| → moved |")]) == 50
    assert "… and 11 more, in the report of the run." in lines
    assert lines.count("</details>") == sum(line.startswith("<details") for line in lines)


def test_only_a_mix_up_that_nobody_made_before_is_new(report: Report) -> None:
    """Where the baseline sent another request of the same agent to the same taker, the mix-up is an old one."""
    assert report.before is not None
    first = report.before.observations[0]
    known = replace(first, case=CaseIdentifier("judged"), chosen=(AgentName("code-reviewer"),))
    before = replace(report.before, observations=(*report.before.observations, known))

    assert "| ✗ stolen, **new mix-up** | hostile" in render(report)
    assert "| ✗ stolen | hostile" in render(replace(report, before=before))


def test_sections_without_anything_to_say_are_not_there(empty_report: Report) -> None:
    """A run without cases, baseline and remarks is a verdict and two lines."""
    text = render(empty_report)

    assert "<details" not in text
    assert "|" not in text
    assert len([line for line in text.splitlines() if line]) == 5


def test_a_metric_is_one_line(judged_report: Report) -> None:
    """Mean with its interval, the difference in points with its own, and how many cases became better and worse."""
    lines = render(judged_report).replace("\N{NO-BREAK SPACE}", " ").splitlines()

    assert "| Metric | Subject | Now | Against the baseline | Better | Worse |" in lines
    assert (
        "| Routing accuracy | lexical | 66.7 % (20.8 to 93.9 %, n 3) | −10.0 points (−15.0 to −5.0) | 0 | 1 |" in lines
    )
    assert "| Metric | Subject | Now |" in lines


@pytest.mark.parametrize("name", ["a", "a-b", "a--b", "a--->", "<!--", "ü\ud800 x"])
def test_the_marker_is_one_comment_whatever_the_suite_is_called(name: str) -> None:
    """Its text ends the comment nowhere, and tells suites apart."""
    marker = marker_of(name)

    assert re.fullmatch(r"<!-- passmuster:(?:(?!--)[A-Za-z0-9_.~%-])+ -->", marker)
    assert marker != marker_of(f"{name}x")


def test_a_commit_is_named_by_its_first_digits(report: Report) -> None:
    """A pipeline compares with a commit by its whole name, which nobody reads."""
    assert report.comparison is not None
    comparison = replace(report.comparison, against=f"team at {'0123456789abcdef' * 2}01234567")

    assert "**Against team at 0123456789ab: 1 broken**" in render(replace(report, comparison=comparison))


def test_a_first_run_says_that_there_is_no_baseline(first_report: Report, empty_report: Report) -> None:
    """Without a baseline, and without cases, there is still a comment."""
    assert "There is no accepted baseline" in render(first_report)
    assert "Passed" in render(empty_report)


def test_equal_reports_give_equal_comments(report: Report) -> None:
    """Drawing again changes no byte."""
    assert render(report) == render(replace(report))


@pytest.mark.parametrize("length", [SHORTEST, COMMENT_LENGTH, SUMMARY_LENGTH])
def test_a_comment_is_never_too_long(judged_report: Report, length: int) -> None:
    """Of nothing but marks, which escaping makes long, it keeps the verdict and what broke, and counts the rest."""
    marks = "&\N{GRINNING FACE}" * 250
    findings = tuple(
        replace(finding, sentence=f"{marks}{index}")
        for index, finding in enumerate(judged_report.verdict.findings * 520)
    )
    verdict = replace(judged_report.verdict, findings=findings, reasons=tuple(item.sentence for item in findings))
    item = judged_report.quarantines[0]
    quarantines = tuple(replace(item, reason=f"{marks}{index}") for index in range(520))
    large = replace(
        judged_report, verdict=verdict, quarantines=quarantines, trust=(marks,) * 520, early_warnings=(marks,) * 520
    )

    text = render(large, length)

    assert len(text.encode("utf-8")) <= length
    assert "✗ Failed" in text.splitlines()[1]
    assert "| ✗ stolen" in text
    assert " more, in the report of the run." in text
    assert text.splitlines()[-1].startswith("Run ")


def test_the_rules_are_a_table(judged_report: Report) -> None:
    """The gravest rule comes first, each with a sign and a word; subsets that are not gated are counted."""
    lines = render(judged_report).splitlines()

    rows = [line for line in lines if line.startswith(("| ✗ Failed", "| ? Cannot tell", "| ✓ Passed"))]
    assert rows == [
        "| ✗ Failed | lexical | Routing accuracy: a drop of at most 5 points | all cases |",
        "| ? Cannot tell | lexical | Routing accuracy: at least 90 % | tag: &lt;b&gt; |",
        "| ✓ Passed | lexical | no case may break | all cases |",
    ]
    assert "1\N{NO-BREAK SPACE}subset had too few cases to be gated." in lines


def test_what_stands_out_and_what_differs_is_told(judged_report: Report) -> None:
    """Subsets, edits of the roster, what was not compared and left out, and quarantines each have their lines."""
    text = render(judged_report).replace("\N{NO-BREAK SPACE}", " ").replace("\N{ZERO WIDTH SPACE}", "")
    metric = "lexical, routing accuracy"

    for line in (
        f"- ▼ worse: {metric}, stratum: implicit: 80.0 % → 68.0 %, −12.0 points (−17.0 to −7.0) on 200 cases",
        f"- ▲ better: {metric}, tag: &lt;b&gt;: 80.0 % → 90.0 %, +10.0 points (+5.0 to +15.0) on 60 cases",
        "- ≠ subject '&lt;second&gt;' chooses otherwise",
        "- renamed: old-name → new-name",
        "- body edited: debugger",
        "- otherwise edited: test-engineer",
        "- added: fresh",
        "- hostile (lexical ✗ broken; &lt;second&gt; ✓ right): &lt;b&gt;Ana&lt;/b&gt; @all, until 2027-02-01: a \\| b",
        "- gone (not in this run): Ben, until 2027-01-01",
    ):
        assert line in text.splitlines()
    assert "- removed" not in text
    assert "1 broken; 1 case left out**" in text
    assert "Subject '&lt;second&gt;' chooses otherwise." not in text


def test_a_case_that_is_apart_says_so(judged_report: Report) -> None:
    """A broken case that is critical or in quarantine is marked where it is listed, with the words that decided."""
    text = render(judged_report)

    [row] = [line for line in text.splitlines() if line.startswith("| ✗ stolen")]
    assert "(lexical, critical, quarantine: &lt;b&gt;Ana&lt;/b&gt; @\N{ZERO WIDTH SPACE}all until 2027-02-01)" in row
    assert "(&lt;b&gt;test&lt;/b&gt;, fail)" in row


def test_equal_choices_tell_their_rates(judged_report: Report) -> None:
    """Where a request goes where it went, only less often, the rates are what broke."""
    assert judged_report.comparison is not None
    broken = judged_report.comparison.of_kind(ChangeKind.BROKEN)[0]
    flaky = replace(broken, was="debugger", now="debugger", baseline_rate=1.0, candidate_rate=0.5)

    text = render(replace(judged_report, comparison=replace(judged_report.comparison, cases=(flaky,))))

    assert "| debugger, 100\N{NO-BREAK SPACE}% → 50.0\N{NO-BREAK SPACE}% of repetitions right |" in text


def test_a_verdict_that_rests_on_no_rule_says_so(judged_report: Report) -> None:
    """In a void run the rules are shown, and the comment says that the verdict does not follow from them."""
    verdict = replace(judged_report.verdict, outcome=GateOutcome.INCONCLUSIVE, reasons=("the control went to nobody",))

    lines = render(replace(judged_report, verdict=verdict)).splitlines()

    assert lines[1].startswith("### ? Cannot tell")
    assert "The verdict rests on the reasons above, whatever these rules say." in lines


def test_a_broken_gate_says_what_to_do(report: Report) -> None:
    """What may be mended or accepted says how, where a baseline can take it in; who took what is said once."""
    text = render(report).replace("\N{NO-BREAK SPACE}", " ")
    assert report.comparison is not None
    elsewhere = replace(report, comparison=replace(report.comparison, against="team at main"))

    assert "`passmuster accept --reason" in text
    assert "`passmuster accept" not in render(elsewhere)
    assert "code-reviewer stole 1 from debugger" in text
    assert "- code-reviewer stole" not in text


def test_a_gate_that_holds_gives_one_reason(judged_report: Report) -> None:
    """Every further rule holds as well, which the table of rules says."""
    verdict = replace(judged_report.verdict, outcome=GateOutcome.PASSED, reasons=("nothing broke", "few failures"))

    text = render(replace(judged_report, verdict=verdict))

    assert "nothing broke." in text
    assert "- few failures" not in text


def test_what_varies_may_have_moved_by_chance(report: Report) -> None:
    """Single cases of a model are no proof, and the comment says so where it lists them."""
    [subject, *others] = report.subjects
    varying = replace(subject, record=replace(subject.record, is_deterministic=False))

    assert "may have moved by chance" not in render(report)
    assert "may have moved by chance" in render(replace(report, subjects=(varying, *others)))


def test_intervals_that_differ_are_told_apart(judged_report: Report) -> None:
    """The gate's interval beside another one of the same difference in the table would look like a mistake."""
    passed = replace(judged_report.verdict, outcome=GateOutcome.PASSED)

    assert "it asks in one direction only" in render(judged_report)
    assert "it asks in one direction only" not in render(replace(judged_report, verdict=passed))


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (2, "what was written cannot be used as it is"),
        (3, "broken off, by nothing that an agent did"),
        (137, "before there was one, with status 137"),
    ],
)
def test_a_commit_without_a_verdict_says_why(status: int, words: str) -> None:
    """It bears the marker of the verdict that it replaces, names the commit and the first reasons, and is short."""
    reasons = tuple(f"evals/team/suite.yaml:{line}:1: unknown key" for line in range(1, 12))
    trouble = Unjudged(suite="team", status=status, commit="0123456789abcdef" * 2, complaints=reasons)

    comment = MarkdownReporter().unjudged(trouble)

    assert comment.text.splitlines()[0] == comment.marker == marker_of("team")
    assert words in comment.text
    assert "0123456789ab has no verdict" in comment.text
    assert "suite.yaml:8:1" in comment.text
    assert "suite.yaml:9:1" not in comment.text
    assert "- and 3 more" in comment.text.replace("\N{NO-BREAK SPACE}", " ")


def test_reasons_for_no_verdict_are_data() -> None:
    """A complaint quotes files of anybody; in the comment it is words on one line, which mention and link nobody."""
    hostile = "</details> @maintainers [a](https://example.org) `code`\n# heading <img src=x> " + "x" * 5000
    trouble = Unjudged(suite="-->\n@all", status=2, complaints=(hostile,))

    comment = MarkdownReporter().unjudged(trouble)

    allowed = OURS | {f"{block}_{side}" for block in BLOCKS for side in ("open", "close")} | {"text_special"}
    assert {token.type for token in _tokens(comment.text)} <= allowed
    assert [token.type for token in _tokens(comment.text)].count("html_block") == 1
    assert "@maintainers" not in comment.text
    assert "@all" not in comment.text
    assert len(comment.text) < 1000
