"""What axe-core finds in each view, in light and dark, wide and narrow; and what it cannot find by itself."""

from importlib.resources import files
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from .conftest import Opener
from .opening import drawn, ready
from .team import VIEWS

pytestmark = pytest.mark.asyncio(loop_scope="session")

AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
COLOURS = ["color-contrast", "link-in-text-block"]
"""The rules that come to something else in the dark."""


async def violations(page: Page, only: list[str]) -> list[str]:
    found = await page.evaluate(
        "(only) => axe.run(document, {runOnly: only, resultTypes: ['violations']}).then((all) => all.violations)", only
    )
    return [f"{rule['id']}: {node['target']} {node['failureSummary']}" for rule in found for node in rule["nodes"][:3]]


@pytest.mark.parametrize("name", VIEWS)
async def test_axe_finds_nothing(opened: Opener, team_page: Path, name: str) -> None:
    """No view breaks a rule of WCAG AA, or of good practice, be it wide or narrow, light or dark."""
    page = await ready(await opened(team_page, VIEWS[name], color_scheme="light", reduced_motion="reduce"))
    await page.evaluate(AXE)
    broken: list[str] = []
    for width in (1400, 390):
        await page.set_viewport_size({"width": width, "height": 900})
        for scheme, rules in (("light", LEVELS), ("dark", COLOURS)):
            await page.emulate_media(color_scheme=scheme)
            await drawn(page)
            broken.extend(f"{scheme}, {width} px: {one}" for one in await violations(page, rules))

    assert broken == []


async def test_the_focus_is_always_seen(opened: Opener, team_page: Path) -> None:
    """Whoever walks through the page with Tab sees where they are, and gets to the tabs and the box."""
    page = await ready(await opened(team_page, VIEWS["cases"]))
    await page.locator("body").press("Tab")
    reached = []
    for _ in range(40):
        reached.append(
            await page.evaluate(
                """() => {
                  const one = document.activeElement, style = getComputedStyle(one);
                  const isSeen = style.outlineStyle !== "none" || style.boxShadow !== "none";
                  return [one.id || one.textContent.trim().slice(0, 30), isSeen, one === document.body];
                }"""
            )
        )
        await page.keyboard.press("Tab")

    named = [name for name, _, _ in reached]
    assert [name for name, is_seen, is_body in reached if not is_seen and not is_body] == []
    assert "query" in named
    assert any("Matrix" in name for name in named)


async def test_counts_are_said_to_who_cannot_see_them(opened: Opener, team_page: Path) -> None:
    """The count under the query is a live region, and a row says its parts in words."""
    page = await ready(await opened(team_page, VIEWS["query"]))

    await expect(page.locator("#count")).to_have_attribute("aria-live", "polite")
    text = await page.locator("#views a[data-row]:visible").first.evaluate("(one) => one.textContent")
    assert "expected " in text
    assert "chosen " in text
