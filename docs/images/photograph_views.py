"""Photographs every view of a report, wide and narrow, light and dark, and on paper, to be looked at.

Run it from the top of the repository, with Chromium installed::

    .venv/bin/python docs/images/photograph_views.py reports/software_team/report.html pictures
"""

import argparse
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from playwright.sync_api import Browser, Page, sync_playwright

WIDTHS = (1400, 390)
Scheme = Literal["light", "dark"]
Medium = Literal["screen", "print"]
SCHEMES: tuple[Scheme, ...] = ("light", "dark")
HEIGHT = 1000
TALLEST = 6000
"""Pixels; of a longer view only the beginning is drawn."""

PAPER = 720
"""Pixels across the printed part of a sheet of A4."""

WAIT = 60_000
"""Milliseconds for a page to open."""

VIEWS = ("summary", "cases", "transitions", "matrix", "matrix&side=difference", "agents", "history", "compare")


def addresses(page: Page) -> Iterator[tuple[str, str]]:
    """Yield the views of a page with a name each: those of the tabs, an agent, and a case that moved or else any."""
    for view in VIEWS:
        yield view.replace("&side=", "-"), "" if view == "summary" else f"#view={view}"
    for name, source in (("agent", "#view=agents"), ("case", "#view=transitions"), ("any-case", "#view=cases")):
        page.goto(f"{page.url.partition('#')[0]}{source}")
        link = page.locator("#views a[href*='agent=']:visible, #views a[data-row]:visible").first
        if link.count():
            yield name, str(link.get_attribute("href"))
    yield "query", f"#view=cases&q={quote('outcome:wrong agnet:nobody')}"


def photographs(browser: Browser, report: Path, folder: Path) -> Iterator[Path]:
    """Draw every view in every way, and yield the pictures."""
    page = browser.new_page()
    page.goto(report.as_uri(), timeout=WAIT)
    views = list(addresses(page))
    page.close()
    ways: list[tuple[int, Scheme, Medium]] = [(width, scheme, "screen") for width in WIDTHS for scheme in SCHEMES]
    for width, scheme, medium in [*ways, (PAPER, "light", "print")]:
        page = browser.new_page(viewport={"width": width, "height": HEIGHT}, color_scheme=scheme)
        page.emulate_media(media=medium)
        for name, fragment in views:
            page.goto("about:blank")
            page.goto(f"{report.as_uri()}{fragment}", timeout=WAIT)
            page.locator("body[data-ready]").wait_for(state="attached", timeout=WAIT)
            if medium == "print":
                page.evaluate("dispatchEvent(new Event('beforeprint'))")
            picture = folder / f"{name}-{width}-{medium if medium == 'print' else scheme}.png"
            height = min(TALLEST, page.evaluate("document.documentElement.scrollHeight"))
            page.set_viewport_size({"width": width, "height": max(HEIGHT, height)})
            page.screenshot(path=picture)
            page.set_viewport_size({"width": width, "height": HEIGHT})
            yield picture
        page.close()


def main() -> int:
    """Draw all, and say where."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("report", type=Path)
    arguments.add_argument("folder", type=Path)
    given = arguments.parse_args()
    chromium = shutil.which("chromium")
    if chromium is None:
        sys.stderr.write("chromium is not installed; scripts/install-debian-packages does it\n")
        return 3
    given.folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for picture in photographs(browser, given.report.absolute(), given.folder):
            sys.stdout.write(f"{picture}\n")
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
