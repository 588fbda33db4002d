"""The page."""

import base64
import hashlib
import json
import re
import zlib
from collections.abc import Iterator
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

from passmuster.adapters.reporters.html import draw, render
from passmuster.adapters.reporters.page.joining import joined_script, joined_style
from passmuster.adapters.reporters.registered import HTML
from passmuster.charting.kept import KeptCharts
from passmuster.components import BuildContext
from passmuster.domain.reports import Report

VOID = {"meta", "link", "input", "img", "line", "circle", "rect", "br"}


class _Page(HTMLParser):
    """Collects every element with its attributes, and the text of each kind of element."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[str, str]] = []
        self.flags: list[str] = []
        self._last, self._kind = "", ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._last, self._kind = tag, dict(attrs).get("class") or ""

    def handle_data(self, data: str) -> None:
        self.texts.append((self._last, data))
        if self._kind == "flag":
            self.flags.append(data)
            self._kind = ""

    def attributes(self, name: str) -> list[str]:
        return [value or "" for _, attributes in self.elements for key, value in attributes.items() if key == name]

    def count(self, tag: str) -> int:
        return sum(name == tag for name, _ in self.elements)

    @property
    def whole_text(self) -> str:
        return "".join(text for tag, text in self.texts if tag not in {"style", "script"})


def _packed(page: str) -> dict[str, Any]:
    """Return what the page holds for its script, by the identifiers of the elements."""
    elements = re.findall(r'<script type="text/plain" class="packed" id="([\w-]+)">([^<]*)</script>', page)
    return {name: json.loads(zlib.decompress(base64.b64decode(text), wbits=-15)) for name, text in elements}


def _told(page: str) -> str:
    """Return everything that the script can say."""
    return "\n".join(_strings(_packed(page)))


def _titles(page: str) -> list[str]:
    return [data.strip() for tag, data in _Page(page).texts if tag in {"h1", "h2"} and data.strip()]


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from _strings(item)


def _drawn(report: Report) -> str:
    return render(report, draw(report, KeptCharts()))


def test_hostile_text_stays_text(any_page: str) -> None:
    """Neither elements nor handlers nor steering characters come out of a request, a name or an answer."""
    parsed = _Page(any_page)

    runs = [attributes for tag, attributes in parsed.elements if tag == "script" and attributes["type"] != "text/plain"]
    assert [attributes["type"] for attributes in runs] == ["module"]
    assert parsed.count("b") + parsed.count("i") + parsed.count("em") + parsed.count("u") == 0
    assert not [name for _, attributes in parsed.elements for name in attributes if name.startswith("on")]
    assert "</script><img src=x onerror=alert(1)>" in _told(any_page)
    assert "{{ 7 * 7 }}" in _told(any_page)
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\ud800-\udfff]", _told(any_page))
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]", any_page)
    any_page.encode("utf-8")


def test_nothing_is_asked_for(any_page: str) -> None:
    """Every address on the page is a place inside it or data."""
    parsed = _Page(any_page)

    addresses = [*parsed.attributes("src"), *parsed.attributes("href")]

    assert addresses
    assert all(address.startswith(("#", "data:")) for address in addresses)
    assert not parsed.attributes("style")
    assert "url(" not in joined_style()
    assert "@import" not in joined_style()


def test_the_policy_names_what_is_inside(page: str) -> None:
    """The policy allows the page's own stylesheet and script by their hashes, and nothing else."""
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    assert policy is not None
    allowed = policy[1].replace("&#39;", "'")

    for element, rule in (("style", "style-src"), ("script", "script-src")):
        inside = re.search(f'<{element}(?: type="module" async)?>(.*?)</{element}>', page, re.DOTALL)
        assert inside is not None
        digest = base64.b64encode(hashlib.sha256(inside[1].encode()).digest()).decode()
        assert f"{rule} 'sha256-{digest}'" in allowed
    assert "default-src 'none'" in allowed
    assert "unsafe" not in allowed


