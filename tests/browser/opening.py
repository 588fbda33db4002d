"""What tests do with an open page again and again."""

from playwright.async_api import Locator, Page, expect


async def ready(page: Page) -> Page:
    """Wait until the script has drawn what is due."""
    await page.locator("body[data-ready]").wait_for(state="attached")
    return page


async def drawn(page: Page) -> None:
    """Wait until what follows from another size or scheme of the window is on the screen."""
    await page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def rows(page: Page) -> Locator:
    """Return the entries of the list that is shown."""
    return page.locator("#views a[data-row]:visible")


async def go(page: Page, fragment: str) -> None:
    """Go to another address within the page, as a link does."""
    await page.evaluate("(fragment) => { location.hash = fragment; }", fragment or "#")


async def ask(page: Page, query: str, found: str) -> None:
    """Type a query, and wait until its count begins like this."""
    await page.locator("#query").fill(query)
    await expect(page.locator("#count")).to_have_text(found)


async def is_wider_than_window(page: Page) -> list[str]:
    """Return what makes the page scroll sideways; empty where nothing does."""
    found: list[str] = await page.evaluate(
        """() => {
          const width = document.documentElement.clientWidth;
          if (document.documentElement.scrollWidth <= width) return [];
          const wide = [...document.body.querySelectorAll("*")].filter((one) => {
            if (one.getBoundingClientRect().right <= width + 1) return false;
            for (let parent = one.parentElement; parent; parent = parent.parentElement) {
              if (getComputedStyle(parent).overflowX !== "visible") return false;
            }
            return true;
          });
          const named = wide.slice(0, 8).map((one) => `${one.localName}#${one.id}.${one.className}`);
          return [`${document.documentElement.scrollWidth} px`, ...named];
        }"""
    )
    return found
