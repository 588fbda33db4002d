"""Fifty people read the served pages while a run is written: what they wait, and what the writer loses.

Run it as ``python benchmarks/serve_load.py [--seconds 20] [--readers 50] [--runs 50] [--trials 500]``. A store is
filled, `passmuster serve` is started as a process of its own, and one writer appends trials to a further run, ten in
each transaction, three times as long as was said: with nobody reading, with readers of a page that needs no store, and
with readers of pages that do. The second says what the readers and the server take of the machine; what is lost between
the second and the third is lost at the store.
"""

import argparse
import asyncio
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from typing import Final

import httpx

from passmuster.adapters.stores.sqlite import SqliteStore
from passmuster.domain.answers import RoutingDecision
from passmuster.domain.results import Run, Trial
from passmuster.testing.factories import a_case, a_decision, a_run, a_trial

TOKEN: Final = "a-token-for-a-benchmark-alone"  # noqa: S105 - it opens nothing but this
BATCH: Final = 10
PAGES: Final = ("/", "/?q=0001", "/review?run={run}", "/case?run={run}&subject=lexical&case=case-1", "/trail")
NO_STORE: Final = ("/style.css",)
AGENT: Final = "---\nname: debugger\ndescription: Finds out why tests fail.\n---\nYou debug.\n"
SUITE: Final = """\
name: example
roster: {use: claude_code, location: ./agents}
datasets: [{use: files, location: ./cases.jsonl}]
subjects:
  lexical: {use: routed, router: {use: lexical}}
store: {use: sqlite, location: ./runs.sqlite}
"""


@dataclass(frozen=True, slots=True)
class Readings:
    """What readers saw: the seconds of every answer, sorted, and how many were no success."""

    seconds: tuple[float, ...]
    errors: int

    def share(self, part: float) -> float:
        """Return what that share of the answers was quicker than, in milliseconds."""
        return 1000 * self.seconds[min(int(part * len(self.seconds)), len(self.seconds) - 1)]


def a_stored_run(number: int, trials: int) -> Run:
    """Make a run; every seventh choice is wrong."""
    cases = tuple(a_case(f"case-{place}", text=f"Why does test {place} fail?") for place in range(trials))
    wrong = a_decision("code-reviewer")
    every = [a_trial(f"case-{place}") for place in range(trials)]
    made = [item if place % 7 else _with(item, wrong) for place, item in enumerate(every)]
    return a_run(*made, cases=cases, identifier=f"20260102T0304{number % 60:02d}-{number:04d}")


def _with(trial: Trial, decision: RoutingDecision) -> Trial:
    return replace(trial, answer=replace(trial.answer, routing=decision))


def fill(folder: Path, runs: int, trials: int) -> str:
    """Write a suite with its store, and return the name of a run."""
    (folder / "agents").mkdir()
    (folder / "agents" / "debugger.md").write_text(AGENT, encoding="utf-8")
    (folder / "suite.yaml").write_text(SUITE, encoding="utf-8")
    store = SqliteStore(folder / "runs.sqlite")
    for number in range(runs):
        run = a_stored_run(number, trials)
        store.begin(run.manifest, run.roster, run.cases)
        store.append(run.manifest.identifier, run.trials)
    store.close()
    return a_stored_run(0, 1).manifest.identifier


def write(folder: Path, name: int, seconds: float) -> float:
    """Append trials to a run of its own for some time, and return how many in a second."""
    run = a_stored_run(name, 1000)
    store = SqliteStore(folder / "runs.sqlite")
    store.begin(run.manifest, run.roster, run.cases)
    began, written = time.perf_counter(), 0
    while time.perf_counter() - began < seconds:
        repetition, place = divmod(written, len(run.trials))
        batch = [a_trial(f"case-{place + more}", repetition=repetition) for more in range(BATCH)]
        store.append(run.manifest.identifier, batch)
        written += BATCH
    rate = written / (time.perf_counter() - began)
    store.close()
    return rate


def read(home: str, pages: Sequence[str], readers: int, seconds: float) -> Readings:
    """Let so many people read for some time, each one page after the other."""
    return asyncio.run(_read(home, pages, readers, seconds))


async def _read(home: str, pages: Sequence[str], readers: int, seconds: float) -> Readings:
    taken: list[float] = []
    errors = 0
    limits = httpx.Limits(max_connections=readers)
    async with httpx.AsyncClient(base_url=home, limits=limits, timeout=120) as client:
        entered = await client.post("/enter", data={"token": TOKEN}, headers={"origin": home})
        entered.raise_for_status()
        until = time.perf_counter() + seconds

        async def person(number: int) -> None:
            nonlocal errors
            place = number
            while time.perf_counter() < until:
                began = time.perf_counter()
                try:
                    answer = await client.get(pages[place % len(pages)])
                    errors += answer.status_code != httpx.codes.OK
                except httpx.HTTPError:
                    errors += 1
                taken.append(time.perf_counter() - began)
                place += 1

        await asyncio.gather(*(person(number) for number in range(readers)))
    return Readings(tuple(sorted(taken)), errors)


def main() -> None:
    """Measure, and print one JSON document."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--readers", type=int, default=50)
    parser.add_argument("--runs", type=int, default=50)
    parser.add_argument("--trials", type=int, default=500)
    wish = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, ProcessPoolExecutor(1, get_context("spawn")) as others:
        folder = Path(name)
        run = fill(folder, wish.runs, wish.trials)
        server = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-m", "passmuster.cli", "serve", str(folder / "suite.yaml"), "--port", "0"],
            env={**os.environ, "PASSMUSTER_SERVE_TOKEN": TOKEN},
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            printed = server.stdout.readline() if server.stdout else ""
            home = re.findall(r"http://[^/]+", printed)[0]
            known = [page.format(run=run) for page in PAGES]
            read(home, known, 1, 1)
            found: dict[str, object] = {"readers": wish.readers, "seconds": wish.seconds}
            found["written alone"] = round(write(folder, wish.runs, wish.seconds))
            for number, (words, pages) in enumerate((("no store", NO_STORE), ("pages", known)), 1):
                reading = others.submit(read, home, pages, wish.readers, wish.seconds)
                found[f"written beside readers of {words}"] = round(write(folder, wish.runs + number, wish.seconds))
                readings = reading.result()
                found[words] = {
                    "requests in a second": round(len(readings.seconds) / wish.seconds),
                    "p50 ms": round(readings.share(0.5), 1),
                    "p99 ms": round(readings.share(0.99), 1),
                    "errors": readings.errors,
                }
        finally:
            server.send_signal(signal.SIGINT)
            server.wait()
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
