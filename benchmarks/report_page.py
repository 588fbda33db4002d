"""The page of a big run: seconds to write, bytes, seconds until it can be used, milliseconds to filter, and memory.

Run it as ``python benchmarks/report_page.py [--cases 50000] [--agents 200] [--repetitions 1] [--peers]
[--patience 3600]``. The run is made up: requests and answers are drawn, by how often they occur, from the thousands of
words of this repository's own texts, so that they pack about as well as real ones; grammar would let them pack better.
With ``--peers`` the same answers go through promptfoo and Inspect, which ``benchmarks/peers/prepare`` installs, and
their pages are opened in the same way; promptfoo writes one file, Inspect a folder that only a server can show. Each
command of theirs is given up after so many seconds.
"""

import argparse
import random
import re
import resource
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from itertools import accumulate
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from passmuster.adapters.reporters.html import HtmlReporter
from passmuster.analysis.observing import observe
from passmuster.analysis.reporting import report_of
from passmuster.charting.kept import KeptCharts
from passmuster.domain.answers import Answer, RankedAgent, TermWeight
from passmuster.domain.cases import Case
from passmuster.domain.results import Run, Trial
from passmuster.domain.values import AgentName, Usage
from passmuster.domain.verdicts import GatePolicy, GateRule
from passmuster.testing import factories

sys.path.insert(0, str(Path(__file__).parent / "peers"))

from pages import PEER_PAGES, PeerPage

ROOT = Path(__file__).parent.parent
MEGABYTE = 1 << 20
ANSWER_BYTES = 1000
REQUEST_WORDS = 25
SHARE_PASSED = 0.8
WAIT = 600_000
"""Milliseconds for a page of any tool to open."""

QUERIES = (
    "outcome:wrong",
    "expected:agent-017",
    "change:broken tag:urgent",
    "score<0.5 stratum:implicit",
    "the index of -orders",
)
"""What is looked for in our page: a word, a name, two conditions, a number, and words within requests."""

FILTER = """\
async (query) => {
  const box = document.getElementById("query");
  const count = document.getElementById("count");
  const begun = performance.now();
  const drawn = new Promise((resolve) => {
    const observer = new MutationObserver(() => {
      observer.disconnect();
      requestAnimationFrame(() => resolve(performance.now() - begun));
    });
    observer.observe(count, { childList: true, characterData: true, subtree: true });
  });
  box.value = query;
  box.dispatchEvent(new Event("input", { bubbles: true }));
  return [await drawn, count.textContent];
}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """How big the run is to be, and after how many seconds another tool is given up."""

    cases: int
    agents: int
    repetitions: int
    patience: float


@cache
def counted_words() -> tuple[list[str], list[int]]:
    """Return the words of this repository's texts, the frequent ones first, and how often they and those before are."""
    files = [*ROOT.glob("docs/**/*.md"), *ROOT.glob("datasets/**/*.jsonl"), *ROOT.glob("evals/**/*.md")]
    texts = (file.read_text(encoding="utf-8", errors="replace") for file in sorted(files))
    counted = Counter(word for text in texts for word in re.findall(r"[a-z]{2,15}", text.lower()))
    words = sorted(counted, key=lambda word: (-counted[word], word))[:6000]
    return words, list(accumulate(counted[word] for word in words))