def test_the_script_and_the_stylesheet_cannot_end_early() -> None:
    """What is put into the page as it is holds no closing tag."""
    for text in (joined_style(), joined_script()):
        assert text
        assert "</" not in text
        assert "<!--" not in text


def test_equal_reports_give_equal_pages(report: Report, page: str) -> None:
    """Drawing again changes no byte."""
    assert _drawn(report) == page


def test_links_lead_somewhere(any_page: str) -> None:
    """Identifiers are unique, and every link has its target."""
    parsed = _Page(any_page)

    identifiers = parsed.attributes("id")

    assert len(identifiers) == len(set(identifiers))
    places = {address[1:] for address in parsed.attributes("href") if address.startswith("#")}
    assert {place for place in places if not place.startswith("view=")} <= set(identifiers)
    columns = _packed(any_page)["columns"]
    links = [parse_qs(place) for place in places if place.startswith("view=case&")]
    assert links
    assert {link["case"][0] for link in links} <= set(columns["cases"]["identifier"])
    assert {link["subject"][0] for link in links} <= {subject["name"] for subject in columns["subjects"]}
    assert {name for value in parsed.attributes("aria-labelledby") for name in value.split()} <= set(identifiers)


def test_the_verdict_comes_first(page: str) -> None:
    """The first screen says whether to merge, what moved, and what limits it, before any list."""
    parsed = _Page(page)
    text = parsed.whole_text

    assert _titles(page)[:6] == [
        *("What moved", "Can I trust it?", "Scores"),
        *("lexical: differences from the baseline", "<second>: differences from the baseline", "Transitions"),
    ]
    assert text.index("✗ Failed") < text.index("What moved")
    assert "code-reviewer stole 1\N{NO-BREAK SPACE}request from debugger" in text


def test_a_case_shows_everything_about_it(page: str) -> None:
    """Reasons, terms, evidence, origin and provenance are all in the page, for its script."""
    text = _told(page)

    for words in ("it says <i>so</i>", "<b>test</b>", "<u>half</u> of it", "authored", "Ana <ana@example.org>"):
        assert words in text
    assert "from a call" in text
    assert "routing failed (RoutingError)" in text
    assert "could not judge (CriterionError)" in text


def test_tables_have_captions_and_images_words(any_page: str) -> None:
    """People who do not see the page can use it: captions, alternatives, headings that skip no level."""
    parsed = _Page(any_page)

    headings = [int(tag[1]) for tag, _ in parsed.elements if re.fullmatch("h[1-6]", tag)]

    assert parsed.count("caption") == parsed.count("table")
    assert parsed.count("img") == len([words for words in parsed.attributes("alt") if words])
    assert parsed.count("main") == parsed.count("h1") == 1
    assert all(after <= before + 2 for before, after in pairwise(headings))


def test_every_rule_has_its_row(judged_page: str) -> None:
    """Outcome in sign and word, subject, rule, subset and sentence; what is not gated is folded away."""
    parsed = _Page(judged_page)
    text = parsed.whole_text

    assert "Rules of the gate: 1 failed, 1 cannot tell, 1 passed" in text
    assert "✗ Failed" in text
    assert "Routing accuracy: a drop of at most 5 points" in text
    assert "<i>nobody</i> can tell" in text
    assert "1 more with too few cases to be gated" in text
    assert "· Not gated" in text


def test_differences_are_shown_by_subset(judged_page: str) -> None:
    """What stands out is told in words, the picture has words of its own, and the table holds every subset."""
    parsed = _Page(judged_page)
    text = parsed.whole_text.replace("\N{NO-BREAK SPACE}", " ")

    assert "▼ worse stratum: implicit: 80.0 % → 68.0 %, −12.0 points (−17.0 to −7.0) on 200 cases" in text
    assert "tag: <b> ▲ stands out: better" in text
    assert "Routing accuracy of lexical against the baseline" in " ".join(parsed.attributes("alt"))
    assert "Subject '<second>' chooses otherwise." in text
    assert "≠ Not compared. subject '<second>' chooses otherwise." in text


