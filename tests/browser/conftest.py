"""One browser for all tests, the pages that they look at, and what no page may do.

Whatever a test does with a page, at its end the console is silent, nothing was asked of any network, and the page's
own policy was broken nowhere.
"""

import fcntl
import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect

from .hostile import make as make_hostile
from .team import make as make_team

CHROMIUM = shutil.which("chromium")
PATIENCE = 120_000
"""Milliseconds until a condition is given up; a test waits no longer than it must, and machines may be slow."""

SWITCHES = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

WATCH = """\
addEventListener("securitypolicyviolation", (event) => {
  console.error(`policy broken: ${event.violatedDirective} by ${event.blockedURI} ${event.sample}`);
});
"""

expect.set_options(timeout=PATIENCE)


@dataclass
class Watched:
    """A page, and what it did that nobody asked for."""

    page: Page
    home: str
    troubles: list[str] = field(default_factory=list)

    def listen(self) -> None:
        """Write down every word on the console, every error and every request for anything but the page."""
        self.page.on("console", lambda message: self.troubles.append(f"{message.type}: {message.text}"))
        self.page.on("pageerror", lambda error: self.troubles.append(f"error: {error}"))
        self.page.on("request", lambda request: self._note(request.url))
        self.page.on("dialog", lambda dialog: self.troubles.append(f"dialog: {dialog.message}"))
        self.page.on("popup", lambda page: self.troubles.append(f"window: {page.url}"))

    def _note(self, address: str) -> None:
        if address.partition("#")[0] != self.home and not address.startswith(("data:", f"blob:{self.home}")):
            self.troubles.append(f"request: {address[:200]}")


Opener = Callable[..., Awaitable[Page]]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Debian's Chromium, started once by each process that runs tests."""
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed; scripts/install-debian-packages does it")
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(SWITCHES), timeout=PATIENCE)
        yield started
        await started.close()


@pytest_asyncio.fixture(loop_scope="session")
async def opened(browser: Browser) -> AsyncIterator[Opener]:
    """Give what opens a page; at the end of the test it closes all, and insists that none of them did wrong."""
    contexts: list[BrowserContext] = []
    watched: list[Watched] = []

    async def open_page(path: Path, fragment: str = "", *, width: int = 1400, **options: object) -> Page:
        address = path.as_uri()
        context = await browser.new_context(viewport={"width": width, "height": 900}, **options)
        contexts.append(context)
        context.set_default_timeout(PATIENCE)
        await context.add_init_script(WATCH)
        page = await context.new_page()
        watched.append(Watched(page, address))
        watched[-1].listen()
        await page.goto(address + fragment, timeout=PATIENCE)
        return page

    yield open_page
    for context in contexts:
        await context.close()
    assert [trouble for one in watched for trouble in one.troubles] == []


def _once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], Path]) -> Path:
    """Let only one of the processes that run tests make a page; the others wait for it."""
    base = factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    mark = shared / f"{name}.page"
    with (shared / f"{name}.lock").open("w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not mark.exists():
            folder = shared / name
            folder.mkdir()
            mark.write_text(str(make(folder)), encoding="utf-8")
        return Path(mark.read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def team_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of the small suite, made by the real command line."""
    return _once(tmp_path_factory, "team", lambda folder: make_team(folder).page)


@pytest.fixture(scope="session")
def hostile_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of a run in which every text attacks."""
    return _once(tmp_path_factory, "hostile", make_hostile)
