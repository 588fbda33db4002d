"""Stored runs of 250,000 and of 1,000,000 trials: what judging, comparing, reporting and exporting them takes.

Run it as ``python benchmarks/million_gate.py [--small] [--cases 2500]``. Each task is a process of its own, so that its
peak is its own; the growth from the first run to the second, whose cases are the same, is what a trial costs. The
address of a PostgreSQL store may stand in the variable ``PASSMUSTER_STORE``; without it, a SQLite file is made.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from passmuster.adapters.reporters.html import HtmlReporter
from passmuster.adapters.reporters.json_document import JsonReporter
from passmuster.adapters.stores.sqlite import SqliteStore
from passmuster.analysis.observing import observe
from passmuster.analysis.reporting import report_of
from passmuster.application.reading import load_reduced
from passmuster.charting.kept import KeptCharts
from passmuster.cli.exporting_parts import write_parts
from passmuster.domain.answers import Answer, RankedAgent
from passmuster.domain.results import Trial
from passmuster.domain.values import AgentName, RunIdentifier, Usage
from passmuster.domain.verdicts import GatePolicy, GateRule
from passmuster.housekeeping import WalkedStore
from passmuster.ports import Store
from passmuster.testing.factories import (
    a_case,
    a_completion,
    a_decision,
    a_manifest,
    a_roster,
    a_rubric,
    a_score,
    a_subject_record,
    a_trial,
)

SIZES: Final = (250_000, 1_000_000)
SMALL: Final = (60_000, 120_000)
CASES: Final = 2_500
SUBJECT: Final = "lexical"
AGENTS: Final = ("debugger", "test-writer", "reviewer")
POLICY: Final = GatePolicy(
    rules=(GateRule(metric="unaccepted_breaks"), GateRule(metric="routing_accuracy", maximum_drop=0.05))
)
RUBRIC: Final = a_rubric()
STARTED: Final = datetime(2026, 1, 2, tzinfo=UTC)


def opened(place: str) -> Store:
    """Open the store: a file, or the address of a server."""
    if "://" not in place:
        return SqliteStore(Path(place))
    from passmuster.adapters.stores.postgresql import PostgresqlStore  # noqa: PLC0415 - an extra

    return PostgresqlStore(place, schema="passmuster_million")


def trials_of(cases: int, repetitions: int, shift: int) -> Iterator[Trial]:
    """Make trials whose texts, tokens and margins all differ; every fiftieth choice is wrong."""
    for number in range(cases):
        for repetition in range(repetitions):
            at = number * repetitions + repetition
            chosen = AGENTS[1] if (at + shift) % 50 == 0 else AGENTS[0]
            ranking = tuple(
                RankedAgent(agent=AgentName(name), score=1 / (1 + place + at % 97 / 100))
                for place, name in enumerate(AGENTS)
            )
            usage = Usage(input_tokens=200 + number % 300, output_tokens=at % 1_000)
            yield a_trial(
                f"case-{number:06}",
                subject=SUBJECT,
                repetition=repetition,
                answer=Answer(
                    routing=a_decision(
                        chosen, margin=at % 1013 / 1013, rationale=f"reason {at % 5000}", ranking=ranking
                    ),
                    completion=a_completion(f"The index of item {at} is off by one. " * 4, usage=usage),
                    writer=AgentName(chosen),
                ),
                outcomes=(a_score(value=float(at % 20 != 0), passed=at % 20 != 0, reason=f"line {at % 300}"),),
                started_at=STARTED + timedelta(seconds=at % 86_400),
                duration=at % 700 / 100,
            )


def make(place: str, name: str, cases: int, repetitions: int, shift: int) -> None:
    """Store one run."""
    asked = tuple(a_case(f"case-{at:06}", text=f"Why does test {at} fail?", rubric=RUBRIC) for at in range(cases))
    roster = a_roster(*AGENTS)
    manifest = a_manifest(
        name,
        suite="million",
        planned=cases * repetitions,
        roster=roster.fingerprint,
        subjects=(a_subject_record(SUBJECT, is_deterministic=False),),
    )
    store = opened(place)
    store.begin(manifest, roster, asked)
    portion: list[Trial] = []
    for trial in trials_of(cases, repetitions, shift):
        portion.append(trial)
        if len(portion) == 5_000:  # noqa: PLR2004 - trials committed at once
            store.append(manifest.identifier, portion)
            portion = []
    store.append(manifest.identifier, portion)
    store.close()


def gate(place: str, before: str, after: str, folder: Path) -> str:
    """Judge a run against another one."""
    del folder
    store = opened(place)
    baseline = replace(observe(load_reduced(store, RunIdentifier(before))), label="before")
    report = report_of(load_reduced(store, RunIdentifier(after)), POLICY, baseline)
    return report.verdict.outcome.value


def compare_both(place: str, before: str, after: str, folder: Path) -> str:
    """Reduce both runs and compare them case by case, without a gate."""
    from passmuster.analysis.comparing import compare  # noqa: PLC0415 - only this task

    del folder
    store = opened(place)
    baseline = observe(load_reduced(store, RunIdentifier(before)))
    run = load_reduced(store, RunIdentifier(after))
    return f"{len(compare(baseline, observe(run), run.cases).cases)} changes looked at"


def report(place: str, before: str, after: str, folder: Path) -> str:
    """Judge, and write the page and the document."""
    store = opened(place)
    baseline = replace(observe(load_reduced(store, RunIdentifier(before))), label="before")
    made = report_of(load_reduced(store, RunIdentifier(after)), POLICY, baseline)
    files = [
        file for reporter in (HtmlReporter(kept=KeptCharts()), JsonReporter()) for file in reporter.write(made, folder)
    ]
    return ", ".join(f"{file.name} {file.stat().st_size / 1e6:.1f} MB" for file in files)


def export(place: str, before: str, after: str, folder: Path) -> str:
    """Write the run's trials as Parquet."""
    del before
    file = folder / "trials.parquet"
    store = opened(place)
    if not isinstance(store, WalkedStore):
        raise TypeError(place)
    name = RunIdentifier(after)
    rows = write_parts(store.head(name), store.walk(name), "trials", file)
    return f"{rows:,} rows, {file.stat().st_size / 1e6:.1f} MB"