def test_what_sets_cases_apart_is_told(judged_page: str) -> None:
    """Critical cases, controls and quarantines have badges and words to find them by; quarantines are listed."""
    parsed = _Page(judged_page)
    text = parsed.whole_text

    words = _packed(judged_page)["columns"]["words"]
    assert {"critical", "control", "quarantine", "quarantined", "not-run"} <= set(words)
    assert "In quarantine, outside the gate" in text
    assert "not in this run" in text
    assert "Words that decide: <b>test</b>, fail" in text
    assert "not run" in words
    assert "○ left out" in text


def test_edits_of_the_roster_are_told_apart(judged_page: str) -> None:
    """A renamed agent is neither new nor gone, and what of an agent was edited is named."""
    [roster] = re.findall(r'<dl class="roster">(.*?)</dl>', judged_page)

    said = re.findall(r"<dt>([a-z ]+) <span class=\"sample\">1</span><dd>(.*?)</dd>", roster)
    assert said == [
        ("description edited", "code-reviewer"),
        ("body edited", "debugger"),
        ("tools edited", "debugger"),
        ("model edited", "debugger"),
        ("otherwise edited", "test-engineer"),
        ("renamed", "old-name → new-name"),
        ("added", "fresh"),
    ]


def test_a_first_run_says_that_there_is_no_baseline(first_report: Report) -> None:
    """Without a comparison the page has no transitions, and says why; without rules it says that, too."""
    text = _Page(_drawn(first_report)).whole_text

    assert "There is no accepted baseline" in text
    assert "Transitions" not in _titles(_drawn(first_report))
    assert "The suite has no gate rules" in text


def test_a_run_without_cases_has_a_page(empty_report: Report) -> None:
    """Nothing measured is said, and nothing fails."""
    text = _Page(_drawn(empty_report)).whole_text

    assert "Nothing was measured." in text
    assert "0\N{NO-BREAK SPACE}cases" in text


def test_the_title_can_be_set(empty_report: Report) -> None:
    """A title replaces the suite's name."""
    page = render(empty_report, [], title="Nightly <1>")

    assert "<title>Passed: Nightly &lt;1&gt;</title>" in page


def test_all_files_are_written(report: Report, tmp_path: Path) -> None:
    """The page comes first, then the charts of every subject; only the one that differs has a chart of differences."""
    reporter = HTML.build(HTML.options(), BuildContext(folder=tmp_path))

    written = reporter.write(report, tmp_path / "out")

    assert [path.relative_to(tmp_path).as_posix() for path in written][:2] == [
        "out/report.html",
        "out/charts/1-lexical-confusion.svg",
    ]
    assert [path.name for path in written if "difference" in path.name] == [
        "1-lexical-difference-of-routing-accuracy.svg"
    ]
    assert len(written) == 8


def _luminance(colour: str) -> float:
    """Return the relative luminance, as WCAG 2.2 defines it."""
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_text_has_enough_contrast(theme: int) -> None:
    """Every colour of text has a contrast of at least 4.5 to 1 on every ground it is used on (WCAG AA)."""
    block = re.findall(r":root \{(.*?)\}", joined_style(), re.DOTALL)[theme]
    colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block))
    plain = [
        (ink, ground) for ink in ("ink", "faint", "link", "good", "bad", "doubt") for ground in ("ground", "raised")
    ]
    tinted = [(tone, f"{tone}-ground") for tone in ("good", "bad", "doubt")]
    on_tints = [(ink, f"{tone}-ground") for ink in ("ink", "faint") for tone in ("good", "bad", "doubt")]

    ratios = {}
    for ink, ground in (*plain, *tinted, *on_tints):
        dark, light = sorted((_luminance(colours[ink]), _luminance(colours[ground])))
        ratios[ink, ground] = (light + 0.05) / (dark + 0.05)

    assert {pair: ratio for pair, ratio in ratios.items() if ratio < 4.5} == {}
