"""The comment on a pull request."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from passmuster.adapters.reporters.markdown import MARKER, escape, render
from passmuster.domain.comparisons import ChangeKind
from passmuster.domain.reports import Report
from passmuster.domain.values import CaseIdentifier
from passmuster.domain.verdicts import GateOutcome

MARKDOWN = MarkdownIt("commonmark").enable(["table", "strikethrough"])
OURS = {"inline", "text", "softbreak", "html_block", "strong_open", "strong_close", "hardbreak"}
BLOCKS = ("paragraph", "heading", "bullet_list", "list_item", "table", "thead", "tbody", "tr", "th", "td")


def _tokens(text: str) -> list[Token]:
    return [part for token in MARKDOWN.parse(text) for part in (token, *(token.children or []))]


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=80))
def test_escaped_text_is_one_plain_paragraph(text: str) -> None:
    """Whatever the text is, it neither opens a block nor makes a link, an emphasis, code or markup."""
    tokens = _tokens(f"- {escape(text)}")

    kinds = {token.type for token in tokens}
    assert kinds <= {
        "bullet_list_open", "list_item_open", "paragraph_open", "inline", "text", "text_special",
        "paragraph_close", "list_item_close", "bullet_list_close",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("@team look", "@\u200bteam look"),
        ("fixes #12", "fixes #\u200b12"),
        ("https://example.org", "https:/\u200b/example.org"),
        ("www.example.org", "www\u200b.example.org"),
        ("a|b", r"a\|b"),
        ("<!-- --> &amp;", "&lt;!-- --&gt; &amp;amp;"),
        ("1. first", r"1\. first"),
        ("45.7 %", "45.7 %"),
        ("- dash", r"\- dash"),
    ],
)
def test_what_github_would_link_is_parted(text: str, escaped: str) -> None:
    """Mentions, references and addresses notify and link nobody."""
    assert escape(text) == escaped


@pytest.mark.parametrize("name", ["report", "judged_report"])
def test_the_comment_holds_only_our_own_markup(name: str, request: pytest.FixtureRequest) -> None:
    """Hostile names and requests leave the comment a heading, paragraphs, lists and tables."""
    text = render(request.getfixturevalue(name))

    allowed = OURS | {f"{block}_{side}" for block in BLOCKS for side in ("open", "close")} | {"text_special"}
    assert {token.type for token in _tokens(text)} <= allowed
    assert [token.content for token in _tokens(text) if token.type == "html_block"] == [f"{MARKER}\n"]
    assert "@all" not in text
    assert "\x1b" not in text


def test_the_verdict_comes_first(report: Report) -> None:
    """The first lines say what the gate says and why."""
    lines = render(report).splitlines()

    assert lines[0] == MARKER
    assert lines[1].startswith("### ✗ Failed")
    assert "code-reviewer stole 1 from debugger" in lines[3]


def test_transitions_are_capped_with_breaks_first(report: Report) -> None:
    """Twenty transitions are listed, breaks before others, and the rest is counted."""
    assert report.comparison is not None
    broken = report.comparison.of_kind(ChangeKind.BROKEN)[0]
    moved = tuple(
        replace(broken, case=CaseIdentifier(f"moved-{index}"), kind=ChangeKind.MOVED, now="aaa") for index in range(30)
    )
    many = replace(report, comparison=replace(report.comparison, cases=(*moved, broken)))

    text = render(many)

    rows = [line for line in text.splitlines() if line.startswith(("| ✗ broken", "| →"))]
    assert len(rows) == 20
    assert rows[0].startswith("| ✗ broken | hostile")
    assert "… and 11 more" in text


def test_a_first_run_says_that_there_is_no_baseline(first_report: Report, empty_report: Report) -> None:
    """Without a baseline, and without cases, there is still a comment."""
    assert "There is no accepted baseline" in render(first_report)
    assert "Passed" in render(empty_report)


def test_equal_reports_give_equal_comments(report: Report) -> None:
    """Drawing again changes no byte."""
    assert render(report) == render(replace(report))


def test_a_comment_fits_github(report: Report) -> None:
    """Endless sentences stay below GitHub's limit of 65,536 characters."""
    long = replace(report, trust=("x" * 100_000,) * 500)

    assert len(render(long)) < 65_536


def test_a_comment_of_nothing_but_marks_is_cut_at_a_line(judged_report: Report) -> None:
    """Where escaping makes a comment too long, it ends after a whole line, says so, and keeps its last line."""
    marks = "&" * 500
    findings = tuple(
        replace(finding, sentence=f"{marks}{index}")
        for index, finding in enumerate(judged_report.verdict.findings * 50)
    )
    verdict = replace(judged_report.verdict, findings=findings, reasons=tuple(item.sentence for item in findings))
    item = judged_report.quarantines[0]
    quarantines = tuple(replace(item, reason=f"{marks}{index}") for index in range(50))

    text = render(
        replace(
            judged_report, verdict=verdict, quarantines=quarantines, trust=(marks,) * 50, early_warnings=(marks,) * 50
        )
    )

    assert len(text) < 65_536
    assert "… cut here" in text
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

    [row] = [line for line in text.splitlines() if line.startswith("| ✗ broken")]
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
