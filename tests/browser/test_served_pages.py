"""The served pages in a real browser, without any script: from the list of runs to the audit trail."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect
from tests.unit.serving.made_up_site import CASE, RUN, MadeUpSite

from passmuster.serving.listening import opened_socket, serve

from .conftest import PATIENCE

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(loop_scope="session")
async def served(tmp_path: Path) -> AsyncIterator[tuple[MadeUpSite, str]]:
    """A site that answers on a port, and its address."""
    made = MadeUpSite(tmp_path / "suite")
    listener = opened_socket("127.0.0.1", 0)
    running = asyncio.create_task(serve(made.app, listener))
    yield made, f"http://127.0.0.1:{listener.getsockname()[1]}"
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    listener.close()
    made.close()


async def test_person_compares_accepts_and_finds_it_in_the_trail(
    browser: Browser, served: tuple[MadeUpSite, str]
) -> None:
    """Signing in by the link, comparing, accepting a case and reading the trail take no script, and nothing attacks."""
    made, home = served
    context = await browser.new_context(java_script_enabled=False, color_scheme="dark")
    context.set_default_timeout(PATIENCE)
    page = await context.new_page()
    troubles: list[str] = []
    addresses: list[str] = []
    page.on("console", lambda message: troubles.append(message.text))
    page.on("dialog", lambda dialog: troubles.append(dialog.message))
    page.on("request", lambda request: addresses.append(request.url))

    await page.goto(f"{home}/enter?key={made.door.key}")
    await expect(page.get_by_role("heading", name="Runs")).to_be_visible()
    await page.get_by_label(f"Against {RUN}").check()
    await page.get_by_role("button", name="Compare").click()
    await expect(page.locator("h1")).to_be_visible()
    await page.goto(f"{home}/review?run={RUN}")
    await page.get_by_role("link", name=CASE, exact=True).click()
    await page.get_by_label("Reason").fill("It may go there.")
    await page.get_by_role("button", name="Accept this case").click()
    await expect(page.get_by_text("accepted by ann")).to_be_visible()
    await page.get_by_role("link", name="Audit trail").click()

    await expect(page.get_by_role("cell", name="It may go there.")).to_be_visible()
    assert await page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(20, 24, 29)"
    assert troubles == []
    assert [address for address in addresses if not address.startswith((f"{home}/", "data:"))] == []
    assert (made.folder / "baseline.jsonl").exists()
    await context.close()
