"""Finding cases: the query box, its address, chips, complaints, keys, and what can be taken away."""

from pathlib import Path

import pytest
from playwright.async_api import expect

from .conftest import Opener
from .opening import ask, ready, rows
from .team import FLAKY, MODULES, STEALER, STOLEN, VIEWS

pytestmark = pytest.mark.asyncio(loop_scope="session")

ROWS = 150
"""Two subjects, each with 75 cases."""


async def test_a_query_shows_what_it_finds_and_stands_in_the_address(opened: Opener, team_page: Path) -> None:
    """The stolen requests are exactly those with the stolen word, and the link opened afresh shows them again."""
    page = await ready(await opened(team_page, VIEWS["cases"]))

    await ask(page, f"subject:live stolen:{STEALER}", f"{len(MODULES)} of {ROWS}")
    await expect(rows(page)).to_have_count(len(MODULES))
    names = await rows(page).locator(".id").all_inner_texts()
    assert sorted(names) == sorted(f"database-engineer-{STOLEN}-{module}" for module in MODULES)
    address = page.url
    assert "q=" in address
    again = await ready(await opened(team_page, f"#{address.partition('#')[2]}"))
    await expect(again.locator("#query")).to_have_value(f"subject:live stolen:{STEALER}")
    await expect(again.locator("#count")).to_have_text(f"{len(MODULES)} of {ROWS}")


FOUND = {
    "subject:live outcome:flaky": len(MODULES),
    "subject:live change:fixed": len(MODULES),
    f'subject:live "{FLAKY} of the orders"': 1,
    f"subject:live right<1 -{STOLEN}": len(MODULES),
    "subject:live expected:database-engineer tag:chatty,terse stratum:explicit": len(MODULES),
    "state:critical": 2,
    "subject:live score<1": 2,
    "tag:small-talk": 4,
}


async def test_the_language_says_what_is_meant(opened: Opener, team_page: Path) -> None:
    """Words, phrases, keys, numbers, either-or and not find what the suite was made to hold."""
    page = await ready(await opened(team_page, VIEWS["cases"]))

    for query, found in FOUND.items():
        await ask(page, query, f"{found} of {ROWS}")
        # The next one may find as many, which must not be taken for this one's number.
        await ask(page, "", f"{ROWS} of {ROWS}")


async def test_a_wrong_key_is_said_with_what_to_write(opened: Opener, team_page: Path) -> None:
    """A slip of the pen finds a hint under the box, and not just nothing."""
    page = await ready(await opened(team_page, VIEWS["cases"]))

    await page.locator("#query").fill("agnet:debugger")

    await expect(page.locator("#problems")).to_contain_text("agent:")


async def test_a_chip_puts_its_condition_into_the_query(opened: Opener, team_page: Path) -> None:
    """Buttons write the language, so that it can be learnt from them; pressed again, they take it back."""
    page = await ready(await opened(team_page, VIEWS["cases"]))
    chip = page.get_by_role("button", name="outcome:flaky")

    await chip.click()
    await expect(page.locator("#query")).to_have_value("outcome:flaky")
    await expect(chip).to_have_attribute("aria-pressed", "true")
    await chip.click()
    await expect(page.locator("#query")).to_have_value("")


async def test_keys_do_everything(opened: Opener, team_page: Path) -> None:
    """`/` asks, `j` and `k` move, Enter opens, brackets step, Escape returns to the row, `?` explains."""
    page = await ready(await opened(team_page, VIEWS["cases"]))
    await expect(rows(page).first).to_be_visible()
    await page.keyboard.press("/")
    await expect(page.locator("#query")).to_be_focused()
    await page.keyboard.type("subject:live outcome:flaky")
    await expect(page.locator("#count")).to_have_text(f"{len(MODULES)} of {ROWS}")
    await page.keyboard.press("Escape")
    await page.keyboard.press("j")
    await page.keyboard.press("j")
    await page.keyboard.press("k")
    await expect(rows(page).nth(0)).to_be_focused()
    first, second = (
        await rows(page).nth(0).locator(".id").inner_text(),
        await rows(page).nth(1).locator(".id").inner_text(),
    )

    await page.keyboard.press("Enter")
    heading = page.locator("#case-title")
    await expect(heading).to_contain_text(first)
    await expect(heading).to_be_focused()
    await page.keyboard.press("]")
    await expect(heading).to_contain_text(second)
    await page.keyboard.press("[")
    await expect(heading).to_contain_text(first)
    await page.keyboard.press("Escape")
    await expect(rows(page).nth(0)).to_be_focused()
    await page.keyboard.press("?")
    await expect(page.locator("#help")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.locator("#help")).to_be_hidden()


async def test_a_long_list_is_made_as_it_is_scrolled(opened: Opener, team_page: Path) -> None:
    """The last row exists once it is in sight, and the first one no more."""
    page = await ready(await opened(team_page, VIEWS["cases"]))
    await expect(rows(page).first).to_be_visible()

    await page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")

    await expect(page.locator(f'#views a[data-row="{ROWS - 1}"]')).to_be_visible()
    await expect(page.locator('#views a[data-row="0"]')).to_have_count(0)


async def test_what_is_shown_can_be_taken_away(opened: Opener, team_page: Path, tmp_path: Path) -> None:
    """As CSV with a line for each row, and as a table of Markdown."""
    page = await ready(await opened(team_page, VIEWS["cases"], permissions=["clipboard-read", "clipboard-write"]))
    await ask(page, "subject:live outcome:flaky", f"{len(MODULES)} of {ROWS}")

    async with page.expect_download() as waiting:
        await page.get_by_role("button", name="Download CSV").click()
    saved = tmp_path / "rows.csv"
    await (await waiting.value).save_as(saved)
    lines = saved.read_text(encoding="utf-8").splitlines()
    await page.get_by_role("button", name="Copy as Markdown").click()
    await expect(page.get_by_text("Copied as Markdown.")).to_be_attached()
    copied = await page.evaluate("navigator.clipboard.readText()")

    assert len(lines) == 1 + len(MODULES)
    assert f"debugger-{FLAKY}-orders" in "".join(lines)
    assert copied.count("\n|") == 1 + len(MODULES)
