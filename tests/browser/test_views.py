"""What each view shows, and where a click leads."""

import re
from pathlib import Path

import pytest
from playwright.async_api import expect
from tests.sandboxing import needs_bubblewrap

from .conftest import Opener
from .opening import ready, rows
from .team import EDITED, MODULES, STEALER, STOLEN, STOLEN_CASE, VIEWS

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_transitions_are_grouped_by_pair(opened: Opener, team_page: Path) -> None:
    """What was stolen stands under who had it and who has it, with a link to each case."""
    page = await ready(await opened(team_page, VIEWS["transitions"]))

    pair = page.locator("#views h3.pair:visible").filter(has_text="database-engineer").filter(has_text=STEALER).first
    await expect(pair).to_contain_text("broken")
    await page.get_by_role("button", name="Newly right").click()
    await expect(rows(page).first).to_contain_text("changelog")
    await rows(page).first.click()
    await expect(page.locator("#case-title")).to_contain_text("changelog")


async def test_a_click_in_the_matrix_shows_its_cases(opened: Opener, team_page: Path) -> None:
    """A cell leads to exactly as many rows as it counts, and arrow keys walk between cells."""
    page = await ready(await opened(team_page, VIEWS["matrix"]))
    cell = page.locator(".view-matrix table.matrix td.mixed a").filter(has_text="for database-engineer")
    await expect(cell).to_be_visible()
    await cell.focus()
    await page.keyboard.press("ArrowRight")
    await expect(cell).not_to_be_focused()
    await page.keyboard.press("ArrowLeft")
    await expect(cell).to_be_focused()

    await page.keyboard.press("Enter")

    await expect(page.locator("#query")).to_have_value(re.compile(rf'expected:"database-engineer" chosen:"{STEALER}"'))
    await expect(page.locator("#count")).to_have_text(re.compile(rf"^{len(MODULES)} of "))


async def test_the_matrix_has_three_sides(opened: Opener, team_page: Path) -> None:
    """This run, the baseline in which nothing was stolen, and the difference, each with an address of its own."""
    page = await ready(await opened(team_page, VIEWS["matrix"]))
    await expect(page.locator(".view-matrix td.mixed").first).to_be_visible()

    await page.get_by_role("button", name="Difference").click()

    await expect(page.locator(".view-matrix td.worse a").filter(has_text=f"+{len(MODULES)}")).to_have_count(2)
    again = await ready(await opened(team_page, f"#{page.url.partition('#')[2]}"))
    await expect(again.get_by_role("button", name="Difference")).to_have_attribute("aria-pressed", "true")


async def test_a_case_shows_why_it_moved(opened: Opener, team_page: Path) -> None:
    """Request, both sides' choices trial by trial, both descriptions, the terms, and the command that runs it again."""
    page = await ready(await opened(team_page, VIEWS["case"]))

    view = page.locator("#views")
    await expect(view).to_contain_text(f"The {STOLEN} of the orders module")
    strip = page.locator("table.strip")
    await expect(strip.locator("tbody tr").nth(0)).to_contain_text("database-engineer")
    await expect(strip.locator("tbody tr").nth(1)).to_contain_text(STEALER)
    await expect(page.locator(".descriptions")).to_contain_text(EDITED)
    await expect(page.locator(".descriptions mark").first).to_be_visible()
    await expect(page.locator("table.ranking").first).to_contain_text(STOLEN)
    await expect(page.locator(".command")).to_contain_text(STOLEN_CASE)


@needs_bubblewrap
async def test_a_finding_stands_beneath_its_line_of_code(opened: Opener, team_page: Path) -> None:
    """The answer is shown with line numbers, and what a criterion says of a line beneath it."""
    page = await ready(await opened(team_page, VIEWS["judged"]))

    await expect(page.locator("table.criteria").first).to_contain_text("typed")
    code = page.locator("#views").get_by_text("def total(prices):").first
    await expect(code).to_be_visible()
    await expect(page.locator("#views .finding").first).to_contain_text("type")


async def test_agents_are_sorted_by_what_is_asked(opened: Opener, team_page: Path) -> None:
    """A click on a heading sorts, and the agent's page shows its flows, its definition and its edit."""
    page = await ready(await opened(team_page, VIEWS["agents"]))
    first = page.locator("table.agents-table tbody th").first
    await expect(first).to_be_visible()

    await page.locator('button[data-sort="name"]').click()
    await expect(first).to_contain_text("(nobody)")
    await page.locator('button[data-sort="name"]').click()
    await expect(first).to_contain_text("frontend-developer")
    await page.get_by_role("link", name=STEALER).first.click()
    await expect(page.get_by_role("heading", name=f"Agent {STEALER}")).to_be_visible()
    await expect(page.locator("#views")).to_contain_text("database-engineer")
    await expect(page.locator("#views")).to_contain_text("Work with care.")
    await expect(page.locator("#views")).to_contain_text(EDITED)


async def test_history_shows_where_the_level_changed(opened: Opener, team_page: Path) -> None:
    """Pictures for each metric, the commit behind the change, and a table of the same numbers."""
    page = await ready(await opened(team_page, VIEWS["history"]))

    await expect(page.locator("#views svg:visible").first).to_be_visible()
    await expect(page.locator("#views")).to_contain_text("Let the backend developer do more")
    assert await page.locator("#views table").count() > 0


async def test_two_runs_are_compared(opened: Opener, team_page: Path) -> None:
    """An early run against this one: what broke between them, by pair, with links to the cases."""
    page = await ready(await opened(team_page, VIEWS["compare"]))
    boxes = page.locator("#views select:visible")
    await expect(boxes.first).to_be_visible()

    await expect(page.locator("#views")).to_contain_text("broken")
    await expect(page.locator("#views").get_by_role("link", name=STOLEN_CASE).first).to_be_visible()
    await page.locator("#views").get_by_role("link", name=STOLEN_CASE).first.click()
    await expect(page.locator("#case-title")).to_contain_text(STOLEN_CASE)