TASKS: Final[dict[str, Callable[[str, str, str, Path], str]]] = {
    "gate": gate,
    "compare": compare_both,
    "report": report,
    "export": export,
}


def one(task: str, place: str, before: str, after: str) -> int:
    """Do one task and print what it took, as JSON."""
    begun = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        said = TASKS[task](place, before, after, Path(folder))
    seconds = time.perf_counter() - begun
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "peak": peak, "said": said}))
    return 0


def main() -> int:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--small", action="store_true")
    arguments.add_argument("--cases", type=int, default=CASES)
    arguments.add_argument("--one", nargs=4)
    wanted = arguments.parse_args()
    if wanted.one:
        return one(*wanted.one)
    with tempfile.TemporaryDirectory() as folder:
        place = os.environ.get("PASSMUSTER_STORE") or str(Path(folder) / "runs.sqlite")
        print(f"{'':<10} {'trials':>10} {'seconds':>8} {'peak MB':>8}", flush=True)
        for trials in SMALL if wanted.small else SIZES:
            cases = min(wanted.cases, trials)
            names = [f"20260102T030405-{side}{trials}" for side in ("a", "b")]
            begun = time.perf_counter()
            for shift, name in enumerate(names):
                make(place, name, cases, trials // cases, shift)
            print(f"{'store both':<10} {2 * trials:>10,} {time.perf_counter() - begun:>8.1f}", flush=True)
            for task in TASKS:
                command = [sys.executable, __file__, "--one", task, place, *names]
                done = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)  # noqa: S603 - this file
                print(
                    f"{task:<10} {trials:>10,} {done['seconds']:>8.1f} {done['peak']:>8.0f}  {done['said']}", flush=True
                )
    return 0


if __name__ == "__main__":
    sys.exit(main())
