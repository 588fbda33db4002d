"""The comment on a pull request."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from passmuster.adapters.reporters.markdown import MARKER, escape, render
from passmuster.domain.reports import Report
from passmuster.domain.values import CaseIdentifier
from passmuster.domain.verdicts import ChangeKind

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


def test_the_comment_holds_only_our_own_markup(report: Report) -> None:
    """Hostile names and requests leave the comment a heading, paragraphs, lists and tables."""
    text = render(report)

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

    rows = [line for line in text.splitlines() if line.startswith(("| ✗", "| →"))]
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
