"""Untrusted text in Markdown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from passmuster.adapters.reporters.markdown_text import escape

MARKDOWN = MarkdownIt("commonmark").enable(["table", "strikethrough"])


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


@given(st.text(alphabet="@#!$%~^&[]:/-1aw. \\`|<>", max_size=40))
def test_what_is_shown_holds_no_reference(text: str) -> None:
    """Hosts look for references in what Markdown has become: there, each sign is parted from what follows."""
    cells = [token for token in _tokens(f"| {escape(text)} |\n| --- |") if token.type == "inline"]

    shown = "".join(child.content for token in cells for child in token.children or [])
    for sign in ("@1", "@a", "#1", "!1", "$1", "~1", "~a", "%1", "^a", "&1", "://", "www.", "[a:"):
        assert sign not in shown


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("@team look", "@\u200bteam look"),
        ("fixes #12", "fixes #\u200b12"),
        ("GH-12 and GL-3", "GH-\u200b12 and GL-\u200b3"),
        ("!12 &3 %milestone", "!\u200b12 &amp;\u200b3 %\u200bmilestone"),
        ("~label ^alert#1", "\\~\u200blabel ^\u200balert#\u200b1"),
        ("https://example.org", "https:/\u200b/example.org"),
        ("www.example.org", "www\u200b.example.org"),
        ("/merge", r"\/merge"),
        ("a|b", r"a\|b"),
        ("<!-- --> &amp;", "&lt;!-- --&gt; &amp;amp;"),
        ("1. first", r"1\. first"),
        ("45.7 %", "45.7 %"),
        ("- dash", r"\- dash"),
    ],
)
def test_what_a_host_would_link_is_parted(text: str, escaped: str) -> None:
    """Mentions, references and addresses notify and link nobody, and no line is a command."""
    assert escape(text) == escaped