class Writer:
    """Draws texts from the words of this repository, the frequent ones more often."""

    def __init__(self, seed: int) -> None:
        """Begin to draw."""
        self._words, self._weights = counted_words()
        self._generator = random.Random(seed)  # noqa: S311 - words, no secret

    def text(self, number: int) -> str:
        """Return this many words."""
        return " ".join(self._generator.choices(self._words, cum_weights=self._weights, k=number))

    def answer(self) -> str:
        """Return about a kilobyte, in sentences."""
        text = self.text(ANSWER_BYTES // 4)[:ANSWER_BYTES]
        return re.sub(r"((?:\w+ ){12})", r"\1\n", text)


def cases_of(wanted: Wanted, writer: Writer) -> tuple[Case, ...]:
    """Make the cases."""
    rubric = factories.a_rubric(factories.a_criterion_reference("contains"))
    return tuple(
        factories.a_case(
            f"case-{at:06}",
            text=writer.text(REQUEST_WORDS),
            preferred=f"agent-{at % wanted.agents:03}",
            rubric=rubric,
            tags=frozenset({("urgent", "chatty", "terse")[at % 3], f"team-{at % 20}"}),
        )
        for at in range(wanted.cases)
    )


def run_of(wanted: Wanted, cases: tuple[Case, ...], seed: int, share_wrong: float) -> Run:
    """Answer each of them, a share wrongly."""
    writer, generator = Writer(seed), random.Random(seed)  # noqa: S311 - noise, no secret
    roster = factories.a_roster(
        *(
            factories.an_agent(f"agent-{at:03}", Writer(at).text(40), instructions=Writer(-at).text(300))
            for at in range(wanted.agents)
        )
    )

    def trial(case: Case, repetition: int) -> Trial:
        place = int(str(case.expectation.preferred).removeprefix("agent-"))
        is_wrong = generator.random() < share_wrong
        chosen, rival = (f"agent-{(place + step) % wanted.agents:03}" for step in ((1, 0) if is_wrong else (0, 1)))
        ranking = tuple(
            RankedAgent(
                agent=AgentName(name),
                score=score,
                terms=(TermWeight(term=word, weight=score),),
            )
            for name, score, word in ((chosen, generator.random() + 1, "index"), (rival, generator.random(), "orders"))
        )
        passes = generator.random() < SHARE_PASSED
        return factories.a_trial(
            case.identifier,
            repetition=repetition,
            answer=Answer(
                routing=factories.a_decision(chosen, ranking=ranking),
                completion=factories.a_completion(writer.answer(), usage=Usage(input_tokens=900, output_tokens=250)),
                writer=AgentName(chosen),
            ),
            outcomes=(factories.a_score("contains", float(passes), reason="It is there." if passes else "It is not."),),
            started_at=factories.MOMENT + timedelta(seconds=repetition),
        )

    trials = [trial(case, repetition) for case in cases for repetition in range(wanted.repetitions)]
    return factories.a_run(*trials, cases=cases, roster=roster, suite="big")


def runs_wanted(wanted: Wanted) -> tuple[Run, Run]:
    """Return a run, and one before it in which fewer choices were wrong."""
    cases = cases_of(wanted, Writer(7))
    return run_of(wanted, cases, 2, 0.12), run_of(wanted, cases, 1, 0.08)


def memory_of(browser: Browser) -> dict[str, float]:
    """Return the megabytes of the browser's processes that draw pages, and of all of them."""
    session = browser.new_browser_cdp_session()
    processes = session.send("SystemInfo.getProcessInfo")["processInfo"]
    resident = {
        process["id"]: (
            process["type"],
            int(Path(f"/proc/{process['id']}/statm").read_text().split()[1]) * resource.getpagesize(),
        )
        for process in processes
        if Path(f"/proc/{process['id']}").exists()
    }
    session.detach()
    return {
        "renderer": sum(size for kind, size in resident.values() if kind == "renderer") / MEGABYTE,
        "all": sum(size for _, size in resident.values()) / MEGABYTE,
    }


def heap_of(page: Page) -> float:
    """Return the megabytes that the page's script holds after a collection of garbage."""
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    used = session.send("Runtime.getHeapUsage")["usedSize"]
    session.detach()
    return float(used) / MEGABYTE


def measured(browser: Browser, address: str, is_ready: str) -> Iterator[str]:
    """Open a page, and yield what that took and holds; the page stays open for whoever asks more of it."""
    page = browser.new_page(viewport={"width": 1400, "height": 900})
    begun = time.perf_counter()
    page.goto(address, timeout=WAIT, wait_until="load")
    page.locator(is_ready).first.wait_for(state="attached", timeout=WAIT)
    seconds = time.perf_counter() - begun
    memory = memory_of(browser)
    nodes = page.evaluate("document.getElementsByTagName('*').length")
    yield f"  until it can be used: {seconds:.2f} s; elements: {nodes:,}"
    yield (
        f"  memory: {heap_of(page):.0f} MB of script, {memory['renderer']:.0f} MB in the process that draws it, "
        f"{memory['all']:.0f} MB in the whole browser"
    )


def filtered(browser: Browser) -> Iterator[str]:
    """Ask the page that is open each query five times, and yield the medians."""
    page = browser.contexts[-1].pages[-1]
    page.evaluate("location.hash = '#view=cases'")
    page.locator("#query").wait_for(timeout=WAIT)
    page.locator("#count:not(:empty)").wait_for(timeout=WAIT)
    for query in QUERIES:
        took = []
        for _ in range(5):
            page.evaluate(FILTER, "identifier-of-nothing")
            took.append(page.evaluate(FILTER, query))
        milliseconds, count = sorted(took)[2]
        yield f"  filter {query!r}: {milliseconds:.0f} ms ({count})"


def ours(browser: Browser, wanted: Wanted, folder: Path) -> Iterator[str]:
    """Write our page, open it and filter in it."""
    run, former = runs_wanted(wanted)
    begun = time.perf_counter()
    policy = GatePolicy(rules=(GateRule(metric="routing_accuracy", maximum_drop=0.05),))
    report = report_of(run, policy, observe(former))
    yield f"passmuster: the report's values were computed in {time.perf_counter() - begun:.1f} s"
    before, begun = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.perf_counter()
    written = HtmlReporter(kept=KeptCharts()).write(report, folder)
    seconds, after = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    page = next(path for path in written if path.suffix == ".html")
    yield (
        f"  written in {seconds:.1f} s: {page.stat().st_size / MEGABYTE:.1f} MB; the peak of memory rose "
        f"from {before / 1024:.0f} to {after / 1024:.0f} MB"
    )
    # A first page of nothing, so that the start of the browser is in no figure.
    browser.new_page().close()
    yield from measured(browser, page.as_uri(), "body[data-ready]")
    yield from filtered(browser)


def theirs(browser: Browser, peer: PeerPage, wanted: Wanted, folder: Path) -> Iterator[str]:
    """Let another tool write its page of as many answers, and open it."""
    if not peer.needs.exists():
        yield f"{peer.name}: not installed; benchmarks/peers/prepare does it"
        return
    writer = Writer(7)
    questions = ((writer.text(REQUEST_WORDS), writer.answer()) for _ in range(wanted.cases * wanted.repetitions))
    folder.mkdir()
    yield f"{peer.name}:"
    with peer.written(questions, folder, wanted.patience) as page:
        yield f"  {page.story}: {page.size / MEGABYTE:.1f} MB, files: {page.files:,}"
        if page.address:
            yield from measured(browser, page.address, page.is_ready)


def main() -> int:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--cases", type=int, default=50_000)
    arguments.add_argument("--agents", type=int, default=200)
    arguments.add_argument("--repetitions", type=int, default=1)
    arguments.add_argument("--peers", action="store_true")
    arguments.add_argument("--only-peers", action="store_true")
    arguments.add_argument("--patience", type=float, default=3600)
    given = arguments.parse_args()
    wanted = Wanted(cases=given.cases, agents=given.agents, repetitions=given.repetitions, patience=given.patience)
    chromium = shutil.which("chromium")
    if chromium is None:
        print("Chromium is not installed, so there is nothing to open the pages with")
        return 0
    makers = [] if given.only_peers else [("ours", ours)]
    peers = PEER_PAGES if given.peers or given.only_peers else ()
    print(
        f"{wanted.cases:,} cases × {wanted.repetitions} of {wanted.agents} agents, answers of {ANSWER_BYTES} bytes",
        flush=True,
    )
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        for label, maker in makers:
            browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
            for line in maker(browser, wanted, Path(name) / label):
                print(line, flush=True)
            browser.close()
        for peer in peers:
            browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
            for line in theirs(browser, peer, wanted, Path(name) / peer.name):
                print(line, flush=True)
            browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
