"""The page and the Markdown of a night, where names are hostile."""

import copy
from html.parser import HTMLParser
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from passmuster.composition.nightly_document import nightly_schema
from passmuster.composition.nightly_page import night_page, night_text

HOSTILE = "</style><script>alert(1)</script> ``` @everyone [x](https://example.org) <img src=x onerror=y>"
SHIFT = {
    "subject": "model",
    "aspect": "routing",
    "difference": -0.1,
    "lower": -0.2,
    "upper": -0.01,
    "cases": 200,
    "method": "Tango, paired",
    "probability": 0.001,
    "is_shown": True,
}
DOCUMENT: dict[str, Any] = {
    "format": 1,
    "kind": "passmuster.nightly",
    "suite": "team",
    "run": "20260102T030405-0001",
    "started_at": "2026-01-02T03:04:05+00:00",
    "status": 1,
    "verdict": "failed",
    "reasons": [HOSTILE],
    "control": {"is_void": False, "again": [SHIFT]},
    "origin": "drift",
    "origin_sentence": HOSTILE,
    "frozen": {"revision": HOSTILE, "run": "a", "reference": "b", "edits": [SHIFT], "drift": [SHIFT]},
    "change_count": 1,
    "changes": [
        {
            "subject": "model",
            "metric": "recall",
            "agent": HOSTILE,
            "before": 0.9,
            "after": 0.8,
            "probability": 0.001,
            "sentence": HOSTILE,
            "commits": [{"commit": "abcdef", "title": HOSTILE}],
        }
    ],
    "proposal_count": 1,
    "quarantine_proposals": [{"subject": "model", "case": HOSTILE, "aspect": "routing", "trials": 9, "passes": 4}],
    "cost": {"requests": 1, "kept": 0, "input_tokens": 2, "output_tokens": 3, "dollars": "0.1", "unpriced": 0},
    "report": "report.html",
}


class Tags(HTMLParser):
    """Notes every tag, and every address that a page names."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links += [value or "" for name, value in attrs if name in {"href", "src"} or name.startswith("on")]


def test_page_holds_hostile_names_as_text() -> None:
    """Nothing of a name becomes a tag, and the page asks no network."""
    page = Tags()
    text = night_page(DOCUMENT)

    page.feed(text)

    assert not page.tags & {"script", "img", "iframe", "form"}
    assert sorted(page.links) == ["data:,", "report.html"]
    assert "default-src &#39;none&#39;" in text
    assert text.count("&lt;script&gt;") >= 5


def test_markdown_is_one_block_that_no_name_can_end() -> None:
    """No line but the last one is a fence, so that nothing inside links, notifies or commands."""
    lines = night_text(DOCUMENT).splitlines()

    assert (lines[0], lines[-1]) == ("```text", "```")
    assert not any(line.lstrip().startswith("```") for line in lines[1:-1])


def test_document_of_a_first_night_without_frozen_agents_is_shown() -> None:
    """A suite that names no frozen agents has a page, too."""
    document = {**DOCUMENT, "frozen": None, "changes": [], "quarantine_proposals": []}

    assert "None over the stored runs." in night_page(document)


@pytest.mark.parametrize("wrong", [{"format": 2}, {"verdict": "fine"}, {"more": 1}, {"status": 3}])
def test_schema_takes_the_document_and_nothing_else(wrong: dict[str, object]) -> None:
    """Receivers can rely on the schema."""
    validator = Draft202012Validator(nightly_schema())

    assert validator.is_valid(DOCUMENT)
    assert not validator.is_valid({**copy.deepcopy(DOCUMENT), **wrong})
