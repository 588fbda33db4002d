"""A page in which every text attacks: nothing is executed, nothing breaks the layout, nothing is lost."""

from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.async_api import Page, expect

from .conftest import Opener
from .hostile import AGENTS, ATTACKS, SUBJECTS
from .opening import drawn, is_wider_than_window, ready

pytestmark = pytest.mark.asyncio(loop_scope="session")


def _link(view: str, **keys: str) -> str:
    parts = [f"view={view}", *(f"{key}={quote(value, safe='', errors='replace')}" for key, value in keys.items())]
    return f"#{'&'.join(parts)}"


VIEWS = {
    "summary": "",
    "cases": "#view=cases",
    "query": _link("cases", q=ATTACKS[0]),
    "transitions": "#view=transitions",
    "matrix": "#view=matrix",
    "agents": "#view=agents",
    "agent": _link("agents", agent=AGENTS[1]),
    "history": "#view=history",
    "compare": "#view=compare",
    "unknown view": "#view=%3Cimg%20src=x%20onerror=globalThis.owned=true%3E",
    "prototype": "#view=__proto__&q=__proto__&case=constructor",
    **{
        f"case {place}": _link("case", case=f"case-{place} {ATTACKS[place]}", subject=SUBJECTS[0])
        for place in (2, 4, 7, 9)
    },
}


async def attacked(page: Page) -> list[str]:
    """Return what an attack reached."""
    found: list[str] = await page.evaluate(
        """() => {
          const found = globalThis.owned ? ["a script ran"] : [];
          for (const one of document.querySelectorAll("*"))
            for (const { name } of one.attributes)
              if (name.startsWith("on")) found.push(`${one.localName} has ${name}`);
          for (const one of document.querySelectorAll("iframe, object, embed, base")) found.push(one.localName);
          for (const one of document.querySelectorAll("img"))
            if (!one.src.startsWith("data:image/svg+xml")) found.push(`img of ${one.src}`);
          for (const one of document.querySelectorAll("a[href], area[href]"))
            if (!one.getAttribute("href").startsWith("#")) found.push(`link to ${one.href}`);
          if (getComputedStyle(document.body).display === "none") found.push("a style was taken over");
          return found;
        }"""
    )
    return found


@pytest.mark.parametrize("name", VIEWS)
async def test_no_text_does_anything(opened: Opener, hostile_page: Path, name: str) -> None:
    """In every view: no script runs, no element or link comes out of a text, and the page does not scroll sideways."""
    page = await ready(await opened(hostile_page, VIEWS[name]))

    troubles = [*await attacked(page), *await is_wider_than_window(page)]
    await page.set_viewport_size({"width": 390, "height": 900})
    await drawn(page)
    troubles += [*await attacked(page), *await is_wider_than_window(page)]

    assert troubles == []


async def test_without_script_nothing_breaks_either(opened: Opener, hostile_page: Path) -> None:
    """The summary alone is as quiet, and as narrow."""
    page = await opened(hostile_page, width=390, java_script_enabled=False)

    await expect(page.locator("header.top h1")).to_be_visible()
    assert await page.locator("img:not([src^='data:image/svg+xml'])").count() == 0
    assert await page.locator("a[href^='javascript' i]").count() == 0
    box = await page.locator("html").bounding_box()
    assert box is not None
    assert box["width"] <= 390


async def test_what_attacks_can_still_be_read(opened: Opener, hostile_page: Path) -> None:
    """Markup is shown as it was written, and signs that nobody sees are made visible or left out, not obeyed."""
    page = await ready(await opened(hostile_page, VIEWS["case 2"]))

    text = await page.locator("#views").inner_text()
    assert "<svg onload=" in text
    assert "{{ 7 * 7 }}" in text
    assert "\u202e" not in text


async def test_hostile_names_are_found_by_links(opened: Opener, hostile_page: Path) -> None:
    """A link in the list leads to the case that it names, whatever the name is."""
    page = await ready(await opened(hostile_page, "#view=cases&q=state%3Awrong"))
    first = page.locator("#views a[data-row]:visible").first
    await expect(first).to_be_visible()
    name = (await first.locator(".id").inner_text()).split()[0]

    await first.click()

    await expect(page.locator("#case-title")).to_contain_text(name)
    await expect(page.locator("#views table.strip")).to_be_visible()
