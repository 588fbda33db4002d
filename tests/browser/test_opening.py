"""The page opened from disk: at once, in the dark, on paper, without script, and every view by its address."""

import re
from pathlib import Path

import pytest
from playwright.async_api import expect

from .conftest import Opener
from .opening import drawn, go, is_wider_than_window, ready, rows
from .team import MODULES, STEALER, STOLEN_CASE, VIEWS, WORDS

pytestmark = pytest.mark.asyncio(loop_scope="session")

HEADINGS = {
    "cases": "Cases",
    "query": "Cases",
    "transitions": "Transitions",
    "matrix": "Confusion matrix",
    "agents": "Agents",
    "agent": f"Agent {STEALER}",
    "history": "History",
    "compare": "Compare",
    "case": STOLEN_CASE,
    "judged": "backend-developer-endpoint-orders",
}


async def test_first_screen_answers_the_three_questions(opened: Opener, team_page: Path) -> None:
    """The verdict, what got worse and whether to trust it are in sight without scrolling."""
    page = await ready(await opened(team_page))

    await expect(page.locator("header.top h1")).to_have_text(re.compile("failed", re.IGNORECASE))
    for question in ("What got worse?", "Can I trust it?"):
        box = await page.get_by_text(question).first.bounding_box()
        assert box is not None
        assert box["y"] + box["height"] < 900
    await expect(page.locator("#summary")).to_be_visible()


@pytest.mark.parametrize("name", VIEWS)
async def test_every_view_opens_afresh_by_its_address(opened: Opener, team_page: Path, name: str) -> None:
    """A link to a view shows this view, with its heading and its mark in the tabs, and fits the window."""
    page = await ready(await opened(team_page, VIEWS[name]))

    if name == "summary":
        await expect(page.locator("#summary")).to_be_visible()
    else:
        heading = page.locator("#views h2:visible").first
        await expect(heading).to_contain_text(HEADINGS[name])
        await expect(page.locator("#summary")).to_be_hidden()
    assert await is_wider_than_window(page) == []
    await page.set_viewport_size({"width": 390, "height": 900})
    await drawn(page)
    assert await is_wider_than_window(page) == []


async def test_back_and_forward_walk_through_the_views(opened: Opener, team_page: Path) -> None:
    """The browser's own history leads through what was looked at, with the query of each place."""
    page = await ready(await opened(team_page))
    await go(page, VIEWS["cases"])
    await expect(page.locator("#count")).to_contain_text(" of ")
    await go(page, VIEWS["query"])
    await expect(page.locator("#query")).to_have_value("outcome:wrong -tag:terse")
    await go(page, VIEWS["matrix"])
    await expect(page.get_by_role("heading", name="Confusion matrix")).to_be_visible()

    await page.go_back()
    await expect(page.locator("#query")).to_have_value("outcome:wrong -tag:terse")
    await expect(rows(page).first).to_be_visible()
    await page.go_back()
    await expect(page.locator("#query")).to_have_value("")
    await page.go_back()
    await expect(page.locator("#summary")).to_be_visible()
    await page.go_forward()
    await expect(page.locator("#summary")).to_be_hidden()
    await expect(page.locator("#query")).to_be_visible()


async def test_dark_is_dark(opened: Opener, team_page: Path) -> None:
    """Who prefers a dark screen gets one, on every ground and in every field."""
    page = await ready(await opened(team_page, VIEWS["cases"], color_scheme="dark"))

    for place in ("body", "#query"):
        colour = await page.locator(place).evaluate(
            """(one) => {
              for (let at = one; at; at = at.parentElement) {
                const ground = getComputedStyle(at).backgroundColor;
                const [red, green, blue, alpha = 1] = ground.match(/[\\d.]+/g).map(Number);
                if (alpha > 0) return Math.max(red, green, blue);
              }
              return 255;
            }"""
        )
        assert colour < 90, place


async def test_without_script_the_summary_is_complete(opened: Opener, team_page: Path) -> None:
    """Whoever allows no script reads verdict, reasons, what moved, trust, scores and agents, and what else there is."""
    page = await opened(team_page, java_script_enabled=False)

    text = await page.locator("body").inner_text()
    assert "Failed" in text
    for heading in ("What moved", "Can I trust it?", "Scores", "agents"):
        assert heading in text
    assert STEALER in text
    assert STOLEN_CASE in text
    assert "With JavaScript" in text
    await expect(page.locator("#tabs")).to_be_empty()


async def test_it_prints(opened: Opener, team_page: Path, tmp_path: Path) -> None:
    """On paper there are several pages with the whole summary, and nothing that only a mouse could use."""
    page = await ready(await opened(team_page))

    paper = await page.pdf(path=tmp_path / "report.pdf", format="A4")

    assert paper.startswith(b"%PDF")
    assert paper.count(b"/Type /Page\n") + paper.count(b"/Type/Page/") > 1
    await page.emulate_media(media="print")
    await expect(page.locator("header.top h1")).to_be_visible()
    await expect(page.locator("#summary")).to_be_visible()
    await expect(page.locator("#tabs")).to_be_hidden()


async def test_the_counts_of_the_page_are_those_of_the_run(opened: Opener, team_page: Path) -> None:
    """Every case of every subject is a row of the page."""
    page = await ready(await opened(team_page, VIEWS["cases"]))

    cases = sum(len(words) for words in WORDS.values()) * len(MODULES) + 3
    await expect(page.locator("#count")).to_have_text(f"{2 * cases} of {2 * cases}")
    assert await page.locator("#views li:visible").count() < 2 * cases


async def test_who_prefers_less_motion_sees_none(opened: Opener, team_page: Path) -> None:
    """Nothing moves or fades for people whom that makes ill."""
    page = await ready(await opened(team_page, VIEWS["transitions"], reduced_motion="reduce"))

    moving = await page.evaluate(
        """() => [...document.querySelectorAll("*")].filter((one) => {
          const style = getComputedStyle(one);
          const lasts = (times) => times.split(",").some((time) => parseFloat(time) > 0.01);
          return lasts(style.transitionDuration) || (style.animationName !== "none" && lasts(style.animationDuration))
            || style.scrollBehavior === "smooth";
        }).map((one) => one.localName)"""
    )
    assert moving == []
